/** RoIAlign of one region, and its gradient; 16 channels at a time. */

/**
 * Pools one region.
 *
 * @param map The map of the region's image.
 * @param cellStride Bytes from one cell to the next.
 * @param rowStride Bytes from one row of cells to the next.
 * @param channelBytes Four times the number of channels, a multiple of 64.
 * @param tableY Table of the y axis, made by prepareAxis; tableX that of the x axis.
 * @param bins Bins along each axis.
 * @param lines Scratch: 64 · bins · (cells of the y axis) bytes.
 * @param tile Scratch: 64 · bins² bytes.
 * @param target `[channels, bins, bins]`
 */
export function poolRegion(
  map: usize,
  cellStride: i32,
  rowStride: i32,
  channelBytes: i32,
  tableY: usize,
  tableX: usize,
  bins: i32,
  lines: usize,
  tile: usize,
  target: usize,
): void {
  const cellsY = load<i32>(tableY, 4), cellsX = load<i32>(tableX, 4);
  if (cellsY === 0 || cellsX === 0) {
    memory.fill(target, 0, channelBytes * bins * bins);
    return;
  }
  const weightsY = tableY + 8 + 8 * bins + 8 * cellsY, weightsX = tableX + 8 + 8 * bins + 8 * cellsX;
  const lineStride = 64 * bins;
  const corner = map + load<i32>(tableY) * rowStride + load<i32>(tableX) * cellStride;
  for (let block = 0; block < channelBytes; block += 64) {
    let line = lines;
    for (let y = 0; y < cellsY; y++) {
      const row = corner + y * rowStride + block;
      for (let bin = 0; bin < bins; bin++) {
        const first = load<i32>(tableX + 8 + 8 * bin), count = load<i32>(tableX + 8 + 8 * bin, 4);
        let weight = weightsX + 4 * (bin * cellsX + first);
        let cell = row + first * cellStride;
        let a = f32x4.splat(0), b = f32x4.splat(0), c = f32x4.splat(0), d = f32x4.splat(0);
        for (let index = 0; index < count; index++) {
          const factor = v128.load_splat<f32>(weight);
          a = f32x4.add(a, f32x4.mul(factor, v128.load(cell)));
          b = f32x4.add(b, f32x4.mul(factor, v128.load(cell, 16)));
          c = f32x4.add(c, f32x4.mul(factor, v128.load(cell, 32)));
          d = f32x4.add(d, f32x4.mul(factor, v128.load(cell, 48)));
          weight += 4;
          cell += cellStride;
        }
        v128.store(line, a);
        v128.store(line, b, 16);
        v128.store(line, c, 32);
        v128.store(line, d, 48);
        line += 64;
      }
    }
    let result = tile;
    for (let bin = 0; bin < bins; bin++) {
      const first = load<i32>(tableY + 8 + 8 * bin), count = load<i32>(tableY + 8 + 8 * bin, 4);
      for (let column = 0; column < bins; column++) {
        let weight = weightsY + 4 * (bin * cellsY + first);
        let entry = lines + first * lineStride + 64 * column;
        let a = f32x4.splat(0), b = f32x4.splat(0), c = f32x4.splat(0), d = f32x4.splat(0);
        for (let index = 0; index < count; index++) {
          const factor = v128.load_splat<f32>(weight);
          a = f32x4.add(a, f32x4.mul(factor, v128.load(entry)));
          b = f32x4.add(b, f32x4.mul(factor, v128.load(entry, 16)));
          c = f32x4.add(c, f32x4.mul(factor, v128.load(entry, 32)));
          d = f32x4.add(d, f32x4.mul(factor, v128.load(entry, 48)));
          weight += 4;
          entry += lineStride;
        }
        v128.store(result, a);
        v128.store(result, b, 16);
        v128.store(result, c, 32);
        v128.store(result, d, 48);
        result += 64;
      }
    }
    tileToRows(tile, target + block * bins * bins, bins * bins);
  }
}

/**
 * Adds the gradient of one region's pooled features to that of the map; arguments as of
 * {@link poolRegion}.
 *
 * @param line Scratch: 64 · bins bytes.
 * @param source Gradient, `[channels, bins, bins]`.
 */
export function spreadRegion(
  map: usize,
  cellStride: i32,
  rowStride: i32,
  channelBytes: i32,
  tableY: usize,
  tableX: usize,
  bins: i32,
  line: usize,
  tile: usize,
  source: usize,
): void {
  const cellsY = load<i32>(tableY, 4), cellsX = load<i32>(tableX, 4);
  if (cellsY === 0 || cellsX === 0) return;
  const cellTableY = tableY + 8 + 8 * bins, cellTableX = tableX + 8 + 8 * bins;
  const weightsY = cellTableY + 8 * cellsY, weightsX = cellTableX + 8 * cellsX;
  const lineStride = 64 * bins;
  const corner = map + load<i32>(tableY) * rowStride + load<i32>(tableX) * cellStride;
  for (let block = 0; block < channelBytes; block += 64) {
    rowsToTile(source + block * bins * bins, tile, bins * bins);
    for (let y = 0; y < cellsY; y++) {
      const first = load<i32>(cellTableY + 8 * y), count = load<i32>(cellTableY + 8 * y, 4);
      if (count === 0) continue;
      for (let column = 0; column < bins; column++) {
        let weight = weightsY + 4 * (first * cellsY + y);
        let entry = tile + first * lineStride + 64 * column;
        let a = f32x4.splat(0), b = f32x4.splat(0), c = f32x4.splat(0), d = f32x4.splat(0);
        for (let index = 0; index < count; index++) {
          const factor = v128.load_splat<f32>(weight);
          a = f32x4.add(a, f32x4.mul(factor, v128.load(entry)));
          b = f32x4.add(b, f32x4.mul(factor, v128.load(entry, 16)));
          c = f32x4.add(c, f32x4.mul(factor, v128.load(entry, 32)));
          d = f32x4.add(d, f32x4.mul(factor, v128.load(entry, 48)));
          weight += 4 * cellsY;
          entry += lineStride;
        }
        const place = line + 64 * column;
        v128.store(place, a);
        v128.store(place, b, 16);
        v128.store(place, c, 32);
        v128.store(place, d, 48);
      }
      let cell = corner + y * rowStride + block;
      for (let x = 0; x < cellsX; x++) {
        const firstBin = load<i32>(cellTableX + 8 * x), binCount = load<i32>(cellTableX + 8 * x, 4);
        let weight = weightsX + 4 * (firstBin * cellsX + x);
        let entry = line + 64 * firstBin;
        let a = v128.load(cell), b = v128.load(cell, 16);
        let c = v128.load(cell, 32), d = v128.load(cell, 48);
        for (let index = 0; index < binCount; index++) {
          const factor = v128.load_splat<f32>(weight);
          a = f32x4.add(a, f32x4.mul(factor, v128.load(entry)));
          b = f32x4.add(b, f32x4.mul(factor, v128.load(entry, 16)));
          c = f32x4.add(c, f32x4.mul(factor, v128.load(entry, 32)));
          d = f32x4.add(d, f32x4.mul(factor, v128.load(entry, 48)));
          weight += 4 * cellsX;
          entry += 64;
        }
        v128.store(cell, a);
        v128.store(cell, b, 16);
        v128.store(cell, c, 32);
        v128.store(cell, d, 48);
        cell += cellStride;
      }
    }
  }
}
