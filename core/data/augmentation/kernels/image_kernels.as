/**
 * Pixel loops of the photographic augmentations, 16 bytes at a time.
 *
 * AssemblyScript (TypeScript's syntax, compiled to WebAssembly with 128-bit SIMD); built by
 * build_kernels.ts, which says how. No allocation: every argument is an address in the module's
 * memory or a number, and the caller lays out that memory (image_memory.ts). Loads may read up to
 * 16 bytes behind a buffer and stores may write as many: the caller leaves that room.
 *
 * Images come in as RGB bytes, rows from the top ("interleaved"), and are worked on as three planes
 * of `planeStride` bytes each. Arithmetic is that of Pillow's C code, rounding included, so that
 * results are equal to the last bit: Resample.c, Blend.c, Convert.c, BoxBlur.c.
 */

/** Fraction bits of resampling weights: 32 − 8 for the pixel − 2 for overflow (Resample.c). */
const weightBits: i32 = 22;

/** Bytes 0–2 of a vector as the low bytes of three 32-bit lanes; the fourth lane is zero. */
// @ts-ignore: decorator
@inline
function pixelToLanes(bytes: v128): v128 {
  return i8x16.swizzle(
    bytes,
    i8x16(0, -1, -1, -1, 1, -1, -1, -1, 2, -1, -1, -1, -1, -1, -1, -1),
  );
}

/** Four 32-bit vectors to 16 bytes, clamped to 0 … 255. */
// @ts-ignore: decorator
@inline
function toBytes(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
}

/** Four bytes as 32-bit lanes. */
// @ts-ignore: decorator
@inline
function loadFour(address: usize): v128 {
  return i32x4.extend_low_i16x8_u(
    i16x8.extend_low_i8x16_u(v128.load_zero<u32>(address)),
  );
}

// @ts-ignore: decorator
@inline
function storeFour(address: usize, lanes: v128): void {
  const narrow = i16x8.narrow_i32x4_s(lanes, lanes);
  v128.store_lane<u32>(address, i8x16.narrow_i16x8_u(narrow, narrow), 0);
}

/**
 * Resamples the rows of an interleaved image along x.
 *
 * @param sourceStride Bytes from one row to the next.
 * @param starts Address of the first source pixel of each target pixel, i32 [width].
 * @param counts Address of the number of weights of each target pixel, i32 [width].
 * @param weights Address of the weights, i32 [width, tapStride].
 */
export function resampleRows(
  source: usize,
  sourceStride: usize,
  rows: i32,
  target: usize,
  targetStride: usize,
  width: i32,
  starts: usize,
  counts: usize,
  weights: usize,
  tapStride: usize,
): void {
  const half = i32x4.splat(1 << (weightBits - 1));
  for (let y = 0; y < rows; y++) {
    let to = target + <usize>y * targetStride;
    const row = source + <usize>y * sourceStride;
    let weightRow = weights;
    for (let x = 0; x < width; x++) {
      let from = row + load<i32>(starts + (x << 2)) * 3;
      const end = weightRow + (load<i32>(counts + (x << 2)) << 2);
      let sum = half;
      for (let weight = weightRow; weight < end; weight += 4, from += 3) {
        sum = i32x4.add(
          sum,
          i32x4.mul(pixelToLanes(v128.load(from)), v128.load_splat<i32>(weight)),
        );
      }
      storeFour(to, i32x4.shr_s(sum, weightBits));
      to += 3;
      weightRow += tapStride << 2;
    }
  }
}

/**
 * Resamples the columns of an interleaved image of `rowBytes` bytes a row along y.
 * The arguments are those of {@link resampleRows}; `scratch` takes one row.
 *
 * @param planes Takes three planes of `planeStride` bytes, rows of `rowBytes / 3`.
 */
export function resampleColumns(
  source: usize,
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
    const first = source + load<i32>(starts + (y << 2)) * rowBytes;
    const weightRow = weights + <usize>y * (tapStride << 2);
    const end = weightRow + (load<i32>(counts + (y << 2)) << 2);
    for (let column = 0; column < rowBytes; column += 16) {
      let a = half, b = half, c = half, d = half;
      let from = first + column;
      for (let address = weightRow; address < end; address += 4, from += rowBytes) {
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

/** base + alpha · (value − base), cut to whole numbers: Blend.c in 32-bit floating point. */
// @ts-ignore: decorator
@inline
function blendLanes(value: v128, base: v128, alpha: v128): v128 {
  const difference = f32x4.convert_i32x4_s(i32x4.sub(value, base));
  return i32x4.trunc_sat_f32x4_s(
    f32x4.add(f32x4.convert_i32x4_s(base), f32x4.mul(alpha, difference)),
  );
}

/** Blends bytes with one value: brightness (base 0) and contrast (base mean grey). */
export function blendWithValue(pixels: usize, length: i32, base: i32, alpha: f32): void {
  const bases = i32x4.splat(base), alphas = f32x4.splat(alpha);
  for (let at = pixels, end = pixels + length; at < end; at += 16) {
    const bytes = v128.load(at);
    const low = i16x8.extend_low_i8x16_u(bytes), high = i16x8.extend_high_i8x16_u(bytes);
    v128.store(
      at,
      toBytes(
        blendLanes(i32x4.extend_low_i16x8_u(low), bases, alphas),
        blendLanes(i32x4.extend_high_i16x8_u(low), bases, alphas),
        blendLanes(i32x4.extend_low_i16x8_u(high), bases, alphas),
        blendLanes(i32x4.extend_high_i16x8_u(high), bases, alphas),
      ),
    );
  }
}

/** Luma of four pixels, ITU-R 601 in 16 fraction bits: L24 of Convert.c. */
// @ts-ignore: decorator
@inline
function luma(red: v128, green: v128, blue: v128): v128 {
  const sum = i32x4.add(
    i32x4.add(
      i32x4.mul(red, i32x4.splat(19595)),
      i32x4.mul(green, i32x4.splat(38470)),
    ),
    i32x4.add(i32x4.mul(blue, i32x4.splat(7471)), i32x4.splat(0x8000)),
  );
  return i32x4.shr_u(sum, 16);
}

/** Sum of the luma of all pixels; `pixels` × 255 must fit 32 bits. */
export function sumLuma(planes: usize, planeStride: usize, pixels: i32): u32 {
  let sums = i32x4.splat(0);
  let at = 0;
  for (; at <= pixels - 4; at += 4) {
    const red = planes + at;
    sums = i32x4.add(
      sums,
      luma(loadFour(red), loadFour(red + planeStride), loadFour(red + 2 * planeStride)),
    );
  }
  let sum: u32 = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
  for (; at < pixels; at++) {
    const red = planes + at;
    sum += (<u32>load<u8>(red) * 19595 + <u32>load<u8>(red + planeStride) * 38470 +
      <u32>load<u8>(red + 2 * planeStride) * 7471 + 0x8000) >> 16;
  }
  return sum;
}

/** Blends every pixel with its luma: saturation. */
export function blendWithLuma(planes: usize, planeStride: usize, pixels: i32, alpha: f32): void {
  const alphas = f32x4.splat(alpha);
  for (let at = planes, end = planes + pixels; at < end; at += 4) {
    const red = loadFour(at);
    const green = loadFour(at + planeStride);
    const blue = loadFour(at + 2 * planeStride);
    const grey = luma(red, green, blue);
    storeFour(at, blendLanes(red, grey, alphas));
    storeFour(at + planeStride, blendLanes(green, grey, alphas));
    storeFour(at + 2 * planeStride, blendLanes(blue, grey, alphas));
  }
}

/** Sets the first plane to the luma. */
export function toLuma(planes: usize, planeStride: usize, pixels: i32): void {
  for (let at = planes, end = planes + pixels; at < end; at += 4) {
    storeFour(at, luma(loadFour(at), loadFour(at + planeStride), loadFour(at + 2 * planeStride)));
  }
}

/** Two times two 64-bit values, made from 32-bit ones. */
// @ts-ignore: decorator
@inline
function upper(lanes: v128): v128 {
  return i8x16.shuffle(lanes, lanes, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
}

// @ts-ignore: decorator
@inline
function joinHalves(low: v128, high: v128): v128 {
  return i8x16.shuffle(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}

/** Hue of two pixels as a whole number: fmod((base + a − c) / 6 + 1, 1) · 255, rounded as in C. */
// @ts-ignore: decorator
@inline
function hueOfTwo(base: v128, a: v128, c: v128): v128 {
  const sextant = f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(
    f64x2.sub(
      f64x2.add(f64x2.promote_low_f32x4(base), f64x2.promote_low_f32x4(a)),
      f64x2.promote_low_f32x4(c),
    ),
  ));
  const turns = f64x2.add(f64x2.div(sextant, f64x2.splat(6.0)), f64x2.splat(1.0));
  const hue = f64x2.promote_low_f32x4(
    f32x4.demote_f64x2_zero(f64x2.sub(turns, f64x2.trunc(turns))),
  );
  return i32x4.trunc_sat_f64x2_s_zero(f64x2.mul(hue, f64x2.splat(255.0)));
}

/** Truncated product of two pixels' 32-bit value with 255 in double precision. */
// @ts-ignore: decorator
@inline
function times255OfTwo(value: v128): v128 {
  return i32x4.trunc_sat_f64x2_s_zero(
    f64x2.mul(f64x2.promote_low_f32x4(value), f64x2.splat(255.0)),
  );
}

/** round(value · (1 − share)) of two pixels, halves up. */
// @ts-ignore: decorator
@inline
function shadeOfTwo(value: v128, share: v128): v128 {
  return i32x4.trunc_sat_f64x2_s_zero(f64x2.add(
    f64x2.mul(f64x2.convert_low_i32x4_s(value), f64x2.sub(f64x2.splat(1.0), share)),
    f64x2.splat(0.5),
  ));
}

/**
 * Turns the hue of every pixel by `shift` / 255 of a circle: to HSV in bytes, hue + shift modulo
 * 256, and back (rgb2hsv and hsv2rgb of Convert.c).
 */
export function shiftHue(planes: usize, planeStride: usize, pixels: i32, shift: i32): void {
  const zero = i32x4.splat(0);
  for (let at = planes, end = planes + pixels; at < end; at += 4) {
    const red = loadFour(at);
    const green = loadFour(at + planeStride);
    const blue = loadFour(at + 2 * planeStride);
    const most = i32x4.max_s(red, i32x4.max_s(green, blue));
    const range = i32x4.sub(most, i32x4.min_s(red, i32x4.min_s(green, blue)));
    const isRed = i32x4.eq(red, most);
    const isGreen = v128.andnot(i32x4.eq(green, most), isRed);
    const rangeFloat = f32x4.convert_i32x4_s(range);
    const belowRed = i32x4.sub(most, red);
    const belowGreen = i32x4.sub(most, green);
    const belowBlue = i32x4.sub(most, blue);
    // Red is most: blue − green; green: 2 + red − blue; blue: 4 + green − red.
    const a = f32x4.div(
      f32x4.convert_i32x4_s(
        v128.bitselect(belowBlue, v128.bitselect(belowRed, belowGreen, isGreen), isRed),
      ),
      rangeFloat,
    );
    const c = f32x4.div(
      f32x4.convert_i32x4_s(
        v128.bitselect(belowGreen, v128.bitselect(belowBlue, belowRed, isGreen), isRed),
      ),
      rangeFloat,
    );
    const base = v128.bitselect(
      f32x4.splat(0),
      v128.bitselect(f32x4.splat(2), f32x4.splat(4), isGreen),
      isRed,
    );
    const hue = v128.and(
      i32x4.add(
        joinHalves(hueOfTwo(base, a, c), hueOfTwo(upper(base), upper(a), upper(c))),
        i32x4.splat(shift),
      ),
      i32x4.splat(255),
    );
    const saturationFloat = f32x4.div(rangeFloat, f32x4.convert_i32x4_s(most));
    const saturation = joinHalves(
      times255OfTwo(saturationFloat),
      times255OfTwo(upper(saturationFloat)),
    );

    const saturationUpper = upper(saturation), hueUpper = upper(hue);
    const shareLow = f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(
      f64x2.div(f64x2.convert_low_i32x4_s(saturation), f64x2.splat(255.0)),
    ));
    const shareHigh = f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(
      f64x2.div(f64x2.convert_low_i32x4_s(saturationUpper), f64x2.splat(255.0)),
    ));
    const turnLow = f64x2.div(
      f64x2.mul(f64x2.convert_low_i32x4_s(hue), f64x2.splat(6.0)),
      f64x2.splat(255.0),
    );
    const turnHigh = f64x2.div(
      f64x2.mul(f64x2.convert_low_i32x4_s(hueUpper), f64x2.splat(6.0)),
      f64x2.splat(255.0),
    );
    const sextantLow = f64x2.trunc(turnLow), sextantHigh = f64x2.trunc(turnHigh);
    const restLow = f64x2.promote_low_f32x4(
      f32x4.demote_f64x2_zero(f64x2.sub(turnLow, sextantLow)),
    );
    const restHigh = f64x2.promote_low_f32x4(
      f32x4.demote_f64x2_zero(f64x2.sub(turnHigh, sextantHigh)),
    );
    const mostUpper = upper(most);
    const one = f64x2.splat(1.0);
    const p = joinHalves(shadeOfTwo(most, shareLow), shadeOfTwo(mostUpper, shareHigh));
    // The product of two floats is a float in C.
    const q = joinHalves(
      shadeOfTwo(
        most,
        f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(f64x2.mul(shareLow, restLow))),
      ),
      shadeOfTwo(
        mostUpper,
        f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(f64x2.mul(shareHigh, restHigh))),
      ),
    );
    const t = joinHalves(
      shadeOfTwo(most, f64x2.mul(shareLow, f64x2.sub(one, restLow))),
      shadeOfTwo(mostUpper, f64x2.mul(shareHigh, f64x2.sub(one, restHigh))),
    );
    const sextant = joinHalves(
      i32x4.trunc_sat_f64x2_s_zero(sextantLow),
      i32x4.trunc_sat_f64x2_s_zero(sextantHigh),
    );
    const is1 = i32x4.eq(sextant, i32x4.splat(1)), is2 = i32x4.eq(sextant, i32x4.splat(2));
    const is3 = i32x4.eq(sextant, i32x4.splat(3)), is4 = i32x4.eq(sextant, i32x4.splat(4));
    const is5 = i32x4.eq(sextant, i32x4.splat(5));
    const is0 = v128.or(i32x4.eq(sextant, zero), i32x4.eq(sextant, i32x4.splat(6)));
    // Sextants 0 to 5: (v, t, p) (q, v, p) (p, v, t) (p, q, v) (t, p, v) (v, p, q).
    const grey = i32x4.eq(saturation, zero);
    const newRed = v128.bitselect(
      q,
      v128.bitselect(p, v128.bitselect(t, most, is4), v128.or(is2, is3)),
      is1,
    );
    const newGreen = v128.bitselect(
      t,
      v128.bitselect(most, v128.bitselect(q, p, is3), v128.or(is1, is2)),
      is0,
    );
    const newBlue = v128.bitselect(
      t,
      v128.bitselect(most, v128.bitselect(q, p, is5), v128.or(is3, is4)),
      is2,
    );
    storeFour(at, v128.bitselect(most, newRed, grey));
    storeFour(at + planeStride, v128.bitselect(most, newGreen, grey));
    storeFour(at + 2 * planeStride, v128.bitselect(most, newBlue, grey));
  }
}

/** (centre · inner + far · outer + ½) in 24 fraction bits, for 16 sums (BoxBlur.c). */
// @ts-ignore: decorator
@inline
function weigh(
  centreLow: v128,
  centreHigh: v128,
  farLow: v128,
  farHigh: v128,
  inner: v128,
  outer: v128,
): v128 {
  const half = i32x4.splat(1 << 23);
  const a = i32x4.add(
    half,
    i32x4.add(
      i32x4.mul(i32x4.extend_low_i16x8_u(centreLow), inner),
      i32x4.mul(i32x4.extend_low_i16x8_u(farLow), outer),
    ),
  );
  const b = i32x4.add(
    half,
    i32x4.add(
      i32x4.mul(i32x4.extend_high_i16x8_u(centreLow), inner),
      i32x4.mul(i32x4.extend_high_i16x8_u(farLow), outer),
    ),
  );
  const c = i32x4.add(
    half,
    i32x4.add(
      i32x4.mul(i32x4.extend_low_i16x8_u(centreHigh), inner),
      i32x4.mul(i32x4.extend_low_i16x8_u(farHigh), outer),
    ),
  );
  const d = i32x4.add(
    half,
    i32x4.add(
      i32x4.mul(i32x4.extend_high_i16x8_u(centreHigh), inner),
      i32x4.mul(i32x4.extend_high_i16x8_u(farHigh), outer),
    ),
  );
  return toBytes(i32x4.shr_u(a, 24), i32x4.shr_u(b, 24), i32x4.shr_u(c, 24), i32x4.shr_u(d, 24));
}

/**
 * One pass of the extended box filter along a line of items of `step` bytes (1 for pixels of a row,
 * 16 for a strip of 16 columns). The line has `radius` + 1 items of margin at both ends.
 */
// @ts-ignore: decorator
@inline
function boxPass(
  source: usize,
  target: usize,
  bytes: i32,
  step: i32,
  radius: i32,
  inner: v128,
  outer: v128,
): void {
  const reach = (radius + 1) * step;
  for (let offset = 0; offset < bytes; offset += 16) {
    const at = source + offset;
    const centre = v128.load(at);
    let low = i16x8.extend_low_i8x16_u(centre), high = i16x8.extend_high_i8x16_u(centre);
    for (let distance = step; distance < reach; distance += step) {
      const before = v128.load(at - distance), after = v128.load(at + distance);
      low = i16x8.add(
        low,
        i16x8.add(i16x8.extend_low_i8x16_u(before), i16x8.extend_low_i8x16_u(after)),
      );
      high = i16x8.add(
        high,
        i16x8.add(i16x8.extend_high_i8x16_u(before), i16x8.extend_high_i8x16_u(after)),
      );
    }
    const before = v128.load(at - reach), after = v128.load(at + reach);
    v128.store(
      target + offset,
      weigh(
        low,
        high,
        i16x8.add(i16x8.extend_low_i8x16_u(before), i16x8.extend_low_i8x16_u(after)),
        i16x8.add(i16x8.extend_high_i8x16_u(before), i16x8.extend_high_i8x16_u(after)),
        inner,
        outer,
      ),
    );
  }
}

/**
 * Three passes of the extended box filter along x, then three along y; the ends are repeated.
 *
 * @param radius Whole part of the box's radius; the filter has 2 · radius + 3 weights.
 * @param innerWeight Weight of the 2 · radius + 1 pixels in the middle, 24 fraction bits.
 * @param outerWeight Weight of the two pixels at the ends.
 * @param scratch Two times (max(width, 16 · height) + 32 · (radius + 2)) bytes.
 */
export function boxBlur(
  plane: usize,
  width: i32,
  height: i32,
  radius: i32,
  innerWeight: u32,
  outerWeight: u32,
  scratch: usize,
): void {
  const inner = i32x4.splat(innerWeight), outer = i32x4.splat(outerWeight);
  const margin = 16 * (radius + 2);
  let line = scratch + margin;
  const longest = width > 16 * height ? width : 16 * height;
  let other = line + longest + 2 * margin;
  for (let y = 0; y < height; y++) {
    const row = plane + y * width;
    memory.copy(line, row, width);
    for (let pass = 0; pass < 3; pass++) {
      memory.fill(line - radius - 1, load<u8>(line), radius + 1);
      memory.fill(line + width, load<u8>(line + width - 1), radius + 1);
      boxPass(line, other, width, 1, radius, inner, outer);
      const kept = line;
      line = other;
      other = kept;
    }
    memory.copy(row, line, width);
  }
  for (let x = 0; x < width; x += 16) {
    const columns = width - x < 16 ? width - x : 16;
    for (let y = 0; y < height; y++) v128.store(line + y * 16, v128.load(plane + y * width + x));
    for (let pass = 0; pass < 3; pass++) {
      const first = v128.load(line), last = v128.load(line + (height - 1) * 16);
      for (let index = 1; index <= radius + 1; index++) {
        v128.store(line - index * 16, first);
        v128.store(line + (height - 1 + index) * 16, last);
      }
      boxPass(line, other, height * 16, 16, radius, inner, outer);
      const kept = line;
      line = other;
      other = kept;
    }
    if (columns === 16) {
      for (let y = 0; y < height; y++) v128.store(plane + y * width + x, v128.load(line + y * 16));
    } else {
      for (let y = 0; y < height; y++) memory.copy(plane + y * width + x, line + y * 16, columns);
    }
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
