import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { projectFolder } from "../core/files.ts";
import { codeFingerprint, codeRooms, isCodeFile } from "./code_fingerprint.ts";

Deno.test("codeFingerprint() changes with code, kernels, weights and packages, and with nothing else", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const write = async (path: string, text: string) => {
      await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
      await Deno.writeTextFile(join(folder, path), text);
    };
    await write("core/a.ts", "1");
    let last = await codeFingerprint(folder);
    const changing = [
      "core/vision/kernels/roi_kernels.wasm",
      "teachers/weights.safetensors",
      "data/text/word_vectors.bin",
      "data/text/words/nouns.txt",
      "deno.lock",
      "core/a.ts",
    ];
    for (const path of changing) {
      for (const text of ["one", "two"]) {
        await write(path, text);
        const next = await codeFingerprint(folder);
        assert.notEqual(next, last, `${path} is ${text}`);
        last = next;
      }
    }
    for (const path of ["core/a_test.ts", "core/testdata/b.json", "reports/c.ts", "core/d.md"]) {
      await write(path, "one");
      assert.equal(await codeFingerprint(folder), last, path);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Files of the rooms that no program loads: documents, sources of kernels, scripts, checksums. */
const notLoaded = /(_test\.tsx?|\.(md|as|py|sha256)|LICENSE(\.txt)?)$/;

async function filesOf(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  const lists = await Promise.all(entries.map(({ name, isDirectory }) => {
    if (!isDirectory) return [join(folder, name)];
    return name === "testdata" ? [] : filesOf(join(folder, name));
  }));
  return lists.flat();
}

Deno.test("isCodeFile() knows every kind of file in the rooms whose code makes numbers", async () => {
  const files = (await Promise.all(codeRooms.map((room) => filesOf(join(projectFolder, room)))))
    .flat();
  assert.ok(files.some((path) => path.endsWith(".wasm")));
  const unknown = files.filter((path) => !isCodeFile(path) && !notLoaded.test(path));
  assert.deepEqual(unknown, [], "neither in the fingerprint nor known as of no use to a program");
});
