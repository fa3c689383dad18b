/** Brightness, contrast, saturation and grayscale. */

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
