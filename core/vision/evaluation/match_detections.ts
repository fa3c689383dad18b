/**
 * Matches the detections of an image to its objects, in COCO's order.
 *
 * @module
 */

import { ignoredBit, matchedBit } from "./outcome.ts";
import { iouThresholds } from "./protocol.ts";

/** Objects that detections are matched to, `[G]`. */
export interface MatchedTruth {
  /** 1 where the object is neither to be found nor a mistake to find. */
  readonly ignored: Uint8Array;
  /** 1 where any number of detections may match. */
  readonly crowd: Uint8Array;
}

/** Slightly below 1, so that a threshold of 1 could be met. */
const greatestThreshold = 1 - 1e-10;

/** Objects that count first, each kind in its order: a detection prefers the former. */
function truthOrder(ignored: Uint8Array): { order: Uint32Array; counted: number } {
  const order = new Uint32Array(ignored.length);
  let place = 0;
  for (let index = 0; index < ignored.length; index++) if (!ignored[index]) order[place++] = index;
  const counted = place;
  for (let index = 0; index < ignored.length; index++) if (ignored[index]) order[place++] = index;
  return { order, counted };
}

/**
 * What becomes of every detection at every IoU threshold: each takes, from the best score to the
 * worst, the object with the greatest overlap that is still free; of equal overlaps the last. It takes
 * an ignored object only where no other is left, and is ignored itself then.
 *
 * Source: `COCOeval.evaluateImg` of pycocotools, which takes a match with the annotation id 0 for none;
 * here ids do not matter.
 *
 * @param iou `[D, G]`, rows in the order of scores.
 * @param outcomes Where the outcomes go (see `outcome.ts`), `[D]`.
 * @param ignoreUnmatched 1 for detections that are ignored where they match nothing, `[D]`.
 */
export function matchDetections(
  iou: Float64Array,
  { ignored, crowd }: MatchedTruth,
  ignoreUnmatched: Uint8Array,
  outcomes: Uint32Array,
): void {
  const detections = outcomes.length, objects = ignored.length;
  const { order, counted } = truthOrder(ignored);
  const taken = new Uint8Array(objects);
  outcomes.fill(0);
  for (let threshold = 0; threshold < iouThresholds.length; threshold++) {
    const least = Math.min(iouThresholds[threshold]!, greatestThreshold);
    taken.fill(0);
    for (let detection = 0; detection < detections; detection++) {
      const row = detection * objects;
      let best = least, match = -1;
      for (let place = 0; place < objects; place++) {
        if (place === counted && match >= 0) break;
        const object = order[place]!;
        if (taken[object] && !crowd[object]) continue;
        const overlap = iou[row + object]!;
        if (overlap < best) continue;
        best = overlap;
        match = object;
      }
      if (match >= 0) {
        taken[match] = 1;
        outcomes[detection]! |= matchedBit(threshold);
        if (ignored[match]) outcomes[detection]! |= ignoredBit(threshold);
      } else if (ignoreUnmatched[detection]) outcomes[detection]! |= ignoredBit(threshold);
    }
  }
}
