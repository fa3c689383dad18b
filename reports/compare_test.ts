import assert from "node:assert/strict";
import { ConfigError } from "../core/errors.ts";
import type { ResultCell, ResultFile } from "../core/results/result.ts";
import { compareResults, renderComparison } from "./compare.ts";
import { readSmallResult } from "./testdata/small_result.ts";

/** A result with one measured cell changed. */
function withCell(id: string, change: Partial<ResultCell>): ResultFile {
  const result = readSmallResult();
  const cell = result.cells.find((candidate) => candidate.id === id);
  assert.ok(cell !== undefined);
  Object.assign(cell, change);
  return result;
}

const id = "rn18-lgd-200.zs_in1k.val";
const flat = (value: number, half: number): Partial<ResultCell> => ({
  value,
  ci95: [value - half, value + half],
  perSeed: [value, value, value],
});

Deno.test("compareResults() finds equal results the same", () => {
  const report = compareResults(readSmallResult(), readSmallResult());
  assert.ok(report.cells.length > 10);
  assert.ok(report.cells.every(({ verdict }) => verdict === "same"));
  assert.equal(report.passed, true);
});

Deno.test("compareResults() combines independent intervals by their squares", () => {
  const report = compareResults(withCell(id, flat(50, 3)), withCell(id, flat(46, 4)));
  const cell = report.cells.find((candidate) => candidate.id === id)!;
  // √(3² + 4²) = 5, so −4 ± 5: noise.
  assert.equal(cell.difference, -4);
  assert.deepEqual(cell.ci95, [-9, 1]);
  assert.equal(cell.verdict, "within-noise");
  assert.equal(report.passed, true);
});

Deno.test("compareResults() adds standard errors as Welch does, where results have them", () => {
  const side = (value: number, samples: number, seeds: number, degrees: number) =>
    withCell(id, { ...flat(value, 9), error: { samples, seeds, degrees } });
  const report = compareResults(side(50, 1.2, 0.9, 3), side(46, 1.6, 1.2, 8));
  const { ci95, difference } = report.cells.find((candidate) => candidate.id === id)!;
  // √(1.5² + 2²) = 2.5; 2.5⁴ / (1.5⁴ / 3 + 2⁴ / 8) = 10.60 degrees, of which t is 2.2112.
  assert.equal(difference, -4);
  assert.ok(Math.abs(ci95![0] + 4 + 2.5 * 2.2112) < 0.002 && ci95![1] > 0, `${ci95}`);
  // By their intervals alone, ±9, it would be far wider.
  assert.ok(ci95![1] - ci95![0] < 12);
});

Deno.test("compareResults() calls a fall beyond the interval a regression, a rise better", () => {
  const worse = compareResults(withCell(id, flat(50, 3)), withCell(id, flat(44, 4)));
  assert.equal(worse.cells.find((cell) => cell.id === id)!.verdict, "regression");
  assert.equal(worse.passed, false);
  const better = compareResults(withCell(id, flat(44, 4)), withCell(id, flat(50, 3)));
  assert.equal(better.cells.find((cell) => cell.id === id)!.verdict, "improvement");
  assert.equal(better.passed, true);
});

Deno.test("compareResults() turns the sides round where lower is better", () => {
  const asError = (result: ResultFile) => {
    for (const column of result.columns) {
      column.metric = { ...column.metric, key: "error", higherIsBetter: false };
    }
    return result;
  };
  const report = compareResults(
    asError(withCell(id, flat(2, 0.1))),
    asError(withCell(id, flat(3, 0.1))),
  );
  assert.equal(report.cells.find((cell) => cell.id === id)!.verdict, "regression");
});

Deno.test("compareResults() prefers a paired interval where outcomes are at hand", () => {
  const report = compareResults(withCell(id, flat(50, 3)), withCell(id, flat(49, 4)), {
    pairedDifference: (base) => base.id === id ? { difference: -1, ci95: [-1.5, -0.5] } : undefined,
  });
  const cell = report.cells.find((candidate) => candidate.id === id)!;
  assert.equal(cell.method, "paired");
  assert.equal(cell.verdict, "regression");
});

Deno.test("compareResults() judges nothing without an interval", () => {
  const report = compareResults(
    withCell(id, { value: 50, ci95: null, perSeed: [50] }),
    withCell(id, { value: 10, ci95: null, perSeed: [10] }),
  );
  assert.equal(report.cells.find((cell) => cell.id === id)!.verdict, "unknown");
  assert.equal(report.passed, true);
});

Deno.test("compareResults() counts a number that failed as lost", () => {
  const report = compareResults(
    readSmallResult(),
    withCell(id, { status: "failed", value: null, reason: "loss is NaN at step 3" }),
  );
  assert.deepEqual(report.lost, [{ id, reason: "loss is NaN at step 3" }]);
  assert.equal(report.passed, false);
});

Deno.test("compareResults() refuses another size and task version, all named, unless forced", () => {
  const base = readSmallResult();
  const next = withCell(id, { taskVersion: 2 });
  next.size = "smoke";
  assert.throws(
    () => compareResults(base, next),
    (error) =>
      error instanceof ConfigError && /size is "mini".*"smoke"/.test(error.message) &&
      /taskVersion 1 → 2 \(1 cell\)/.test(error.message),
  );
  const forced = compareResults(base, next, { force: true });
  assert.equal(forced.remarks.filter((remark) => remark.startsWith("Forced")).length, 2);
});

Deno.test("compareResults() refuses other data, metrics, roles and settings, each by its name", () => {
  const changes: [(result: ResultFile) => void, RegExp][] = [
    [
      (result) =>
        Object.assign(result.sources[0]!, { name: "imagefolder:x", hash: "f".repeat(64) }),
      /data\.imagenet\.train is emojinet-100 \(1234abcd1234\).*imagefolder:x \(ffffffffffff\)/,
    ],
    [
      (result) => result.columns[0]!.metric = { ...result.columns[0]!.metric, key: "top5" },
      /column zs_in1k: metric top1 → top5/,
    ],
    [
      (result) => result.splits[0]!.role = "tune",
      /split val is for "test" in the base and "tune" in the new result/,
    ],
    [
      (result) => Object.assign(result.protocol["pretrain"] as object, { batchSize: 64 }),
      /pretrain\.batchSize is 128 in the base and 64 in the new result/,
    ],
  ];
  for (const [change, pattern] of changes) {
    const next = readSmallResult();
    change(next);
    assert.throws(
      () => compareResults(readSmallResult(), next),
      (error) =>
        error instanceof ConfigError && error.exitCode === 2 && pattern.test(error.message) &&
        /--force/.test(error.message),
    );
    const { remarks } = compareResults(readSmallResult(), next, { force: true });
    assert.match(remarks.join("\n"), pattern);
  }
});

Deno.test("compareResults() tells settings of one side alone, and compares", () => {
  const next = readSmallResult();
  next.protocol["tasks"] = { "k-nn": { k: 10 } };
  next.configHash = "other";
  const { remarks } = compareResults(readSmallResult(), next);
  assert.deepEqual(remarks.slice(0, 1), [
    "Settings of one side alone: tasks.k-nn.k only in the new result.",
  ]);
});

Deno.test("compareResults() refuses results without a common number", () => {
  const next = readSmallResult();
  next.cells = [];
  assert.throws(() => compareResults(readSmallResult(), next), ConfigError);
});

Deno.test("renderComparison() prints changed numbers, losses and the judgement", () => {
  const base = withCell(id, flat(50, 3));
  const next = withCell(id, flat(40, 4));
  next.cells = next.cells.filter((cell) => cell.id !== "teacher.zs_in1k.val");
  const text = renderComparison(compareResults(base, next));
  assert.match(text, /rn18-lgd-200\.zs_in1k\.val +50\.0 +40\.0 +−10\.0 +\[−15\.0, −5\.0\] +WORSE/);
  assert.match(text, /Lost: teacher\.zs_in1k\.val: there is no such cell/);
  assert.match(text, /Not passed/);
  assert.doesNotMatch(text, /rn18-seed-200\.zs_in1k\.val/);
});
