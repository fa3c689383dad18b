/**
 * The transposed convolution that doubles a map: kernel 2, stride 2.
 *
 * Its windows do not overlap, so it is one product over the channels for each of the four places of a
 * 2×2 square: y[o, 2i + r, 2j + c] = Σ w[k, o, r, c] · x[k, i, j] + b[o].
 *
 * @module
 */

import { reshape, transpose } from "../onnx/build.ts";
import type { Value } from "../onnx/graph.ts";
import { convolveWithBias } from "./biased_convolution.ts";
import { constantInitializer, kaimingFanOut } from "./initializers.ts";
import type { Initializer, ModuleContext } from "./module_context.ts";

/** Side of the squares. */
const side = 2;
/** Pixels of a square. */
const places = side ** 2;

/** Size and initial values. */
export interface TransposedConvolutionOptions {
  readonly outChannels: number;
  /** @default {kaimingFanOut, as PyTorch counts it: of the axis that goes in} */
  readonly initializer?: Initializer;
  /** @default {zeros} */
  readonly biasInitializer?: Initializer;
}

/**
 * The doubled map before its pixels are put in their places: the four places of a square one below the
 * other. What works on every pixel by itself may come before {@linkcode joinSquares}.
 *
 * Declares `<name>.weight` [inChannels, outChannels, 2, 2] and `<name>.bias` [outChannels]
 * (`nn.ConvTranspose2d(kernel_size=2, stride=2)`).
 *
 * @param x In the layout of the context.
 * @returns [N, outChannels, 4 · H, W] or [1, outChannels, 4 · H, W, B].
 */
export function doublingConvolution(
  context: ModuleContext,
  name: string,
  x: Value,
  { outChannels, initializer, biasInitializer }: TransposedConvolutionOptions,
): Value {
  const { graph, layout } = context;
  const channels = x.shape[1]!;
  const shape = [channels, outChannels, side, side];
  const weight = context.parameter(
    `${name}.weight`,
    shape,
    initializer ?? kaimingFanOut([channels, outChannels, side, side]),
  );
  const bias = context.parameter(
    `${name}.bias`,
    [outChannels],
    biasInitializer ?? constantInitializer(0),
  );
  const rows = transpose(graph, reshape(graph, weight, [channels, outChannels * places]), [1, 0]);
  const kernel = reshape(graph, rows, [outChannels * places, channels, 1, 1]);
  const everywhere = reshape(
    graph,
    graph.node("Expand", [reshape(graph, bias, [outChannels, 1])], {
      shape: [outChannels, places],
    }),
    [outChannels * places],
  );
  const window = { kernel: 1, stride: 1, padding: 0, groups: 1 };
  const y = convolveWithBias(graph, layout, x, [kernel, everywhere], window);
  const [first, , height, ...rest] = x.shape as [number, number, number, ...number[]];
  return reshape(graph, y, [first, outChannels, places * height, ...rest]);
}

/**
 * Puts the pixels of squares in their places.
 *
 * @param squares Output of {@linkcode doublingConvolution}.
 * @returns [N, C, 2 · H, 2 · W] or [1, C, 2 · H, 2 · W, B].
 */
export function joinSquares({ graph }: Pick<ModuleContext, "graph">, squares: Value): Value {
  const [first, channels, rows, width, ...batch] = squares.shape as [
    number,
    number,
    number,
    number,
    ...number[],
  ];
  const height = rows / places;
  const apart = reshape(graph, squares, [first, channels, side, side, height, width, ...batch]);
  const joined = transpose(graph, apart, [0, 1, 4, 2, 5, 3, ...batch.map((_, axis) => 6 + axis)]);
  return reshape(graph, joined, [first, channels, side * height, side * width, ...batch]);
}

/**
 * Transposed convolution with kernel 2 and stride 2 (`nn.ConvTranspose2d`): the map doubled.
 */
export function transposedConvolution(
  context: ModuleContext,
  name: string,
  x: Value,
  options: TransposedConvolutionOptions,
): Value {
  return joinSquares(context, doublingConvolution(context, name, x, options));
}
