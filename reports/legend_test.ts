import assert from "node:assert/strict";
import type { ResultSplit } from "../core/results/result.ts";
import {
  bestWord,
  describeArrow,
  describeSplits,
  hasQuoted,
  intervalCovers,
  leftOutCount,
} from "./legend.ts";
import { readSmallResult } from "./testdata/small_result.ts";

Deno.test("intervalCovers() says that one seed tells nothing of other trainings", () => {
  const { cells } = readSmallResult();
  const [cell] = cells.filter(({ status }) => status === "measured");
  const several = [{ ...cell!, perSeed: [1, 2] }];
  assert.equal(intervalCovers({ seeds: [0, 1], cells: several }), "seeds and images");
  assert.match(
    intervalCovers({ seeds: [0, 1], cells: [...several, { ...cell!, perSeed: [1] }] }),
    /^seeds and images, of rows with one seed over images alone$/,
  );
  assert.match(intervalCovers({ seeds: [0], cells }), /^images alone, .*--seeds 3/);
});

Deno.test("hasQuoted() tells whether the word needs to be explained", () => {
  const { cells } = readSmallResult();
  assert(hasQuoted({ cells }));
  assert(!hasQuoted({ cells: cells.filter(({ status }) => status !== "quoted") }));
});

Deno.test("describeSplits() says what each split is, and what it is not good for", () => {
  const splits: ResultSplit[] = [
    { name: "test", title: "test", role: "test" },
    { name: "far", title: "another city", role: "test" },
    { name: "dev", title: "dev", role: "tune" },
    { name: "train", title: "half of it", role: "train" },
  ];
  assert.equal(
    describeSplits({ splits }),
    "test: a split that no training has seen; far: another city; " +
      "dev: for choosing settings, not a fair test; " +
      "train: half of it, seen in training, not a test",
  );
});

Deno.test("describeArrow() explains arrows where a result has any", () => {
  const { rows, columns } = readSmallResult();
  assert.match(describeArrow({ rows, columns }) ?? "", /^B stands here for A/);
  const plain = columns.map((column) => ({ ...column, header: "ImageNet" }));
  assert.equal(describeArrow({ rows: [], columns: plain }), undefined);
  const [row] = rows;
  assert.ok(describeArrow({ rows: [{ ...row!, text: "IN-1k → names" }], columns: plain }));
});

Deno.test("bestWord() follows the direction of the columns", () => {
  const { columns } = readSmallResult();
  const lower = columns.map((column) => ({
    ...column,
    metric: { ...column.metric, higherIsBetter: false },
  }));
  assert.equal(bestWord({ columns }), "highest");
  assert.equal(bestWord({ columns: lower }), "lowest");
  assert.equal(bestWord({ columns: [columns[0]!, lower[1]!] }), "best");
});

Deno.test("leftOutCount() counts files, not entries", () => {
  const entry = { what: "a", reason: "r", stage: "s" };
  assert.equal(leftOutCount({ leftOut: [{ ...entry, count: 1 }] }), "1 image was left out");
  assert.equal(
    leftOutCount({ leftOut: [{ ...entry, count: 1 }, { ...entry, count: 5 }] }),
    "6 images were left out",
  );
});
