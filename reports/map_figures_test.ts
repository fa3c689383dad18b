import assert from "node:assert/strict";
import type { Figure } from "../core/results/figures.ts";
import type { ResultFile } from "../core/results/result.ts";
import { groupFigures } from "./figure_groups.ts";
import { renderReport } from "./report.ts";
import { readSmallResult } from "./testdata/small_result.ts";

const pixel = "data:image/png;base64,iVBORw0KGgo=";

/** Figures of a row that finds so many pixels of the second class. */
function figuresOf(found: number): Figure[] {
  const names = ["road", `<b>"sky"</b>`];
  return [
    {
      kind: "maps",
      id: "maps",
      title: "Classes of pixels",
      split: "val",
      names,
      maps: [{
        id: "one",
        picture: "a",
        width: 4,
        height: 3,
        truth: [0, 6, 1, 5, -1, 1],
        found: found === 0 ? [0, 12] : [0, 12 - found, 1, found],
      }],
    },
    {
      kind: "matrix",
      id: "confusion",
      title: "Confusion of classes",
      split: "val",
      unit: "percent",
      row: "truth",
      column: "found",
      names,
      values: [[100, 0], [60, 40]],
    },
  ];
}

/** A small result whose rows have these figures and no charts. */
function addMaps(rows: readonly string[]): ResultFile {
  const result = readSmallResult();
  const column = result.columns[0]!.id;
  const figures = rows.flatMap((row, index) =>
    figuresOf(4 * index).map((figure) => ({ row, column, data: "Streets", seed: 0, figure }))
  );
  return {
    ...result,
    columns: [],
    cells: [],
    curves: [],
    figures: { pictures: { a: pixel }, figures },
  };
}

Deno.test("the report shows picture, truth, both rows and where they differ, and confusions", async () => {
  const { base, other } = readSmallResult().comparisons[0]!;
  const html = await renderReport([addMaps([base, other])]);
  const figure = html.match(/<figure class="card map">.*?<\/figure>/s)![0];
  assert.equal(figure.split("<svg").length - 1, 5);
  assert.match(figure, /aria-label="truth, one: road, &lt;b>&quot;sky&quot;&lt;\/b>"/);
  // Six of eleven judged pixels, and nine with the second row's.
  assert.match(figure, /55 % right.*82 % right/s);
  assert.match(figure, /where they differ/);
  const [first, second] = [...figure.matchAll(/<small class="name" title="([^"]*)"/g)]
    .slice(2, 4).map(([, name]) => name);
  assert.ok(figure.includes(`only ${second} right`));
  assert.ok(!figure.includes(`only ${first} right`));
  assert.equal(html.split(`class="card matrix"`).length - 1, 2);
  assert.match(html, /Most: &lt;b>&quot;sky&quot;&lt;\/b> 60 % as road/);
  assert.doesNotMatch(html, /<b>"sky"|(src|href|srcset)="(?!data:image\/png;base64,|#)/i);
});

Deno.test("the report of rows that nothing is compared with shows their errors", async () => {
  const { base } = readSmallResult().comparisons[0]!;
  const html = await renderReport([{ ...addMaps([base]), comparisons: [] }]);
  const figure = html.match(/<figure class="card map">.*?<\/figure>/s)![0];
  assert.equal(figure.split("<svg").length - 1, 4);
  assert.match(figure, />errors</);
  assert.match(figure, />wrong</);
});

Deno.test("figures of two measurements of the same data are told apart by their columns", () => {
  const { base, other } = readSmallResult().comparisons[0]!;
  const result = addMaps([base, other]);
  const columns = readSmallResult().columns.slice(0, 2)
    .map((column, index) => ({ ...column, group: ["Trained", "Untrained"][index]! }));
  const figures = columns.flatMap(({ id }) =>
    result.figures!.figures.map((entry) => ({ ...entry, column: id }))
  );
  const titles = groupFigures({ ...result, columns, figures: { ...result.figures!, figures } })
    .map(({ title }) => title);
  const { label } = result.comparisons[0]!;
  assert.deepEqual(titles, [`${label}, Trained`, `${label}, Untrained`]);
});
