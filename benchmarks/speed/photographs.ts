/**
 * A folder of generated photographs for the input pipeline and its peer.
 *
 * @module
 */

import { join } from "node:path";
import sharp from "sharp";
import { RandomStream } from "../../core/random.ts";

const count = 64;
const width = 500, height = 375;

/** One picture with the detail of a photograph: smooth shapes under fine noise; JPEG, quality 90. */
async function drawPhotograph(index: number): Promise<Uint8Array> {
  const random = new RandomStream(index, "speed", "photograph");
  const waves = Array.from({ length: 6 }, () => ({
    x: random.uniform(-0.06, 0.06),
    y: random.uniform(-0.06, 0.06),
    phase: random.uniform(0, 6),
    strength: [random.uniform(8, 30), random.uniform(8, 30), random.uniform(8, 30)],
  }));
  const pixels = new Uint8ClampedArray(width * height * 3);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      for (let channel = 0; channel < 3; channel++) {
        let value = 128 + random.integer(17) - 8;
        for (const { x, y, phase, strength } of waves) {
          value += strength[channel]! * Math.sin(x * column + y * row + phase);
        }
        pixels[(row * width + column) * 3 + channel] = value;
      }
    }
  }
  const raw = { width, height, channels: 3 as const };
  return await sharp(pixels, { raw }).jpeg({ quality: 90 }).toBuffer();
}

/** Draws the photographs into a new folder below `folder`, and removes it after use. */
export async function withPhotographs<T>(
  folder: string,
  use: (photographs: string) => Promise<T>,
): Promise<T> {
  await Deno.mkdir(folder, { recursive: true });
  const photographs = await Deno.makeTempDir({ dir: folder, prefix: "photographs-" });
  try {
    for (let index = 0; index < count; index++) {
      const name = `${String(index).padStart(3, "0")}.jpg`;
      await Deno.writeFile(join(photographs, name), await drawPhotograph(index));
    }
    return await use(photographs);
  } finally {
    await Deno.remove(photographs, { recursive: true }).catch(() => {});
  }
}
