import assert from "node:assert/strict";
import sharp from "sharp";
import { encodeMask } from "../core/vision/run_length.ts";
import { drawDetections } from "./draw_detections.ts";

Deno.test("drawDetections() puts masks, boxes and names on an enlarged picture", async () => {
  const side = 60;
  const image = { width: side, height: side, pixels: new Uint8Array(3 * side * side) };
  const mask = new Uint8Array(side * side);
  for (let y = 20; y < 40; y++) mask.fill(1, y * side + 20, y * side + 40);
  const png = await drawDetections(image, {
    boxes: Float32Array.of(20, 20, 40, 40),
    scores: Float32Array.of(0.9),
    labels: Uint32Array.of(0),
    masks: [encodeMask(mask, side, side)],
  }, ["square\u0007 <b>"]);
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  assert.deepEqual([info.width, info.height], [480, 480]);
  const pixel = (
    x: number,
    y: number,
  ) => [...data.subarray(3 * (y * 480 + x), 3 * (y * 480 + x) + 3)];
  // #ffb000 over black: the mask shines through, the line of the box does not.
  assert.deepEqual(pixel(240, 240), [114, 79, 0]);
  assert.ok(pixel(160, 240)[0]! > 200);
  assert.deepEqual(pixel(10, 470), [0, 0, 0]);
  // Its name stands above the box.
  assert.deepEqual(pixel(162, 146), [255, 176, 0]);
});
