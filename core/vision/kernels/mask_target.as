/**
 * RoIAlign of a mask of bytes.
 *
 * @param mask Bytes, row by row.
 * @param tableY Table of the y axis, made by prepareAxis; tableX that of the x axis.
 * @param lines Scratch: 4 · bins · (cells of the y axis) bytes.
 * @param target `[bins, bins]`
 */
export function poolMask(
  mask: usize,
  width: i32,
  tableY: usize,
  tableX: usize,
  bins: i32,
  lines: usize,
  target: usize,
): void {
  const cellsY = load<i32>(tableY, 4), cellsX = load<i32>(tableX, 4);
  if (cellsY === 0 || cellsX === 0) {
    memory.fill(target, 0, 4 * bins * bins);
    return;
  }
  const weightsY = tableY + 8 + 8 * bins + 8 * cellsY, weightsX = tableX + 8 + 8 * bins + 8 * cellsX;
  const corner = mask + load<i32>(tableY) * width + load<i32>(tableX);
  for (let y = 0; y < cellsY; y++) {
    const row = corner + y * width;
    for (let bin = 0; bin < bins; bin++) {
      const first = load<i32>(tableX + 8 + 8 * bin), count = load<i32>(tableX + 8 + 8 * bin, 4);
      let sum: f32 = 0;
      let weight = weightsX + 4 * (bin * cellsX + first);
      const end = row + first + count;
      for (let cell = row + first; cell < end; cell++) {
        sum += load<f32>(weight) * <f32> load<u8>(cell);
        weight += 4;
      }
      store<f32>(lines + 4 * (y * bins + bin), sum);
    }
  }
  for (let bin = 0; bin < bins; bin++) {
    const first = load<i32>(tableY + 8 + 8 * bin), count = load<i32>(tableY + 8 + 8 * bin, 4);
    for (let column = 0; column < bins; column++) {
      let sum: f32 = 0;
      for (let y = first; y < first + count; y++) {
        sum += load<f32>(weightsY + 4 * (bin * cellsY + y)) * load<f32>(lines + 4 * (y * bins + column));
      }
      // Sums of rounded weights may be a little more than the whole.
      store<f32>(target + 4 * (bin * bins + column), sum < 1 ? sum : 1);
    }
  }
}
