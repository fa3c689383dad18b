import assert from "node:assert/strict";
import { errorBreakdown } from "./error_breakdown.ts";
import { collectEvidence, plainImage } from "./testdata/plain_images.ts";

const at = (x: number, y: number, side = 40) => [x, y, x + side, y + side] as const;

Deno.test("errorBreakdown finds one error of each kind", () => {
  const truth = [0, 1, 0, 1, 2].map((category, index) => ({
    box: at(40 * index, 0),
    category,
    score: 1,
  }));
  const found = [
    { box: at(0, 0), category: 0, score: 0.9 },
    // The same object again.
    { box: at(0, 0), category: 0, score: 0.8 },
    // Another category than the object has.
    { box: at(40, 0), category: 2, score: 0.7 },
    // A third of the object: overlap 1 / 2 would be needed.
    { box: [80, 0, 120, 16] as const, category: 0, score: 0.6 },
    // A third of the object, of another category.
    { box: [120, 0, 160, 16] as const, category: 3, score: 0.5 },
    // Where nothing is.
    { box: at(0, 150), category: 1, score: 0.4 },
  ];
  for (const kind of ["box", "mask"] as const) {
    const evidence = collectEvidence([plainImage("a", truth, found)]);
    const { errors, ap50, falseNegative } = errorBreakdown(evidence, kind);
    assert.deepEqual(errors.map(({ key, count }) => [key, count]), [
      ["classification", 1],
      ["localization", 1],
      ["both", 1],
      ["duplicate", 1],
      ["background", 1],
      // Objects 1 and 2 would be found once category or box were right.
      ["missed", 2],
    ]);
    // Category 0 has 51 of 101 recalls; 3 has no object and counts with 0, as in tidecv.
    assert.ok(Math.abs(ap50! - 100 * 51 / 101 / 4) < 1e-9);
    assert.ok(errors.slice(0, 2).every(({ deltaAp }) => deltaAp > 0));
    assert.ok(falseNegative > 0);
  }
});

Deno.test("errorBreakdown ignores detections in crowd regions of their category", () => {
  const truth = [{ box: at(0, 0, 100), category: 0, crowd: 1 }, { box: at(120, 0), category: 0 }];
  const found = [
    { box: at(10, 10), category: 0, score: 0.9 },
    { box: at(120, 0), category: 0, score: 0.8 },
  ];
  const evidence = collectEvidence([plainImage("a", truth, found)]);
  assert.equal(errorBreakdown(evidence, "box").ap50, 100);
  assert.equal(errorBreakdown(evidence, "mask").ap50, 100);
});
