import assert from "node:assert/strict";
import { maskArea } from "../../core/vision/run_length.ts";
import { floats, integers } from "../../core/vision/testdata/numbers.ts";
import { selectBoxes, selectObjects, toDetections } from "./postprocess.ts";
import { assertNear } from "./testdata/assert_near.ts";
import fixture from "./testdata/detection.json" with { type: "json" };

const proposals = floats(fixture.regionTargets.proposals);
const size = ([height, width]: number[]) => ({ height: height!, width: width! });

Deno.test("selectBoxes agrees with torchvision's postprocess_detections", () => {
  for (const { count, classes, threshold, most, ...expected } of fixture.detections) {
    const predictions = {
      logits: floats(expected.logits),
      deltas: floats(expected.deltas),
      classes,
    };
    const settings = { scoreThreshold: threshold, suppressionIou: 0.5, most };
    const image = size(expected.image);
    const selected = selectBoxes(predictions, proposals.subarray(0, 4 * count), image, settings);
    assert.deepEqual(selected.labels, Uint32Array.from(integers(expected.labels)));
    assertNear(selected.scores, floats(expected.scores), 1e-6);
    assertNear(selected.boxes, floats(expected.boxes), 1e-4);
    const detections = toDetections(selected, undefined, image, size(expected.original));
    assertNear(detections.boxes, floats(expected.scaled), 1e-4);
    assert.equal(detections.masks, undefined);
  }
});

Deno.test("selectObjects agrees with torchvision's suppression whatever the class", () => {
  for (const { count, classes, threshold, most, ...expected } of fixture.detections) {
    const predictions = {
      logits: floats(expected.logits),
      deltas: floats(expected.deltas),
      classes,
    };
    const settings = { scoreThreshold: threshold, suppressionIou: 0.5, most };
    const image = size(expected.image);
    const selected = selectObjects(predictions, proposals.subarray(0, 4 * count), image, settings);
    assert.deepEqual(selected.labels, Uint32Array.from(integers(expected.objects.labels)));
    assertNear(selected.scores, floats(expected.objects.scores), 1e-6);
    assertNear(selected.boxes, floats(expected.objects.boxes), 1e-4);
    assert.deepEqual(selected.places.map((place) => place % (1 + classes) - 1), selected.labels);
  }
});

Deno.test("selectBoxes drops what is not a number, and takes an image without proposals", () => {
  const settings = { scoreThreshold: 0.05, suppressionIou: 0.5, most: 100 };
  const image = { height: 20, width: 20 };
  const boxes = Float32Array.of(1, 1, 9, 9, 2, 2, 8, 8, 5, 5, 5, 5);
  const logits = Float32Array.of(0, NaN, 0, 5, 0, 5);
  const selected = selectBoxes(
    { logits, deltas: new Float32Array(24), classes: 1 },
    boxes,
    image,
    settings,
  );
  assert.deepEqual([...selected.boxes], [2, 2, 8, 8]);
  const objects = selectObjects(
    { logits, deltas: new Float32Array(24), classes: 1 },
    boxes,
    image,
    settings,
  );
  assert.deepEqual([...objects.boxes], [2, 2, 8, 8]);
  const empty = new Float32Array(0);
  const none = selectBoxes({ logits: empty, deltas: empty, classes: 3 }, empty, image, settings);
  assert.deepEqual(toDetections(none, empty, image, image).masks, []);
  assert.throws(
    () => selectBoxes({ logits, deltas: logits, classes: 2 }, boxes, image, settings),
    /expected 3 × 3 logits, got 6/,
  );
  assert.throws(
    () => selectBoxes({ logits, deltas: logits, classes: 1 }, boxes, image, settings),
    /expected 3 × 2 logits, got 6 and 1.5 deltas/,
  );
});

Deno.test("toDetections pastes masks into the original image", () => {
  const selected = {
    boxes: Float32Array.of(2, 2, 8, 8, 0, 0, 10, 5),
    scores: Float32Array.of(0.9, 0.8),
    labels: Uint32Array.of(0, 1),
  };
  const image = { height: 10, width: 10 }, original = { height: 30, width: 20 };
  // A row more than there are detections: room that was not needed.
  const { boxes, masks } = toDetections(
    selected,
    new Float32Array(3 * 16).fill(1),
    image,
    original,
    4,
  );
  assert.deepEqual([...boxes], [4, 6, 16, 24, 0, 0, 20, 15]);
  const areas = masks!.map((mask) => {
    assert.deepEqual([mask.height, mask.width], [30, 20]);
    return maskArea(mask);
  });
  assert.ok(Math.abs(areas[0]! - 12 * 18) < 40 && Math.abs(areas[1]! - 20 * 15) < 40, `${areas}`);
  assert.throws(
    () => toDetections(selected, new Float32Array(16), image, original, 4),
    /expected 2 masks of 4 × 4, got 16 numbers/,
  );
});
