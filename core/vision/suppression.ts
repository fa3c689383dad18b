/**
 * Non-maximum suppression: of boxes that overlap, the one with the greatest score stays. Equal to
 * torchvision's `nms` and `batched_nms` on the CPU, ties and rounding included.
 *
 * @module
 */

import { countBoxes } from "./boxes.ts";
import { orderByScore } from "./score_order.ts";

const f = Math.fround;

/**
 * Which boxes stay.
 *
 * @param boxes `[N, 4]`
 * @param scores `[N]`
 * @param threshold A box goes where its intersection over union with one that stays is greater.
 * @returns Indices, by falling score.
 */
export function suppress(
  boxes: Float32Array,
  scores: Float32Array,
  threshold: number,
): Uint32Array {
  assertCounts(boxes, scores);
  return suppressInOrder(boxes, orderByScore(scores), threshold);
}

/** From so many boxes on torchvision takes the groups one by one. */
const fewBoxes = 1000;

/**
 * Suppression within groups, such as the boxes of one class or of one feature level: boxes of
 * different groups do not touch each other.
 *
 * @param groups `[N]`
 * @returns Indices, by falling score.
 */
export function suppressWithin(
  groups: ArrayLike<number>,
  boxes: Float32Array,
  scores: Float32Array,
  threshold: number,
): Uint32Array {
  assertCounts(boxes, scores, groups);
  const members = new Map<number, number[]>();
  const order = orderByScore(scores);
  const position = new Uint32Array(order.length);
  for (const [place, index] of order.entries()) {
    position[index] = place;
    const group = groups[index]!;
    const list = members.get(group);
    if (list === undefined) members.set(group, [index]);
    else list.push(index);
  }
  const placed = order.length <= fewBoxes ? moveApart(groups, boxes) : boxes;
  const kept: number[] = [];
  for (const list of members.values()) {
    for (const index of suppressInOrder(placed, Uint32Array.from(list), threshold)) {
      kept.push(position[index]!);
    }
  }
  return Uint32Array.from(kept).sort().map((place) => order[place]!);
}

/**
 * The boxes moved to a place of their group's own. Torchvision does so with few boxes, to suppress them
 * all at once; here it only rounds the coordinates as they are there, so that the same boxes stay.
 */
function moveApart(groups: ArrayLike<number>, boxes: Float32Array): Float32Array {
  let greatest = -Infinity;
  for (const value of boxes) if (value > greatest) greatest = value;
  const step = f(greatest + 1);
  return boxes.map((value, at) => value + f(groups[at >> 2]! * step));
}

/** Suppression of the boxes in `order`, whose scores fall. */
function suppressInOrder(
  boxes: Float32Array,
  order: Uint32Array,
  threshold: number,
): Uint32Array {
  const count = order.length;
  const x0 = new Float32Array(count), y0 = new Float32Array(count);
  const x1 = new Float32Array(count), y1 = new Float32Array(count);
  const areas = new Float32Array(count);
  for (let place = 0; place < count; place++) {
    const at = 4 * order[place]!;
    x0[place] = boxes[at]!;
    y0[place] = boxes[at + 1]!;
    x1[place] = boxes[at + 2]!;
    y1[place] = boxes[at + 3]!;
    areas[place] = f(x1[place]! - x0[place]!) * f(y1[place]! - y0[place]!);
  }
  const gone = new Uint8Array(count);
  const kept = new Uint32Array(count);
  let keptCount = 0;
  for (let place = 0; place < count; place++) {
    if (gone[place] === 1) continue;
    kept[keptCount++] = order[place]!;
    const left = x0[place]!, top = y0[place]!, right = x1[place]!, bottom = y1[place]!;
    const area = areas[place]!;
    for (let other = place + 1; other < count; other++) {
      const width = f(
        (x1[other]! < right ? x1[other]! : right) - (x0[other]! > left ? x0[other]! : left),
      );
      if (width <= 0) continue;
      const height = f(
        (y1[other]! < bottom ? y1[other]! : bottom) - (y0[other]! > top ? y0[other]! : top),
      );
      if (height <= 0) continue;
      const shared = f(width * height);
      if (f(shared / f(f(area + areas[other]!) - shared)) > threshold) gone[other] = 1;
    }
  }
  return kept.slice(0, keptCount);
}

function assertCounts(
  boxes: Float32Array,
  scores: Float32Array,
  groups: ArrayLike<number> = scores,
): void {
  const count = countBoxes(boxes);
  if (scores.length !== count || groups.length !== count) {
    throw new RangeError(
      `Suppress boxes: expected ${count} scores and groups, got ${scores.length} and ${groups.length}`,
    );
  }
}
