/**
 * A detector's graphs for inference, weights as constants.
 *
 * @module
 */

import { bindConstants } from "../../../core/methods/student_inference.ts";
import type { Layout } from "../../../core/nn/layout.ts";
import { ModuleContext, type ParameterSpec, traceModel } from "../../../core/nn/module_context.ts";
import type { NamedTensors } from "../../../core/nn/parameters.ts";
import { sigmoid } from "../../../core/onnx/build.ts";
import { Graph } from "../../../core/onnx/graph.ts";
import { foldBatchNorm } from "../../../core/onnx/passes/fold_batch_norm.ts";
import { boxHead } from "./box_head.ts";
import { maskHead } from "./mask_head.ts";
import { backbonePrefix, boxSide, type DetectorSpec, maskPoolSide } from "./spec.ts";
import { detectorTrunk } from "./trunk.ts";
import { type BatchShape, trunkNames } from "./trunk_stage.ts";

/** Adds the trunk to a graph. */
function addTrunk(
  context: ModuleContext,
  { batch, height, width }: BatchShape,
  spec: DetectorSpec,
): void {
  const { graph } = context;
  const trunk = detectorTrunk(context, {
    images: graph.input("images", "uint8", [batch, 3, height, width]),
    sizes: graph.input("sizes", "float32", [batch, 2]),
  }, spec);
  graph.output(trunkNames.objectness, trunk.objectness);
  graph.output(trunkNames.deltas, trunk.deltas);
  trunk.levels.slice(0, spec.levels.length).forEach((level, index) =>
    graph.output(trunkNames.level(index), level)
  );
}

/** Adds the box head to a graph: input `features`, outputs `logits` and `deltas`. */
function addBoxHead(context: ModuleContext, rows: number, spec: DetectorSpec): void {
  const { graph } = context;
  const features = graph.input("features", "float32", [rows, spec.channels * boxSide ** 2]);
  const { logits, deltas } = boxHead(context.scope("roi_heads."), features, spec);
  graph.output("logits", logits);
  graph.output("deltas", deltas);
}

/** Adds the mask head to a graph: inputs `features` and `labels` (from 1), output `masks`, 0 to 1. */
function addMaskHead(context: ModuleContext, rows: number, spec: DetectorSpec): void {
  const { graph } = context;
  const shape = [rows, spec.channels, maskPoolSide, maskPoolSide];
  const features = graph.input("features", "float32", shape);
  const labels = graph.input("labels", "int64", [rows]);
  const logits = maskHead(context.scope("roi_heads."), features, labels, spec);
  graph.output("masks", sigmoid(graph, logits));
}

/** Side of the images that a detector is traced with: a multiple of every stride. */
const tracedSide = 128;

/**
 * Names, shapes and fresh values of all that a detector declares: what a state dict of torchvision's
 * Mask R-CNN has.
 *
 * @throws {ConfigError} for a backbone that cannot be built.
 */
export function detectorSpecs(spec: DetectorSpec): ParameterSpec[] {
  const parts = [
    (context: ModuleContext) =>
      addTrunk(context, { batch: 1, height: tracedSide, width: tracedSide }, spec),
    (context: ModuleContext) => addBoxHead(context, 1, spec),
    (context: ModuleContext) => addMaskHead(context, 1, spec),
  ].map((add) => traceModel({ layout: "chwn", mode: "eval" }, add));
  return [
    ...parts.flatMap(({ parameters }) => parameters),
    ...parts.flatMap(({ buffers }) => buffers),
  ];
}

/** Weights of a student's backbone by the names that they have in a detector. */
export function backboneWeights(weights: NamedTensors): NamedTensors {
  return new Map([...weights].map(([name, tensor]) => [backbonePrefix + name, tensor]));
}

function inferenceGraph(
  name: string,
  layout: Layout,
  weights: NamedTensors,
  add: (context: ModuleContext) => void,
): Graph {
  const graph = new Graph(name);
  const bind = bindConstants(graph, weights);
  add(
    new ModuleContext(graph, {
      layout,
      mode: "eval",
      bind: (_, { name, shape, initializer }) => bind(name, shape, initializer),
    }),
  );
  return foldBatchNorm(graph);
}

/** Graphs of a detector with its weights. @throws {DataError} when a weight is missing or misshapen. */
export interface DetectorInferenceGraphs {
  /** Inputs `images` and `sizes`, outputs as those of `trunkNames`. */
  trunk(shape: BatchShape): Graph;
  /** Input `features` [rows, channels · 49], outputs `logits` and `deltas`. */
  box(rows: number): Graph;
  /** Inputs `features` [rows, channels, 14, 14] and `labels`, output `masks` [rows, 28, 28]. */
  mask(rows: number): Graph;
}

/** The graphs of a detector for inference. */
export function detectorInference(
  spec: DetectorSpec,
  weights: NamedTensors,
  layout: Layout,
): DetectorInferenceGraphs {
  return {
    trunk: (shape) =>
      inferenceGraph(
        "detector's trunk",
        layout,
        weights,
        (context) => addTrunk(context, shape, spec),
      ),
    box: (rows) =>
      inferenceGraph(
        "detector's box head",
        "nchw",
        weights,
        (context) => addBoxHead(context, rows, spec),
      ),
    mask: (rows) =>
      inferenceGraph(
        "detector's mask head",
        "chwn",
        weights,
        (context) => addMaskHead(context, rows, spec),
      ),
  };
}
