/**
 * Windows of convolutions and poolings that are the same along both axes.
 *
 * @module
 */

import type { OpAttributes } from "../onnx/op.ts";

/** Size and steps of a window. */
export interface SquareWindow {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  /** Distance between taps; 1 where absent. */
  readonly dilation?: number;
}

/** A convolution's window and groups. */
export interface ConvolutionWindow extends SquareWindow {
  readonly groups: number;
}

/**
 * The window of a convolution with the defaults of its options. A dilation of 1 is left out: windows are
 * part of the keys of algorithms.
 */
export function convolutionWindow(
  { kernel, stride = 1, padding = 0, groups = 1, dilation = 1 }: {
    readonly kernel: number;
    readonly stride?: number;
    readonly padding?: number;
    readonly groups?: number;
    readonly dilation?: number;
  },
): ConvolutionWindow {
  return { kernel, stride, padding, groups, ...(dilation === 1 ? {} : { dilation }) };
}

/** Places of a window along an axis of so many numbers. */
export function outputLength(
  length: number,
  { kernel, stride, padding, dilation = 1 }: SquareWindow,
): number {
  return Math.floor((length + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
}

/** A window over two axes as a convolution's attributes. */
export function squareWindow(
  { stride, padding, groups, dilation = 1 }: ConvolutionWindow,
): OpAttributes["Conv"] {
  return {
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
    group: groups,
    ...(dilation === 1 ? {} : { dilations: [dilation, dilation] }),
  };
}

/** Rows and columns of a window's output over a map of this shape, [.., .., H, W, ..]. */
export function outputSize(shape: readonly number[], window: SquareWindow): [number, number] {
  return [outputLength(shape[2]!, window), outputLength(shape[3]!, window)];
}
