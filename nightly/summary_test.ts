import assert from "node:assert/strict";
import { judgeCells } from "./gate/judge.ts";
import { judgeSpeed } from "./gate/judge_speed.ts";
import { nightJson } from "./night_json.ts";
import type { NightReport } from "./night_report.ts";
import { renderSummary } from "./summary.ts";
import { renderSummaryText } from "./summary_text.ts";
import { miniTable, pairNights, simulateNight } from "./testdata/simulated_night.ts";

const table = { ...miniTable, rows: 4, columns: 2 };

/** A night with losses, whose names have what Markdown would take for its own. */
function makeReport(): NightReport {
  const cells = pairNights(
    simulateNight(table, [0, 1, 2, 3, 4]),
    simulateNight(table, [10, 11, 12], () => 12),
  ).map((cell) => ({ ...cell, table: "table_2*-mini" }));
  const ratios = [1.3, 1.31, 1.29, 1.3, 1.3, 1.31];
  return {
    time: "2026-11-28T02:17:00.000Z",
    commit: "0123456789abcdef",
    hasChanges: false,
    branch: "main",
    machine: "A processor (fast), 2 cores, linux",
    tables: [{
      table: "table_2*",
      name: "table_2*-mini",
      size: "mini",
      state: "judged",
      messages: [],
      exitCode: 0,
      lost: [],
      gained: [],
      trained: 3,
      measured: 6,
      stored: false,
    }],
    judgements: judgeCells(cells),
    speed: {
      bench: { warnings: [] },
      against: "Compared with commit 0123456789ab.",
      failed: [],
      judgements: judgeSpeed([
        { place: "case, 1 thread", name: "case", quantity: "time", by: "commits", ratios },
        { place: "other, 1 thread", name: "other", quantity: "time", by: "commits", ratios: [1] },
      ]),
    } as unknown as NonNullable<NightReport["speed"]>,
    drift: [],
    history: { message: "1 added to history.sqlite.", exitCode: 0 },
    remarks: ["A remark with (brackets), [links](nowhere) and a_name."],
    seconds: 63,
  };
}

Deno.test("renderSummary() escapes what Markdown would take for its own; renderSummaryText() does not", () => {
  const report = makeReport();
  const markdown = renderSummary(report);
  assert.match(markdown, /^## Failed: \d+ losses, 1 slower case\n/);
  assert.ok(markdown.includes("a\\_name"));
  assert.ok(markdown.includes("table\\_2\\*-mini"));
  const text = renderSummaryText(report, { width: 140 });
  assert.match(text, /^Failed: \d+ losses, 1 slower case\n/);
  assert.ok(!text.includes("\\") && !text.includes("|"), text);
  assert.ok(text.includes("(brackets), [links](nowhere) and a_name."));
  for (const title of ["Losses", "Tables", "Speed and memory, now / baseline"]) {
    assert.ok(text.includes(`\n${title}\n`) && markdown.includes(`\n### ${title}\n`), title);
  }
});

Deno.test("renderSummaryText() fits every terminal", () => {
  const report = makeReport();
  for (const width of [60, 80, 100, 140, 160]) {
    const lines = renderSummaryText(report, { width }).split("\n");
    const long = lines.filter((line) => line.length > width);
    assert.deepEqual(long, [], `${width} columns`);
  }
  assert.match(renderSummaryText(report, { width: 60 }), /\n {4}baseline \d[\s\S]*, LOSS\n/);
});

Deno.test("nightJson() has every comparison and is JSON", () => {
  const report = makeReport();
  const files = { report: "index.html", summary: "summary.md", junit: "junit.xml" };
  const value = JSON.parse(JSON.stringify(nightJson(report, files)));
  assert.equal(value.exitCode, 1);
  assert.equal(value.passed, false);
  assert.equal(value.judgements.length, report.judgements.length);
  assert.equal(value.judgements[0].metric, "top1");
  assert.deepEqual(
    value.speed.judgements.map((one: { verdict: string; ratio: number | null }) => [
      one.verdict,
      one.ratio === null,
    ]),
    [["loss", false], ["not judged", true]],
  );
});

Deno.test("renderSummary() says where seeds are too few to know of their spread", () => {
  const of = (base: number[], next: number[]) =>
    renderSummary({
      ...makeReport(),
      judgements: judgeCells(pairNights(simulateNight(table, base), simulateNight(table, next))),
    });
  assert.match(of([0, 1], [2, 3]), /So few seeds tell little of their spread/);
  assert.doesNotMatch(of([0, 1, 2, 3, 4], [5, 6, 7]), /So few seeds/);
});
