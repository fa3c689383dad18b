/**
 * A student's graph for other programs: plain ONNX operators, pixels in, BatchNorm folded.
 *
 * @module
 */

import { GraphError } from "../errors.ts";
import { l2Normalize } from "../nn/l2_normalize.ts";
import { linear, mlpHead } from "../nn/layers.ts";
import { ModuleContext } from "../nn/module_context.ts";
import type { NamedTensors } from "../nn/parameters.ts";
import { add, mul } from "../onnx/build.ts";
import { removeDeadCode } from "../onnx/passes/dead_code.ts";
import { foldBatchNorm } from "../onnx/passes/fold_batch_norm.ts";
import { Graph } from "../onnx/graph.ts";
import { useStandardOperators } from "../onnx/passes/standard_operators.ts";
import type { Backbone } from "./backbone.ts";
import type { Head } from "./method.ts";
import { bindConstants } from "./student_inference.ts";

/** What an exported graph is made of. */
export interface StudentExportOptions {
  readonly imageSize: number;
  readonly backbone: Backbone;
  readonly weights: NamedTensors;
  /** The last layer; absent for the backbone alone. */
  readonly head?: Head;
}

/**
 * Builds the graph, for a batch of 1 that may be declared free. Input `images`: RGB, float32,
 * 0 to 1, [B, 3, H, W]; the normalisation is inside. It cannot be folded into the first convolution,
 * whose zero padding stands for normalised zeros. Outputs: `features` [B, d] and, with a head,
 * `embedding` [B, D] of unit length or `logits` [B, K].
 *
 * @throws {DataError} when a weight is missing or of a wrong shape.
 */
export function buildStudentExport(options: StudentExportOptions): Graph {
  const { imageSize, backbone, weights, head } = options;
  const graph = new Graph("student");
  const bind = bindConstants(graph, weights);
  const context = new ModuleContext(graph, {
    layout: "nchw",
    mode: "eval",
    bind: (_, { name, shape, initializer }) => bind(name, shape, initializer),
  });
  const images = graph.input("images", "float32", [1, 3, imageSize, imageSize]);
  const { mean, std } = backbone.preprocess;
  const channels = mean.length;
  const slope = Float32Array.from(std, (value) => 1 / value);
  const offset = Float32Array.from(mean, (value, channel) => -value / std[channel]!);
  const constant = (name: string, data: Float32Array) =>
    graph.constant("float32", [1, channels, 1, 1], data, name);
  const normalized = add(
    graph,
    mul(graph, images, constant("normalize.slope", slope)),
    constant("normalize.offset", offset),
  );
  const { pooled } = backbone.features(context, normalized);
  graph.output("features", pooled);
  if (head?.output === "logits") {
    graph.output("logits", linear(context, backbone.headName, pooled, head.dimension));
  } else if (head) {
    const embedding = mlpHead(context, backbone.headName, pooled, head.dimension);
    graph.output("embedding", l2Normalize(graph, embedding));
  }
  const exported = removeDeadCode(useStandardOperators(foldBatchNorm(graph)));
  // A shape that is fixed inside would hold the batch of 1.
  const fixed = exported.nodes.find(({ op, inputs, outputs }) =>
    op === "Expand" || (op === "Reshape" && inputs[0]!.shape[0] !== outputs[0]!.shape[0])
  );
  if (fixed) throw new GraphError(`internal: ${fixed.op} in ${graph.name} fixes the batch size`);
  return exported;
}

/** The student's tensors without those of the head. */
export function withoutHead(weights: NamedTensors, headName: string): NamedTensors {
  return new Map([...weights].filter(([name]) => !name.startsWith(`${headName}.`)));
}
