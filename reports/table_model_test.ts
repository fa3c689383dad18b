import assert from "node:assert/strict";
import { parseResult, toWrittenResult } from "../core/results/result_schema.ts";
import {
  buildDifferences,
  buildTable,
  describeRow,
  describeTest,
  headlineSplits,
  splitHeading,
} from "./table_model.ts";
import { excludesZero } from "./format.ts";
import { readSmallResult, readSyntheticResult } from "./testdata/small_result.ts";

Deno.test("the synthetic result follows the schema of result.json", () => {
  const result = readSyntheticResult();
  const written = JSON.stringify(toWrittenResult(result));
  assert.deepEqual(parseResult(written, "result.json"), result);
});

Deno.test("buildTable() keeps rows, columns and missing cells in their order", () => {
  const result = readSmallResult();
  const { groups, blocks } = buildTable(result);
  assert.deepEqual(groups.map(({ name, columns }) => [name, columns.length]), [
    ["Zero-shot", 1],
    ["Linear-probe", 1],
  ]);
  assert.deepEqual(blocks.map(({ name }) => name), ["Reference", "RN18", "MNv2"]);
  const find = (id: string) =>
    blocks.flatMap(({ rows }) => rows).find(({ row }) => row.id === id)!.entries;
  assert.deepEqual(find("rn18-supervised").map(({ status }) => status), ["not-run", "measured"]);
  assert.deepEqual(find("rn18-seed-moco").map(({ status, paper }) => [status, paper]), [
    ["quoted", null],
    ["quoted", 78.5],
  ]);
  assert.deepEqual(find("rn18-lgd-90-ct").map(({ status }) => status), ["measured", "none"]);
  assert.equal(find("mnv2-lgd-90")[1]!.status, "failed");
  assert.match(find("mnv2-lgd-90")[1]!.reason!, /step 412/);
});

Deno.test("buildTable() marks the best student of each block, measured and printed apart", () => {
  const result = readSmallResult();
  for (const cell of result.cells) {
    if (cell.column !== "zs_in1k" || cell.split !== "val") continue;
    if (cell.row === "pixel-1nn") cell.value = 99;
    if (cell.row === "rn18-seed-200") cell.value = 60;
    if (cell.row === "rn18-lgd-200") cell.value = 50;
  }
  const rows = buildTable(result).blocks.flatMap(({ rows }) => rows);
  const best = (split: "val" | "ood") =>
    rows.filter(({ entries }) => entries[0]!.best.has(split)).map(({ row }) => row.id);
  assert.deepEqual(best("val"), ["rn18-seed-200"]);
  const printed = rows.filter(({ entries }) => entries[0]!.bestPaper).map(({ row }) => row.id);
  assert.deepEqual(printed, ["rn18-lgd-200"]);
});

Deno.test("buildTable() takes the lowest for the best where lower is better", () => {
  const result = readSmallResult();
  const column = result.columns.find(({ id }) => id === "zs_in1k")!;
  column.metric = { ...column.metric, key: "error", higherIsBetter: false };
  for (const cell of result.cells) {
    if (cell.column !== "zs_in1k") continue;
    if (cell.split === "val" && cell.value !== null) {
      cell.value = cell.row === "rn18-seed-200" ? 1 : 2;
    }
  }
  const rows = buildTable(result).blocks.flatMap(({ rows }) => rows);
  const best = rows.filter(({ entries }) => entries[0]!.best.has("val")).map(({ row }) => row.id);
  assert.deepEqual(best, ["rn18-seed-200"]);
});

Deno.test("headlineSplits() are those for tests, or all where there are none", () => {
  const { splits } = readSmallResult();
  assert.deepEqual(headlineSplits({ splits }).map(({ name }) => name), ["val", "ood"]);
  const tuned = splits.map((split) => ({ ...split, role: "tune" as const }));
  assert.equal(headlineSplits({ splits: tuned }).length, 3);
  const one = [{ ...splits[0]!, role: "test" as const }, ...tuned.slice(1)];
  assert.deepEqual(headlineSplits({ splits: one }), one.slice(0, 1));
  assert.equal(splitHeading({ name: "val", title: "unseen", role: "test" }), "unseen");
  assert.equal(splitHeading(splits[0]!), "val");
});

Deno.test("describeRow() names what tells rows of one method apart, epochs that differ, and never two rows alike", () => {
  const { rows } = readSyntheticResult();
  const names = rows.map((row) => `${row.block} ${describeRow(row, rows)}`);
  assert.equal(new Set(names).size, rows.length);
  const name = (id: string) => describeRow(rows.find((row) => row.id === id)!, rows);
  assert.equal(name("mnv2-lgd-90"), "LGD · 90 ep");
  assert.equal(name("rn18-lgd-90-ct"), "LGD · 90 ep · data IN-1k · text CT-256");
  assert.equal(name("rn18-supervised"), "Super. · 90 ep");
  const twins = [rows[0]!, { ...rows[0]!, id: "twin" }];
  assert.equal(describeRow(twins[1]!, twins), "Pixel 1-NN (twin)");
});

Deno.test("buildDifferences() joins the splits of a comparison", () => {
  const lines = buildDifferences(readSmallResult());
  assert.deepEqual(lines.map(({ label, column, paper }) => [label, column!.id, paper]), [
    ["LGD − SEED, RN18", "zs_in1k", 5.3],
    ["LGD − SEED, RN18", "lp_ct256", 3.2],
  ]);
  assert.deepEqual(Object.keys(lines[0]!.splits), ["val", "ood", "dev"]);
});

Deno.test("excludesZero() takes an end at zero for noise", () => {
  assert.equal(excludesZero([0.1, 2]), true);
  assert.equal(excludesZero([-2, -0.1]), true);
  assert.equal(excludesZero([0, 2]), false);
  assert.equal(excludesZero(null), false);
});

Deno.test("describeTest() names the test, its counts and p", () => {
  const comparison = readSmallResult().comparisons[0]!;
  assert.equal(describeTest(comparison), undefined);
  const test = { name: "mcnemar", more: 30, less: 12, exact: 0.0079, asymptotic: 0.0087 } as const;
  assert.equal(
    describeTest({ ...comparison, test }),
    "McNemar's exact test of these trainings: more on 30, less on 12 samples, p = 0.008",
  );
  assert.match(
    describeTest({ ...comparison, test: { ...test, name: "sign", exact: 1e-9 } })!,
    /^exact sign test .*, p < 0\.001$/,
  );
});
