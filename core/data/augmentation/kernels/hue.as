/** Hue: to HSV and back. */

// Constants in memory: one that stands in the code is built anew, of two 64-bit numbers, wherever it
// is used.
const zero: usize = memory.data<f32>([0]);
const one: usize = memory.data<f32>([1]);
const two: usize = memory.data<f32>([2]);
const three: usize = memory.data<f32>([3]);
const four: usize = memory.data<f32>([4]);
const five: usize = memory.data<f32>([5]);
const six: usize = memory.data<f32>([6]);
const byteMost: usize = memory.data<f32>([255]);
const byteCount: usize = memory.data<f32>([256]);
const per255: usize = memory.data<f32>([1.0 / 255.0]);
const per65025: usize = memory.data<f32>([1.0 / 65025.0]);
/** More than the error of a sextant, less than a 255th of one. */
const little: usize = memory.data<f32>([1e-4]);
/** Less than a half by more than 32 bits err in what is rounded. */
const half: usize = memory.data<f32>([0.4998]);
/** Added to a number below 2²³, the nearest whole one is in the low bits of the sum. */
const wholeBits: usize = memory.data<f32>([8388608]);

/** A constant in all lanes. */
// @ts-ignore: decorator
@inline
function lanesOf(constant: usize): v128 {
  return v128.load_splat<f32>(constant);
}

/** A bit for each whole hue that C's roundings bring below itself, so that it is cut to one less. */
const loweredHues: usize = memory.data<u32>([
  0xfffffffe, 0x00000000, 0x11000000, 0x00000111,
  0x222aaaaa, 0x23232222, 0x00022222, 0x00000000,
]);

/** 1 where C makes one less of a whole hue. */
// @ts-ignore: decorator
@inline
function loweredHue(hue: i32): i32 {
  return (load<u32>(loweredHues + ((hue >> 5) << 2)) >> (hue & 31)) & 1;
}

/** Two times two 64-bit values, made from 32-bit ones. */
// @ts-ignore: decorator
@inline
function upper(lanes: v128): v128 {
  return i8x16.shuffle(lanes, lanes, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
}

/**
 * The whole numbers nearest to two times two 64-bit values below 2³¹: after adding 1.5 · 2⁵² they
 * are the low 32 bits.
 */
// @ts-ignore: decorator
@inline
function roundHalves(low: v128, high: v128): v128 {
  const magic = f64x2.splat(6755399441055744.0);
  return i8x16.shuffle(
    f64x2.add(low, magic),
    f64x2.add(high, magic),
    0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27,
  );
}

/** Turns cutting into rounding, for values that are whole or at least 10⁻⁶ away from it. */
// @ts-ignore: decorator
@inline
function cut(value: v128): v128 {
  return f64x2.sub(value, f64x2.splat(0.499999999));
}

/** Hue of two pixels: fmod((base + a − c) / 6 + 1, 1) · 255, with C's roundings; to be cut. */
// @ts-ignore: decorator
@inline
function hueOfTwo(base: v128, a: v128, c: v128): v128 {
  const sextant = f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(
    f64x2.sub(
      f64x2.add(f64x2.promote_low_f32x4(base), f64x2.promote_low_f32x4(a)),
      f64x2.promote_low_f32x4(c),
    ),
  ));
  const turns = f64x2.add(f64x2.mul(sextant, f64x2.splat(1.0 / 6.0)), f64x2.splat(1.0));
  const hue = f64x2.promote_low_f32x4(
    f32x4.demote_f64x2_zero(f64x2.sub(turns, f64x2.trunc(turns))),
  );
  return f64x2.mul(hue, f64x2.splat(255.0));
}

/** value · (1 − share) of two pixels; to be rounded. */
// @ts-ignore: decorator
@inline
function shadeOfTwo(value: v128, share: v128): v128 {
  return f64x2.mul(f64x2.convert_low_i32x4_s(value), f64x2.sub(f64x2.splat(1.0), share));
}

/** Stores the colours of four pixels, in the low bytes of 32-bit lanes, by the sextant of their hue. */
// @ts-ignore: decorator
@inline
function storeSextants(
  at: usize,
  planeStride: usize,
  sextant: v128,
  grey: v128,
  most: v128,
  p: v128,
  q: v128,
  t: v128,
): void {
  const is1 = f32x4.eq(sextant, lanesOf(one)), is2 = f32x4.eq(sextant, lanesOf(two));
  const is3 = f32x4.eq(sextant, lanesOf(three)), is4 = f32x4.eq(sextant, lanesOf(four));
  const is5 = f32x4.eq(sextant, lanesOf(five));
  const is0 = v128.or(
    f32x4.eq(sextant, lanesOf(zero)),
    f32x4.eq(sextant, lanesOf(six)),
  );
  // Sextants 0 to 5: (v, t, p) (q, v, p) (p, v, t) (p, q, v) (t, p, v) (v, p, q).
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
  const byte = i32x4.splat(255);
  storeFour(at, v128.and(v128.bitselect(most, newRed, grey), byte));
  storeFour(at + planeStride, v128.and(v128.bitselect(most, newGreen, grey), byte));
  storeFour(at + 2 * planeStride, v128.and(v128.bitselect(most, newBlue, grey), byte));
}

/** The same as {@link shiftHue} for four pixels, whatever they are. */
function shiftHueOfFour(at: usize, planeStride: usize, shift: i32): void {
  const zero = i32x4.splat(0);
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
      roundHalves(
        cut(hueOfTwo(base, a, c)),
        cut(hueOfTwo(upper(base), upper(a), upper(c))),
      ),
      i32x4.splat(shift),
    ),
    i32x4.splat(255),
  );
  const saturationFloat = f32x4.div(rangeFloat, f32x4.convert_i32x4_s(most));
  const saturation = roundHalves(
    cut(f64x2.mul(f64x2.promote_low_f32x4(saturationFloat), f64x2.splat(255.0))),
    cut(f64x2.mul(f64x2.promote_low_f32x4(upper(saturationFloat)), f64x2.splat(255.0))),
  );

  const saturationUpper = upper(saturation), hueUpper = upper(hue);
  const shareLow = f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(
    f64x2.mul(f64x2.convert_low_i32x4_s(saturation), f64x2.splat(1.0 / 255.0)),
  ));
  const shareHigh = f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(
    f64x2.mul(f64x2.convert_low_i32x4_s(saturationUpper), f64x2.splat(1.0 / 255.0)),
  ));
  const turnLow = f64x2.mul(f64x2.convert_low_i32x4_s(hue), f64x2.splat(6.0 / 255.0));
  const turnHigh = f64x2.mul(f64x2.convert_low_i32x4_s(hueUpper), f64x2.splat(6.0 / 255.0));
  const sextantLow = f64x2.trunc(turnLow), sextantHigh = f64x2.trunc(turnHigh);
  const restLow = f64x2.promote_low_f32x4(
    f32x4.demote_f64x2_zero(f64x2.sub(turnLow, sextantLow)),
  );
  const restHigh = f64x2.promote_low_f32x4(
    f32x4.demote_f64x2_zero(f64x2.sub(turnHigh, sextantHigh)),
  );
  const mostUpper = upper(most);
  const one = f64x2.splat(1.0);
  // v (255 − s) / 255 is never near a half: 32 bits are enough.
  const mostFloat = f32x4.convert_i32x4_s(most);
  const dark = f32x4.mul(f32x4.convert_i32x4_s(saturation), f32x4.splat(1.0 / 255.0));
  const p = i32x4.trunc_sat_f32x4_s(
    f32x4.add(f32x4.mul(mostFloat, f32x4.sub(f32x4.splat(1), dark)), f32x4.splat(0.5)),
  );
  // The product of two floats is a float in C.
  const q = roundHalves(
    shadeOfTwo(
      most,
      f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(f64x2.mul(shareLow, restLow))),
    ),
    shadeOfTwo(
      mostUpper,
      f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(f64x2.mul(shareHigh, restHigh))),
    ),
  );
  const t = roundHalves(
    shadeOfTwo(most, f64x2.mul(shareLow, f64x2.sub(one, restLow))),
    shadeOfTwo(mostUpper, f64x2.mul(shareHigh, f64x2.sub(one, restHigh))),
  );
  const sextant = roundHalves(sextantLow, sextantHigh);
  // Without range, hue and saturation have been divided by zero.
  const grey = v128.or(i32x4.eq(saturation, zero), i32x4.eq(range, zero));
  storeSextants(at, planeStride, f32x4.convert_i32x4_s(sextant), grey, most, p, q, t);
}

/** 1 in the lanes where C makes one less of a whole hue. */
// @ts-ignore: decorator
@inline
function loweredHuesOf(hues: v128, isWhole: v128): v128 {
  const numbers = f32x4.add(v128.and(hues, isWhole), lanesOf(wholeBits));
  let lowered = i32x4.splat(loweredHue(i32x4.extract_lane(numbers, 0) & 255));
  lowered = i32x4.replace_lane(lowered, 1, loweredHue(i32x4.extract_lane(numbers, 1) & 255));
  lowered = i32x4.replace_lane(lowered, 2, loweredHue(i32x4.extract_lane(numbers, 2) & 255));
  lowered = i32x4.replace_lane(lowered, 3, loweredHue(i32x4.extract_lane(numbers, 3) & 255));
  return f32x4.convert_i32x4_s(lowered);
}

/** Whether numbers are near a half, where 32 bits do not decide how they are rounded. */
// @ts-ignore: decorator
@inline
function nearHalf(values: v128, rounded: v128): v128 {
  const whole = f32x4.sub(rounded, lanesOf(wholeBits));
  return f32x4.gt(f32x4.abs(f32x4.sub(values, whole)), lanesOf(half));
}

/**
 * Turns the hue of every pixel by `shift` / 255 of a circle: to HSV in bytes, hue + shift modulo
 * 256, and back (rgb2hsv and hsv2rgb of Convert.c).
 *
 * Numerators and denominators of hue, saturation and colours are whole numbers below 2²⁴, so that
 * quotients in 32 bits are cut as exact ones would be. C's own roundings differ from that only where
 * an exact quotient is a whole number, which is looked up or worked out, or where it is near a half:
 * such pixels go the long way.
 */
export function shiftHue(planes: usize, planeStride: usize, pixels: i32, shift: i32): void {
  const none = i32x4.splat(0);
  for (let at = planes, end = planes + pixels; at < end; at += 4) {
    const red = loadFour(at);
    const green = loadFour(at + planeStride);
    const blue = loadFour(at + 2 * planeStride);
    const most = i32x4.max_s(red, i32x4.max_s(green, blue));
    const range = i32x4.sub(most, i32x4.min_s(red, i32x4.min_s(green, blue)));
    const isRed = i32x4.eq(red, most);
    const isGreen = v128.andnot(i32x4.eq(green, most), isRed);
    // Red is most: (green − blue) / range; green: 2 + (blue − red) / range; blue: 4 + (red − green) / range.
    const difference = v128.bitselect(
      i32x4.sub(green, blue),
      v128.bitselect(i32x4.sub(blue, red), i32x4.sub(red, green), isGreen),
      isRed,
    );
    const twice = i32x4.shl(range, 1);
    const base = v128.andnot(v128.bitselect(twice, i32x4.shl(range, 2), isGreen), isRed);
    const sixfold = i32x4.add(twice, i32x4.shl(range, 2));
    const sum = i32x4.add(base, difference);
    const turned = i32x4.add(sum, v128.and(sixfold, i32x4.lt_s(sum, none)));
    const hueExact = f32x4.div(
      f32x4.mul(f32x4.convert_i32x4_s(turned), lanesOf(byteMost)),
      f32x4.convert_i32x4_s(sixfold),
    );
    let hueWhole = f32x4.trunc(hueExact);
    const isWhole = v128.andnot(f32x4.eq(hueWhole, hueExact), i32x4.eq(difference, none));
    if (v128.any_true(isWhole)) hueWhole = f32x4.sub(hueWhole, loweredHuesOf(hueWhole, isWhole));
    const shifted = f32x4.add(hueWhole, f32x4.splat(<f32>shift));
    const hue = f32x4.sub(
      shifted,
      v128.and(f32x4.ge(shifted, lanesOf(byteCount)), lanesOf(byteCount)),
    );

    const rangeFloat = f32x4.convert_i32x4_s(range), mostFloat = f32x4.convert_i32x4_s(most);
    const range255 = f32x4.mul(rangeFloat, lanesOf(byteMost));
    const saturationWhole = f32x4.trunc(f32x4.div(range255, mostFloat));
    // C cuts share · 255: where that is whole, it is one less if the share was rounded down. The share in
    // two parts of 12 bits gives the sign of its error exactly.
    const share = f32x4.div(rangeFloat, mostFloat);
    const high = v128.and(share, i32x4.splat(0xfffff000));
    const error = f32x4.add(
      f32x4.sub(f32x4.mul(high, mostFloat), rangeFloat),
      f32x4.mul(f32x4.sub(share, high), mostFloat),
    );
    const roundedDown = v128.and(
      f32x4.eq(f32x4.mul(saturationWhole, mostFloat), range255),
      f32x4.lt(error, lanesOf(zero)),
    );
    const saturation = f32x4.sub(saturationWhole, v128.and(roundedDown, lanesOf(one)));

    // 6 · hue / 255 in whole sextants and 255ths of one.
    const hueSixfold = f32x4.mul(hue, lanesOf(six));
    const sextant = f32x4.trunc(
      f32x4.add(f32x4.mul(hueSixfold, lanesOf(per255)), lanesOf(little)),
    );
    const rest = f32x4.sub(hueSixfold, f32x4.mul(sextant, lanesOf(byteMost)));
    const colour = f32x4.mul(mostFloat, saturation);
    const part = lanesOf(per65025), magic = lanesOf(wholeBits);
    const colour255 = f32x4.mul(colour, lanesOf(byteMost));
    const falling = f32x4.mul(colour, rest);
    const pExact = f32x4.sub(mostFloat, f32x4.mul(colour255, part));
    const qExact = f32x4.sub(mostFloat, f32x4.mul(falling, part));
    const tExact = f32x4.sub(mostFloat, f32x4.mul(f32x4.sub(colour255, falling), part));
    const p = f32x4.add(pExact, magic);
    const q = f32x4.add(qExact, magic), t = f32x4.add(tExact, magic);
    // Without range, hue and saturation have been divided by zero.
    const grey = v128.or(f32x4.eq(saturation, lanesOf(zero)), i32x4.eq(range, none));
    const undecided = v128.or(nearHalf(qExact, q), nearHalf(tExact, t));
    if (v128.any_true(v128.andnot(undecided, grey))) {
      shiftHueOfFour(at, planeStride, shift);
      continue;
    }
    storeSextants(at, planeStride, sextant, grey, most, p, q, t);
  }
}
