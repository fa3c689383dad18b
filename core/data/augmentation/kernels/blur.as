/** The extended box filter. */

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
