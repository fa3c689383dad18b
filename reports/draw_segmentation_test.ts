import assert from "node:assert/strict";
import sharp from "sharp";
import type { Colour } from "../core/data/encode_label_png.ts";
import { drawSegmentation } from "./draw_segmentation.ts";

Deno.test("drawSegmentation() lays colours over an enlarged picture, with a legend below", async () => {
  const side = 60;
  const image = { width: side, height: side, pixels: new Uint8Array(3 * side * side).fill(100) };
  const labels = new Uint8Array(side * side);
  labels.fill(1, side * side / 2);
  const colours: Colour[] = [[200, 0, 0], [0, 0, 200]];
  const draw = async (count: number) => {
    const classes = Array.from({ length: count }, (_, index) => ({
      name: index === 0 ? "sky\u0007 <b>" : `class number ${index}`,
      colour: colours[index % 2]!,
      share: 1 / count,
    }));
    const png = await drawSegmentation(image, labels, { colours, classes });
    return await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  };
  const { data, info } = await draw(2);
  const pixel = (x: number, y: number) => [...data.subarray(3 * (y * 480 + x)).subarray(0, 3)];
  assert.equal(info.width, 480);
  assert.ok(info.height > 490 && info.height < 530, `${info.height}`);
  assert.deepEqual(pixel(10, 10), [160, 40, 40]);
  assert.deepEqual(pixel(470, 470), [40, 40, 160]);
  // The square of the first class, its text, and white ground.
  assert.deepEqual(pixel(18, 497), [200, 0, 0]);
  assert.deepEqual(pixel(479, info.height - 1), [255, 255, 255]);
  const row = data.subarray(3 * 480 * 497, 3 * 480 * 498);
  assert.ok(row.some((value, at) => at > 90 && value < 60), "there is writing");
  // Many classes take several rows, and the last ones are counted.
  assert.ok((await draw(100)).info.height > 600);
});
