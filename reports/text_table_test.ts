import assert from "node:assert/strict";
import { join } from "node:path";
import { renderMarkdownTable } from "./markdown_table.ts";
import { readSmallResult, readSyntheticResult } from "./testdata/small_result.ts";
import { textWidth } from "./text_layout.ts";
import { renderTextTable } from "./text_table.ts";

function readGolden(name: string): string {
  return Deno.readTextFileSync(join(import.meta.dirname!, "testdata", "golden", name));
}

Deno.test("renderTextTable() prints the synthetic result as written down", () => {
  assert.equal(renderTextTable(readSyntheticResult()), readGolden("table.txt"));
});

Deno.test("renderTextTable() keeps to the width, with long names too", () => {
  const result = readSyntheticResult();
  for (const row of result.rows) row.text = row.text === null ? null : `${row.text} `.repeat(9);
  result.columns[0]!.header = "A heading much longer than its column is wide";
  for (const width of [80, 120, 200]) {
    for (const line of renderTextTable(result, { width }).split("\n")) {
      assert.ok(textWidth(line) <= width, `${width}: ${line}`);
    }
  }
});

Deno.test("renderTextTable() takes a narrower terminal for one of 80 columns", () => {
  const result = readSyntheticResult();
  assert.equal(renderTextTable(result, { width: 10 }), renderTextTable(result, { width: 80 }));
});

Deno.test("renderTextTable() never prints a number of the paper as measured", () => {
  const result = readSmallResult();
  for (const cell of result.cells) {
    if (cell.status === "measured") Object.assign(cell, { status: "not-run", value: null });
    if (cell.paper !== null) cell.paper = 55.5;
  }
  result.comparisons = [];
  for (const line of renderTextTable(result).split("\n")) {
    for (const entry of line.split("│").slice(1)) {
      assert.ok(!entry.slice(8).includes("55.5"), line);
    }
  }
});

Deno.test("renderTextTable() names the first of many rows and warnings", () => {
  const result = readSyntheticResult();
  result.warnings = Array.from({ length: 9 }, (_, index) => `warning ${index}.`);
  const [cell] = result.cells.filter(({ status }) => status === "not-run");
  const split = result.splits[0]!.name;
  result.cells = Array.from({ length: 15 }, (_, index) => (
    { ...cell!, split, row: `row-${index}`, reason: "the same" }
  ));
  const text = renderTextTable(result);
  assert.match(text, /Warning: warning 5\.\nWarning: … 3 more \(all in the report\)\n/);
  assert.doesNotMatch(text, /warning 6/);
  assert.match(text.replaceAll(/\s+/g, " "), /Not run: the same \(row-0, .*row-9, … 5 more\)/);
});

Deno.test("tables of one seed say that what could be seen is not known, once, without empty columns", () => {
  const result = readSyntheticResult();
  const unknown = /What could be seen is not known with one seed/g;
  for (const render of [renderTextTable, renderMarkdownTable]) {
    assert.doesNotMatch(render(result), unknown);
  }
  assert.match(renderMarkdownTable(result), /seen 9 in 10/);
  result.seeds = [0];
  for (const { power } of result.comparisons) {
    Object.assign(power!, { seedDeviation: null, detectable: null, seedsForPaper: null });
  }
  for (const render of [renderTextTable, renderMarkdownTable]) {
    assert.equal(render(result).replaceAll(/\s+/g, " ").match(unknown)?.length, 1);
  }
  assert.doesNotMatch(renderMarkdownTable(result), /seen 9 in 10/);
});

Deno.test("renderTextTable() passes no control characters on", () => {
  const result = readSmallResult();
  result.rows[3]!.method = "evil\x1b[2J";
  result.warnings = ["\x1b]0;title\x07"];
  // deno-lint-ignore no-control-regex -- control characters are what must not appear
  assert.doesNotMatch(renderTextTable(result), /[\x00-\x09\x0b-\x1f\x7f]/);
});

Deno.test("renderMarkdownTable() prints the small result as written down", () => {
  assert.equal(renderMarkdownTable(readSmallResult()), readGolden("table.md.txt"));
});

Deno.test("renderMarkdownTable() escapes names and keeps the count of columns", () => {
  const result = readSmallResult();
  result.rows[3]!.method = "<script>|`*x*\n_y_";
  const lines = renderMarkdownTable(result).split("\n");
  const line = lines.find((candidate) => candidate.includes("script"))!;
  assert.ok(line.startsWith("| &lt;script&gt;\\|\\`\\*x\\* \\_y\\_ · 200 ep |"), line);
  const count = (text: string) => text.replaceAll("\\|", "").split("|").length;
  assert.equal(count(line), count(lines[0]!));
});
