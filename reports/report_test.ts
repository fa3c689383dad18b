import assert from "node:assert/strict";
import { join } from "node:path";
import type { Plugin } from "chart.js";
import { drawChart, fontFamily } from "./chart_canvas.ts";
import { drawCharts, planCharts } from "./charts.ts";
import { isReportOf } from "../core/results/report_mark.ts";
import { reproduceCommand } from "./report_page.tsx";
import { renderReport } from "./report.ts";
import { readSmallResult, readSyntheticResult, withoutPictures } from "./testdata/small_result.ts";

/** A result without charts: quick to render. */
function withoutCharts() {
  const result = readSmallResult();
  return { ...result, columns: [], cells: [], comparisons: [], curves: [] };
}

Deno.test("renderReport() prints the small result as written down, the same bytes each time", async () => {
  const html = await renderReport([readSmallResult()]);
  const path = join(import.meta.dirname!, "testdata", "golden", "report.html.txt");
  assert.equal(withoutPictures(html), await Deno.readTextFile(path));
  assert.equal(await renderReport([readSmallResult()]), html);
});

Deno.test("renderReport() refers to nothing outside the page and runs no script", async () => {
  const html = await renderReport([{ ...readSmallResult(), credits: [] }]);
  assert.doesNotMatch(html, /<(script|link|iframe|object)\b/i);
  assert.doesNotMatch(html, /(src|href|srcset)="(?!data:image\/png;base64,|#)/i);
  assert.doesNotMatch(html, /url\(|@import/i);
});

Deno.test("renderReport() escapes every text of a result", async () => {
  const evil = `<script>alert("x")</script>'&`;
  const result = { ...withoutCharts(), cells: readSmallResult().cells };
  const comparison = readSmallResult().comparisons[0]!;
  const html = await renderReport([{
    ...result,
    title: evil,
    note: evil,
    table: evil,
    size: evil,
    protocol: { [evil]: evil },
    environment: { [evil]: evil },
    timings: { totalSeconds: 1, cells: { [evil]: { [evil]: 1 } } },
    columns: [{
      id: "zs_in1k",
      group: evil,
      header: evil,
      task: evil,
      metric: { key: evil, title: evil, unit: evil, higherIsBetter: false },
    }],
    splits: result.splits.map((split) => ({ ...split, title: evil })),
    sources: [{ id: evil, name: evil, hash: evil }],
    rows: result.rows.map((row) => ({ ...row, method: evil, teacher: evil, note: evil })),
    cells: result.cells
      .filter(({ column }) => column === "zs_in1k").map((cell) => ({ ...cell, reason: evil })),
    comparisons: [{ ...comparison, label: evil }],
    leftOut: [{ what: evil, reason: evil, stage: evil, count: 1 }],
    warnings: [evil],
    credits: [evil],
  }]);
  assert.doesNotMatch(html, /<script/i);
  assert.ok(html.split("&lt;script>").length > 20);
  assert.doesNotMatch(html, /"x"/);
});

Deno.test("renderReport() shows what is missing and why", async () => {
  const html = await renderReport([readSmallResult()]);
  assert.match(html, /not run<sup>1<\/sup>/);
  assert.match(html, /<li>A supervised student has no text side/);
  assert.match(html, /failed<sup>3<\/sup>/);
  assert.match(html, /loss is NaN at step 412/);
  assert.match(html, /The run is not finished/);
  assert.match(html, /photos\/cat\/broken\.jpg/);
  assert.match(html, /4 images were left out/);
});

Deno.test("renderReport() folds many warnings, and shows a few", async () => {
  const result = readSmallResult();
  const warnings = Array.from({ length: 9 }, (_, index) => `warning ${index}.`);
  const few = await renderReport([{ ...result, warnings: warnings.slice(0, 4) }]);
  assert.match(few, /<p>warning 0\.<\/p><p>warning 1\./);
  assert.doesNotMatch(few, /4 warnings/);
  const many = await renderReport([{ ...result, warnings }]);
  assert.match(many, /<summary>9 warnings, the first: warning 0\.<\/summary><p>warning 1\./);
});

Deno.test("renderReport() tells one image that was left out, and one row that failed", async () => {
  const result = { ...withoutCharts(), finished: true, warnings: [] };
  const { cells, columns, leftOut } = readSmallResult();
  const failed = cells.filter(({ status }) => status === "failed").slice(0, 1);
  const html = await renderReport([{
    ...result,
    columns,
    cells: failed,
    leftOut: leftOut.slice(0, 1),
  }]);
  assert.match(html, /<p>[^<]* left out; see Details\.<\/p>/);
  assert.match(html, /<p>Cells of 1 row failed\.<\/p>/);
  const quiet = await renderReport([{ ...result, leftOut: [] }]);
  assert.doesNotMatch(quiet, /see Details|Cells of/);
});

Deno.test("renderReport() marks the page with the hashes of its results", async () => {
  const result = withoutCharts();
  const other = { ...result, title: "Other" };
  const html = await renderReport([result, other]);
  assert.ok(isReportOf(html, [result, other]));
  assert.ok(!isReportOf(html, [other, result]));
  assert.ok(!isReportOf(html.slice(0, -9), [result, other]));
});

Deno.test("renderReport() takes splits, units and directions from the result", async () => {
  const result = readSmallResult();
  result.curves = [];
  result.splits = [{ name: "val", title: "unseen", role: "test" }];
  const keep = <T extends { split: string }>(list: T[]) =>
    list.filter((one) => one.split === "val");
  result.cells = keep(result.cells);
  result.comparisons = keep(result.comparisons);
  const [column] = result.columns;
  column!.metric = {
    key: "mae",
    title: "mean absolute error",
    unit: "objects",
    higherIsBetter: false,
    decimals: 2,
  };
  const html = await renderReport([result]);
  assert.match(html, /unseen<\/th>/);
  assert.doesNotMatch(html, />ood</);
  assert.match(html, /\(objects, lower is better\)/);
  assert.match(html, /Zero-shot, IN-1k → EmojiNet-100 \(objects\)/);
  assert.match(html, /17\.41<small>/);
  assert.match(html, /paper [+−]\d+\.\d\d on its own data/);
});

Deno.test("renderReport() renders a result in which nothing was measured", async () => {
  const result = { ...readSmallResult(), cells: [], comparisons: [], curves: [] };
  const html = await renderReport([result]);
  assert.doesNotMatch(html, /NaN|undefined|null|<figure/);
});

Deno.test("renderReport() puts several results on one page and refuses none", async () => {
  const result = withoutCharts();
  const html = await renderReport([result, { ...result, title: "Second" }]);
  assert.match(html, /<a href="#result-2">Second/);
  assert.match(html, /<article id="result-2">/);
  assert.equal(html.split("<h1").length, 2);
  await assert.rejects(renderReport([]), RangeError);
});

Deno.test("reproduceCommand() quotes what a shell would split", () => {
  const result = { ...readSmallResult(), table: "a'b $(c)" };
  assert.equal(
    reproduceCommand(result),
    `deno task reproduce 'a'\\''b $(c)' --size mini --seeds 3`,
  );
});

Deno.test("planCharts() plans a chart for each column, pair of rows and method", () => {
  const charts = planCharts(readSyntheticResult());
  const count = (kind: string) => charts.filter((chart) => chart.kind === kind).length;
  assert.equal(count("values"), 6);
  assert.equal(count("differences"), 2);
  // Super., SEED, LGD and the parts of LGD, for two students.
  assert.equal(count("losses"), 8);
  assert.match(charts[0]!.description, /RN18 · SEED CLIP RN50 · 200 ep \d+\.\d and \d+\.\d/);
});

Deno.test("planCharts() leaves out what has no numbers, and points that are not finite", async () => {
  const result = readSmallResult();
  const [curve] = result.curves;
  result.cells = [];
  result.comparisons = [];
  result.curves = [
    { ...curve!, steps: [0, 1, 2], loss: [3, NaN, 1], parts: {} },
    { ...curve!, row: "unknown", parts: {} },
  ];
  const charts = await drawCharts(result);
  assert.equal(charts.length, 1);
  assert.match(charts[0]!.spec.description, /from 3\.00 to 1\.00/);
});

Deno.test("drawCharts() draws names and units with control characters", async () => {
  const result = readSmallResult();
  result.curves = [];
  const evil = "a\u0000b\u001b[2J";
  for (const column of result.columns) {
    column.header = evil;
    column.metric = { ...column.metric, title: evil, unit: evil };
  }
  result.splits = result.splits.map((split) => ({ ...split, title: evil }));
  const charts = await drawCharts(result);
  assert.equal(charts.length, 3);
  // deno-lint-ignore no-control-regex -- control characters are what must not appear
  for (const { spec } of charts) assert.doesNotMatch(spec.title + spec.description, /[\x00-\x1f]/);
});

Deno.test("drawCharts() uses no font of the machine", async () => {
  const fonts = new Set<string>();
  for (const spec of planCharts(readSmallResult())) {
    await drawChart({
      ...spec,
      configure(theme) {
        const configuration = spec.configure(theme);
        const recorder: Plugin = {
          id: "recorder",
          beforeDraw({ ctx }) {
            const fillText = ctx.fillText.bind(ctx);
            ctx.fillText = (...parts: Parameters<typeof fillText>) => {
              fonts.add(ctx.font);
              fillText(...parts);
            };
          },
        };
        return { ...configuration, plugins: [...(configuration.plugins ?? []), recorder] };
      },
    });
  }
  assert.ok(fonts.size > 0);
  for (const font of fonts) assert.ok(font.includes(fontFamily), font);
});

Deno.test("drawChart() draws text, at two pixels per CSS pixel", async () => {
  const draw = (label: string) =>
    drawChart({
      title: "",
      description: "",
      kind: "values",
      width: 120,
      height: 80,
      configure: () => ({ type: "bar", data: { labels: [label], datasets: [{ data: [1] }] } }),
    });
  const first = await draw("ab"), second = await draw("cd");
  assert.notEqual(first.light, second.light);
  const bytes = Uint8Array.fromBase64(first.light.split(",")[1]!);
  const header = new DataView(bytes.buffer, bytes.byteOffset);
  assert.deepEqual([header.getUint32(16), header.getUint32(20)], [240, 160]);
});
