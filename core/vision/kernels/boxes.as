/**
 * Overlaps of one box with many, four at a time.
 *
 * AssemblyScript, compiled to WebAssembly with 128-bit SIMD by build_kernels.ts. No allocation: the caller
 * lays out the memory (box_memory.ts), and rounds every count of boxes up to a multiple of four.
 * Arithmetic is that of torchvision, in the same order.
 */

/** Intersection over union. */
// @ts-ignore: decorator
@inline
function overlap(
  shared: v128,
  area: v128,
  otherArea: v128,
): v128 {
  return f32x4.div(shared, f32x4.sub(f32x4.add(area, otherArea), shared));
}

/**
 * Compares one object with all boxes, and keeps for every box its best object.
 *
 * @param sides Four arrays of `count` numbers each: x0, y0, x1, y1.
 * @param best Greatest overlap of each box so far.
 * @param bestObject The object of that overlap.
 * @param row The overlaps with this object.
 * @returns The greatest overlap of this object.
 */
export function matchObject(
  x0: f32,
  y0: f32,
  x1: f32,
  y1: f32,
  object: i32,
  sides: usize,
  count: i32,
  best: usize,
  bestObject: usize,
  row: usize,
): f32 {
  const zero = f32x4.splat(0);
  const left = f32x4.splat(x0), top = f32x4.splat(y0), right = f32x4.splat(x1), bottom = f32x4.splat(y1);
  const area = f32x4.splat((x1 - x0) * (y1 - y0));
  const number = i32x4.splat(object);
  const stride = 4 * count;
  let greatest = zero;
  for (let at = 0; at < stride; at += 16) {
    const from = sides + at;
    const otherLeft = v128.load(from), otherTop = v128.load(from + stride);
    const otherRight = v128.load(from + 2 * stride), otherBottom = v128.load(from + 3 * stride);
    const width = f32x4.sub(f32x4.pmin(right, otherRight), f32x4.pmax(left, otherLeft));
    const height = f32x4.sub(f32x4.pmin(bottom, otherBottom), f32x4.pmax(top, otherTop));
    const touches = v128.and(f32x4.gt(width, zero), f32x4.gt(height, zero));
    if (!v128.any_true(touches)) {
      v128.store(row + at, zero);
      continue;
    }
    const otherArea = f32x4.mul(f32x4.sub(otherRight, otherLeft), f32x4.sub(otherBottom, otherTop));
    // What does not overlap becomes 0, empty boxes too.
    const iou = v128.and(touches, overlap(f32x4.mul(width, height), area, otherArea));
    v128.store(row + at, iou);
    greatest = f32x4.pmax(greatest, iou);
    const old = v128.load(best + at);
    const better = f32x4.gt(iou, old);
    v128.store(best + at, v128.bitselect(iou, old, better));
    v128.store(bestObject + at, v128.bitselect(number, v128.load(bestObject + at), better));
  }
  const low = f32x4.extract_lane(greatest, 0) > f32x4.extract_lane(greatest, 1)
    ? f32x4.extract_lane(greatest, 0)
    : f32x4.extract_lane(greatest, 1);
  const high = f32x4.extract_lane(greatest, 2) > f32x4.extract_lane(greatest, 3)
    ? f32x4.extract_lane(greatest, 2)
    : f32x4.extract_lane(greatest, 3);
  return low > high ? low : high;
}

/**
 * Indices of the numbers of a row that equal a value.
 *
 * @param indices Where they go.
 * @returns How many there are.
 */
export function findEqual(row: usize, count: i32, value: f32, indices: usize): i32 {
  const wanted = f32x4.splat(value);
  let found = 0;
  for (let index = 0; index < count; index += 4) {
    if (!v128.any_true(f32x4.eq(v128.load(row + 4 * index), wanted))) continue;
    for (let lane = index; lane < index + 4; lane++) {
      if (load<f32>(row + 4 * lane) === value) {
        store<i32>(indices + 4 * found, lane);
        found++;
      }
    }
  }
  return found;
}

/**
 * Non-maximum suppression of boxes in the order of their scores.
 *
 * @param sides Four arrays of `count` numbers each, and behind them the areas.
 * @param boxes How many of the count are boxes.
 * @param threshold A box goes where its overlap with one that stays is greater; 0 or more.
 * @param gone Scratch: 4 · count bytes of zeros.
 * @param kept Places of the boxes that stay.
 * @returns How many stay.
 */
export function suppressBoxes(
  sides: usize,
  count: i32,
  boxes: i32,
  threshold: f32,
  gone: usize,
  kept: usize,
): i32 {
  const zero = f32x4.splat(0), limit = f32x4.splat(threshold);
  const stride = 4 * count;
  let stays = 0;
  for (let place = 0; place < boxes; place++) {
    if (load<i32>(gone + 4 * place) !== 0) continue;
    store<i32>(kept + 4 * stays, place);
    stays++;
    const box = sides + 4 * place;
    const left = v128.load_splat<f32>(box), top = v128.load_splat<f32>(box + stride);
    const right = v128.load_splat<f32>(box + 2 * stride), bottom = v128.load_splat<f32>(box + 3 * stride);
    const area = v128.load_splat<f32>(box + 4 * stride);
    // Boxes of the same four that came before are decided already.
    for (let at = (4 * place + 4) & ~15; at < stride; at += 16) {
      const from = sides + at;
      const width = f32x4.sub(
        f32x4.pmin(right, v128.load(from + 2 * stride)),
        f32x4.pmax(left, v128.load(from)),
      );
      const height = f32x4.sub(
        f32x4.pmin(bottom, v128.load(from + 3 * stride)),
        f32x4.pmax(top, v128.load(from + stride)),
      );
      if (!v128.any_true(v128.and(f32x4.gt(width, zero), f32x4.gt(height, zero)))) continue;
      const shared = f32x4.mul(f32x4.max(width, zero), f32x4.max(height, zero));
      const iou = overlap(shared, area, v128.load(from + 4 * stride));
      v128.store(gone + at, v128.or(v128.load(gone + at), f32x4.gt(iou, limit)));
    }
  }
  return stays;
}
