/**
 * Gradient of a depthwise convolution's weight as products that share their operands.
 *
 * dW[t] = Σ_o dY[o] · x[o · stride + t · dilation − pad], for every channel by itself. A dot product
 * for each tap reads a shifted copy of x each time. Over few pixels it is cheaper to multiply all
 * pixels of x with all pixels of dY at once and to add up the products that belong to a tap.
 *
 * @module
 */

import { concat, fusedMatMul, matMul, pad, reshape, slice } from "../../onnx/build.ts";
import { type Graph, sizeOf, type Value } from "../../onnx/graph.ts";

/** A convolution over two axes, complete. */
export interface PlaneGeometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  /** Beginnings, then ends. */
  readonly pads: readonly number[];
  readonly dilations: readonly number[];
}

/** Pairs of pixels up to which all are multiplied with all. */
const mostPairs = 64 * 64;
/** Rows up to which all rows are multiplied with all, for kernels of 3 and of more columns. */
const mostRows = { small: 16, large: 28 };

/** The tap of one axis that joins an input and an output position; undefined where none does. */
function tapBetween(
  { kernel, strides, pads, dilations }: PlaneGeometry,
  axis: number,
  input: number,
  output: number,
): number | undefined {
  const offset = input + pads[axis]! - output * strides[axis]!;
  const tap = offset / dilations[axis]!;
  return Number.isInteger(tap) && tap >= 0 && tap < kernel[axis]! ? tap : undefined;
}

/** Ones where a pair (input, output) belongs to a tap, [inputs · outputs, taps]. */
function selection(
  graph: Graph,
  inputs: number,
  outputs: number,
  taps: number,
  tapOf: (input: number, output: number) => number | undefined,
): Value {
  const ones = new Float32Array(inputs * outputs * taps);
  for (let input = 0; input < inputs; input++) {
    for (let output = 0; output < outputs; output++) {
      const tap = tapOf(input, output);
      if (tap !== undefined) ones[(input * outputs + output) * taps + tap] = 1;
    }
  }
  return graph.constant("float32", [inputs * outputs, taps], ones);
}

/** All pixels with all pixels: [C, pixels, inner] · [C, inner, outputs], then the sums by tap. */
function byPixels(
  graph: Graph,
  x: Value,
  gradient: Value,
  geometry: PlaneGeometry,
  inner: number,
): Value {
  const [, channels, rows, length] = x.shape as [number, number, number, number];
  const [, , outRows, outLength] = gradient.shape as [number, number, number, number];
  const columns = length / inner, outColumns = outLength / inner;
  const pixels = rows * columns, outPixels = outRows * outColumns;
  const products = fusedMatMul(
    graph,
    reshape(graph, x, [channels, pixels, inner]),
    reshape(graph, gradient, [channels, outPixels, inner]),
    { transB: true },
  );
  const perPixel: PlaneGeometry = {
    ...geometry,
    pads: geometry.pads.map((amount, at) => at % 2 === 0 ? amount : amount / inner),
    dilations: [geometry.dilations[0]!, geometry.dilations[1]! / inner],
  };
  const [kernelRows, kernelColumns] = geometry.kernel as [number, number];
  const select = selection(
    graph,
    pixels,
    outPixels,
    kernelRows * kernelColumns,
    (input, output) => {
      const row = tapBetween(
        perPixel,
        0,
        Math.floor(input / columns),
        Math.floor(output / outColumns),
      );
      const column = tapBetween(perPixel, 1, input % columns, output % outColumns);
      return row === undefined || column === undefined ? undefined : row * kernelColumns + column;
    },
  );
  return matMul(graph, reshape(graph, products, [channels, pixels * outPixels]), select);
}

/** All rows with all rows, for each column of the kernel. */
function byRows(graph: Graph, x: Value, gradient: Value, geometry: PlaneGeometry): Value {
  const { kernel, pads, dilations } = geometry;
  const [, channels, rows] = x.shape as [number, number, number];
  const [, , outRows, outLength] = gradient.shape as [number, number, number, number];
  const padded = pad(graph, x, [0, 0, 0, pads[1]!, 0, 0, 0, pads[3]!]);
  const dy = reshape(graph, gradient, [channels, outRows, outLength]);
  const products = [...Array(kernel[1]!).keys()].map((tap) => {
    const start = tap * dilations[1]!;
    const seen = slice(graph, padded, [{ axis: 3, start, end: start + outLength }]);
    const all = fusedMatMul(graph, reshape(graph, seen, [channels, rows, outLength]), dy, {
      transB: true,
    });
    return reshape(graph, all, [channels, 1, rows * outRows]);
  });
  const select = selection(
    graph,
    rows,
    outRows,
    kernel[0]!,
    (input, output) => tapBetween(geometry, 0, input, output),
  );
  // [C, columns, rows] of the kernel.
  const sums = matMul(graph, concat(graph, products, 1), select);
  return graph.node("Transpose", [sums], { perm: [0, 2, 1] });
}

/**
 * The forms that fit, the one that is usually fastest first: all `pixels` with all, all `rows` with
 * all (both for one long image, [1, C, H, L], without a stride along L), or tap by tap.
 */
export function depthwiseForms(
  x: Value,
  gradient: Value,
  { kernel, strides, pads, dilations }: PlaneGeometry,
): [string, ...string[]] {
  const [batch, , rows, length] = x.shape as [number, number, number, number];
  if (batch !== 1 || kernel.length !== 2 || strides[1] !== 1 || sizeOf(kernel) === 1) {
    return ["taps"];
  }
  const inner = dilations[1]!;
  const whole = [length, gradient.shape[3]!, pads[1]!, pads[3]!].every((part) =>
    part % inner === 0
  );
  const pairs = rows * length * gradient.shape[2]! * gradient.shape[3]! / inner ** 2;
  const forms: string[] = [];
  if (whole && inner > 1 && pairs <= mostPairs) forms.push("pixels");
  const fewRows = kernel[1]! > 1 &&
    rows <= (kernel[1]! > 3 ? mostRows.large : mostRows.small);
  if (fewRows) forms.push("rows");
  const [first = "taps", ...others] = forms;
  return first === "taps" ? [first] : [first, ...others, "taps"];
}

/**
 * The gradient, [channels, 1, ...kernel], of a depthwise convolution.
 *
 * @param x [1, C, H, L].
 * @param gradient dY, [1, C, H', L'].
 * @param form One of {@linkcode depthwiseForms}.
 */
export function depthwiseWeightGradient(
  graph: Graph,
  x: Value,
  gradient: Value,
  geometry: PlaneGeometry,
  form: "pixels" | "rows",
): Value {
  const product = form === "pixels"
    ? byPixels(graph, x, gradient, geometry, geometry.dilations[1]!)
    : byRows(graph, x, gradient, geometry);
  return reshape(graph, product, [x.shape[1]!, 1, ...geometry.kernel]);
}
