import assert from "node:assert/strict";
import { floats } from "../../core/vision/testdata/numbers.ts";
import { proposeBoxes } from "./proposals.ts";
import { assertNear } from "./testdata/assert_near.ts";
import fixture from "./testdata/detection.json" with { type: "json" };

const anchors = floats(fixture.anchors);
const scores = { objectness: floats(fixture.objectness), deltas: floats(fixture.deltas) };

Deno.test("proposeBoxes agrees with torchvision's filter_proposals", () => {
  for (const { candidates, kept, image: [height, width], boxes } of fixture.proposals) {
    const settings = { candidates, kept, suppressionIou: 0.7 };
    const image = { height: height!, width: width! };
    const proposals = proposeBoxes(scores, anchors, fixture.counts, image, settings);
    assertNear(proposals, floats(boxes), 1e-4);
  }
});

Deno.test("proposeBoxes drops what is not a number or has no area", () => {
  const settings = { candidates: 10, kept: 10, suppressionIou: 0.7 };
  const image = { height: 20, width: 20 };
  const boxes = Float32Array.of(2, 2, 8, 8, 2, 2, 8, 8, 30, 30, 40, 40, 5, 5, 5, 9, 9, 9, 12, 12);
  const deltas = new Float32Array(20);
  deltas[4] = NaN;
  const objectness = Float32Array.of(1, 9, 8, 7, NaN);
  assert.deepEqual(
    proposeBoxes({ objectness, deltas }, boxes, [5], image, settings),
    Float32Array.of(2, 2, 8, 8),
  );
  const none = { objectness: new Float32Array(0), deltas: new Float32Array(0) };
  assert.equal(proposeBoxes(none, new Float32Array(0), [0, 0], image, settings).length, 0);
  assert.throws(
    () => proposeBoxes({ objectness, deltas }, boxes, [3], image, settings),
    /expected 3 anchors, got 5 with 5 scores and 5 deltas/,
  );
});
