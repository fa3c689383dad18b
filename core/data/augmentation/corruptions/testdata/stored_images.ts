/**
 * The images and draws of `corruptions.json`, and comparison with images that are stored.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import type { RgbImage } from "../../image_memory.ts";

/** An image as files hold it, pixels in base64. */
export interface StoredImage {
  readonly width: number;
  readonly height: number;
  readonly pixels: string;
}

/** The image of a file. */
export function decodeStored({ width, height, pixels }: StoredImage): RgbImage {
  return { width, height, pixels: Uint8Array.fromBase64(pixels) };
}

/** Reads a file of this folder. */
export async function readAnswers<T>(name: string): Promise<T> {
  return JSON.parse(await Deno.readTextFile(join(import.meta.dirname!, name)));
}

/** Numbers between blanks. */
export function parseNumbers(text: string): number[] {
  return text.split(" ").map(Number);
}

/** Fails where a byte differs by more than so many levels. */
export function assertNear(
  found: RgbImage,
  expected: StoredImage,
  levels: number,
  what: string,
): void {
  const { width, height, pixels } = decodeStored(expected);
  assert.deepEqual([found.width, found.height, found.pixels.length], [
    width,
    height,
    pixels.length,
  ], what);
  let worst = 0, different = 0;
  pixels.forEach((value, index) => {
    worst = Math.max(worst, Math.abs(value - found.pixels[index]!));
    if (value !== found.pixels[index]) different++;
  });
  assert.ok(
    worst <= levels,
    `${what}: ${different} of ${pixels.length} bytes differ, by up to ${worst}`,
  );
}
