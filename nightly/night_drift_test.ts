import assert from "node:assert/strict";
import { join } from "node:path";
import { openHistory } from "../core/history/history.ts";
import { makeNight, type NightRecord } from "../core/history/night_record.ts";
import { RandomStream } from "../core/random.ts";
import { accuracy } from "../core/results/metric.ts";
import type { TableBaseline } from "./baseline.ts";
import type { CellPair, CellRuns } from "./gate/comparison.ts";
import { driftOfTables, type DriftTable } from "./night_drift.ts";

interface Plan {
  readonly nights: number;
  readonly rows: number;
  readonly columns: number;
  /** Points that every number has lost since the baseline. */
  readonly loss: number;
  /** Nights in a row that have the same trainings. */
  readonly repeats?: number;
  /** Samples: numbers come in steps of 100 / samples. */
  readonly samples?: number;
  readonly baseSeeds?: number;
  /** Seeds of every night; no more than the baseline has. @default {3} */
  readonly nightSeeds?: number;
  readonly history?: number;
}

/** Spread of one training's value, points. */
const spread = 1.5;

/** A table's baseline and the nights since. */
function simulate(
  {
    nights,
    rows,
    columns,
    loss,
    repeats = 1,
    samples = 1e6,
    baseSeeds = 5,
    nightSeeds = 3,
    history = 0,
  }: Plan,
): { table: DriftTable; records: NightRecord[] } {
  const valueOf = (night: number, row: number, column: number, seed: number) => {
    const training = new RandomStream(history, "training", night, row, seed);
    const own = new RandomStream(history, "column", night, row, column, seed);
    // Every seed has a draw of its own that all nights share, as of labels.
    const shared = new RandomStream(history, "draw", column, seed).normal();
    const value = 50 + spread * (0.8 * training.normal() + 0.6 * own.normal()) + shared;
    return Math.round(value * samples / 100) / samples * 100;
  };
  const runsOf = (night: number, row: number, column: number, seeds: number): CellRuns => {
    const all = Array.from({ length: seeds }, (_, seed) => seed);
    const values = all.map((seed) => valueOf(night, row, column, seed));
    return { seeds: all, values, samples, ci95: null };
  };
  const seeds = Math.min(nightSeeds, baseSeeds);
  const cells = Array.from(
    { length: rows },
    (_, row) =>
      Array.from({ length: columns }, (_, column): CellPair => ({
        id: `r${row}.c${column}.val`,
        table: "simulated-mini",
        row: `r${row}`,
        column: `c${column}`,
        split: "val",
        metric: accuracy,
        base: runsOf(0, row, column, baseSeeds),
        next: runsOf(nights, row, column, seeds),
      })),
  ).flat();
  const timeOf = (night: number) => new Date(Date.UTC(2026, 0, 1 + night)).toISOString();
  const records = Array.from({ length: nights }, (_, night) =>
    makeNight({
      time: timeOf(night + 1),
      machine: "A machine",
      branch: "main",
      table: "simulated",
      size: "mini",
      numbers: cells.map(({ row, column }) => {
        const { values } = runsOf(
          1 + Math.floor(night / repeats),
          Number(row.slice(1)),
          Number(column.slice(1)),
          seeds,
        );
        const value = values.reduce((sum, one) => sum + one, 0) / seeds - loss;
        return { position: `simulated/${row}/${column}/val`, value, seeds };
      }),
    }));
  const baseline = {
    time: timeOf(0),
    spreads: {},
    result: { table: "simulated", size: "mini" },
  } as unknown as TableBaseline;
  return { table: { baseline, cells }, records };
}

async function driftOf(plan: Plan, { table, records } = simulate(plan)) {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "history.sqlite");
    using history = await openHistory(path);
    await history.addAll(records, { anyTime: true });
    return await driftOfTables([table], path, { branch: "main" });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("driftOfTables() shows a loss of 1.5 points in every number by the mean of a table", async () => {
  const plan = { nights: 40, rows: 10, columns: 6 };
  for (let history = 0; history < 5; history++) {
    const found = await driftOf({ ...plan, loss: 1.5, history });
    assert.ok(found.some(({ position }) => position === "simulated-mini/table all, top1"));
    assert.deepEqual(await driftOf({ ...plan, loss: 0, history }), [], `history ${history}`);
  }
});

Deno.test("driftOfTables() counts nights of the same trainings once", async () => {
  const plan = { rows: 3, columns: 2, loss: 30 };
  assert.deepEqual(await driftOf({ ...plan, nights: 60, repeats: 10 }), []);
  const found = await driftOf({ ...plan, nights: 60, repeats: 6 });
  assert.ok(found.length > 0 && found.every(({ nights }) => nights === 10));
});

Deno.test("driftOfTables() sees drift where a number has few values that it can have", async () => {
  const found = await driftOf({
    ...{ nights: 60, rows: 4, columns: 3, loss: 12, samples: 132, baseSeeds: 1 },
  });
  const cells = found.filter(({ position }) => position.startsWith("simulated/"));
  assert.equal(cells.length, 12);
  assert.ok(cells.every(({ nights }) => nights > 45), cells.map(({ nights }) => nights).join());
});

Deno.test("driftOfTables() takes nights that change how one task measures for the same training", async () => {
  const plan = { nights: 30, rows: 3, columns: 4, loss: 5, repeats: 10 };
  const { table, records } = simulate(plan);
  const jittered = records.map(({ id: _id, ...record }, night) =>
    makeNight({
      ...record,
      numbers: record.numbers.map((number) =>
        number.position.includes("/c1/") ? { ...number, value: number.value + night / 100 } : number
      ),
    })
  );
  assert.deepEqual(await driftOf(plan, { table, records: jittered }), []);
});
