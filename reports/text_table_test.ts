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
