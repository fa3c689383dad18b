/**
 * Weights of RoIAlign along one axis. Bilinear interpolation is a product of one along y and one along x,
 * samples outside the map count nothing along either axis, and so the average over a bin's samples is
 * a product, too: a matrix of [bins, cells] for each axis says everything.
 *
 * The table of an axis, in 32-bit words:
 *   0  first cell that any bin needs        1  how many cells from there; 0: all samples are outside
 *   then for each bin   its first cell, counted from the table's first, and how many cells
 *   then for each cell  the first bin that needs it, and how many bins
 *   then the matrix [bins, cells].
 * It has room for all cells of the map: 4 · (2 + 2 · bins + 2 · extent + bins · extent) bytes.
 */

/** The whole cell below a sample's coordinate. */
// @ts-ignore: decorator
@inline
function cellBelow(coordinate: f32, extent: i32): i32 {
  const cell = <i32> coordinate;
  return cell >= extent - 1 ? extent - 1 : cell;
}

// @ts-ignore: decorator
@inline
function sampleAt(start: f32, binSize: f32, bin: i32, sample: i32, grid: i32): f32 {
  return start + <f32> bin * binSize + (<f32> sample + <f32> 0.5) * binSize / <f32> grid;
}

/** Whether a sample counts: up to one cell outside the map. What is NaN does not. */
// @ts-ignore: decorator
@inline
function counts(coordinate: f32, extent: i32): bool {
  return coordinate >= -1 && coordinate <= <f32> extent;
}

/**
 * Makes the table of an axis.
 *
 * @param low Lower end of the region, in pixels of the image.
 * @param scale Cells per pixel.
 * @param samples Samples of a bin; 0: about one for each cell.
 * @param aligned Whether cell centres are half a cell from their corner.
 * @param extent Cells of the map.
 */
export function prepareAxis(
  table: usize,
  low: f32,
  high: f32,
  scale: f32,
  bins: i32,
  samples: i32,
  aligned: bool,
  extent: i32,
): void {
  const offset: f32 = aligned ? 0.5 : 0;
  const start = low * scale - offset;
  let size = high * scale - offset - start;
  if (!aligned && size < 1) size = 1;
  const binSize = size / <f32> bins;
  const grid = samples > 0 ? samples : <i32> Mathf.ceil(size / <f32> bins);

  let first = extent, last = -1;
  const binTable = table + 8;
  for (let bin = 0; bin < bins; bin++) {
    let binFirst = extent, binLast = -1;
    for (let sample = 0; sample < grid; sample++) {
      let at = sampleAt(start, binSize, bin, sample, grid);
      if (!counts(at, extent)) continue;
      const below = cellBelow(at > 0 ? at : 0, extent);
      const above = below + 1 < extent ? below + 1 : below;
      if (below < binFirst) binFirst = below;
      if (above > binLast) binLast = above;
    }
    if (binFirst < first) first = binFirst;
    if (binLast > last) last = binLast;
    store<i32>(binTable + 8 * bin, binFirst);
    store<i32>(binTable + 8 * bin, binLast < 0 ? 0 : binLast - binFirst + 1, 4);
  }
  const cells = last < 0 ? 0 : last - first + 1;
  store<i32>(table, first);
  store<i32>(table, cells, 4);

  const cellTable = binTable + 8 * bins;
  const weights = cellTable + 8 * cells;
  memory.fill(cellTable, 0, 8 * cells + 4 * bins * cells);
  const samplesOfBin: i32 = grid > 0 ? grid : 1;
  const share: f32 = <f32> 1 / <f32> samplesOfBin;
  for (let bin = 0; bin < bins; bin++) {
    const binFirst = load<i32>(binTable + 8 * bin) - first;
    const binCells = load<i32>(binTable + 8 * bin, 4);
    store<i32>(binTable + 8 * bin, binFirst);
    for (let cell = binFirst; cell < binFirst + binCells; cell++) {
      const entry = cellTable + 8 * cell;
      if (load<i32>(entry, 4) === 0) store<i32>(entry, bin);
      store<i32>(entry, bin - load<i32>(entry) + 1, 4);
    }
    const row = weights + 4 * bin * cells;
    for (let sample = 0; sample < grid; sample++) {
      let at = sampleAt(start, binSize, bin, sample, grid);
      if (!counts(at, extent)) continue;
      if (at <= 0) at = 0;
      const below = cellBelow(at, extent);
      const rest = below >= extent - 1 ? <f32> 0 : at - <f32> below;
      const entry = row + 4 * (below - first);
      store<f32>(entry, load<f32>(entry) + (<f32> 1 - rest) * share);
      if (rest > 0) store<f32>(entry, load<f32>(entry, 4) + rest * share, 4);
    }
  }
}
