import assert from "node:assert/strict";
import { joinSelections, splitDetections } from "./joined_selection.ts";

const detections = {
  boxes: Float32Array.of(0, 0, 1, 1, 0, 0, 2, 2),
  scores: Float32Array.of(0.5, 0.25),
  labels: Uint32Array.of(1, 0),
  places: Uint32Array.of(2, 7),
};
const objects = {
  boxes: Float32Array.of(0, 0, 3, 3, 0, 0, 1, 1, 0, 0, 4, 4),
  scores: Float32Array.of(1, 0.75, 0.625),
  labels: Uint32Array.of(0, 1, 2),
  places: Uint32Array.of(4, 2, 9),
};

Deno.test("joinSelections has boxes of both once, and splitDetections takes them apart", () => {
  const joined = joinSelections(detections, objects);
  assert.deepEqual([...joined.boxes.places], [2, 7, 4, 9]);
  assert.deepEqual([...joined.boxes.boxes.subarray(8)], [0, 0, 3, 3, 0, 0, 4, 4]);
  const masks = [1, 2, 3, 4].map((width) => ({ height: 1, width, counts: Uint32Array.of(width) }));
  const { classAgnostic, ...own } = splitDetections({ ...joined.boxes, masks }, joined);
  assert.deepEqual(own, {
    boxes: detections.boxes,
    scores: detections.scores,
    labels: detections.labels,
    masks: masks.slice(0, 2),
  });
  assert.deepEqual(classAgnostic, {
    boxes: objects.boxes,
    scores: objects.scores,
    labels: objects.labels,
    masks: [masks[2], masks[0], masks[3]],
  });
});

Deno.test("joinSelections leaves detections as they are without class-agnostic ones", () => {
  const joined = joinSelections(detections, undefined);
  assert.equal(joined.boxes, detections);
  assert.equal(splitDetections(detections, joined), detections);
});
