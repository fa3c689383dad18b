/**
 * Boxes as deltas of other boxes (Girshick et al., "Rich feature hierarchies …", CVPR 2014), as
 * torchvision's `BoxCoder` codes them.
 *
 * @module
 */

import { countBoxes } from "./boxes.ts";

const f = Math.fround;

/** The most that a width or height may grow in one step: by 1000 / 16, so that exp stays finite. */
export const greatestLogScale: number = Math.log(1000 / 16);

/** Factors of the deltas of x, y, width and height. */
export type CoderWeights = readonly [x: number, y: number, width: number, height: number];

/** Weights of region proposals. */
export const proposalWeights: CoderWeights = [1, 1, 1, 1];
/** Weights of the box head. */
export const detectionWeights: CoderWeights = [10, 10, 5, 5];

/** Codes boxes as deltas of other boxes, and back. */
export class BoxCoder {
  /** Factors of the deltas. */
  readonly weights: CoderWeights;

  /** @param weights Default: those of region proposals, all 1. */
  constructor(weights: CoderWeights = proposalWeights) {
    this.weights = weights;
  }

  /**
   * The deltas that lead from `boxes` to `targets`.
   *
   * @param targets `[N, 4]`, of positive width and height.
   * @param boxes `[N, 4]`, of positive width and height.
   * @returns `[N, 4]`: centre in units of the box's size, logarithm of the ratio of sizes.
   */
  encode(targets: Float32Array, boxes: Float32Array): Float32Array {
    const count = countBoxes(boxes);
    if (targets.length !== boxes.length) {
      throw new RangeError(`encode: expected ${count} targets, got ${targets.length / 4}`);
    }
    const deltas = new Float32Array(boxes.length);
    for (let at = 0; at < boxes.length; at += 4) {
      for (let axis = 0; axis < 2; axis++) {
        const low = boxes[at + axis]!, targetLow = targets[at + axis]!;
        const size = f(boxes[at + axis + 2]! - low);
        const targetSize = f(targets[at + axis + 2]! - targetLow);
        const centre = f(low + f(0.5 * size));
        const targetCentre = f(targetLow + f(0.5 * targetSize));
        deltas[at + axis] = f(this.weights[axis]! * f(targetCentre - centre)) / size;
        deltas[at + axis + 2] = this.weights[axis + 2]! * f(Math.log(f(targetSize / size)));
      }
    }
    return deltas;
  }

  /**
   * The boxes to which deltas lead.
   *
   * @param deltas `[N, K, 4]`: K results for each box, such as one for each class.
   * @param boxes `[N, 4]`
   * @returns `[N, K, 4]`
   */
  decode(deltas: Float32Array, boxes: Float32Array): Float32Array {
    const count = countBoxes(boxes);
    const stride = count === 0 ? 0 : deltas.length / count;
    if (stride % 4 !== 0 || count === 0 && deltas.length > 0) {
      throw new RangeError(
        `decode: expected [${count}, K, 4] deltas, got ${deltas.length} numbers`,
      );
    }
    const decoded = new Float32Array(deltas.length);
    for (let index = 0; index < count; index++) {
      decodeBox(deltas, index * stride, stride, boxes, index, this.weights, decoded);
    }
    return decoded;
  }
}

const clamp = f(greatestLogScale);

/** `length` deltas from `start`, all of one box, to the same place of `decoded`. */
function decodeBox(
  deltas: Float32Array,
  start: number,
  length: number,
  boxes: Float32Array,
  index: number,
  weights: CoderWeights,
  decoded: Float32Array,
): void {
  for (let axis = 0; axis < 2; axis++) {
    const low = boxes[4 * index + axis]!;
    const size = f(boxes[4 * index + axis + 2]! - low);
    const centre = f(low + f(0.5 * size));
    for (let at = start + axis; at < start + length; at += 4) {
      const shift = f(deltas[at]! / weights[axis]!);
      const logScale = f(deltas[at + 2]! / weights[axis + 2]!);
      const newCentre = f(f(shift * size) + centre);
      const half = f(0.5 * f(f(Math.exp(logScale > clamp ? clamp : logScale)) * size));
      decoded[at] = newCentre - half;
      decoded[at + 2] = newCentre + half;
    }
  }
}
