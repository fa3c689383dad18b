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
import { suppress, suppressWithin } from "../../core/vision/suppression.ts";
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
  /** Place of each among the boxes of all proposals and classes, proposal · (1 + classes) + 1 + label. */
  readonly places: Uint32Array;
}

/** Boxes that may become detections. */
interface Candidates {
  readonly proposals: number[];
  /** As those of {@linkcode SelectedBoxes}. */
  readonly places: number[];
  readonly scores: number[];
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

/** Class probabilities of each proposal, one after the other; the array is used again. */
function forEachProposal(
  { logits, deltas, classes }: BoxPredictions,
  count: number,
  visit: (proposal: number, probabilities: Float32Array) => void,
): void {
  const columns = 1 + classes;
  if (logits.length < count * columns || deltas.length < 4 * count * columns) {
    throw new RangeError(
      `Detections: expected ${count} × ${columns} logits, got ${logits.length} and ${
        deltas.length / 4
      } deltas`,
    );
  }
  const probabilities = new Float32Array(columns);
  for (let proposal = 0; proposal < count; proposal++) {
    softmax(logits.subarray(proposal * columns, (proposal + 1) * columns), probabilities);
    visit(proposal, probabilities);
  }
}

/**
 * The candidates that remain.
 *
 * @param suppressed Indices of boxes that remain, by falling score.
 */
function selectCandidates(
  candidates: Candidates,
  { deltas, classes }: BoxPredictions,
  proposals: Float32Array,
  image: ImageSize,
  weights: CoderWeights,
  suppressed: (boxes: Float32Array, scores: Float32Array, labels: Uint32Array) => Uint32Array,
): SelectedBoxes {
  const decoded = new BoxCoder(weights).decode(
    takeBoxes(deltas, candidates.places),
    takeBoxes(proposals, candidates.proposals),
  );
  const clipped = clipBoxes(decoded, image);
  const sound = candidates.scores.map((_, index) => index)
    .filter((index) => isLargeEnough(clipped, index, smallest));
  const boxes = takeBoxes(clipped, sound);
  const scores = Float32Array.from(sound, (index) => candidates.scores[index]!);
  const places = Uint32Array.from(sound, (index) => candidates.places[index]!);
  const labels = places.map((place) => place % (1 + classes) - 1);
  const order = suppressed(boxes, scores, labels);
  return {
    boxes: takeBoxes(boxes, order),
    scores: Float32Array.from(order, (index) => scores[index]!),
    labels: Uint32Array.from(order, (index) => labels[index]!),
    places: Uint32Array.from(order, (index) => places[index]!),
  };
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
  predictions: BoxPredictions,
  proposals: Float32Array,
  image: ImageSize,
  { scoreThreshold, suppressionIou, most }: DetectionSettings,
  weights: CoderWeights = detectionWeights,
): SelectedBoxes {
  const threshold = Math.fround(scoreThreshold);
  const candidates: Candidates = { proposals: [], places: [], scores: [] };
  forEachProposal(predictions, proposals.length / 4, (proposal, scores) => {
    for (let column = 1; column < scores.length; column++) {
      if (!(scores[column]! > threshold)) continue;
      candidates.proposals.push(proposal);
      candidates.places.push(proposal * scores.length + column);
      candidates.scores.push(scores[column]!);
    }
  });
  return selectCandidates(
    candidates,
    predictions,
    proposals,
    image,
    weights,
    // Torchvision's labels count background, which moves the groups of few boxes apart by one more step.
    (boxes, scores, labels) =>
      suppressWithin(labels.map((label) => label + 1), boxes, scores, suppressionIou)
        .subarray(0, most),
  );
}

/**
 * Chooses class-agnostic detections: of each proposal the box of its most probable class, by the
 * probability that it is any object (1 − that of the background), suppressed whatever the classes. It is
 * what a detector says that knows one class, "object" (Jaiswal et al., "Class-agnostic Object
 * Detection", WACV 2021), made of one that knows many; suppression is that of mmcv's `batched_nms` with
 * `class_agnostic=True`. Parameters as those of {@linkcode selectBoxes}.
 *
 * @throws {RangeError} if counts do not fit together.
 */
export function selectObjects(
  predictions: BoxPredictions,
  proposals: Float32Array,
  image: ImageSize,
  { scoreThreshold, suppressionIou, most }: DetectionSettings,
  weights: CoderWeights = detectionWeights,
): SelectedBoxes {
  const threshold = Math.fround(scoreThreshold);
  const candidates: Candidates = { proposals: [], places: [], scores: [] };
  forEachProposal(predictions, proposals.length / 4, (proposal, probabilities) => {
    // Summed, not subtracted: 1 − a background near 1 has few digits.
    let score = 0, best = 1;
    for (let column = 1; column < probabilities.length; column++) {
      score += probabilities[column]!;
      if (probabilities[column]! > probabilities[best]!) best = column;
    }
    if (!(score > threshold)) return;
    candidates.proposals.push(proposal);
    candidates.places.push(proposal * probabilities.length + best);
    candidates.scores.push(Math.min(1, score));
  });
  return selectCandidates(
    candidates,
    predictions,
    proposals,
    image,
    weights,
    (boxes, scores) => suppress(boxes, scores, suppressionIou).subarray(0, most),
  );
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
  { boxes, scores, labels }: Omit<SelectedBoxes, "places">,
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
