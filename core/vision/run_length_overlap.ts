/**
 * What masks have in common, from their runs alone.
 *
 * @module
 */

import { maskArea, maskBox, type RunLengthMask } from "./run_length.ts";

/** @throws {RangeError} if masks are of different size. */
function assertSameSize(first: RunLengthMask, second: RunLengthMask): void {
  if (first.height !== second.height || first.width !== second.width) {
    throw new RangeError(
      `Masks: expected the same size, got ${first.height} × ${first.width} and ` +
        `${second.height} × ${second.width}`,
    );
  }
}

/** Calls `visit` for every stretch of pixels along which neither mask changes. */
function walk(
  first: Uint32Array,
  second: Uint32Array,
  visit: (length: number, inFirst: boolean, inSecond: boolean) => void,
): void {
  let a = 0, b = 0;
  let restA = first[0] ?? 0, restB = second[0] ?? 0;
  while (true) {
    while (restA === 0 && a + 1 < first.length) restA = first[++a]!;
    while (restB === 0 && b + 1 < second.length) restB = second[++b]!;
    const length = Math.min(restA, restB);
    if (length === 0) return;
    visit(length, a % 2 === 1, b % 2 === 1);
    restA -= length;
    restB -= length;
  }
}

/**
 * Union or intersection of masks of one size.
 *
 * @param masks At least one.
 * @throws {RangeError} if there is none, or sizes differ.
 */
export function mergeMasks(
  masks: readonly RunLengthMask[],
  kind: "union" | "intersection",
): RunLengthMask {
  const [first, ...others] = masks;
  if (first === undefined) throw new RangeError("Merge masks: expected at least one, got 0");
  return others.reduce((merged, mask) => {
    assertSameSize(merged, mask);
    const counts: number[] = [];
    let inside = false, length = 0;
    walk(merged.counts, mask.counts, (stretch, inFirst, inSecond) => {
      const both = kind === "union" ? inFirst || inSecond : inFirst && inSecond;
      if (both !== inside) {
        counts.push(length);
        length = 0;
        inside = both;
      }
      length += stretch;
    });
    counts.push(length);
    return { ...first, counts: Uint32Array.from(counts) };
  }, first);
}

/** Pixels that two masks share. */
export function sharedArea(first: RunLengthMask, second: RunLengthMask): number {
  const a = first.counts, b = second.counts;
  let shared = 0;
  // The ends of the current runs; an odd index is a run inside.
  let indexA = 0, indexB = 0, endA = a[0] ?? 0, endB = b[0] ?? 0, at = 0;
  while (indexA < a.length && indexB < b.length) {
    const end = endA < endB ? endA : endB;
    if ((indexA & indexB & 1) === 1) shared += end - at;
    at = end;
    if (endA === end) endA += a[++indexA] ?? 0;
    if (endB === end) endB += b[++indexB] ?? 0;
  }
  return shared;
}

/**
 * Intersection over union of all pairs; with crowds, intersection over the detection's area.
 *
 * @param crowd For each mask of `truth`, 1 if it is a region of many objects. Default: none is.
 * @returns `[detections, truth]`
 * @throws {RangeError} if sizes differ.
 */
export function maskIou(
  detections: readonly RunLengthMask[],
  truth: readonly RunLengthMask[],
  crowd: Uint8Array = new Uint8Array(truth.length),
): Float64Array {
  const iou = new Float64Array(detections.length * truth.length);
  const boxes = truth.map(maskBox), areas = truth.map(maskArea);
  for (const [row, detection] of detections.entries()) {
    const [x0, y0, x1, y1] = maskBox(detection);
    const area = maskArea(detection);
    for (const [column, mask] of truth.entries()) {
      assertSameSize(detection, mask);
      const box = boxes[column]!;
      if (x0 >= box[2] || box[0] >= x1 || y0 >= box[3] || box[1] >= y1) continue;
      const shared = sharedArea(detection, mask);
      if (shared === 0) continue;
      const whole = crowd[column] === 1 ? area : area + areas[column]! - shared;
      iou[row * truth.length + column] = shared / whole;
    }
  }
  return iou;
}
