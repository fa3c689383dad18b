/**
 * Sampled regions as the feeds of the heads.
 *
 * @module
 */

import { floatTensor, type HostTensor } from "../../../core/engine/session.ts";
import type { Chunk } from "./chunks.ts";
import { headNames } from "./head_stages.ts";
import { maskSide } from "./spec.ts";

/** Sampled regions of all images of a batch, those that hold objects first within each image. */
export interface SampledRegions {
  /** [R, 4]. */
  readonly boxes: Float32Array;
  /** Image of each, [R]. */
  readonly images: Uint32Array;
  /** 0 for the background, [R]. */
  readonly labels: Uint32Array;
  /** Encoded boxes of the objects; not read for the background, [R, 4]. */
  readonly deltas: Float32Array;
  /** Which regions hold an object, [M]. */
  readonly positives: Uint32Array;
  /** Their masks, 0 to 1, [M, 28, 28]. */
  readonly masks: Float32Array;
}

/** Labels of a run; the background beyond its boxes. */
function labelsOf(rows: number, labels: Iterable<number>): HostTensor {
  const data = new BigInt64Array(rows);
  let row = 0;
  for (const label of labels) data[row++] = BigInt(label);
  return { dtype: "int64", shape: [rows], data };
}

/**
 * Feeds of the box head for a run over some regions. Both losses are means over all regions, as
 * torchvision's.
 *
 * @param features Pooled, [rows, channels · 7 · 7].
 */
export function boxFeeds(
  regions: SampledRegions,
  { begin, end, rows }: Chunk,
  features: HostTensor,
  classes: number,
): Record<string, HostTensor> {
  const total = regions.labels.length;
  const weights = new Float32Array(rows).fill(1 / total, 0, end - begin);
  const places = new BigInt64Array(4 * rows), boxWeights = new Float32Array(rows);
  const targets = new Float32Array(4 * rows);
  for (let row = 0; row < end - begin; row++) {
    const label = regions.labels[begin + row]!;
    if (label === 0) continue;
    boxWeights[row] = 1 / total;
    for (let side = 0; side < 4; side++) {
      places[4 * row + side] = BigInt(4 * (row * (classes + 1) + label) + side);
      targets[4 * row + side] = regions.deltas[4 * (begin + row) + side]!;
    }
  }
  return {
    [headNames.features]: features,
    [headNames.labels]: labelsOf(rows, regions.labels.subarray(begin, end)),
    [headNames.weights]: floatTensor(weights, [rows]),
    [headNames.boxPlaces]: { dtype: "int64", shape: [rows, 4], data: places },
    [headNames.boxTargets]: floatTensor(targets, [rows, 4]),
    [headNames.boxWeights]: floatTensor(boxWeights, [rows, 1]),
  };
}

/**
 * Feeds of the mask head for a run over some regions that hold objects. The loss is the mean over all
 * their pixels.
 *
 * @param features Pooled, [rows, channels, 14, 14].
 */
export function maskFeeds(
  regions: SampledRegions,
  { begin, end, rows }: Chunk,
  features: HostTensor,
): Record<string, HostTensor> {
  const total = regions.positives.length, pixels = maskSide ** 2;
  const targets = new Float32Array(rows * pixels);
  targets.set(regions.masks.subarray(begin * pixels, end * pixels));
  const labels = Array.from(
    regions.positives.subarray(begin, end),
    (region) => regions.labels[region]!,
  );
  const weights = new Float32Array(rows).fill(1 / (total * pixels), 0, end - begin);
  return {
    [headNames.features]: features,
    [headNames.labels]: labelsOf(rows, labels),
    [headNames.weights]: floatTensor(weights, [rows, 1, 1]),
    [headNames.maskTargets]: floatTensor(targets, [rows, maskSide, maskSide]),
  };
}
