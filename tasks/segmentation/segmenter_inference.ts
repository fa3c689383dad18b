/**
 * A segmenter's graph for inference, weights as constants.
 *
 * @module
 */

import { bindConstants } from "../../core/methods/student_inference.ts";
import type { Layout } from "../../core/nn/layout.ts";
import { ModuleContext, type ParameterSpec, traceModel } from "../../core/nn/module_context.ts";
import type { NamedTensors } from "../../core/nn/parameters.ts";
import { Graph } from "../../core/onnx/graph.ts";
import { foldBatchNorm } from "../../core/onnx/passes/fold_batch_norm.ts";
import { reshape } from "../../core/onnx/build.ts";
import { outputPixels, type PixelOutput } from "./graph_pixel_model.ts";
import { enlargeTurned, segmenterLogits, turnedLogits } from "./segmenter_graph.ts";
import { completeSpec, type SegmenterSpec } from "./spec.ts";

/** Shape of the images and what is wanted of them. */
export interface SegmenterInferenceOptions {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  /** @default {"nchw"} */
  readonly layout?: Layout;
  /**
   * Probabilities sum to 1 over the classes of a pixel; "pixels" is the best class of each beside its
   * logits, "map" the logits of one image before they are brought to its size.
   *
   * @default {"probabilities"}
   */
  readonly output?: "logits" | "probabilities" | PixelOutput;
}

/** Side of the images that a segmenter is traced with. */
const tracedSide = 64;

/**
 * Names, shapes and fresh values of all that a segmenter declares, the auxiliary head included.
 *
 * @throws {ConfigError} for a segmenter that cannot be built.
 */
export function segmenterSpecs(spec: SegmenterSpec): ParameterSpec[] {
  const { parameters, buffers } = traceModel({ layout: "nchw", mode: "train" }, (context) => {
    const images = context.graph.input("images", "uint8", [2, 3, tracedSide, tracedSide]);
    segmenterLogits(context, images, spec);
  });
  return [...parameters, ...buffers];
}

/**
 * Builds the graph: input `images` uint8 [B, 3, H, W]; output `logits` or `probabilities`, a row for each
 * pixel, [H · W · B, classes], in the order row, column, image; or `logits` and `classes` uint8
 * [H · W · B]; or `map`, [rows, columns, classes], of one image.
 *
 * @throws {DataError} when a weight is missing or misshapen.
 */
export function segmenterInferenceGraph(
  spec: SegmenterSpec,
  weights: NamedTensors,
  { batch, height, width, layout = "nchw", output = "probabilities" }: SegmenterInferenceOptions,
): Graph {
  const graph = new Graph("segmenter");
  const bind = bindConstants(graph, weights);
  const context = new ModuleContext(graph, {
    layout,
    mode: "eval",
    bind: (_, { name, shape, initializer }) => bind(name, shape, initializer),
  });
  const images = graph.input("images", "uint8", [batch, 3, height, width]);
  const { main } = segmenterLogits(context, images, spec);
  const size = { height, width }, complete = completeSpec(spec);
  const turned = turnedLogits(context, main);
  const [rows, columns, , classes] = turned.shape as [number, number, number, number];
  const enlarge = () => enlargeTurned(graph, turned, size, complete);
  if (output === "pixels" || output === "map") {
    const map = output === "map" ? reshape(graph, turned, [rows, columns, classes]) : turned;
    outputPixels(graph, { map, enlarge }, output);
  } else if (output === "logits") graph.output("logits", enlarge());
  else graph.output("probabilities", graph.node("Softmax", [enlarge()], { axis: 1 }));
  return foldBatchNorm(graph);
}
