import assert from "node:assert/strict";
import { parseFigures } from "../core/results/figures.ts";
import { formatResult, parseResult } from "../core/results/result_schema.ts";
import { planFigureCharts } from "./figure_charts.ts";
import { groupFigures } from "./figure_groups.ts";
import { renderReport } from "./report.ts";
import { addFigures, figuresOf } from "./testdata/figures.ts";
import { readSmallResult } from "./testdata/small_result.ts";

const small = () => {
  const result = readSmallResult();
  const { base, other } = result.comparisons[0]!;
  return addFigures(result, [base, other]);
};

Deno.test("groupFigures() puts the rows of a comparison together, else each row by itself", async () => {
  const result = await small();
  const [group, ...others] = groupFigures(result);
  assert.equal(others.length, 0);
  assert.deepEqual(group!.rows.map(({ figures }) => [...figures.keys()]), [
    ["scenes", "precision-recall", "errors", "categories"],
    ["scenes", "precision-recall", "errors", "categories"],
  ]);
  assert.deepEqual([group!.data, group!.split], ["Small scenes", "val"]);
  const alone = groupFigures({ ...result, comparisons: [] });
  assert.deepEqual(alone.map(({ rows }) => rows.length), [1, 1]);
  assert.deepEqual(groupFigures(readSmallResult()), []);
});

Deno.test("planFigureCharts() draws lines, bars and differences with their numbers in words", async () => {
  const charts = planFigureCharts(await small());
  assert.deepEqual(charts.map(({ section }) => section), ["1", "1", "1"]);
  const [lines, bars, differences] = charts.map(({ description }) => description);
  assert.match(lines!, /recall.*IoU 0\.5 from 1\.00 to 0\.25/);
  assert.match(bars!, /classification 5\.0, localisation 6\.0/);
  // −8 × (index − 1) of the second row: the category without a value is not there.
  assert.match(differences!, /cat \+8\.0; dog 0\.0; pizza −8\.0\.$/);
});

Deno.test("the report shows scenes once each, escaped, with nothing from outside", async () => {
  const result = await small();
  result.figures = JSON.parse(
    JSON.stringify(result.figures).replace('"pizza"', JSON.stringify(`<script>"x"</script>`)),
  );
  const html = await renderReport([{ ...result, columns: [], cells: [], curves: [] }]);
  assert.equal(html.split("<image ").length - 1, 2);
  // Four scenes: the truth and two rows.
  assert.equal(html.split('<use href="#picture-').length - 1, 12);
  assert.doesNotMatch(html, /<script|"x"/i);
  assert.doesNotMatch(html, /(src|href|srcset)="(?!data:image\/png;base64,|#)/i);
  assert.match(html, /aria-label="truth, two: pizza, dog"/);
  assert.match(html, /dog 60 %/);
});

Deno.test("result.json keeps figures, and refuses what is no picture or path", async () => {
  const result = await small();
  assert.deepEqual(parseResult(formatResult(result), "result.json").figures, result.figures);
  const file = (changes: Record<string, unknown>) =>
    parseFigures(
      JSON.stringify({ schemaVersion: 1, pictures: {}, figures: figuresOf(1), ...changes }),
      "figures.json",
    );
  assert.equal(file({}).figures.length, 4);
  assert.throws(() => file({ pictures: { a: "https://example.org/a.png" } }), /expected a PNG/);
  const evil = JSON.parse(
    JSON.stringify(figuresOf(1)).replace('"M10 20', `"M0 0\\"/><script>`),
  );
  assert.throws(() => file({ figures: evil }), /expected an SVG path/);
  assert.throws(() => parseFigures("{", "figures.json"), /figures\.json: it is not JSON/);
});
