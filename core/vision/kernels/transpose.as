/**
 * Loops over the numbers of feature maps, four at a time.
 *
 * AssemblyScript, compiled to WebAssembly with 128-bit SIMD by build_kernels.ts. No allocation: every
 * argument is an address in the module's memory or a number, and the caller lays out that memory
 * (roi_memory.ts). Maps lie cell by cell, the channels of a cell side by side and their number rounded up
 * to a multiple of 16: a vector then holds the same place of four channels.
 */

/** Rows and columns exchanged of the 4 × 4 numbers a, b, c, d, to four places. */
// @ts-ignore: decorator
@inline
function storeTransposed(
  a: v128,
  b: v128,
  c: v128,
  d: v128,
  target: usize,
  stride: i32,
): void {
  const lowAB = v128.shuffle<i32>(a, b, 0, 4, 1, 5), lowCD = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const highAB = v128.shuffle<i32>(a, b, 2, 6, 3, 7), highCD = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(target, v128.shuffle<i64>(lowAB, lowCD, 0, 2));
  v128.store(target + stride, v128.shuffle<i64>(lowAB, lowCD, 1, 3));
  v128.store(target + 2 * stride, v128.shuffle<i64>(highAB, highCD, 0, 2));
  v128.store(target + 3 * stride, v128.shuffle<i64>(highAB, highCD, 1, 3));
}

/**
 * Exchanges rows and columns of a matrix of 32-bit numbers. Both counts are multiples of four.
 *
 * @param sourceStride Bytes from one row of the source to the next.
 * @param targetStride Bytes from one row of the target, a column of the source, to the next.
 */
export function transpose(
  source: usize,
  sourceStride: i32,
  rows: i32,
  columns: i32,
  target: usize,
  targetStride: i32,
): void {
  for (let column = 0; column < columns; column += 4) {
    let from = source + 4 * column;
    let to = target + targetStride * column;
    for (let row = 0; row < rows; row += 4) {
      storeTransposed(
        v128.load(from),
        v128.load(from + sourceStride),
        v128.load(from + 2 * sourceStride),
        v128.load(from + 3 * sourceStride),
        to,
        targetStride,
      );
      from += 4 * sourceStride;
      to += 16;
    }
  }
}

/**
 * A tile of 16 channels, bin by bin, to 16 rows of bins. Where bins are no multiple of four, the last four
 * overlap with those before.
 */
// @ts-ignore: decorator
@inline
function tileToRows(tile: usize, rows: usize, bins: i32): void {
  const stride = 4 * bins;
  for (let lanes = 0; lanes < 64; lanes += 16) {
    const target = rows + lanes / 4 * stride;
    if (bins < 4) {
      for (let bin = 0; bin < bins; bin++) {
        for (let lane = 0; lane < 4; lane++) {
          store<f32>(target + lane * stride + 4 * bin, load<f32>(tile + 64 * bin + lanes + 4 * lane));
        }
      }
      continue;
    }
    for (let next = 0; next < bins; next += 4) {
      const bin = next + 4 > bins ? bins - 4 : next;
      const from = tile + 64 * bin + lanes;
      storeTransposed(
        v128.load(from),
        v128.load(from, 64),
        v128.load(from, 128),
        v128.load(from, 192),
        target + 4 * bin,
        stride,
      );
    }
  }
}

/** The way back of {@link tileToRows}. */
// @ts-ignore: decorator
@inline
function rowsToTile(rows: usize, tile: usize, bins: i32): void {
  const stride = 4 * bins;
  for (let lanes = 0; lanes < 64; lanes += 16) {
    const source = rows + lanes / 4 * stride;
    if (bins < 4) {
      for (let bin = 0; bin < bins; bin++) {
        for (let lane = 0; lane < 4; lane++) {
          store<f32>(tile + 64 * bin + lanes + 4 * lane, load<f32>(source + lane * stride + 4 * bin));
        }
      }
      continue;
    }
    for (let next = 0; next < bins; next += 4) {
      const bin = next + 4 > bins ? bins - 4 : next;
      const from = source + 4 * bin;
      storeTransposed(
        v128.load(from),
        v128.load(from + stride),
        v128.load(from + 2 * stride),
        v128.load(from + 3 * stride),
        tile + 64 * bin + lanes,
        64,
      );
    }
  }
}
