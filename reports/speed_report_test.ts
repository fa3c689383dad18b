import assert from "node:assert/strict";
import type { Measurement, SpeedFile, StepProfile } from "../core/results/speed_result.ts";
import { renderSpeedReport } from "./speed_report.ts";
import { formatFigure, formatRatio, groupByOperator, renderSpeedTable } from "./speed_table.ts";

const measurement = (seconds: number, peakBytes: number): Measurement => ({
  seconds: [seconds, seconds, 9],
  cpuSeconds: seconds * 2,
  peakBytes,
  values: [6.9],
  images: 16,
  versions: { runtime: "1" },
});
const range = (median: number) => ({
  median,
  low: median - 0.1,
  high: median + 0.1,
  pairs: [median, median - 0.1, median + 0.1],
});

const file: SpeedFile = {
  schemaVersion: 1,
  project: { name: "lgd-bench", version: "0.0.0" },
  environment: { cpu: "Test <CPU>", cores: 2, onnxruntime: "1", deno: "2" },
  settings: { cases: "*", threads: [1], runs: 3, layout: "auto" },
  loadBefore: 0,
  cases: [
    {
      name: "a-224",
      title: "Model A",
      kind: "training",
      threads: 1,
      layout: "chwn",
      target: { peer: "pytorch", timeRatio: 1 },
      tolerance: 1e-5,
      status: "measured",
      runs: [measurement(2, 2 ** 30), measurement(2.5, 2 ** 30), measurement(2.2, 2 ** 30)],
      peers: [{
        name: "pytorch",
        title: "PyTorch",
        status: "measured",
        runs: [{ ...measurement(4, 2 ** 29), note: "one <note>" }],
        timeRatio: range(0.55),
        cpuRatio: range(0.6),
        memoryRatio: range(2),
        valueDifference: 2.2e-6,
      }],
    },
    {
      name: "b-224",
      title: "Model B",
      kind: "training",
      threads: 1,
      layout: null,
      target: { peer: "pytorch", timeRatio: 1 },
      tolerance: 1e-5,
      status: "failed",
      reason: "out of memory",
      runs: [],
      peers: [{
        name: "pytorch",
        title: "PyTorch",
        status: "missing",
        reason: "not installed",
        runs: [],
        timeRatio: null,
        cpuRatio: null,
        memoryRatio: null,
        valueDifference: null,
      }],
    },
  ],
  profiles: [{
    name: "a-224",
    threads: 1,
    layout: "chwn",
    steps: 3,
    stepMilliseconds: 110,
    peakGigaflopsPerSecond: 50,
    kernels: [
      { operator: "Conv", shapes: "[1] → [1]", calls: 2, milliseconds: 60, gigaflops: 3 },
      { operator: "Add", shapes: "[1] → [1]", calls: 2, milliseconds: 30, gigaflops: null },
      { operator: "Conv", shapes: "[2] → [2]", calls: 1, milliseconds: 10, gigaflops: 0.5 },
    ],
  }],
  longRun: {
    student: "mini",
    steps: 2000,
    seconds: 100,
    memory: Array.from({ length: 20 }, (_, index) => ({ step: index * 100, bytes: 2 ** 28 })),
    early: 2 ** 28,
    late: 2 ** 28,
    growth: 0,
    flat: true,
  },
  warnings: ["Model B: failed"],
  finished: true,
};

Deno.test("renderSpeedTable prints both sides, ratios, targets and what failed", () => {
  const text = renderSpeedTable(file);
  assert.match(text, /Model A +1 +ours chwn +2200 +7\.27 +4400 +1\.00/);
  assert.match(
    text,
    /PyTorch +4000 +4\.00 +8000 +0\.500 +0\.550 \(0\.450–0\.650\) +≤ 1 yes +0\.500 +0\.600 \(.*\) +2\.00 \(.*\) +2\.2e-6/,
  );
  assert.match(text, /Model B +1 +ours .*FAILED/);
  assert.match(text, /PyTorch +MISSING/);
  assert.match(
    text,
    /110 ms a step, of which 100 ms in kernels: 70 ms .*3\.50 GFLOP.*30 ms the rest/,
  );
  assert.match(text, /50\.0 GFLOP\/s\) the arithmetic would take 70 ms/);
  assert.match(
    text,
    /Memory over 2000 steps of mini.*0\.250 GB in .*, 0\.250 GB in the last, 0\.0 %: flat/,
  );
  assert.match(text, /! Model B: failed/);
});

Deno.test("renderSpeedTable says which parts of a step are the host's", () => {
  const parts = { "trunk forward": 1.5, "host: propose": 0.3, "host: update": 0.2 };
  const cases = file.cases.map((result) => ({
    ...result,
    runs: result.runs.map((run) => ({ ...run, parts })),
  }));
  assert.match(
    renderSpeedTable({ ...file, cases }, { width: 400 }),
    /Model A, 1 thread, parts of a step: trunk forward 1500 ms \(75\.0 %\), host: propose 300 ms \(15\.0 %\), host: update 200 ms \(10\.0 %\); the host's work together 25\.0 %/,
  );
});

Deno.test("renderSpeedTable says what the host does of a profiled step", async () => {
  const [profile] = file.profiles;
  const of = (more: Partial<StepProfile>) => ({ ...file, profiles: [{ ...profile!, ...more }] });
  assert.match(
    renderSpeedTable(of({ hostMilliseconds: 12 })),
    /The host's work takes 12\.0 ms more \(feeds, update\)/,
  );
  const parts = of({ hostMilliseconds: 12, hostParts: { proposals: 3, RoIAlign: 5 } });
  const said =
    /The host's work takes 12\.0 ms more: RoIAlign 5\.00 ms, proposals 3\.00 ms, feeds, update 4\.00 ms/;
  assert.match(renderSpeedTable(parts), said);
  assert.match(await renderSpeedReport(parts), /The host.{1,6}s work takes 12\.0 ms more/);
});

Deno.test("groupByOperator adds up shapes", () => {
  assert.deepEqual(groupByOperator(file.profiles[0]!.kernels), [
    { operator: "Conv", shapes: "", calls: 3, milliseconds: 70, gigaflops: 3.5 },
    { operator: "Add", shapes: "", calls: 2, milliseconds: 30, gigaflops: null },
  ]);
});

Deno.test("formatFigure keeps three digits that count", () => {
  assert.deepEqual([0.012345, 1.2345, 12.345, 1234.5, 0].map(formatFigure), [
    "0.0123",
    "1.23",
    "12.3",
    "1235",
    "0",
  ]);
  assert.equal(formatFigure(null), "–");
  assert.equal(formatRatio(null), "–");
  assert.equal(formatRatio({ median: 1, low: 1, high: 1, pairs: [1] }), "1.000");
});

Deno.test("the speed report is one file, escaped, with its charts inside", async () => {
  const html = await renderSpeedReport(file);
  assert.match(html, /^<!doctype html>/);
  assert.match(html, /Test &lt;CPU>/);
  assert.match(html, /one &lt;note>/);
  assert.equal(html.match(/<figure/g)?.length, 2);
  assert.doesNotMatch(html, /<script|src="http|href="http/);
  assert.match(html, /≤ 1 reached/);
  // Of 100 ms in kernels, 70 in the one and 30 in the other.
  assert.match(html, /70(?:\.0+)? %/);
  assert.match(html, /30(?:\.0+)? %/);
});
