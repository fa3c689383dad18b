/**
 * Maps of another size whose pixels are weighted sums of pixels, rows and columns apart.
 *
 * @module
 */

import { expand, fusedMatMul, matMul, reduceMean, reshape } from "../onnx/build.ts";
import type { Graph, Value } from "../onnx/graph.ts";
import type { Layout } from "./layout.ts";

/** Height and width of a map, in pixels. */
export interface MapDimensions {
  readonly height: number;
  readonly width: number;
}

/** A tensor's axes, joined so that the pixels of one axis stand alone: [before, length, after]. */
interface AxisPlace {
  readonly before: number;
  readonly length: number;
  readonly after: number;
}

/** How an axis is resampled. */
export interface AxisWeights {
  readonly length: number;
  readonly outLength: number;
  /** [outLength, length]: what each output takes of each input. */
  readonly weights: Float32Array;
}

/** Numbers after an axis up to which products with each of them are better done as one. */
const fewAfter = 8;

/** The weights of an axis whose pixels stand `repeats` numbers apart, [out · repeats, in · repeats]. */
function spreadWeights({ length, outLength, weights }: AxisWeights, repeats: number): Float32Array {
  const spread = new Float32Array(weights.length * repeats ** 2);
  for (let out = 0; out < outLength; out++) {
    for (let at = 0; at < length; at++) {
      for (let number = 0; number < repeats; number++) {
        const row = out * repeats + number, column = at * repeats + number;
        spread[row * length * repeats + column] = weights[out * length + at]!;
      }
    }
  }
  return spread;
}

/**
 * One axis. The weights are products with a constant matrix, so the gradient is one too; a matrix
 * product with a mostly empty matrix is still many times faster than gathering and scattering pixels.
 */
function resampleAxis(
  graph: Graph,
  x: Value,
  { before, length, after }: AxisPlace,
  axis: AxisWeights,
): Value {
  const { outLength, weights } = axis;
  if (outLength === length && isIdentity(axis)) return x;
  const apart = reshape(graph, x, [before, length, after]);
  if (length === 1 && weights.every((weight) => weight === 1)) {
    return expand(graph, apart, [before, outLength, after]);
  }
  if (outLength === 1 && weights.every((weight) => weight === weights[0])) {
    return reduceMean(graph, apart, [1]);
  }
  if (before === 1) {
    const matrix = graph.constant("float32", [outLength, length], weights);
    return matMul(graph, matrix, reshape(graph, x, [length, after]));
  }
  if (after < fewAfter) {
    const matrix = graph.constant(
      "float32",
      [outLength * after, length * after],
      spreadWeights(axis, after),
    );
    const rows = reshape(graph, x, [before, length * after]);
    return fusedMatMul(graph, rows, matrix, { transB: true });
  }
  return matMul(graph, graph.constant("float32", [1, outLength, length], weights), apart);
}

function isIdentity({ length, weights }: AxisWeights): boolean {
  return weights.every((weight, index) =>
    weight === (Math.floor(index / length) === index % length ? 1 : 0)
  );
}

/**
 * Resamples rows and columns of a tensor [before, H, W, after], in the order that takes fewer products.
 *
 * @returns [before, H', W', after].
 */
export function resample(
  graph: Graph,
  x: Value,
  { before, after }: { readonly before: number; readonly after: number },
  { rows, columns }: { readonly rows: AxisWeights; readonly columns: AxisWeights },
): Value {
  const rowsFirst = rows.outLength * columns.length * (rows.length + columns.outLength);
  const columnsFirst = rows.length * columns.outLength * (columns.length + rows.outLength);
  const alongRows = (value: Value, width: number) =>
    resampleAxis(graph, value, { before, length: rows.length, after: width * after }, rows);
  const alongColumns = (value: Value, height: number) =>
    resampleAxis(
      graph,
      value,
      { before: before * height, length: columns.length, after },
      columns,
    );
  const resampled = rowsFirst < columnsFirst
    ? alongColumns(alongRows(x, columns.length), rows.outLength)
    : alongRows(alongColumns(x, rows.length), columns.outLength);
  return reshape(graph, resampled, [before, rows.outLength, columns.outLength, after]);
}

/** {@linkcode resample} of a batch of feature maps in a layout. */
export function resampleMaps(
  graph: Graph,
  layout: Layout,
  x: Value,
  axes: { readonly rows: AxisWeights; readonly columns: AxisWeights },
): Value {
  const [images, channels] = x.shape as [number, number];
  const sides = { before: images * channels, after: layout === "nchw" ? 1 : x.shape[4]! };
  const shape = x.shape.map((length, axis) =>
    axis === 2 ? axes.rows.outLength : axis === 3 ? axes.columns.outLength : length
  );
  return reshape(graph, resample(graph, x, sides, axes), shape);
}
