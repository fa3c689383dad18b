/** Resizing, and the way from RGB pixels to planes and back. */

/** Fraction bits of resampling weights: 32 − 8 for the pixel − 2 for overflow (Resample.c). */
const weightBits: i32 = 22;

/** Low bits of a weight that are multiplied apart from the high ones: products of 16 bits suffice. */
const lowBits: i32 = 11;

/** The RGB of two neighbouring pixels as 16-bit pairs: (r₀, r₁), (g₀, g₁), (b₀, b₁), (0, 0). */
// @ts-ignore: decorator
@inline
function loadPixelPair(address: usize): v128 {
  return i8x16.swizzle(
    v128.load(address),
    i8x16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1),
  );
}

/** Sums of high and low parts, rounded and brought to whole pixels. */
// @ts-ignore: decorator
@inline
function joinParts(high: v128, low: v128): v128 {
  const half = i32x4.splat(1 << (weightBits - 1));
  return i32x4.shr_s(i32x4.add(half, i32x4.add(i32x4.shl(high, lowBits), low)), weightBits);
}

/**
 * Resamples the rows of an interleaved image along x, four rows at a time: source and target have
 * room for the rows up to the next multiple of four.
 *
 * @param sourceStride Bytes from one row to the next.
 * @param targetStride The same, at least one more than a row has: four bytes are written at a time.
 * @param starts Address of the first source pixel of each target pixel, i32 [width].
 * @param pairs Number of pairs of weights, the same for all target pixels.
 * @param weights Address of the weights, i16 [width, pairs, 2, 2]: of two neighbouring source
 * pixels the bits above the lowest 11, then the lowest 11.
 */
export function resampleRows(
  source: usize,
  sourceStride: usize,
  rows: i32,
  target: usize,
  targetStride: usize,
  width: i32,
  starts: usize,
  pairs: usize,
  weights: usize,
): void {
  const zero = i32x4.splat(0);
  for (let y = 0; y < rows; y += 4) {
    let to = target + <usize>y * targetStride;
    const row = source + <usize>y * sourceStride;
    let weight = weights;
    for (let x = 0; x < width; x++) {
      let from = row + load<i32>(starts + (x << 2)) * 3;
      let high0 = zero, high1 = zero, high2 = zero, high3 = zero;
      let low0 = zero, low1 = zero, low2 = zero, low3 = zero;
      for (const end = weight + (pairs << 3); weight < end; weight += 8, from += 6) {
        const high = v128.load_splat<i32>(weight), low = v128.load_splat<i32>(weight, 4);
        const row0 = loadPixelPair(from);
        high0 = i32x4.add(high0, i32x4.dot_i16x8_s(row0, high));
        low0 = i32x4.add(low0, i32x4.dot_i16x8_s(row0, low));
        const row1 = loadPixelPair(from + sourceStride);
        high1 = i32x4.add(high1, i32x4.dot_i16x8_s(row1, high));
        low1 = i32x4.add(low1, i32x4.dot_i16x8_s(row1, low));
        const row2 = loadPixelPair(from + 2 * sourceStride);
        high2 = i32x4.add(high2, i32x4.dot_i16x8_s(row2, high));
        low2 = i32x4.add(low2, i32x4.dot_i16x8_s(row2, low));
        const row3 = loadPixelPair(from + 3 * sourceStride);
        high3 = i32x4.add(high3, i32x4.dot_i16x8_s(row3, high));
        low3 = i32x4.add(low3, i32x4.dot_i16x8_s(row3, low));
      }
      const bytes = toBytes(
        joinParts(high0, low0),
        joinParts(high1, low1),
        joinParts(high2, low2),
        joinParts(high3, low3),
      );
      // The fourth byte is the next pixel's, which comes after.
      v128.store_lane<u32>(to, bytes, 0);
      v128.store_lane<u32>(to + targetStride, bytes, 1);
      v128.store_lane<u32>(to + 2 * targetStride, bytes, 2);
      v128.store_lane<u32>(to + 3 * targetStride, bytes, 3);
      to += 3;
    }
  }
}

/**
 * Resamples the columns of an interleaved image of `rowBytes` bytes a row along y.
 * `scratch` takes one row.
 *
 * @param counts Address of the number of weights of each target row, i32 [height].
 * @param weights Address of the weights, i32 [height, tapStride].
 * @param planes Takes three planes of `planeStride` bytes, rows of `rowBytes / 3`.
 */
export function resampleColumns(
  source: usize,
  sourceStride: usize,
  rowBytes: i32,
  planes: usize,
  planeStride: usize,
  height: i32,
  starts: usize,
  counts: usize,
  weights: usize,
  tapStride: usize,
  scratch: usize,
): void {
  const half = i32x4.splat(1 << (weightBits - 1));
  const width = rowBytes / 3;
  for (let y = 0; y < height; y++) {
    const first = source + <usize>load<i32>(starts + (y << 2)) * sourceStride;
    const weightRow = weights + <usize>y * (tapStride << 2);
    const end = weightRow + (load<i32>(counts + (y << 2)) << 2);
    for (let column = 0; column < rowBytes; column += 16) {
      let a = half, b = half, c = half, d = half;
      let from = first + column;
      for (let address = weightRow; address < end; address += 4, from += sourceStride) {
        const weight = v128.load_splat<i32>(address);
        const bytes = v128.load(from);
        const low = i16x8.extend_low_i8x16_u(bytes);
        const high = i16x8.extend_high_i8x16_u(bytes);
        a = i32x4.add(a, i32x4.mul(i32x4.extend_low_i16x8_u(low), weight));
        b = i32x4.add(b, i32x4.mul(i32x4.extend_high_i16x8_u(low), weight));
        c = i32x4.add(c, i32x4.mul(i32x4.extend_low_i16x8_u(high), weight));
        d = i32x4.add(d, i32x4.mul(i32x4.extend_high_i16x8_u(high), weight));
      }
      v128.store(
        scratch + column,
        toBytes(
          i32x4.shr_s(a, weightBits),
          i32x4.shr_s(b, weightBits),
          i32x4.shr_s(c, weightBits),
          i32x4.shr_s(d, weightBits),
        ),
      );
    }
    splitRow(scratch, width, planes + y * width, planeStride);
  }
}

/** Splits a row of RGB pixels into three planes, 16 pixels (48 bytes) at a time. */
function splitRow(row: usize, width: i32, planes: usize, planeStride: usize): void {
  let x = 0;
  for (; x <= width - 16; x += 16) {
    const a = v128.load(row + x * 3), b = v128.load(row + x * 3, 16), c = v128.load(row + x * 3, 32);
    const to = planes + x;
    // First the bytes of a channel in a and b, then those in c behind them.
    v128.store(
      to,
      i8x16.shuffle(
        i8x16.shuffle(a, b, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0),
        c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29,
      ),
    );
    v128.store(
      to + planeStride,
      i8x16.shuffle(
        i8x16.shuffle(a, b, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 0, 0, 0, 0, 0),
        c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21, 24, 27, 30,
      ),
    );
    v128.store(
      to + 2 * planeStride,
      i8x16.shuffle(
        i8x16.shuffle(a, b, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 0, 0, 0, 0, 0, 0),
        c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31,
      ),
    );
  }
  for (; x < width; x++) {
    store<u8>(planes + x, load<u8>(row + x * 3));
    store<u8>(planes + planeStride + x, load<u8>(row + x * 3, 1));
    store<u8>(planes + 2 * planeStride + x, load<u8>(row + x * 3, 2));
  }
}

/**
 * Joins three planes to RGB pixels.
 *
 * @param target Takes `pixels` · 3 bytes (and up to one more).
 */
export function joinPlanes(planes: usize, planeStride: usize, pixels: i32, target: usize): void {
  for (let at = 0; at < pixels; at += 8) {
    const from = planes + at;
    const redGreen = i8x16.shuffle(
      v128.load_zero<u64>(from),
      v128.load_zero<u64>(from + planeStride),
      0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23,
    );
    const blue = v128.load_zero<u64>(from + 2 * planeStride);
    v128.store(
      target + at * 3,
      i8x16.shuffle(redGreen, blue, 0, 8, 16, 1, 9, 17, 2, 10, 18, 3, 11, 19, 4, 12, 20, 5),
    );
    v128.store(
      target + at * 3 + 16,
      i8x16.shuffle(redGreen, blue, 13, 21, 6, 14, 22, 7, 15, 23, 0, 0, 0, 0, 0, 0, 0, 0),
    );
  }
}
