/**
 * Windows of convolutions and poolings that are the same along both axes.
 *
 * @module
 */

/** Size and steps of a window. */
export interface SquareWindow {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

/** A convolution's window and groups. */
export interface ConvolutionWindow extends SquareWindow {
  readonly groups: number;
}

/** Places of a window along an axis of so many numbers. */
export function outputLength(length: number, { kernel, stride, padding }: SquareWindow): number {
  return Math.floor((length + 2 * padding - kernel) / stride) + 1;
}

/** Rows and columns of a window's output over a map of this shape, [.., .., H, W, ..]. */
export function outputSize(shape: readonly number[], window: SquareWindow): [number, number] {
  return [outputLength(shape[2]!, window), outputLength(shape[3]!, window)];
}
