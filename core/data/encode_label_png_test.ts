import assert from "node:assert/strict";
import sharp from "sharp";
import { ConfigError } from "../errors.ts";
import { encodeLabelPng } from "./encode_label_png.ts";

const palette = [[1, 2, 3], [200, 100, 50], [0, 255, 0]] as const;

Deno.test("encodeLabelPng() writes each label as an index into the palette", async () => {
  const labels = Uint8Array.of(0, 1, 2, 2, 1, 0);
  const png = encodeLabelPng(labels, { height: 2, width: 3 }, palette);
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  assert.deepEqual([info.width, info.height, info.channels], [3, 2, 3]);
  assert.deepEqual([...data], [...labels].flatMap((label) => [...palette[label]!]));
  // Bits of a pixel, and the colour type of palettes.
  assert.deepEqual([...png.subarray(24, 26)], [8, 3]);
});

Deno.test("encodeLabelPng() refuses labels without a colour and maps of another size", () => {
  const refuse = (labels: number[], colours: typeof palette | readonly [], message: RegExp) =>
    assert.throws(
      () => encodeLabelPng(Uint8Array.from(labels), { height: 2, width: 2 }, colours),
      (error) => error instanceof ConfigError && message.test(error.message),
    );
  refuse([0, 1, 3, 0], palette, /label 3 at \(0, 1\) is none of 3 classes/);
  refuse([0, 1, 2], palette, /expected 2 × 2 labels, got 3/);
  refuse([0, 0, 0, 0], [], /expected 1 to 256 colours, got 0/);
});
