/**
 * From what the heads of a detector say to detections, as torchvision's
 * `RoIHeads.postprocess_detections` and `GeneralizedRCNNTransform.postprocess`.
 *
 * @module
 */

import { BoxCoder, type CoderWeights, detectionWeights } from "../../core/vision/box_coder.ts";
import { clipBoxes, scaleBoxes, takeBoxes } from "../../core/vision/boxes.ts";
import { pasteMask } from "../../core/vision/mask_paste.ts";
import type { Detections, ImageSize } from "../../core/vision/mod.ts";
import { suppressWithin } from "../../core/vision/suppression.ts";
import { isLargeEnough } from "./proposals.ts";

/** Which boxes become detections. */
export interface DetectionSettings {
  /** Score above which a box counts; published: 0.05 (LVIS: 0.0001). */
  readonly scoreThreshold: number;
  /** A box goes where it overlaps more than this with a better one of its class; published: 0.5. */
  readonly suppressionIou: number;
  /** Detections of an image, at most; published: 100 (LVIS: 300). */
  readonly most: number;
}

/** What the box head says of one image's proposals; further rows are not looked at. */
export interface BoxPredictions {
  /** `[R, 1 + classes]`, background first. */
  readonly logits: Float32Array;
  /** A box for every class, background too: `[R, 1 + classes, 4]`. */
  readonly deltas: Float32Array;
  /** Number of classes, without background. */
  readonly classes: number;
}

/** Boxes of one image that are detections, the most certain first, in pixels of the resized image. */
export interface SelectedBoxes {
  /** `[D, 4]` */
  readonly boxes: Float32Array;
  /** `[D]` */
  readonly scores: Float32Array;
  /** Index into the class names, `[D]`. */
  readonly labels: Uint32Array;
}

/** Sides below which a detection is dropped, in pixels. */
const smallest = Math.fround(1e-2);

/** Softmax of one row, to `scores`. */
function softmax(logits: Float32Array, scores: Float32Array): void {
  let greatest = -Infinity;
  for (const logit of logits) if (logit > greatest) greatest = logit;
  let sum = 0;
  for (let index = 0; index < logits.length; index++) {
    scores[index] = Math.exp(logits[index]! - greatest);
    sum += scores[index]!;
  }
  for (let index = 0; index < logits.length; index++) scores[index]! /= sum;
}

/**
 * Chooses detections among the boxes that proposals have for each class. What is not a number anywhere is
 * dropped.
 *
 * @param proposals `[R, 4]`
 * @param image Size of the image without padding: boxes are cut off there.
 * @param weights Factors of the deltas. Default: (10, 10, 5, 5).
 * @throws {RangeError} if counts do not fit together.
 */
export function selectBoxes(
  { logits, deltas, classes }: BoxPredictions,
  proposals: Float32Array,
  image: ImageSize,
  { scoreThreshold, suppressionIou, most }: DetectionSettings,
  weights: CoderWeights = detectionWeights,
): SelectedBoxes {
  const count = proposals.length / 4;
  const columns = 1 + classes;
  if (logits.length < count * columns || deltas.length < 4 * count * columns) {
    throw new RangeError(
      `Detections: expected ${count} × ${columns} logits, got ${logits.length} and ${
        deltas.length / 4
      } deltas`,
    );
  }
  const threshold = Math.fround(scoreThreshold);
  const scores = new Float32Array(columns);
  const found = { proposals: [] as number[], places: [] as number[] };
  const candidateScores: number[] = [], candidateLabels: number[] = [];
  for (let proposal = 0; proposal < count; proposal++) {
    softmax(logits.subarray(proposal * columns, (proposal + 1) * columns), scores);
    for (let column = 1; column < columns; column++) {
      if (!(scores[column]! > threshold)) continue;
      found.proposals.push(proposal);
      found.places.push(proposal * columns + column);
      candidateScores.push(scores[column]!);
      candidateLabels.push(column - 1);
    }
  }
  const decoded = new BoxCoder(weights).decode(
    takeBoxes(deltas, found.places),
    takeBoxes(proposals, found.proposals),
  );
  const clipped = clipBoxes(decoded, image);
  const sound = candidateScores.map((_, index) => index)
    .filter((index) => isLargeEnough(clipped, index, smallest));
  const boxes = takeBoxes(clipped, sound);
  const soundScores = Float32Array.from(sound, (index) => candidateScores[index]!);
  const labels = Uint32Array.from(sound, (index) => candidateLabels[index]!);
  // Torchvision's labels count background, which moves the groups of few boxes apart by one more step.
  const groups = labels.map((label) => label + 1);
  const order = suppressWithin(groups, boxes, soundScores, suppressionIou).subarray(0, most);
  return {
    boxes: takeBoxes(boxes, order),
    scores: Float32Array.from(order, (index) => soundScores[index]!),
    labels: Uint32Array.from(order, (index) => labels[index]!),
  };
}

/**
 * Detections in pixels of the original image.
 *
 * @param probabilities What the mask head says for each detection's own class, `[D, side, side]`, 0 … 1;
 *   `undefined` for a detector of boxes only.
 * @param image Size of the resized image without padding.
 * @param original Size of the image as the data set has it.
 * @param side Side of the masks. Default: 28.
 * @throws {RangeError} if there are fewer masks than detections; more are not looked at.
 */
export function toDetections(
  { boxes, scores, labels }: SelectedBoxes,
  probabilities: Float32Array | undefined,
  image: ImageSize,
  original: ImageSize,
  side = 28,
): Detections {
  const scaled = scaleBoxes(boxes, image, original);
  if (probabilities === undefined) return { boxes: scaled, scores, labels };
  const area = side * side;
  if (probabilities.length < scores.length * area) {
    throw new RangeError(
      `Detections: expected ${scores.length} masks of ${side} × ${side}, got ${probabilities.length} numbers`,
    );
  }
  const masks = Array.from(scores, (_, index) =>
    pasteMask(
      probabilities.subarray(index * area, (index + 1) * area),
      scaled.subarray(4 * index, 4 * index + 4),
      original,
    ));
  return { boxes: scaled, scores, labels, masks };
}
