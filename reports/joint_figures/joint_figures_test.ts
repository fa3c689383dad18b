import assert from "node:assert/strict";
import sharp from "sharp";
import { formatResult, parseResult } from "../../core/results/result_schema.ts";
import { jointFigures } from "../../core/results/testdata/joint_figures.ts";
import { renderReport } from "../report.ts";
import { readSmallResult } from "../testdata/small_result.ts";
import { sortedGains } from "./gain.tsx";
import { heatColours, heatPicture } from "./heat_map.ts";
import { atlasSize, tileBox } from "./tiles.tsx";

async function pictures(): Promise<Record<string, string>> {
  const create = { width: 16, height: 8, channels: 3, background: "#a04020" } as const;
  const png = await sharp({ create }).png().toBuffer();
  return { tiles: `data:image/png;base64,${png.toString("base64")}` };
}

/** The small result with figures of several rows, and without what else is drawn. */
async function withFigures(change: (text: string) => string = (text) => text) {
  const joint = JSON.parse(change(JSON.stringify(jointFigures)));
  return {
    ...readSmallResult(),
    columns: [],
    cells: [],
    comparisons: [],
    curves: [],
    figures: { pictures: await pictures(), figures: [], joint },
  };
}

Deno.test("result.json keeps figures of several rows", async () => {
  const result = await withFigures();
  assert.deepEqual(parseResult(formatResult(result), "result.json").figures, result.figures);
});

Deno.test("the report shows figures of several rows with their numbers, the same bytes each time", async () => {
  const result = await withFigures();
  const html = await renderReport([result]);
  assert.equal(await renderReport([result]), html);
  assert.match(html, /What the models see and confuse/);
  // Rows go by their names.
  assert.match(html, /<th scope="col">LGD[^<]*, RN18<small>C5, 1 × 1<\/small>/);
  assert.match(html, /cosine 0\.50, nothing speaks for it|cosine 0\.63, nothing speaks for it/);
  assert.match(html, /UMAP of [^"]*2 points; trustworthiness, 15 neighbours 0\.88/);
  assert.match(html, /with the class texts/);
  assert.match(html, /cat – dog, small/);
  assert.match(html, /1 class better, 1 worse, 0 the same; mean 0\.0 points/);
  assert.match(html, /<title>cat: 50\.0 → 75\.0 %, \+25\.0 points, 4 views<\/title>/);
});

Deno.test("figures of several rows show each picture once, and names of points on all panels once", async () => {
  const html = await renderReport([await withFigures()]);
  assert.equal(html.split('<image id="atlas-').length - 1, 1);
  assert.equal(html.split('-i0"><svg').length - 1, 1);
  assert.equal(html.match(/<g class="p( o)?">/g)!.length, 6);
});

Deno.test("figures of several rows refer to nothing outside, run no script, and are escaped", async () => {
  const evil = `<script>\\"x\\"</script>`;
  const html = await renderReport([
    await withFigures((text) =>
      text.replaceAll('"cat"', `"${evil}"`).replaceAll("Small set", evil)
    ),
  ]);
  assert.doesNotMatch(html, /<script|"x"/i);
  assert.doesNotMatch(html, /(src|href|srcset)="(?!data:image\/png;base64,|#)/i);
  assert.doesNotMatch(html, /url\(|@import/i);
});

Deno.test("a report without figures of several rows has no section of them", async () => {
  const result = { ...await withFigures(), figures: { pictures: {}, figures: [], joint: [] } };
  assert.doesNotMatch(await renderReport([result]), /What the models see/);
});

Deno.test("tileBox() and atlasSize() find tiles line by line", () => {
  const atlas = { picture: "a", tile: 8, columns: 3, count: 7 };
  assert.equal(tileBox(atlas, 4), "8 8 8 8");
  assert.deepEqual(atlasSize(atlas), { width: 24, height: 24 });
});

Deno.test("heatPicture() draws nothing dark and most bright", async () => {
  const uri = heatPicture([0, 1], { height: 1, width: 2 });
  const png = Uint8Array.fromBase64(uri.split(",")[1]!);
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  assert.deepEqual([...data.subarray(0, 3)], heatColours[0]);
  assert.deepEqual([...data.subarray(3 * (info.width - 1), 3 * info.width)], heatColours.at(-1));
  const lightness = heatColours.map(([red, green, blue]) => 0.3 * red + 0.59 * green + 0.11 * blue);
  assert.deepEqual(lightness, lightness.toSorted((a, b) => a - b));
});

Deno.test("sortedGains() goes from the largest gain to the largest loss", () => {
  const figure = jointFigures.find(({ kind }) => kind === "gain")!;
  assert(figure.kind === "gain");
  assert.deepEqual(sortedGains(figure).map(({ name, gain }) => [name, gain]), [
    ["cat", 25],
    ["dog, small", -25],
  ]);
});
