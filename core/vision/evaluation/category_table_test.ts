import assert from "node:assert/strict";
import { categoryTable } from "./category_table.ts";
import { precisionRecallCurves } from "./precision_recall.ts";
import { collectEvidence, plainImage } from "./testdata/plain_images.ts";

const names = ["cat", "dog", "cow", "owl"];
const boxes = [[0, 0, 50, 50], [60, 0, 90, 30], [0, 100, 100, 200]] as const;
const evidence = collectEvidence([
  plainImage("a", [
    { box: boxes[0], category: 0 },
    { box: boxes[1], category: 0 },
    { box: boxes[2], category: 1 },
  ], [
    { box: boxes[0], category: 0, score: 0.9 },
    { box: boxes[2], category: 2, score: 0.8 },
  ]),
]);

Deno.test("categoryTable has a row for each name, null where nothing is to be found", () => {
  const [cat, dog, cow, owl] = categoryTable(evidence, "mask", names);
  const half = 100 * 51 / 101;
  assert.equal(cat!.truth, 2);
  assert.equal(cat!.detections, 1);
  for (const value of [cat!.ap, cat!.ap50, cat!.ap75]) assert.ok(Math.abs(value! - half) < 1e-9);
  assert.equal(cat!.apMedium, 100);
  assert.equal(cat!.apSmall, 0);
  assert.equal(cat!.apLarge, null);
  assert.equal(cat!.ar, 50);
  assert.deepEqual({ ...dog, name: "" }, {
    ...{ name: "", truth: 1, detections: 0, ap: 0, ap50: 0, ap75: 0 },
    ...{ apSmall: null, apMedium: null, apLarge: 0, ar: 0 },
  });
  const none = { ap: null, ap50: null, ap75: null, apSmall: null, apMedium: null, apLarge: null };
  assert.deepEqual(cow, { name: "cow", truth: 0, detections: 1, ...none, ar: null });
  assert.deepEqual(owl, { name: "owl", truth: 0, detections: 0, ...none, ar: null });
  assert.throws(() => categoryTable(evidence, "box", ["cat"]), /names of 3 categories, got 1/);
});

Deno.test("precisionRecallCurves are the mean over categories with objects, or one category", () => {
  const { recall, curves, categories } = precisionRecallCurves(evidence, "box");
  assert.equal(categories, 2);
  assert.deepEqual([recall.length, recall[0], recall[100]], [101, 0, 1]);
  assert.deepEqual(curves.map(({ iou }) => iou.toFixed(2)).slice(0, 2), ["0.50", "0.55"]);
  const { precision } = curves[0]!;
  assert.deepEqual([precision[0], precision[50], precision[51]], [0.5, 0.5, 0]);
  assert.equal(precisionRecallCurves(evidence, "box", { category: 0 }).curves[0]!.precision[50], 1);
  const nothing = precisionRecallCurves(evidence, "box", { category: 3 });
  assert.equal(nothing.categories, 0);
  assert.ok(nothing.curves.every((curve) => curve.precision.every((value) => value === 0)));
  // Regardless of categories two of three objects are found.
  const any = precisionRecallCurves(evidence, "box", { anyClass: true }).curves[9]!.precision;
  assert.deepEqual([any[66], any[67]], [1, 0]);
});
