/**
 * Gradient of a depthwise convolution's weight as products that share their operands.
 *
 * dW[t] = Σ_o dY[o] · x[o · stride + t · dilation − pad], for every channel by itself. A dot product
 * for each tap reads a shifted copy of x each time. Over few pixels it is cheaper to multiply all
 * pixels of x with all pixels of dY at once and to add up the products that belong to a tap; over
 * many, all rows of a few with each other.
 *
 * @module
 */

import { concat, fusedMatMul, matMul, pad, reshape, slice } from "../../onnx/build.ts";
import { type Graph, sizeOf, type Value } from "../../onnx/graph.ts";
import { shiftLength } from "../../onnx/kernels/pick_pixels.ts";

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
  inputs: number,
  outputs: number,
  taps: number,
  tapOf: (input: number, output: number) => number | undefined,
): Float32Array {
  const ones = new Float32Array(inputs * outputs * taps);
  for (let input = 0; input < inputs; input++) {
    for (let output = 0; output < outputs; output++) {
      const tap = tapOf(input, output);
      if (tap !== undefined) ones[(input * outputs + output) * taps + tap] = 1;
    }
  }
  return ones;
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
  const ones = selection(
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
  const select = graph.constant(
    "float32",
    [pixels * outPixels, kernelRows * kernelColumns],
    ones,
  );
  return matMul(graph, reshape(graph, products, [channels, pixels * outPixels]), select);
}

/**
 * Rows with rows, for each column of the kernel: in groups of `group` output rows, all rows of a
 * group of dY with all rows of x that lie at their height, and the few pairs across the border of
 * two groups by themselves.
 */
function byRowGroups(
  graph: Graph,
  x: Value,
  gradient: Value,
  geometry: PlaneGeometry,
  group: number,
): Value {
  const { kernel, strides, pads, dilations } = geometry;
  const [, channels, rows, length] = x.shape as [number, number, number, number];
  const [, , outRows, outLength] = gradient.shape as [number, number, number, number];
  const groups = outRows / group, inRows = rows / groups;
  const dy = reshape(graph, gradient, [channels, groups, group, outLength]);
  /** Pairs of rows of two groups: `ahead` groups further in x than in dY. */
  const crossing = [...Array(groups > 1 ? kernel[0]! : 0).keys()].flatMap((tap) =>
    [...Array(group).keys()].flatMap((output) => {
      const from = output * strides[0]! + tap * dilations[0]! - pads[0]!;
      const ahead = Math.floor(from / inRows);
      // A dilation may reach beyond the map.
      return ahead === 0 || Math.abs(ahead) >= groups
        ? []
        : [{ tap, output, input: from - ahead * inRows, ahead }];
    })
  );
  const products = [...Array(kernel[1]!).keys()].map((tap) => {
    const begin = pads[1]! - tap * dilations[1]!;
    const shifted = outLength === length
      ? shiftLength(graph, x, begin)
      : pad(graph, x, [0, 0, 0, begin, 0, 0, 0, outLength - length - begin]);
    const seen = reshape(graph, shifted, [channels, groups, inRows, outLength]);
    const within = fusedMatMul(graph, seen, dy, { transB: true });
    const across = crossing.map(({ output, input, ahead }) => {
      const row = (of: Value, at: number, skipped: number) =>
        reshape(
          graph,
          slice(graph, of, [
            { axis: 1, start: Math.max(skipped, 0), end: groups + Math.min(skipped, 0) },
            { axis: 2, start: at, end: at + 1 },
          ]),
          [channels, 1, (groups - Math.abs(skipped)) * outLength],
        );
      return fusedMatMul(graph, row(seen, input, ahead), row(dy, output, -ahead), { transB: true });
    });
    return concat(graph, [reshape(graph, within, [channels, 1, outRows * inRows]), ...across], 2);
  });
  const taps = kernel[0]!;
  const perGroup = selection(
    inRows,
    group,
    taps,
    (input, output) => tapBetween(geometry, 0, input, output),
  );
  const ones = new Float32Array(perGroup.length * groups + crossing.length * taps);
  for (let number = 0; number < groups; number++) ones.set(perGroup, number * perGroup.length);
  crossing.forEach(({ tap }, index) => ones[perGroup.length * groups + index * taps + tap] = 1);
  const select = graph.constant("float32", [ones.length / taps, taps], ones);
  // [C, columns, rows] of the kernel.
  const sums = matMul(graph, concat(graph, products, 1), select);
  return graph.node("Transpose", [sums], { perm: [0, 2, 1] });
}

/** Output rows of a group, at most: more multiply rows that have no tap in common. */
const mostGroupRows = 16;

/** Size of the groups that the rows fall into; undefined where they do not. */
function rowGroup(rows: number, outRows: number, stride: number): number | undefined {
  if (rows !== outRows * stride) return undefined;
  for (let group = Math.min(mostGroupRows, outRows - 1); group > 2; group--) {
    if (outRows % group === 0) return group;
  }
  return undefined;
}

/**
 * The algorithms that fit, the one that is usually fastest first: all `pixels` with all, all `rows` with
 * all, `row groups` (all three for one long image, [1, C, H, L], without a stride along L), or tap
 * by tap.
 */
export function depthwiseAlgorithms(
  x: Value,
  gradient: Value,
  { kernel, strides, pads, dilations }: PlaneGeometry,
): [string, ...string[]] {
  const [batch, , rows, length] = x.shape as [number, number, number, number];
  if (batch !== 1 || kernel.length !== 2 || strides[1] !== 1 || sizeOf(kernel) === 1) {
    return ["taps"];
  }
  const outRows = gradient.shape[2]!;
  const inner = dilations[1]!;
  const whole = [length, gradient.shape[3]!, pads[1]!, pads[3]!].every((part) =>
    part % inner === 0
  );
  const pairs = rows * length * outRows * gradient.shape[3]! / inner ** 2;
  const algorithms: string[] = [];
  if (whole && inner > 1 && pairs <= mostPairs) algorithms.push("pixels");
  const fewRows = kernel[1]! > 1 &&
    rows <= (kernel[1]! > 3 ? mostRows.large : mostRows.small);
  if (fewRows) algorithms.push("rows");
  if (rowGroup(rows, outRows, strides[0]!) !== undefined) algorithms.push("row groups");
  algorithms.push("taps");
  return algorithms as [string, ...string[]];
}

/** One of the algorithms that are not tap by tap. */
export type DepthwiseAlgorithm = "pixels" | "rows" | "row groups";

/**
 * The gradient, [channels, 1, ...kernel], of a depthwise convolution.
 *
 * @param x [1, C, H, L].
 * @param gradient dY, [1, C, H', L'].
 * @param algorithm One of {@linkcode depthwiseAlgorithms}.
 */
export function depthwiseWeightGradient(
  graph: Graph,
  x: Value,
  gradient: Value,
  geometry: PlaneGeometry,
  algorithm: DepthwiseAlgorithm,
): Value {
  const [, channels, rows] = x.shape as [number, number, number];
  const outRows = gradient.shape[2]!;
  const product = algorithm === "pixels"
    ? byPixels(graph, x, gradient, geometry, geometry.dilations[1]!)
    : byRowGroups(
      graph,
      x,
      gradient,
      geometry,
      algorithm === "rows" ? outRows : rowGroup(rows, outRows, geometry.strides[0]!)!,
    );
  return reshape(graph, product, [channels, 1, ...geometry.kernel]);
}
