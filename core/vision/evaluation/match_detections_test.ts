import assert from "node:assert/strict";
import { matchDetections } from "./match_detections.ts";
import { countBits, ignoredBit, matchedBit, rightThresholds, wrongThresholds } from "./outcome.ts";
import { iouThresholds } from "./protocol.ts";

/** Outcomes of detections with these rows of overlaps. */
function match(
  iou: readonly (readonly number[])[],
  { ignored = [], crowd = [], surplus = [] }: {
    ignored?: readonly number[];
    crowd?: readonly number[];
    surplus?: readonly number[];
  } = {},
): Uint32Array {
  const objects = iou[0]?.length ?? 0;
  const flags = (which: readonly number[], length: number) =>
    Uint8Array.from({ length }, (_, index) => Number(which.includes(index)));
  const outcomes = new Uint32Array(iou.length);
  matchDetections(
    Float64Array.from(iou.flat()),
    { ignored: flags(ignored, objects), crowd: flags(crowd, objects) },
    flags(surplus, iou.length),
    outcomes,
  );
  return outcomes;
}

const rights = (outcomes: Uint32Array) =>
  Array.from(outcomes, (one) => countBits(rightThresholds(one)));
const wrongs = (outcomes: Uint32Array) =>
  Array.from(outcomes, (one) => countBits(wrongThresholds(one)));

Deno.test("matchDetections counts a detection right up to its overlap, thresholds included", () => {
  const outcomes = match([[iouThresholds[3]!]]);
  assert.deepEqual(rights(outcomes), [4]);
  assert.deepEqual(wrongs(outcomes), [6]);
  assert.deepEqual(rights(match([[1]])), [10]);
  assert.deepEqual(wrongs(match([[0.4999]])), [10]);
});

Deno.test("matchDetections gives an object to the best detection, and to it alone", () => {
  const outcomes = match([[0.6], [0.99]]);
  // From 0.65 on the first no longer fits, and the second may have the object.
  assert.deepEqual(rights(outcomes), [3, 7]);
  assert.deepEqual(wrongs(outcomes), [7, 3]);
});

Deno.test("matchDetections prefers an object that counts to an ignored one of greater overlap", () => {
  const outcomes = match([[0.99, 0.52]], { ignored: [0] });
  assert.equal(rightThresholds(outcomes[0]!), matchedBit(0));
  assert.equal(wrongThresholds(outcomes[0]!), 0);
  assert.equal(outcomes[0]! & ignoredBit(1), ignoredBit(1));
});

Deno.test("matchDetections lets any number of detections match a crowd region", () => {
  const both = [[0.9], [0.9]];
  assert.deepEqual(wrongs(match(both, { ignored: [0], crowd: [0] })), [1, 1]);
  assert.deepEqual(wrongs(match(both, { ignored: [0] })), [1, 10]);
});

Deno.test("matchDetections takes the last of equal overlaps, as pycocotools does", () => {
  // The first detection takes object 1; the second fits object 0 only.
  assert.deepEqual(rights(match([[0.8, 0.8], [0.8, 0]])), [7, 7]);
});

Deno.test("matchDetections ignores surplus detections where told, matched ones count", () => {
  const outcomes = match([[0.6]], { surplus: [0] });
  assert.deepEqual(rights(outcomes), [3]);
  assert.deepEqual(wrongs(outcomes), [0]);
  assert.deepEqual(wrongs(match([[]], { surplus: [0] })), [0]);
  assert.deepEqual(wrongs(match([[]])), [10]);
});
