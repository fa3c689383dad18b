/**
 * The heads in training: graphs of a number of boxes.
 *
 * @module
 */

import { add } from "../../../core/onnx/build.ts";
import type { ParameterGroups } from "../../../core/train/parameter_groups.ts";
import type { TrainingGraphOptions } from "../../../core/train/training_graph.ts";
import { boxHead } from "./box_head.ts";
import { binaryCrossEntropy, pick, rowCrossEntropy, smoothL1, weightedSum } from "./losses.ts";
import { maskHead } from "./mask_head.ts";
import { boxSide, type DetectorSpec, maskPoolSide, maskSide } from "./spec.ts";

/** What the stage of a head is made of besides the detector. */
export interface HeadStageOptions {
  /** Boxes of a run; those beyond the real ones have weight 0. */
  readonly rows: number;
  readonly groups: ParameterGroups;
  readonly channelBlock?: number | undefined;
}

/** Names of the graphs' tensors at their border. */
export const headNames = {
  /** Pooled features of the boxes; their gradient is `gradient of/features`. */
  features: "features",
  /** Class of each box, 0 for the background: int64 [rows]. */
  labels: "labels",
  /** 1 / (boxes of all images), 0 beyond them: [rows]. */
  weights: "weights",
  /** Encoded boxes, of the labels' classes: [rows, 4]. */
  boxTargets: "box targets",
  /** Where in [rows, 4 · (classes + 1)] they are: int64 [rows, 4]. */
  boxPlaces: "box places",
  /** As the weights, 0 for the background too: [rows, 1]. */
  boxWeights: "box weights",
  /** Masks of the labels' classes: [rows, 28, 28]. */
  maskTargets: "mask targets",
} as const;

/** How the graph of the box head is built. Loss: classification and boxes. */
export function boxGraphOptions(
  spec: DetectorSpec,
  { rows, smoothL1Beta, ...options }: HeadStageOptions & { readonly smoothL1Beta: number },
): TrainingGraphOptions {
  return {
    name: `box head of ${rows} boxes`,
    layout: "nchw",
    ...options,
    forward(context) {
      const { graph } = context;
      const features = graph.input(headNames.features, "float32", [
        rows,
        spec.channels * boxSide ** 2,
      ]);
      const labels = graph.input(headNames.labels, "int64", [rows]);
      const { logits, deltas } = boxHead(context.scope("roi_heads."), features, spec);
      const classifier = weightedSum(
        graph,
        rowCrossEntropy(graph, logits, labels),
        graph.input(headNames.weights, "float32", [rows]),
      );
      const box = weightedSum(
        graph,
        smoothL1(
          graph,
          pick(graph, deltas, graph.input(headNames.boxPlaces, "int64", [rows, 4])),
          graph.input(headNames.boxTargets, "float32", [rows, 4]),
          smoothL1Beta,
        ),
        graph.input(headNames.boxWeights, "float32", [rows, 1]),
      );
      return {
        loss: add(graph, classifier, box),
        parts: { classifier, box },
        nextState: {},
        gradientsOf: { features },
      };
    },
  };
}

/** How the graph of the mask head is built. Loss: the masks. */
export function maskGraphOptions(
  spec: DetectorSpec,
  { rows, ...options }: HeadStageOptions,
): TrainingGraphOptions {
  return {
    name: `mask head of ${rows} boxes`,
    layout: "chwn",
    ...options,
    forward(context) {
      const { graph } = context;
      const features = graph.input(headNames.features, "float32", [
        rows,
        spec.channels,
        maskPoolSide,
        maskPoolSide,
      ]);
      const labels = graph.input(headNames.labels, "int64", [rows]);
      const logits = maskHead(context.scope("roi_heads."), features, labels, spec);
      const targets = graph.input(headNames.maskTargets, "float32", [rows, maskSide, maskSide]);
      const weights = graph.input(headNames.weights, "float32", [rows, 1, 1]);
      const mask = weightedSum(graph, binaryCrossEntropy(graph, logits, targets), weights);
      return { loss: mask, parts: { mask }, nextState: {}, gradientsOf: { features } };
    },
  };
}
