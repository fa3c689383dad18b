import assert from "node:assert/strict";
import { aggregate, type CellInput, type SeedEvidence, type TableInput } from "./aggregate.ts";
import { accuracy, accuracyEvidence, type Metric } from "./metric.ts";

/** Evidence of one seed: how many of two views of three icons were right. */
function seedEvidence(seed: number, right: readonly number[]): SeedEvidence {
  const val = accuracyEvidence(["a", "b", "c"], right, 2);
  return { seed, model: `model${seed}`, bySplit: { val } };
}

function makeInput(cells: Record<string, CellInput>): TableInput {
  const row = (id: string) => ({
    id,
    block: "B",
    method: id,
    teacher: null,
    student: "S",
    data: null,
    text: null,
    epochs: 1,
    kind: "run" as const,
  });
  return {
    project: { name: "lgd-bench", version: "0" },
    table: "t",
    title: "T",
    note: "",
    size: "mini",
    seeds: [0, 1],
    configHash: "c",
    protocol: {},
    sources: [],
    environment: {},
    timings: { totalSeconds: 1, cells: {} },
    splits: [
      { name: "val", title: "new icons", role: "test" },
      { name: "dev", title: "icons for choosing", role: "tune" },
    ],
    columns: [{ id: "k", group: "G", header: "H", task: "knn", taskVersion: 3, metric: accuracy }],
    rows: [{ ...row("seed"), paper: "printed" }, row("lgd")],
    comparisons: [{ label: "LGD − SEED", base: "seed", other: "lgd" }],
    curves: [],
    leftOut: [],
    warnings: [],
    credits: [],
    finished: true,
    paper: { printed: { k: 40.1 }, lgd: { k: 44.4 } },
    cell: (row, column) => cells[`${row}.${column}`] ?? { status: "not-run", evidence: [] },
  };
}

const measured = (...evidence: SeedEvidence[]): CellInput => ({ status: "measured", evidence });

Deno.test("aggregate() fills value, seeds, sources and task of a measured number", () => {
  const result = aggregate(makeInput({
    "seed.k": measured(seedEvidence(0, [2, 1, 0]), seedEvidence(1, [2, 2, 2])),
  }));
  const cell = result.cells.find(({ id }) => id === "seed.k.val")!;
  assert.equal(cell.value, 75);
  assert.deepEqual(cell.perSeed, [50, 100]);
  assert.deepEqual(cell.sources, [{ seed: 0, model: "model0" }, { seed: 1, model: "model1" }]);
  assert.deepEqual([cell.task, cell.taskVersion, cell.n, cell.paper], ["knn", 3, 3, 40.1]);
  assert.deepEqual(result.columns[0]!.metric, {
    key: "top1",
    title: "top-1 accuracy",
    unit: "%",
    higherIsBetter: true,
  });
  const absent = result.cells.find(({ id }) => id === "seed.k.dev")!;
  assert.deepEqual([absent.status, absent.reason], ["not-run", "the data have no split dev"]);
  // The row that gives the printed numbers is not part of the result.
  assert.ok(!("paper" in result.rows[0]!));
});

Deno.test("aggregate() names the task that measured a row in place of the column's", () => {
  const { cells } = aggregate(makeInput({
    "seed.k": {
      ...measured(seedEvidence(0, [1, 1, 1])),
      task: { name: "nearest", version: 7 },
    },
  }));
  assert.deepEqual([cells[0]!.task, cells[0]!.taskVersion], ["nearest", 7]);
});

Deno.test("aggregate() pairs the seeds that both sides have", () => {
  const { comparisons } = aggregate(makeInput({
    "seed.k": measured(seedEvidence(0, [2, 1, 0]), seedEvidence(1, [0, 0, 0])),
    "lgd.k": measured(seedEvidence(0, [2, 2, 0]), seedEvidence(2, [2, 2, 2])),
  }));
  const [val, dev] = comparisons;
  assert.ok(Math.abs(val!.difference! - 100 / 6) < 1e-9);
  assert.equal(val!.perSeed.length, 1);
  // 44.4 − 40.1 with the decimals that the paper prints.
  assert.equal(val!.paper, 4.3);
  assert.deepEqual([dev!.difference, dev!.ci95, dev!.perSeed], [null, null, []]);
});

Deno.test("aggregate() gives numbers of one sample no interval", () => {
  const one = (seed: number, right: number): SeedEvidence => (
    { seed, bySplit: { val: accuracyEvidence(["a"], [right], 2) } }
  );
  const { cells, comparisons } = aggregate(makeInput({
    "seed.k": measured(one(0, 1), one(1, 1)),
    "lgd.k": measured(one(0, 2), one(1, 2)),
  }));
  const cell = cells.find(({ id }) => id === "lgd.k.val")!;
  assert.deepEqual([cell.status, cell.value, cell.n, cell.ci95], ["measured", 100, 1, null]);
  const difference = comparisons.find(({ split }) => split === "val")!;
  assert.deepEqual([difference.difference, difference.ci95], [50, null]);
  assert.deepEqual([cell, difference].map(({ error }) => error), [undefined, undefined]);
  assert.equal(difference.power, undefined);
});

Deno.test("aggregate() says why numbers are missing, once where nothing will come", () => {
  const { cells } = aggregate(makeInput({
    "seed.k": { status: "failed", reason: "loss is NaN", evidence: [] },
    "lgd.k": { status: "quoted", evidence: [] },
  }));
  assert.deepEqual(cells.map(({ id, status, reason }) => [id, status, reason]), [
    ["seed.k.val", "failed", "loss is NaN"],
    ["seed.k.dev", "failed", "loss is NaN"],
    ["lgd.k.val", "quoted", undefined],
  ]);
  const unprinted = aggregate({
    ...makeInput({ "lgd.k": { status: "quoted", evidence: [] } }),
    paper: {},
  });
  assert.match(unprinted.cells[1]!.reason!, /the paper prints no number here/);
  assert.equal(unprinted.cells[1]!.status, "not-run");
});

Deno.test("aggregate() refuses seeds of one number with different samples, and that number alone", () => {
  const other = { seed: 1, bySplit: { val: accuracyEvidence(["a", "b", "q"], [1, 1, 1], 2) } };
  const { cells, comparisons, warnings } = aggregate(makeInput({
    "seed.k": measured(seedEvidence(0, [1, 1, 1]), other),
    "lgd.k": measured(seedEvidence(0, [1, 1, 1])),
  }));
  assert.equal(cells[0]!.status, "failed");
  assert.match(cells[0]!.reason!, /seed\.k\.val: seeds 0 and 1 .*different samples/);
  assert.equal(cells.find(({ id }) => id === "lgd.k.val")!.value, 50);
  assert.equal(comparisons[0]!.difference, null);
  assert.deepEqual(warnings, []);
});

Deno.test("aggregate() makes no difference of rows with different samples, and says so", () => {
  const other = { seed: 0, bySplit: { val: accuracyEvidence(["a", "b", "q"], [1, 1, 1], 2) } };
  const { cells, comparisons, warnings } = aggregate(makeInput({
    "seed.k": measured(seedEvidence(0, [1, 1, 1])),
    "lgd.k": measured(other),
  }));
  assert.deepEqual(
    cells.filter(({ split }) => split === "val").map(({ status, value }) => [status, value]),
    [["measured", 50], ["measured", 50]],
  );
  assert.deepEqual([comparisons[0]!.difference, comparisons[0]!.ci95], [null, null]);
  assert.match(warnings[0]!, /No difference LGD − SEED in column k: .*same seeds and samples/);
});

Deno.test("aggregate() says how many resamples have no value", () => {
  const { sampleMean: _, compile: _compile, ...plain } = accuracy;
  const value: Metric["value"] = (_, weights) => weights[1]! / weights[0]!;
  const input = makeInput({ "lgd.k": measured(seedEvidence(0, [1, 1, 1])) });
  const metric: Metric = { ...plain, key: "ratio", title: "ratio", value };
  const { cells, warnings } = aggregate({
    ...input,
    columns: [{ ...input.columns[0]!, metric }],
  });
  const cell = cells.find(({ id }) => id === "lgd.k.val")!;
  assert.deepEqual([cell.status, cell.value], ["measured", 1]);
  assert.equal("undefinedResamples" in cell, false);
  assert.match(warnings[0]!, /^lgd\.k\.val: ratio has no finite value in \d+ of the resamples/);
});

Deno.test("aggregate() names metric, task and cell of a number that is not finite", () => {
  const { sampleMean: _, compile: _compile, ...plain } = accuracy;
  const broken: Metric = { ...plain, key: "mine", value: () => NaN };
  const input = makeInput({ "lgd.k": measured(seedEvidence(0, [1, 1, 1])) });
  const { cells } = aggregate({ ...input, columns: [{ ...input.columns[0]!, metric: broken }] });
  const cell = cells.find(({ id }) => id === "lgd.k.val")!;
  assert.deepEqual([cell.status, cell.value], ["failed", null]);
  assert.match(
    cell.reason!,
    /metric "mine" of task "knn" in lgd\.k\.val: expected a finite number, got NaN/,
  );
});
