/**
 * Regions of a batch as they are pooled from the levels of a pyramid.
 *
 * @module
 */

import { assignLevels } from "../../../core/vision/level_mapper.ts";
import type { RegionsOfInterest } from "../../../core/vision/roi_align.ts";

/** How regions are pooled. */
export interface PoolingSettings {
  /** Samples of a bin along each axis, 0 for about one for each cell. */
  readonly samplingRatio: number;
  readonly aligned: boolean;
  /** Side of a box that is pooled from the level of stride 16, pixels. */
  readonly canonicalSize: number;
}

/**
 * Says which level each region is pooled from.
 *
 * @param strides Of the levels, finest first.
 */
export function placeRegions(
  { boxes, images }: Pick<RegionsOfInterest, "boxes" | "images">,
  strides: readonly number[],
  { canonicalSize }: Pick<PoolingSettings, "canonicalSize">,
): RegionsOfInterest {
  const levels = assignLevels(boxes, {
    finest: Math.log2(strides[0]!),
    coarsest: Math.log2(strides.at(-1)!),
    canonicalSize,
  });
  return { boxes, images, levels };
}

/** Regions from `begin` to before `end`. */
export function partOfRegions(
  { boxes, images, levels }: RegionsOfInterest,
  begin: number,
  end: number,
): RegionsOfInterest {
  return {
    boxes: boxes.subarray(4 * begin, 4 * end),
    images: images.subarray(begin, end),
    levels: levels.subarray(begin, end),
  };
}

/** Some of the regions. */
export function takeRegions(
  { boxes, images, levels }: RegionsOfInterest,
  chosen: Uint32Array,
): RegionsOfInterest {
  const taken = new Float32Array(4 * chosen.length);
  chosen.forEach((region, index) =>
    taken.set(boxes.subarray(4 * region, 4 * region + 4), 4 * index)
  );
  return {
    boxes: taken,
    images: chosen.map((region) => images[region]!),
    levels: Uint8Array.from(chosen, (region) => levels[region]!),
  };
}
