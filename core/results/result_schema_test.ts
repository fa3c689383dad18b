import assert from "node:assert/strict";
import { join } from "node:path";
import { DataError } from "../errors.ts";
import { projectFolder } from "../files.ts";
import type { ResultFile } from "./result.ts";
import { formatResult, parseResult, resultJsonSchema, toWrittenResult } from "./result_schema.ts";

const result: ResultFile = {
  schemaVersion: 1,
  project: { name: "lgd-bench", version: "0.0.0" },
  table: "tiny",
  title: "Tiny",
  note: "For tests.",
  size: "mini",
  seeds: [0, 1],
  configHash: "abc",
  protocol: { alpha: 0.5 },
  environment: { cores: 2, gpu: null, cpu: "test" },
  timings: { totalSeconds: 1, cells: { "a.seed0": { train: 1 } } },
  columns: [{ id: "zs", group: "Zero-shot", header: "A", task: "zero-shot", unit: "%" }],
  rows: [{
    id: "a",
    block: "S",
    method: "LGD",
    teacher: "T",
    student: "S",
    data: "D",
    text: null,
    epochs: 5.4,
    kind: "run",
  }],
  cells: [{
    id: "a.zs.val",
    row: "a",
    column: "zs",
    split: "val",
    task: "zero-shot",
    taskVersion: 1,
    metric: "top1",
    unit: "%",
    value: 50,
    ci95: [40, 60],
    perSeed: [45, 55],
    n: 10,
    paper: 49.5,
    status: "measured",
  }],
  comparisons: [],
  curves: [{ row: "a", seed: 0, label: "LGD", steps: [1], loss: [2], parts: { visual: [1] } }],
  skippedImages: [{ path: "a.png", reason: "broken" }],
  warnings: [],
  credits: [],
  finished: true,
};

Deno.test("a result survives writing and reading", () => {
  assert.deepEqual(parseResult(formatResult(result), "result.json"), result);
  const written = toWrittenResult(result);
  assert.equal(written.cells[0]!.row.method, "LGD");
  assert.equal(written.cells[0]!.rowId, "a");
});

Deno.test("a damaged or foreign result is refused with its path and the key", () => {
  const text = formatResult(result);
  const read = (changed: string) => () => parseResult(changed, "x/result.json");
  assert.throws(read("{"), (error) => error instanceof DataError && error.exitCode === 3);
  assert.throws(read("null"), /schemaVersion is missing, wanted 1/);
  assert.throws(read(text.replace('"schemaVersion": 1', '"schemaVersion": 2')), /is 2, wanted 1/);
  assert.throws(
    read(text.replace('"value": 50', '"value": "50"')),
    /x\/result.json.*\n.*cells.0.value.*found "50"/,
  );
  assert.throws(read(text.replace('"finished"', '"finnished"')), /Did you mean "finished"/);
});

Deno.test("the committed JSON Schema is that of the code", async () => {
  const path = join(projectFolder, "benchmarks", "result.schema.json");
  const committed = JSON.parse(await Deno.readTextFile(path));
  assert.deepEqual(committed, JSON.parse(JSON.stringify(resultJsonSchema())));
  assert.equal(committed.properties.schemaVersion.const, 1);
  assert.ok(committed.required.includes("cells"));
});
