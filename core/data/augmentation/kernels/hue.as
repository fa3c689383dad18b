/** Hue: to HSV and back. */

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
    const is1 = i32x4.eq(sextant, i32x4.splat(1)), is2 = i32x4.eq(sextant, i32x4.splat(2));
    const is3 = i32x4.eq(sextant, i32x4.splat(3)), is4 = i32x4.eq(sextant, i32x4.splat(4));
    const is5 = i32x4.eq(sextant, i32x4.splat(5));
    const is0 = v128.or(i32x4.eq(sextant, zero), i32x4.eq(sextant, i32x4.splat(6)));
    // Sextants 0 to 5: (v, t, p) (q, v, p) (p, v, t) (p, q, v) (t, p, v) (v, p, q).
    // Without range, hue and saturation have been divided by zero.
    const grey = v128.or(i32x4.eq(saturation, zero), i32x4.eq(range, zero));
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
