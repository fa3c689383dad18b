import assert from "node:assert/strict";
import { join } from "node:path";
import { formatCheckedJson } from "../core/checked_json.ts";
import { projectFolder, sha256 } from "../core/files.ts";
import { reduceMean } from "../core/onnx/build.ts";
import { Graph } from "../core/onnx/graph.ts";
import { addModelChecksum } from "../core/onnx/model_checksum.ts";
import { encodeModel } from "../core/onnx/proto.ts";
import { encodeEvidence } from "../core/results/evidence_file.ts";
import { formatResult } from "../core/results/result_schema.ts";
import { RunFolder } from "../core/store/run_folder.ts";
import { viewChecksum, viewFileEnd, viewFileStart } from "../core/data/views/view_file.ts";
import { encodeStudentFile } from "./student_metadata.ts";
import { verifyCache, verifyFolder } from "./verify_files.ts";

function exportedModel(): Uint8Array {
  const graph = new Graph("means");
  const images = graph.input("images", "float32", [1, 3, 4, 4]);
  graph.output("features", reduceMean(graph, images, [2, 3], false));
  return addModelChecksum(encodeModel(graph));
}

const student = encodeStudentFile(
  new Map([["fc.weight", { shape: [2], data: Float32Array.of(1, 2) }]]),
  {
    student: "resnet18",
    imageSize: 32,
    widthMultiplier: 1,
    stem: "small",
    head: null,
    teacher: null,
    teacherHash: null,
    classNames: ["a"],
    pretrain: null,
    modelKey: null,
    seed: 0,
    steps: 1,
  },
);

const evidence = encodeEvidence({
  sampleIds: ["a"],
  tables: { images: { sample: Uint32Array.of(0), columns: { hit: Float32Array.of(1) } } },
});

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Flips one bit in each of the files in turn; each is found, and only it. */
async function assertEachIsFound(
  folder: string,
  names: readonly string[],
  verify: () => Promise<{ whole: number; damaged: readonly { path: string }[] }>,
): Promise<void> {
  assert.deepEqual(await verify().then(({ whole, damaged }) => [whole, damaged]), [
    names.length,
    [],
  ]);
  for (const name of names) {
    const path = join(folder, name);
    const good = await Deno.readFile(path);
    const bad = good.slice();
    bad[good.length - 20]! ^= 1;
    await Deno.writeFile(path, bad);
    const { whole, damaged } = await verify();
    assert.deepEqual([whole, damaged.map(({ path }) => path)], [names.length - 1, [path]], name);
    await Deno.writeFile(path, good);
  }
}

Deno.test("verifyFolder finds one flipped bit in every file of a run that carries a checksum", () =>
  inFolder(async (folder) => {
    const identity = {
      kind: "table" as const,
      project: { name: "lgd-bench", version: "0" },
      table: "t",
      size: "smoke",
      configHash: "a",
      config: { a: 1 },
    };
    const run = await RunFolder.open(folder, { identity, environment: {} });
    await run.record([{ type: "done" }]);
    const result = await Deno.readTextFile(join(projectFolder, "reports/testdata/result.json"));
    await run.write("result.json", formatResult(JSON.parse(result)));
    await run.write("models/a.safetensors", student);
    await run.write("evidence/0123.bin", evidence);
    await run.write("algorithms.json", formatCheckedJson({ "a: 1": "taps" }));
    await run.write("export/student.onnx", exportedModel());
    await run.write("notes.txt", "mine");
    await run.close();
    assert.ok((await verifyFolder(folder)).unchecked.includes(join(folder, "notes.txt")));
    await assertEachIsFound(folder, [
      "manifest.json",
      "journal.jsonl",
      "result.json",
      "models/a.safetensors",
      "evidence/0123.bin",
      "algorithms.json",
      "export/student.onnx",
    ], () => verifyFolder(folder));
    // A line less, and two that changed places.
    const path = join(folder, "journal.jsonl");
    const lines = (await Deno.readTextFile(path)).trim().split("\n");
    for (const changed of [lines.slice(1), lines.with(0, lines[1]!).with(1, lines[0]!)]) {
      await Deno.writeTextFile(path, changed.join("\n") + "\n");
      assert.equal((await verifyFolder(folder)).damaged.length, 1);
    }
    await assert.rejects(verifyFolder(join(folder, "none")), /Cannot read .*none/);
  }));

Deno.test("verifyCache finds one flipped bit in every file of the cache", () =>
  inFolder(async (folder) => {
    const pixels = new Uint8Array(24).map((_, index) => index);
    const head = { key: "k", views: 2, viewBytes: 12, skipped: [] };
    const sums = Uint32Array.of(
      viewChecksum(pixels.subarray(0, 12)),
      viewChecksum(pixels.subarray(12)),
    );
    const rows = new Uint8Array(64).fill(7);
    const files: Record<string, Uint8Array> = {
      "views/a.bin": Uint8Array.from([
        ...viewFileStart(),
        ...pixels,
        ...viewFileEnd(head, sums),
      ]),
      "embeddings/a.bin": Uint8Array.from([...Uint8Array.fromHex(sha256(rows)), ...rows]),
      "algorithms/a.json": new TextEncoder().encode(
        formatCheckedJson({ "a: 1": { chosen: "taps", milliseconds: { taps: 1 } } }),
      ),
    };
    for (const [name, content] of Object.entries(files)) {
      await Deno.mkdir(join(folder, name, ".."), { recursive: true });
      await Deno.writeFile(join(folder, name), content);
    }
    await assertEachIsFound(folder, Object.keys(files), () => verifyCache(folder));
    assert.equal((await verifyCache(join(folder, "none"))).whole, 0);
  }));
