/**
 * Views whose pixels tell which view they are, for tests of what goes through an encoder.
 *
 * @module
 */

import { SampleList } from "../../data/sample_list.ts";
import type { MemoryViewSet } from "../../data/views/view_set.ts";

/** Side of the views, pixels. */
export const countingImageSize = 2;

/** Views whose first byte is their index; the other bytes come from index and place. */
export function countingViews(
  samples: number,
  viewsPerSample: number,
  hash = "counting",
): MemoryViewSet {
  const bytes = 3 * countingImageSize ** 2;
  const pixels = new Uint8Array(samples * viewsPerSample * bytes);
  for (let index = 0; index < pixels.length; index++) {
    const view = Math.floor(index / bytes), place = index % bytes;
    pixels[index] = place === 0 ? view : (view * 31 + place * 17) % 256;
  }
  return {
    samples: SampleList.from(
      Array.from({ length: samples }, (_, label) => ({ id: `sample ${label}`, label })),
    ),
    viewsPerSample,
    imageSize: countingImageSize,
    pixels,
    hash,
    skipped: [],
  };
}

/** Index of the view at a place of a batch [3, H, W, B]. */
export function viewAt(images: Uint8Array, place: number): number {
  return images[place]!;
}
