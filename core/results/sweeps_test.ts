import assert from "node:assert/strict";
import type { Evidence } from "./evidence.ts";
import { accuracy, accuracyEvidence } from "./metric.ts";
import { fillSweeps, type SweptTable, type TableSweep } from "./sweeps.ts";

const images = Array.from({ length: 40 }, (_, index) => `image ${index}`);

/** Evidence with so many of 40 images right. */
const right = (count: number): Evidence =>
  accuracyEvidence(images, images.map((_, index) => index < count ? 1 : 0), 1);

/** Rows by id: images that are right, by seed; null where the row has no such seed. */
function table(rows: Record<string, (number | null)[]>, warnings: string[] = []): SweptTable {
  return {
    splits: [{ name: "val" }],
    columns: [{ id: "zs", metric: accuracy }, { id: "lp", metric: accuracy }],
    evidence: (row, column) => {
      const counts = rows[`${row}.${column}`] ?? rows[row];
      if (counts === undefined) return undefined;
      return new Map(counts.flatMap((count, seed) => count === null ? [] : [[seed, right(count)]]));
    },
    warn: (message) => warnings.push(message),
  };
}

const place = (at: number, row: string, column: string | null = null) => (
  { at, label: `${at}`, row, column }
);

const sweep: TableSweep = {
  id: "t",
  title: "Temperature",
  axis: "τ",
  scale: "log",
  columns: ["zs"],
  series: [
    { label: "SEED", places: [place(1, "seed-1"), place(2, "seed-2"), place(4, "seed-4")] },
    { label: "LGD", places: [place(1, "lgd-1"), place(2, "lgd-2"), place(4, "lgd-4")] },
  ],
  levels: [{ label: "plain", row: "plain" }],
  differences: [{ label: "LGD − SEED", base: "SEED", other: "LGD" }],
};

Deno.test("fillSweeps() gives the differences at each place and their change along the axis", () => {
  const [filled] = fillSweeps(
    [sweep],
    table({
      "seed-1": [10, 12],
      "seed-2": [10, 12],
      "seed-4": [10, 12],
      "lgd-1": [10, 14],
      "lgd-2": [14, 18],
      "lgd-4": [18, 22],
    }),
  );
  const [difference] = filled!.differences;
  assert.deepEqual(
    difference!.points.map(({ at, difference, perSeed }) => [
      at,
      Math.round(10 * difference) / 10,
      perSeed.map((value) => Math.round(10 * value) / 10),
    ]),
    [[1, 2.5, [0, 5]], [2, 12.5, [10, 15]], [4, 22.5, [20, 25]]],
  );
  // Places of a log scale are equally far apart: the line goes through all three.
  assert.ok(Math.abs(difference!.trend!.change - 20) < 1e-9);
  const [low, high] = difference!.trend!.ci95;
  assert.ok(low > 0 && low < 20 && high > 20);
  assert.deepEqual(filled!.series[1]!.points[2], place(4, "lgd-4"));
});

Deno.test("fillSweeps() pairs the seeds that both sides have and leaves out what is not measured", () => {
  const [filled] = fillSweeps(
    [sweep],
    table({ "seed-1": [10, 12], "lgd-1": [null, 14], "seed-2": [10, 12] }),
  );
  const [difference] = filled!.differences;
  assert.deepEqual(difference!.points.map(({ at, perSeed }) => [at, perSeed.length]), [[1, 1]]);
  assert.equal(difference!.trend, null);
  assert.deepEqual(fillSweeps([sweep], table({}))[0]!.differences, []);
});

Deno.test("fillSweeps() compares with a level, and columns along the axis", () => {
  const [filled] = fillSweeps(
    [{
      ...sweep,
      scale: "linear",
      columns: [],
      series: [{ label: "LGD", places: [place(1, "lgd", "zs"), place(2, "lgd", "lp")] }],
      differences: [{ label: "LGD − plain", base: "plain", other: "LGD" }],
    }],
    table({ "lgd.zs": [20], "lgd.lp": [30], "plain.zs": [10], "plain.lp": [10] }),
  );
  const [difference] = filled!.differences;
  assert.equal(difference!.column, null);
  assert.deepEqual(difference!.points.map(({ difference }) => Math.round(difference)), [25, 50]);
});

Deno.test("fillSweeps() tells of places whose samples differ, and goes on", () => {
  const warnings: string[] = [];
  const known = table({ "seed-1": [10], "lgd-1": [11], "seed-2": [10], "lgd-2": [12] }, warnings);
  const [filled] = fillSweeps([sweep], {
    ...known,
    evidence: (row, column, split) =>
      row === "lgd-2"
        ? new Map([[0, accuracyEvidence(["other"], [1], 1)]])
        : known.evidence(row, column, split),
  });
  assert.deepEqual(filled!.differences[0]!.points.map(({ at }) => at), [1]);
  assert.match(warnings[0]!, /^No difference LGD − SEED at 2: Cannot compute a contrast/);
});
