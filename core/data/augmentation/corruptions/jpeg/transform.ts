/**
 * The discrete cosine transform of JPEG in whole numbers, to the bit as libjpeg's accurate one
 * (`JDCT_ISLOW`), which encoders and decoders use by default.
 *
 * That one is the factorisation of Loeffler, Ligtenberg and Moschytz (ICASSP 1989) with constants of 13
 * bits. Its additions and products are exact and only its results are rounded, so each of its passes is
 * a product with a matrix of whole numbers.
 *
 * @module
 */

/**
 * 2¹³ · √2 · cos((2n + 1) k π / 16), row k, columns n = 0 … 3; the others are mirrored, with the other
 * sign in odd rows. Equal cosines differ by 1 as the sums of rounded constants do.
 */
const quarters = [
  [8192, 8192, 8192, 8192],
  [11363, 9633, 6437, 2260],
  [10703, 4433, -4433, -10703],
  [9633, -2259, -11362, -6436],
  [8192, -8192, -8192, 8192],
  [6437, -11362, 2261, 9633],
  [4433, -10704, 10704, -4433],
  [2260, -6436, 9633, -11363],
];

/** The matrix, [k][n], row by row. */
const matrix = Float64Array.from(
  quarters.flatMap((row, k) => [
    ...row,
    ...row.toReversed().map((value) => k % 2 === 0 ? value : -value),
  ]),
);
const transposed = matrix.map((_, index) => matrix[(index & 7) * 8 + (index >> 3)]!);

/** Bits of the constants, and bits that are kept between the passes. */
const constantBits = 13, passBits = 2;

/**
 * One pass over the lines of a block: multiplies each by a matrix and rounds. The result is transposed,
 * so that the next pass goes over the other lines.
 */
function pass(
  from: Float64Array,
  factors: Float64Array,
  bits: number,
  to: Float64Array,
): void {
  const unit = 2 ** bits;
  for (let line = 0; line < 8; line++) {
    for (let row = 0; row < 8; row++) {
      let sum = unit / 2;
      for (let place = 0; place < 8; place++) {
        sum += factors[row * 8 + place]! * from[line * 8 + place]!;
      }
      to[row * 8 + line] = Math.floor(sum / unit);
    }
  }
}

const between = new Float64Array(64), swapped = new Float64Array(64);

/** Coefficients of a block, 8 times as large as those of the standard; in place. */
export function transformBlock(block: Float64Array): void {
  pass(block, matrix, constantBits - passBits, between);
  pass(between, matrix, constantBits + passBits, block);
}

/** Values of a block from its coefficients; in place. */
export function restoreBlock(block: Float64Array): void {
  // Columns first: the lines of the transposed block.
  for (let index = 0; index < 64; index++) swapped[index] = block[(index & 7) * 8 + (index >> 3)]!;
  pass(swapped, transposed, constantBits - passBits, between);
  pass(between, transposed, constantBits + passBits + 3, swapped);
  for (let index = 0; index < 64; index++) block[index] = swapped[(index & 7) * 8 + (index >> 3)]!;
}
