import assert from "node:assert/strict";
import { belowThreshold, betweenThresholds, matchBoxes } from "./match_boxes.ts";
import fixture from "./testdata/box_primitives.json" with { type: "json" };
import { floats, integers } from "./testdata/numbers.ts";

Deno.test("matchBoxes agrees with torchvision's Matcher, ties included", () => {
  for (const { high, low, allowLowQuality, truth, boxes, matches } of fixture.matcher) {
    assert.deepEqual(
      matchBoxes(floats(truth), floats(boxes), {
        high,
        low,
        allowLowQuality,
      }),
      integers(matches),
    );
  }
});

const options = { high: 0.7, low: 0.3, allowLowQuality: true };

Deno.test("matchBoxes gives no box to an object that nothing overlaps", () => {
  const boxes = Float32Array.of(0, 0, 10, 10, 20, 20, 30, 30);
  const far = Float32Array.of(50, 50, 60, 60, 25, 25, 25, 25);
  assert.deepEqual([...matchBoxes(far, boxes, options)], [belowThreshold, belowThreshold]);
  assert.deepEqual([...matchBoxes(new Float32Array(0), boxes, options)], [-1, -1]);
});

Deno.test("matchBoxes lets an object's best box stand for the box's own best object", () => {
  const boxes = Float32Array.of(0, 0, 10, 10);
  const truth = Float32Array.of(0, 0, 10, 20, 0, 0, 10, 40);
  assert.deepEqual([...matchBoxes(truth, boxes, options)], [0]);
  const strict = { high: 0.7, low: 0.3 };
  assert.deepEqual([...matchBoxes(truth, boxes, strict)], [betweenThresholds]);
  assert.throws(() => matchBoxes(truth, boxes, { high: 0.1, low: 0.3 }), /low ≤ high/);
});
