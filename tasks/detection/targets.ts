/**
 * What a detector is to learn from an image: which anchors and proposals are sampled, and what each
 * stands for. Semantics are torchvision's (`RegionProposalNetwork.assign_targets_to_anchors`,
 * `RoIHeads.select_training_samples`), but for objects that cannot be learned: regions of many objects
 * and boxes without area are nobody's target.
 *
 * @module
 */

import type { RandomStream } from "../../core/random.ts";
import { sampleBalanced } from "../../core/vision/balanced_sample.ts";
import { BoxCoder, type CoderWeights, detectionWeights } from "../../core/vision/box_coder.ts";
import { takeBoxes } from "../../core/vision/boxes.ts";
import { projectMasks } from "../../core/vision/mask_targets.ts";
import { betweenThresholds, matchBoxes } from "../../core/vision/match_boxes.ts";
import type { DetectionTruth, ImageSize } from "../../core/vision/mod.ts";

/** What of an image's truth is needed to sample boxes. */
export type TruthBoxes = Pick<DetectionTruth, "boxes" | "labels" | "crowd">;

/** Which boxes of an image are learned from. */
export interface SampleSettings {
  /** Overlap from which a box stands for an object; published: 0.7 for anchors, 0.5 for proposals. */
  readonly positiveIou: number;
  /** How many boxes of an image, at most; published: 256 and 512. */
  readonly samples: number;
  /** The most of them that may stand for objects; published: 0.5 and 0.25. */
  readonly positiveShare: number;
}

/** Which anchors of an image are learned from. */
export interface AnchorSampleSettings extends SampleSettings {
  /** Overlap below which an anchor is background; published: 0.3. */
  readonly negativeIou: number;
}

/** Anchors that are learned from. */
export interface SampledAnchors {
  /** Indices of anchors that stand for an object, rising, `[P]`. */
  readonly positive: Uint32Array;
  /** Indices of anchors that are background, rising. */
  readonly negative: Uint32Array;
  /** Deltas from positive anchors to their objects, `[P, 4]`. */
  readonly deltas: Float32Array;
}

/** Proposals that are learned from: first those that stand for an object. */
export interface SampledRegions {
  /** `[n, 4]` */
  readonly boxes: Float32Array;
  /** 0 for background, else 1 + index into the class names, `[n]`. */
  readonly labels: Uint32Array;
  /** Number of the object among the image's truth; 0 for background. `[n]` */
  readonly matched: Uint32Array;
  /** Deltas to the object; 0 for background. `[n, 4]` */
  readonly deltas: Float32Array;
  /** How many stand for an object. */
  readonly positives: number;
}

/** Numbers of the objects that can be learned: no crowds, no boxes without area. */
export function learnableObjects({ boxes, crowd }: TruthBoxes): Uint32Array {
  const objects = Uint32Array.from(crowd, (_, object) => object);
  return objects.filter((object) => {
    const [x0, y0, x1, y1] = boxes.subarray(4 * object, 4 * object + 4);
    return crowd[object] === 0 && x1! > x0! && y1! > y0! &&
      Number.isFinite(x1! - x0!) && Number.isFinite(y1! - y0!);
  });
}

/**
 * Samples anchors of an image, and says to which objects they lead.
 *
 * @param anchors `[A, 4]`
 * @param random Stream of this image and step: equal streams give equal samples.
 */
export function sampleAnchors(
  truth: TruthBoxes,
  anchors: Float32Array,
  { positiveIou, negativeIou, samples, positiveShare }: AnchorSampleSettings,
  random: RandomStream,
): SampledAnchors {
  const objects = takeBoxes(truth.boxes, learnableObjects(truth));
  const matches = matchBoxes(objects, anchors, {
    high: positiveIou,
    low: negativeIou,
    allowLowQuality: true,
  });
  const labels = matches.map((match) => match >= 0 ? 1 : match === betweenThresholds ? -1 : 0);
  const size = { count: samples, positiveFraction: positiveShare };
  const { positive, negative } = sampleBalanced(labels, size, random);
  const targets = takeBoxes(objects, Array.from(positive, (index) => matches[index]!));
  return {
    positive,
    negative,
    deltas: new BoxCoder().encode(targets, takeBoxes(anchors, positive)),
  };
}

/** Arrays one behind the other. */
function concatenate(first: Float32Array, second: Float32Array): Float32Array {
  const both = new Float32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/**
 * Samples proposals of an image, to which its objects' own boxes are added.
 *
 * @param proposals `[N, 4]`, none without area.
 * @param random Stream of this image and step.
 * @param weights Factors of the deltas. Default: (10, 10, 5, 5).
 */
export function sampleRegions(
  truth: TruthBoxes,
  proposals: Float32Array,
  { positiveIou, samples, positiveShare }: SampleSettings,
  random: RandomStream,
  weights: CoderWeights = detectionWeights,
): SampledRegions {
  const learnable = learnableObjects(truth);
  const objects = takeBoxes(truth.boxes, learnable);
  const regions = concatenate(proposals, objects);
  const matches = matchBoxes(objects, regions, { high: positiveIou, low: positiveIou });
  const size = { count: samples, positiveFraction: positiveShare };
  const { positive, negative } = sampleBalanced(
    matches.map((match) => match >= 0 ? 1 : 0),
    size,
    random,
  );
  const count = positive.length + negative.length;
  const labels = new Uint32Array(count), matched = new Uint32Array(count);
  for (const [index, region] of positive.entries()) {
    matched[index] = learnable[matches[region]!]!;
    labels[index] = 1 + truth.labels[matched[index]!]!;
  }
  const positiveBoxes = takeBoxes(regions, positive);
  const targets = takeBoxes(truth.boxes, matched.subarray(0, positive.length));
  const deltas = new Float32Array(4 * count);
  deltas.set(new BoxCoder(weights).encode(targets, positiveBoxes));
  return {
    boxes: concatenate(positiveBoxes, takeBoxes(regions, negative)),
    labels,
    matched,
    deltas,
    positives: positive.length,
  };
}

/**
 * What the mask head is to say of sampled regions.
 *
 * @param image Size of the image without padding: of the truth's masks.
 * @param boxes Regions that stand for objects, `[M, 4]`.
 * @param matched Their objects, `[M]`.
 * @param side Side of the masks. Default: 28.
 * @returns `[M, side, side]`, 0 … 1
 */
export function maskTargets(
  truth: Pick<DetectionTruth, "mask">,
  image: ImageSize,
  boxes: Float32Array,
  matched: ArrayLike<number>,
  side = 28,
): Float32Array {
  return projectMasks((object) => truth.mask(object), image, boxes, matched, side);
}
