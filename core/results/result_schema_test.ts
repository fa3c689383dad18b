import assert from "node:assert/strict";
import { join } from "node:path";
import { DataError } from "../errors.ts";
import { projectFolder } from "../files.ts";
import type { ResultFile } from "./result.ts";
import { isReportOf, reportMarkName, sealReport } from "./report_mark.ts";
import {
  formatResult,
  hashResult,
  parseResult,
  resultJsonSchema,
  toWrittenResult,
} from "./result_schema.ts";

const result: ResultFile = {
  schemaVersion: 2,
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
  sources: [{ id: "data.main.val", name: "d", hash: "0f" }],
  splits: [{ name: "val", title: "val", role: "test" }],
  columns: [{
    id: "zs",
    group: "Zero-shot",
    header: "A",
    task: "zero-shot",
    metric: { key: "top1", title: "top-1 accuracy", unit: "%", higherIsBetter: true },
  }],
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
    value: 50,
    ci95: [40, 60],
    perSeed: [45, 55],
    sources: [{ seed: 0, model: "m0", outcome: "o0" }, { seed: 1 }],
    n: 10,
    paper: 49.5,
    status: "measured",
  }],
  comparisons: [],
  curves: [{ row: "a", seed: 0, label: "LGD", steps: [1], loss: [2], parts: { visual: [1] } }],
  leftOut: [{ what: "a.png", reason: "broken", stage: "d, train", count: 1 }],
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
  assert.throws(read("null"), /schemaVersion is missing, expected 2/);
  assert.throws(read(text.replace('"schemaVersion": 2', '"schemaVersion": 3')), /is 3, expected 2/);
  assert.throws(
    read(text.replace('"value": 50', '"value": "50"')),
    /x\/result.json.*\n.*cells.0.value.*got "50"/,
  );
  assert.throws(read(text.replace('"finished"', '"finnished"')), /Did you mean "finished"/);
});

Deno.test("a result of version 0.1 is refused with what to do", () => {
  assert.throws(
    () => parseResult('{"schemaVersion": 1}', "old/result.json"),
    /old\/result.json.*written by version 0\.1.*Run the table again/,
  );
});

Deno.test("a number that was changed after writing is found", () => {
  const text = formatResult(result);
  for (const [from, to] of [['"value": 50', '"value": 51'], ['"epochs": 5.4', '"epochs": 5.5']]) {
    const changed = text.replace(from!, to!);
    assert.notEqual(changed, text);
    assert.throws(() => parseResult(changed, "r.json"), /does not match its checksum/);
  }
  // Other spaces and another order of keys say the same.
  const entries = Object.entries(JSON.parse(text)).reverse();
  assert.deepEqual(parseResult(JSON.stringify(Object.fromEntries(entries)), "r.json"), result);
});

Deno.test("isReportOf() knows a whole report of the same results", () => {
  const mark = (hash: string) => `<meta name="${reportMarkName}" content="${hash}">`;
  const page = sealReport(`<html>${mark(hashResult(result))}</html>\n`);
  assert.ok(isReportOf(page, [result]));
  assert.ok(!isReportOf(page.slice(0, 60), [result]));
  for (let at = 0; at < page.length; at++) {
    const changed = page.slice(0, at) + (page[at] === "x" ? "y" : "x") + page.slice(at + 1);
    assert.ok(!isReportOf(changed, [result]), `character ${at}`);
    assert.ok(!isReportOf(page.slice(0, at), [result]), `cut at ${at}`);
  }
  assert.ok(!isReportOf(page, [{ ...result, finished: false }]));
  assert.ok(!isReportOf(page, [result, result]));
});

Deno.test("the committed JSON Schema is that of the code", async () => {
  const path = join(projectFolder, "benchmarks", "result.schema.json");
  const committed = JSON.parse(await Deno.readTextFile(path));
  assert.deepEqual(committed, JSON.parse(JSON.stringify(resultJsonSchema())));
  assert.equal(committed.properties.schemaVersion.const, 2);
  assert.ok(committed.required.includes("cells"));
});
