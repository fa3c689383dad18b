import assert from "node:assert/strict";
import { pasteMask } from "./mask_paste.ts";
import { maskArea } from "./run_length.ts";
import { toRunLengthString } from "./run_length_string.ts";
import fixture from "./testdata/masks.json" with { type: "json" };
import { floats } from "./testdata/numbers.ts";

Deno.test("pasteMask agrees with torchvision in every pixel", () => {
  for (const { height, width, side, runs, ...texts } of fixture.pasted) {
    const boxes = floats(texts.boxes), masks = floats(texts.masks);
    for (const [index, text] of runs.entries()) {
      const probabilities = masks.subarray(index * side ** 2, (index + 1) * side ** 2);
      const box = boxes.subarray(4 * index, 4 * index + 4);
      assert.equal(toRunLengthString(pasteMask(probabilities, box, { height, width })), text);
    }
  }
});

Deno.test("pasteMask leaves out what is outside the image, and keeps the threshold", () => {
  const full = new Float32Array(28 * 28).fill(0.6);
  const image = { height: 8, width: 12 };
  assert.deepEqual([...pasteMask(full, [30, 30, 40, 50], image).counts], [96]);
  assert.deepEqual([...pasteMask(full, [-30, -30, -20, -25], image).counts], [96]);
  assert.deepEqual([...pasteMask(full, [-50, -50, 70, 80], image).counts], [0, 96]);
  assert.equal(maskArea(pasteMask(full, [-50, -50, 70, 80], image, 0.7)), 0);
  assert.ok(maskArea(pasteMask(full, [3, 3, 3, 3], image)) <= 1);
  assert.throws(() => pasteMask(full.subarray(1), [0, 0, 1, 1], image), /square, got 783/);
});
