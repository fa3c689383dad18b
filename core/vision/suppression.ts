/**
 * Non-maximum suppression: of boxes that overlap, the one with the greatest score stays. Equal to
 * torchvision's `nms` and `batched_nms` on the CPU, ties and rounding included.
 *
 * @module
 */

import { boxMemory, loadSides, padCount } from "./box_memory.ts";
import { countBoxes } from "./boxes.ts";
import { suppressBoxes } from "./kernels/box_kernels.wasm";
import { orderByScore } from "./score_order.ts";

const f = Math.fround;

/**
 * Which boxes stay.
 *
 * @param boxes `[N, 4]`
 * @param scores `[N]`
 * @param threshold A box goes where its intersection over union with one that stays is greater, 0 … 1.
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
  const count = order.length, padded = padCount(count);
  const bytes = 4 * padded;
  const { sides, gone, kept } = boxMemory.reserve({ sides: 5 * bytes, gone: bytes, kept: bytes });
  loadSides(boxes, order, sides);
  const floats = boxMemory.floats(sides, 5 * padded);
  for (let place = 0; place < padded; place++) {
    const width = f(floats[2 * padded + place]! - floats[place]!);
    const height = f(floats[3 * padded + place]! - floats[padded + place]!);
    floats[4 * padded + place] = width * height;
  }
  boxMemory.bytes(gone, bytes).fill(0);
  const stays = suppressBoxes(sides, padded, count, floatBelow(threshold), gone, kept);
  return Uint32Array.from(boxMemory.integers(kept, stays), (place) => order[place]!);
}

/** The greatest 32-bit number that is not above a threshold: the same numbers are greater. */
function floatBelow(threshold: number): number {
  const rounded = f(threshold);
  return rounded <= threshold ? rounded : rounded - Math.abs(rounded) * 2 ** -24;
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
