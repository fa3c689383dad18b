/**
 * Region proposals: the boxes that the proposal head of a detector finds worth a closer look, chosen as
 * torchvision's `RegionProposalNetwork.filter_proposals` does.
 *
 * @module
 */

import { BoxCoder } from "../../core/vision/box_coder.ts";
import { clipBoxes, takeBoxes } from "../../core/vision/boxes.ts";
import type { ImageSize } from "../../core/vision/mod.ts";
import { topScores } from "../../core/vision/score_order.ts";
import { suppressWithin } from "../../core/vision/suppression.ts";

/** How many proposals there are. */
export interface ProposalSettings {
  /** The best of each level before suppression; published: 2000 in training, 1000 in tests. */
  readonly candidates: number;
  /** The best of an image after it; published: 1000. */
  readonly kept: number;
  /** A proposal goes where it overlaps more than this with a better one of its level. */
  readonly suppressionIou: number;
}

/** What the proposal head says of one image. */
export interface ProposalScores {
  /** Logits, `[A]`. */
  readonly objectness: Float32Array;
  /** Deltas from the anchors, `[A, 4]`. */
  readonly deltas: Float32Array;
}

/** Sides below which a proposal is dropped, in pixels. */
const smallest = Math.fround(1e-3);

/** The best anchors of each level, the levels one behind the other, and which level each is of. */
function bestOfLevels(
  objectness: Float32Array,
  levelCounts: readonly number[],
  candidates: number,
): { best: number[]; levels: number[] } {
  const best: number[] = [], levels: number[] = [];
  let from = 0;
  for (const [level, count] of levelCounts.entries()) {
    for (const index of topScores(objectness, candidates, from, from + count)) {
      best.push(index);
      levels.push(level);
    }
    from += count;
  }
  return { best, levels };
}

/**
 * The proposals of one image, the best first. What is not a number anywhere is dropped.
 *
 * @param anchors `[A, 4]`
 * @param levelCounts How many anchors each level has, in the order of the anchors.
 * @param image Size of the image without padding: proposals are cut off there.
 * @returns `[n, 4]` with n ≤ `kept`; every side is at least a thousandth of a pixel.
 * @throws {RangeError} if counts do not fit together.
 */
export function proposeBoxes(
  { objectness, deltas }: ProposalScores,
  anchors: Float32Array,
  levelCounts: readonly number[],
  image: ImageSize,
  { candidates, kept, suppressionIou }: ProposalSettings,
): Float32Array {
  const count = levelCounts.reduce((sum, each) => sum + each, 0);
  if (anchors.length !== 4 * count || deltas.length !== 4 * count || objectness.length !== count) {
    throw new RangeError(
      `Proposals: expected ${count} anchors, got ${anchors.length / 4} with ${objectness.length} ` +
        `scores and ${deltas.length / 4} deltas`,
    );
  }
  const { best, levels } = bestOfLevels(objectness, levelCounts, candidates);
  const decoded = new BoxCoder().decode(takeBoxes(deltas, best), takeBoxes(anchors, best));
  const boxes = clipBoxes(decoded, image);
  const sound: number[] = [];
  for (let index = 0; index < best.length; index++) {
    const isNumber = objectness[best[index]!]! === objectness[best[index]!]!;
    if (isNumber && isLargeEnough(boxes, index, smallest)) sound.push(index);
  }
  const soundBoxes = takeBoxes(boxes, sound);
  const scores = new Float32Array(sound.length), groups = new Uint32Array(sound.length);
  for (let place = 0; place < sound.length; place++) {
    scores[place] = 1 / (1 + Math.exp(-objectness[best[sound[place]!]!]!));
    groups[place] = levels[sound[place]!]!;
  }
  const order = suppressWithin(groups, soundBoxes, scores, suppressionIou);
  return takeBoxes(soundBoxes, order.subarray(0, kept));
}

/** Whether both sides of a box have at least a length; not where one is NaN. */
export function isLargeEnough(boxes: Float32Array, index: number, length: number): boolean {
  const at = 4 * index;
  return Math.fround(boxes[at + 2]! - boxes[at]!) >= length &&
    Math.fround(boxes[at + 3]! - boxes[at + 1]!) >= length;
}
