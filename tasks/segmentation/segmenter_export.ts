/**
 * A segmenter's graph for other programs: pixels in, logits and classes out, plain ONNX operators.
 *
 * @module
 */

import { bindConstants } from "../../core/methods/student_inference.ts";
import { ModuleContext } from "../../core/nn/module_context.ts";
import type { NamedTensors } from "../../core/nn/parameters.ts";
import type { MapDimensions } from "../../core/nn/resample.ts";
import { bilinearWeights, type ResizeOptions } from "../../core/nn/resize_bilinear.ts";
import { add, cast, matMul, mul } from "../../core/onnx/build.ts";
import { Graph, type Value } from "../../core/onnx/graph.ts";
import { removeDeadCode } from "../../core/onnx/passes/dead_code.ts";
import { foldBatchNorm } from "../../core/onnx/passes/fold_batch_norm.ts";
import { useStandardOperators } from "../../core/onnx/passes/standard_operators.ts";
import { headLogits } from "./segmenter_graph.ts";
import { completeSpec, type SegmenterSpec } from "./spec.ts";

/** Normalised images, the pixels from 0 to 1. */
function normalize(graph: Graph, images: Value, { mean, std }: SegmenterSpec["preprocess"]): Value {
  const constant = (name: string, numbers: readonly number[]) =>
    graph.constant("float32", [1, numbers.length, 1, 1], Float32Array.from(numbers), name);
  const slope = constant("normalize.slope", std.map((value) => 1 / value));
  const offset = constant("normalize.offset", std.map((value, at) => -mean[at]! / value));
  return add(graph, mul(graph, images, slope), offset);
}

/** Maps [B, C, h, w] at another size, by products that leave the batch alone. */
function enlargeMaps(graph: Graph, map: Value, size: MapDimensions, options: ResizeOptions): Value {
  const [, , height, width] = map.shape as [number, number, number, number];
  const rows = bilinearWeights(height, size.height, options).weights;
  const columns = bilinearWeights(width, size.width, options).weights;
  const turned = new Float32Array(columns.length);
  for (let out = 0; out < size.width; out++) {
    for (let at = 0; at < width; at++) {
      turned[at * size.width + out] = columns[out * width + at]!;
    }
  }
  const wide = matMul(
    graph,
    map,
    graph.constant("float32", [width, size.width], turned, "resize.columns"),
  );
  return matMul(
    graph,
    graph.constant("float32", [size.height, height], rows, "resize.rows"),
    wide,
  );
}

/**
 * Builds the graph, for a batch of 1 that may be declared free. Input `images`: RGB, float32, 0 to 1,
 * [B, 3, H, W]; the normalisation is inside. Outputs: `logits` [B, K, H, W] and `classes`, the largest of
 * each pixel, uint8 [B, H, W].
 *
 * @throws {DataError} when a weight is missing or of a wrong shape.
 */
export function buildSegmenterExport(
  spec: SegmenterSpec,
  weights: NamedTensors,
  size: MapDimensions,
): Graph {
  const complete = completeSpec(spec);
  const graph = new Graph("segmenter");
  const bind = bindConstants(graph, weights);
  const context = new ModuleContext(graph, {
    layout: "nchw",
    mode: "eval",
    bind: (_, { name, shape, initializer }) => bind(name, shape, initializer),
  });
  const images = graph.input("images", "float32", [1, 3, size.height, size.width]);
  const { main } = headLogits(context, normalize(graph, images, spec.preprocess), complete, size);
  const logits = enlargeMaps(graph, main, size, complete);
  graph.output("logits", logits);
  graph.output("classes", cast(graph, graph.node("ArgMax", [logits], { axis: 1 }), "uint8"));
  return removeDeadCode(useStandardOperators(foldBatchNorm(graph)));
}
