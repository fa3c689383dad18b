/**
 * Sampled anchors as the feeds of the trunk.
 *
 * @module
 */

import { floatTensor, type HostTensor } from "../../../core/engine/session.ts";
import { trunkNames } from "./trunk_stage.ts";

/** Sampled anchors of one image. */
export interface SampledAnchors {
  /** Indices of anchors that hold an object. */
  readonly positive: Uint32Array;
  readonly negative: Uint32Array;
  /** Encoded boxes of the positive ones, [positives, 4]. */
  readonly deltas: Float32Array;
}

/**
 * Feeds of the trunk's losses, by indices into the batch's anchors. Both losses are means over the
 * sampled anchors of all images.
 *
 * @param anchors Of one image.
 * @param room How many anchors the graph takes.
 */
export function anchorFeeds(
  sampled: readonly SampledAnchors[],
  anchors: number,
  { samples, positives }: { readonly samples: number; readonly positives: number },
): Record<string, HostTensor> {
  const total = sampled.reduce(
    (sum, { positive, negative }) => sum + positive.length + negative.length,
    0,
  );
  const indices = new BigInt64Array(samples);
  const targets = new Float32Array(samples), weights = new Float32Array(samples);
  const boxes = new BigInt64Array(4 * positives);
  const boxTargets = new Float32Array(4 * positives), boxWeights = new Float32Array(positives);
  let at = 0, box = 0;
  sampled.forEach(({ positive, negative, deltas }, image) => {
    const place = (anchor: number, target: number) => {
      indices[at] = BigInt(image * anchors + anchor);
      targets[at] = target;
      weights[at++] = 1 / total;
    };
    positive.forEach((anchor) => {
      place(anchor, 1);
      for (let side = 0; side < 4; side++) {
        boxes[4 * box + side] = BigInt(4 * (image * anchors + anchor) + side);
      }
      boxWeights[box++] = 1 / total;
    });
    negative.forEach((anchor) => place(anchor, 0));
    boxTargets.set(deltas, 4 * (box - positive.length));
  });
  return {
    [trunkNames.anchors]: { dtype: "int64", shape: [samples], data: indices },
    [trunkNames.anchorTargets]: floatTensor(targets, [samples]),
    [trunkNames.anchorWeights]: floatTensor(weights, [samples]),
    [trunkNames.boxes]: { dtype: "int64", shape: [positives, 4], data: boxes },
    [trunkNames.boxTargets]: floatTensor(boxTargets, [positives, 4]),
    [trunkNames.boxWeights]: floatTensor(boxWeights, [positives, 1]),
  };
}
