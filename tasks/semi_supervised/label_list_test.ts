import assert from "node:assert/strict";
import type { ViewSet } from "../../core/data/dataset.ts";
import { ConfigError } from "../../core/errors.ts";
import { countLabelled, labelledViews, labelListText } from "./label_list.ts";

/** Samples of three classes: 40, 10 and 1 of them, labels mixed. */
function viewSet(viewsPerSample: number): ViewSet {
  const labels = Array.from(
    { length: 51 },
    (_, index) => index === 25 ? 2 : index % 5 === 0 ? 1 : 0,
  );
  return {
    samples: labels.map((label, index) => ({ id: `artist/${index}`, label })),
    viewsPerSample,
    imageSize: 8,
    pixels: new Uint8Array(0),
    hash: "",
    skipped: [],
  };
}

function perClass(views: ViewSet, labelled: Uint32Array): number[] {
  const counts = [0, 0, 0];
  for (const view of labelled) {
    counts[views.samples[Math.floor(view / views.viewsPerSample)]!.label]!++;
  }
  return counts;
}

Deno.test("labelledViews() takes the fraction of each class, rounded, at least one", () => {
  const views = viewSet(4);
  assert.deepEqual(perClass(views, labelledViews(views, 1, 0)), [160, 40, 4]);
  assert.deepEqual(perClass(views, labelledViews(views, 0.1, 0)), [16, 4, 1]);
  assert.deepEqual(perClass(views, labelledViews(views, 0.01, 0)), [2, 1, 1]);
  assert.deepEqual(perClass(views, labelledViews(views, 1e-9, 0)), [1, 1, 1]);
});

Deno.test("countLabelled() foretells how many labelledViews() takes", () => {
  for (const perSample of [1, 4]) {
    const views = viewSet(perSample);
    for (const fraction of [1e-9, 0.01, 0.1, 0.33, 1]) {
      const taken = labelledViews(views, fraction, 0).length;
      assert.equal(countLabelled(views.samples, perSample, fraction), taken);
    }
  }
});

Deno.test("labelledViews() lists each view once in rising order", () => {
  const views = viewSet(4);
  const labelled = [...labelledViews(views, 0.5, 3)];
  assert.deepEqual(labelled, [...new Set(labelled)].sort((a, b) => a - b));
  assert(labelled.every((view) => view < 204));
  assert.deepEqual([...labelledViews(views, 1, 3)], [...Array(204).keys()]);
});

Deno.test("labelledViews() draws by the seed alone, and anew for each seed", () => {
  const views = viewSet(4);
  assert.deepEqual(labelledViews(views, 0.1, 1), labelledViews(views, 0.1, 1));
  assert.notDeepEqual(labelledViews(views, 0.1, 1), labelledViews(views, 0.1, 2));
});

Deno.test("labelledViews() gives more labels by adding to the fewer", () => {
  const views = viewSet(4);
  const many = new Set(labelledViews(views, 0.1, 1));
  for (const view of labelledViews(views, 0.01, 1)) assert(many.has(view));
});

Deno.test("labelledViews() refuses a fraction that is none", () => {
  for (const fraction of [0, -0.1, 1.01, NaN]) {
    assert.throws(
      () => labelledViews(viewSet(1), fraction, 0),
      (error) => error instanceof ConfigError && error.message.includes(`${fraction}`),
    );
  }
});

Deno.test("labelListText() writes sample, view and class of each line", () => {
  const text = labelListText(viewSet(4), Uint32Array.of(3, 4, 100), ["owl", "red fox", "dodo"]);
  assert.equal(text, "artist/0\t3\tred fox\nartist/1\t0\towl\nartist/25\t0\tdodo\n");
});
