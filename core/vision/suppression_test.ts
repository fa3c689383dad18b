import assert from "node:assert/strict";
import { suppress, suppressWithin } from "./suppression.ts";
import fixture from "./testdata/box_primitives.json" with { type: "json" };
import { floats, integers } from "./testdata/numbers.ts";

Deno.test("suppress and suppressWithin agree with torchvision, ties and rounding included", () => {
  for (const { threshold, boxes, scores, labels, groups, kept } of fixture.suppression) {
    const box = floats(boxes), score = floats(scores);
    assert.deepEqual(
      [
        ...groups === 1
          ? suppress(box, score, threshold)
          : suppressWithin(integers(labels), box, score, threshold),
      ],
      [...integers(kept)],
    );
  }
});

Deno.test("suppressWithin keeps empty boxes and equal boxes of other groups", () => {
  const boxes = Float32Array.of(1, 1, 1, 1, 0, 0, 4, 4, 0, 0, 4, 4, 0, 0, 4, 4, 1, 1, 1, 1);
  const scores = Float32Array.of(0.5, 0.4, 0.9, 0.4, 0.5);
  assert.deepEqual([...suppressWithin([0, 0, 1, 0, 0], boxes, scores, 0.5)], [2, 0, 4, 1]);
  assert.deepEqual([...suppress(new Float32Array(0), new Float32Array(0), 0.5)], []);
  assert.throws(() => suppress(boxes, scores.subarray(1), 0.5), /expected 5 scores/);
});
