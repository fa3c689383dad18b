/**
 * Quantisation tables of JPEG (ITU-T T.81, annex K) at a quality, as libjpeg scales them.
 *
 * @module
 */

/** For luma, row by row. */
const luma = [
  [16, 11, 10, 16, 24, 40, 51, 61],
  [12, 12, 14, 19, 26, 58, 60, 55],
  [14, 13, 16, 24, 40, 57, 69, 56],
  [14, 17, 22, 29, 51, 87, 80, 62],
  [18, 22, 37, 56, 68, 109, 103, 77],
  [24, 35, 55, 64, 81, 104, 113, 92],
  [49, 64, 78, 87, 103, 121, 120, 101],
  [72, 92, 95, 98, 112, 100, 103, 99],
].flat();

/** For chroma, row by row; 99 beyond the first four rows and columns. */
const chromaCorner = [
  [17, 18, 24, 47],
  [18, 21, 26, 66],
  [24, 26, 56, 99],
  [47, 66, 99, 99],
];
const chroma = Array.from(
  { length: 64 },
  (_, index) => chromaCorner[index >> 3]?.[index & 7] ?? 99,
);

/** Steps of the 64 coefficients, row by row. */
export interface QuantizationTables {
  readonly luma: readonly number[];
  readonly chroma: readonly number[];
}

/**
 * The tables at a quality.
 *
 * @param quality 1 to 100.
 * @throws {RangeError} where it is out of range.
 */
export function quantizationTables(quality: number): QuantizationTables {
  if (!(Number.isInteger(quality) && quality >= 1 && quality <= 100)) {
    throw new RangeError(
      `Cannot compress: quality is ${quality}, expected a whole number from 1 to 100`,
    );
  }
  const percent = quality < 50 ? Math.trunc(5000 / quality) : 200 - 2 * quality;
  const scale = (table: readonly number[]) =>
    table.map((step) => Math.min(255, Math.max(1, Math.trunc((step * percent + 50) / 100))));
  return { luma: scale(luma), chroma: scale(chroma) };
}
