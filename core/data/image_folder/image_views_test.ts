import assert from "node:assert/strict";
import { join } from "node:path";
import { buildLevels } from "./image_decoder.ts";
import { drawImageView } from "./image_views.ts";

interface Fixture {
  width: number;
  height: number;
  image: number[];
  cases: { size: number; pixels: number[] }[];
}

const fixture: Fixture = JSON.parse(
  await Deno.readTextFile(join(import.meta.dirname!, "testdata", "image_views.json")),
);
const image = buildLevels(Uint8Array.from(fixture.image), fixture.width, fixture.height);

Deno.test("drawImageView resizes the centre like Pillow's BILINEAR", () => {
  for (const { size, pixels } of fixture.cases) {
    const output = new Uint8Array(size * size * 3);
    drawImageView(image, 0, "a.png", false, size, output, 0);
    for (const [index, value] of pixels.entries()) {
      assert.ok(
        Math.abs(output[index]! - value) <= 1,
        `size ${size}, value ${index}: ${output[index]}, Pillow has ${value}`,
      );
    }
  }
});

Deno.test("drawImageView of train images depends on seed and id only, and fills its part alone", () => {
  const draw = (seed: number, id: string) => {
    const output = new Uint8Array(16 * 16 * 3 + 10).fill(9);
    drawImageView(image, seed, id, true, 16, output, 5);
    assert.deepEqual([...output.subarray(0, 5), ...output.subarray(-5)], Array(10).fill(9));
    return output.join();
  };
  const first = draw(1, "a.png");
  assert.notEqual(draw(2, "a.png"), first);
  assert.notEqual(draw(1, "b.png"), first);
  assert.equal(draw(1, "a.png"), first);
});

Deno.test("drawImageView of a flat image is flat, whatever the crop, the shape or the size", () => {
  for (const [width, height] of [[640, 64], [31, 200], [9, 9], [512, 700]] as const) {
    const flat = buildLevels(new Uint8Array(width * height * 3).fill(77), width, height);
    for (const size of [8, 32, 96]) {
      for (let seed = 0; seed < 5; seed++) {
        const output = new Uint8Array(size * size * 3);
        drawImageView(flat, seed, "x", true, size, output, 0);
        for (let channel = 0; channel < 3; channel++) {
          for (let at = channel; at < output.length; at += 3) {
            assert.equal(output[at], output[channel], `${width} × ${height} at ${size}`);
          }
        }
      }
    }
  }
});
