/**
 * A student's graph for inference: weights as constants, BatchNorm with running statistics.
 *
 * @module
 */

import { Graph } from "../onnx/graph.ts";
import { ModuleContext, type ParameterSpec, traceModel } from "../nn/module_context.ts";
import { imageBatchShape, type Layout } from "../nn/layout.ts";
import { normalizeImages } from "../nn/layers.ts";
import type { NamedTensors } from "../nn/parameters.ts";
import { DataError } from "../errors.ts";
import { type Backbone, studentOutput } from "./backbone.ts";
import type { Head } from "./method.ts";

/** What the inference graph of a student is made of. */
export interface StudentInferenceOptions {
  readonly batchSize: number;
  readonly imageSize: number;
  readonly backbone: Backbone;
  readonly weights: NamedTensors;
  /** The last layer; absent for the backbone alone. */
  readonly head?: Head;
  /** @default {"chwn"} */
  readonly layout?: Layout;
}

/**
 * What a student declares, in its order: the parameters and buffers of the backbone and of the head.
 */
export function studentSpecs(
  { imageSize, backbone, head }: Pick<StudentInferenceOptions, "imageSize" | "backbone" | "head">,
): ParameterSpec[] {
  const { parameters, buffers } = traceModel({ layout: "chwn", mode: "eval" }, (context) => {
    const images = context.graph.input("images", "uint8", imageBatchShape("chwn", 1, imageSize));
    if (head) studentOutput(context, backbone, images, head);
    else backbone.features(context, normalizeImages(context, images, backbone.preprocess));
  });
  return [...parameters, ...buffers];
}

/** Binds every declared parameter to a constant of the same name. */
export function bindConstants(graph: Graph, weights: NamedTensors): ModuleContext["parameter"] {
  return (name, shape) => {
    const tensor = weights.get(name);
    if (!tensor || tensor.shape.join() !== shape.join()) {
      throw new DataError(
        `Cannot build ${graph.name}: weight "${name}" is ` +
          `${tensor ? `[${tensor.shape.join(", ")}]` : "missing"}, expected [${shape.join(", ")}]`,
      );
    }
    return graph.constant("float32", shape, tensor.data, name);
  };
}

/**
 * Builds the graph. Input `images` uint8 in the layout; outputs `features` [B, d] and, with a head,
 * `embedding` [B, D] or `logits` [B, K].
 *
 * @throws {DataError} when a weight is missing or of a wrong shape.
 */
export function buildStudentInference(options: StudentInferenceOptions): Graph {
  const { batchSize, imageSize, backbone, weights, head, layout = "chwn" } = options;
  const graph = new Graph("student inference");
  const bind = bindConstants(graph, weights);
  const context = new ModuleContext(graph, {
    layout,
    mode: "eval",
    bind: (_, { name, shape, initializer }) => bind(name, shape, initializer),
  });
  const images = graph.input("images", "uint8", imageBatchShape(layout, batchSize, imageSize));
  if (!head) {
    const normalized = normalizeImages(context, images, backbone.preprocess);
    graph.output("features", backbone.features(context, normalized).pooled);
    return graph;
  }
  const { pooled, output } = studentOutput(context, backbone, images, head);
  graph.output("features", pooled);
  graph.output(head.output, output);
  return graph;
}
