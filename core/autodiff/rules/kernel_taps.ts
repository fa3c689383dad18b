/**
 * Positions within a convolution or pooling window.
 *
 * @module
 */

/** Every combination of tap positions of a kernel, row by row. */
export function kernelTaps(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (taps, length) => taps.flatMap((tap) => [...Array(length).keys()].map((at) => [...tap, at])),
    [[]],
  );
}
