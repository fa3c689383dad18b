import assert from "node:assert/strict";
import { isReportOf } from "../core/results/report_mark.ts";
import type { TablesSummary } from "./all_model.ts";
import { renderAllPage, renderAllText } from "./render_all.ts";
import { readSmallResult } from "./testdata/small_result.ts";

const smallResult = { ...readSmallResult(), finished: true };

const summary: TablesSummary = {
  title: "All tables",
  size: "mini",
  seconds: 3725,
  tables: [
    {
      table: "table2",
      report: "table2/report/index.html",
      seconds: 600,
      result: smallResult,
      trained: 12,
      measured: 80,
      failures: [],
    },
    {
      table: "table3",
      report: "table3/report/index.html",
      seconds: 5,
      result: { ...smallResult, table: "table3", finished: false },
      failures: [["a.seed0", "the loss is NaN at step 7"]],
    },
    { table: "table4", report: "", seconds: 0, failures: [["", "there is no <folder>"]] },
  ],
};

Deno.test("renderAllText has a line for each table, and what failed", () => {
  const text = renderAllText(summary);
  assert.match(text, /^All tables \(size mini, 1 h 02 min\)\n/);
  assert.match(
    text,
    /\n {2}table2 {2}complete {4}\d+ numbers in \d+ rows? +trained 12, measured 80 +10 min 00 s\n/,
  );
  assert.match(text, /\n {2}table3 {2}incomplete /);
  assert.match(text, /\n {2}table4 {2}failed {6}none +nothing +0\.0 s\n/);
  assert.match(text, /\n1 of 3 tables is complete\.\n/);
  assert.match(text, /\nFailed: table3, a\.seed0: the loss is NaN at step 7\n/);
  assert.match(text, /\nFailed: table4: there is no <folder>\n/);
  assert.match(
    renderAllText({ ...summary, tables: summary.tables.slice(0, 1) }),
    /\nThe table is complete\.\n/,
  );
});

Deno.test("renderAllPage leads to the reports of the tables that were made, and is sealed", async () => {
  const page = await renderAllPage(summary);
  assert.equal(isReportOf(page, []), true);
  assert.match(page, /<a href="table2\/report\/index\.html">table2<\/a>/);
  assert.match(page, /<a href="table3\/report\/index\.html">table3<\/a>/);
  assert.doesNotMatch(page, /<a[^>]*>table4/);
  assert.match(page, /there is no &lt;folder>/);
  assert.equal(await renderAllPage(summary), page);
  assert.doesNotMatch(page, /<script|https?:/);
});
