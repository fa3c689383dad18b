import assert from "node:assert/strict";
import { boxAreas, boxIou, clipBoxes, countBoxes, scaleBoxes, takeBoxes } from "./boxes.ts";
import fixture from "./testdata/box_primitives.json" with { type: "json" };
import { floats } from "./testdata/numbers.ts";

Deno.test("boxIou agrees with torchvision to the last bit", () => {
  const { first, second, iou } = fixture.iou;
  assert.deepEqual(boxIou(floats(first), floats(second)), floats(iou));
});

Deno.test("boxIou of empty and inside-out boxes is 0", () => {
  const odd = Float32Array.of(3, 3, 3, 3, 5, 5, 2, 2, 3, 1, 3, 9);
  assert.deepEqual(boxIou(odd, odd), new Float32Array(9));
  assert.deepEqual(boxIou(new Float32Array(0), odd), new Float32Array(0));
});

Deno.test("clipBoxes and scaleBoxes agree with torchvision", () => {
  const { boxes, height, width, clipped } = fixture.clip;
  assert.deepEqual(clipBoxes(floats(boxes), { height, width }), floats(clipped));
  const { scale } = fixture;
  const size = ([height, width]: number[]) => ({ height: height!, width: width! });
  assert.deepEqual(
    scaleBoxes(floats(scale.boxes), size(scale.from), size(scale.to)),
    floats(scale.scaled),
  );
});

Deno.test("boxAreas and takeBoxes go by rows of four", () => {
  const boxes = Float32Array.of(0, 0, 2, 3, 1, 1, 5, 2, 7, 7, 6, 9);
  assert.deepEqual(boxAreas(boxes), Float32Array.of(6, 4, -2));
  assert.deepEqual(takeBoxes(boxes, [2, 0]), Float32Array.of(7, 7, 6, 9, 0, 0, 2, 3));
  assert.throws(
    () => countBoxes(Float32Array.of(1, 2, 3), "truth"),
    /truth: expected \[N, 4\].*got 3/,
  );
});
