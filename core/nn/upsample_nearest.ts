/**
 * Nearest-neighbour upsampling.
 *
 * @module
 */

import { add, expand, matMul, reshape } from "../onnx/build.ts";
import type { Graph, Value } from "../onnx/graph.ts";
import type { ModuleContext } from "./module_context.ts";

/**
 * An axis of [before, length, after] repeated to another length: output o reads number
 * ⌊o · length / outLength⌋, as `F.interpolate(mode="nearest")` with a size.
 */
function upsampleAxis(
  graph: Graph,
  x: Value,
  { before, length, after, outLength }: {
    readonly before: number;
    readonly length: number;
    readonly after: number;
    readonly outLength: number;
  },
): Value {
  if (outLength === length) return x;
  const factor = outLength / length;
  if (Number.isInteger(factor)) {
    // As a sum the gradient of repeating is what autodiff makes of it.
    const rows = reshape(graph, x, [before * length, 1, after]);
    return expand(graph, rows, [before * length, factor, after]);
  }
  const selection = new Float32Array(outLength * length);
  for (let out = 0; out < outLength; out++) {
    selection[out * length + Math.floor(out * length / outLength)] = 1;
  }
  const select = graph.constant("float32", [1, outLength, length], selection);
  return matMul(graph, select, reshape(graph, x, [before, length, after]));
}

/**
 * A map made larger by repeating its pixels (`F.interpolate(size, mode="nearest")`), in the layout of the
 * context.
 *
 * @param size Rows and columns, at least those of the map; need not be multiples.
 */
export function upsampleNearest(
  { graph, layout }: Pick<ModuleContext, "graph" | "layout">,
  x: Value,
  size: { readonly height: number; readonly width: number },
): Value {
  const [, channels, height, width] = x.shape as [number, number, number, number];
  const images = layout === "nchw" ? x.shape[0]! : 1, batch = layout === "nchw" ? 1 : x.shape[4]!;
  const columns = upsampleAxis(graph, x, {
    before: images * channels * height,
    length: width,
    after: batch,
    outLength: size.width,
  });
  const rows = upsampleAxis(graph, columns, {
    before: images * channels,
    length: height,
    after: size.width * batch,
    outLength: size.height,
  });
  const shape = x.shape.map((length, axis) =>
    axis === 2 ? size.height : axis === 3 ? size.width : length
  );
  return reshape(graph, rows, shape);
}

/**
 * A map plus a smaller one, upsampled to its size ({@linkcode upsampleNearest}). In the layout `chwn` rows
 * that repeat are added without being written first, where the rows are a multiple.
 *
 * @param x In the layout of the context.
 * @param smaller Of the same channels and images.
 */
export function addUpsampled(
  context: Pick<ModuleContext, "graph" | "layout">,
  x: Value,
  smaller: Value,
): Value {
  const { graph, layout } = context;
  const [, channels, height, width, batch] = x.shape as [number, number, number, number, number?];
  const rows = smaller.shape[2]!;
  if (layout === "nchw" || rows === height || height % rows !== 0) {
    return add(graph, x, upsampleNearest(context, smaller, { height, width }));
  }
  const wide = upsampleNearest(context, smaller, { height: rows, width });
  const run = width * batch!;
  const sum = add(
    graph,
    reshape(graph, x, [channels * rows, height / rows, run]),
    reshape(graph, wide, [channels * rows, 1, run]),
  );
  return reshape(graph, sum, x.shape);
}
