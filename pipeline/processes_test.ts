/** Runs whose processes or store somebody else has had hands on. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { parseResult } from "../core/results/result_schema.ts";
import { Store } from "../core/store/store.ts";
import { withSmallDisk } from "../core/store/testdata/small_disk.ts";
import { countsOf, start } from "./testdata/dummy_run.ts";

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function readCells(folder: string): Promise<unknown> {
  const path = join(folder, "result.json");
  return parseResult(await Deno.readTextFile(path), path).cells;
}

Deno.test({
  name: "who waits for a stopped process says so, and both end well when it goes on",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (folder) => {
      const stopped = start(join(folder, "a"), 1500, { store: "store" });
      await stopped.waitFor("started pixel");
      stopped.process.kill("SIGSTOP");
      const other = start(join(folder, "b"), 0, { store: "store" });
      try {
        await other.waitFor(`for process ${stopped.process.pid} on `);
      } finally {
        stopped.process.kill("SIGCONT");
      }
      const ended = [await stopped.end(), await other.end()];
      const counts = ended.map(({ code, output, errors }) => {
        assert.equal(code, 0, errors);
        return countsOf(output);
      });
      assert.deepEqual(counts[0]!.map((count, index) => count + counts[1]![index]!), [6, 14]);
      assert.deepEqual(await readCells(join(folder, "a")), await readCells(join(folder, "b")));
    }),
});

Deno.test("who waits for a stopped process takes its work over when it is killed", () =>
  withFolder(async (folder) => {
    const stopped = start(join(folder, "a"), 60_000, { store: "store" });
    await stopped.waitFor("started pixel");
    if (Deno.build.os !== "windows") stopped.process.kill("SIGSTOP");
    const other = start(join(folder, "b"), 0, { store: "store" });
    await other.waitFor(`for process ${stopped.process.pid} on `);
    stopped.process.kill("SIGKILL");
    await stopped.end();
    const { code, output, errors } = await other.end();
    assert.equal(code, 0, errors);
    assert.deepEqual(countsOf(output), [6, 14]);
  }));

Deno.test("a store that goes away during a run is told of, never a table with less in silence", () =>
  withFolder(async (folder) => {
    const run = start(join(folder, "a"), 300, { store: "store" });
    await run.waitFor("ended good-seed.seed0");
    await Deno.rename(join(folder, "store"), join(folder, "moved away"));
    const { code, output, errors } = await run.end();
    assert.equal(code, 1, errors);
    const { failures, finished } = JSON.parse(output);
    assert.equal(finished, false);
    assert.ok(failures.length > 0);
    for (const [, message] of failures) assert.match(message, /no longer in the store.*[Rr]un/);
    const again = await start(join(folder, "a"), 0, { store: "store" }).end();
    assert.equal(again.code, 0, again.errors);
    assert.equal(JSON.parse(again.output).finished, true);
  }));

Deno.test("a finished table is answered from a read-only store; one with work left is refused", () =>
  withSmallDisk(4, async ({ folder, remount }) => {
    const parent = join(folder, "..");
    const run = (name: string) => start(join(parent, name), 0, { store: "disk/store" }).end();
    assert.equal((await run("a")).code, 0);
    const store = await Store.open(join(folder, "store"));
    await remount("ro");
    try {
      for (const name of ["a", "b"]) {
        const { code, output, errors } = await run(name);
        assert.equal(code, 0, errors);
        assert.deepEqual(countsOf(output), [0, 0]);
      }
      assert.deepEqual(await readCells(join(parent, "a")), await readCells(join(parent, "b")));
      await remount("rw");
      await store.prune({ kinds: ["outcome"], dryRun: false, includeLinked: true });
      await remount("ro");
      const { code, errors } = await run("c");
      assert.equal(code, 3, errors);
      assert.match(errors, /error: .*Cannot write .*Read-only file system.*--store/);
    } finally {
      await remount("rw");
    }
  }));

Deno.test("entries of another version are set aside whole and told of, and made again", () =>
  withFolder(async (folder) => {
    assert.equal((await start(join(folder, "a"), 0, { store: "store" }).end()).code, 0);
    // What a later version would write: right to the last byte, with more in it than is known here.
    const store = await Store.open(join(folder, "store"));
    const [first] = (await Array.fromAsync(store.list())).filter(({ kind }) => kind === "model");
    await Deno.remove(first!.folder, { recursive: true });
    const info = { label: "later", schema: 9 };
    await store.put("model", first!.key, { info, files: { "student.safetensors": "later" } });
    const { code, output, errors } = await start(join(folder, "b"), 0, { store: "store" }).end();
    assert.equal(code, 0, errors);
    assert.deepEqual(countsOf(output), [1, 0]);
    assert.deepEqual(await readCells(join(folder, "a")), await readCells(join(folder, "b")));
    const [aside] = [...Deno.readDirSync(join(folder, "store", "damaged"))];
    const kept = join(folder, "store", "damaged", aside!.name, "student.safetensors");
    assert.equal(await Deno.readTextFile(kept), "later");
  }));
