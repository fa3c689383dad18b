/**
 * Overlaps of detected and true boxes in 64 bits, as COCO's `bbIou` computes them.
 *
 * @module
 */

/** Areas of boxes in square pixels, `[N]`. */
export function boxAreas(boxes: Float32Array): Float64Array {
  const areas = new Float64Array(boxes.length / 4);
  for (let box = 0; box < areas.length; box++) {
    const at = 4 * box;
    areas[box] = (boxes[at + 2]! - boxes[at]!) * (boxes[at + 3]! - boxes[at + 1]!);
  }
  return areas;
}

/**
 * Intersection over union of all pairs; with a crowd region, intersection over the area of the
 * detection. 0 where two boxes only touch, or one is empty.
 *
 * @param detections `[D, 4]`
 * @param truth `[G, 4]`
 * @param crowd 1 for crowd regions, `[G]`.
 * @returns `[D, G]`
 */
export function boxOverlaps(
  detections: Float32Array,
  truth: Float32Array,
  crowd: Uint8Array,
): Float64Array {
  const rows = detections.length / 4, columns = truth.length / 4;
  const truthAreas = boxAreas(truth);
  const overlaps = new Float64Array(rows * columns);
  for (let row = 0, at = 0; row < rows; row++) {
    const x0 = detections[4 * row]!, y0 = detections[4 * row + 1]!;
    const x1 = detections[4 * row + 2]!, y1 = detections[4 * row + 3]!;
    const area = (x1 - x0) * (y1 - y0);
    for (let column = 0; column < columns; column++, at++) {
      const left = truth[4 * column]!, top = truth[4 * column + 1]!;
      const right = truth[4 * column + 2]!, bottom = truth[4 * column + 3]!;
      const width = (x1 < right ? x1 : right) - (x0 > left ? x0 : left);
      if (!(width > 0)) continue;
      const height = (y1 < bottom ? y1 : bottom) - (y0 > top ? y0 : top);
      if (!(height > 0)) continue;
      const shared = width * height;
      overlaps[at] = shared / (crowd[column] ? area : area + truthAreas[column]! - shared);
    }
  }
  return overlaps;
}
