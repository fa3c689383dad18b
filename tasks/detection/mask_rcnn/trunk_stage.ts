/**
 * The trunk in training: its graph, cut where the host finds out what the heads make of the levels.
 *
 * @module
 */

import { givenGradients } from "../../../core/autodiff/given_gradients.ts";
import type { Layout } from "../../../core/nn/layout.ts";
import { add } from "../../../core/onnx/build.ts";
import { computeAgain } from "../../../core/onnx/passes/compute_again.ts";
import { type CutGraph, cutGraph } from "../../../core/onnx/passes/cut_graph.ts";
import type { ParameterGroups } from "../../../core/train/parameter_groups.ts";
import {
  buildTrainingGraph,
  type TrainingGraphOptions,
} from "../../../core/train/training_graph.ts";
import { binaryCrossEntropy, pick, smoothL1, weightedSum } from "./losses.ts";
import type { DetectorSpec } from "./spec.ts";
import { detectorTrunk } from "./trunk.ts";

/** Shape of a padded batch. */
export interface BatchShape {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
}

/** What the stage of the trunk is made of besides the detector. */
export interface TrunkStageOptions extends BatchShape {
  readonly layout: Layout;
  /** Anchors that are sampled, at most, of all images together; half of them may hold objects. */
  readonly samples: number;
  readonly positives: number;
  /** Of the box loss. */
  readonly smoothL1Beta: number;
  readonly groups: ParameterGroups;
  readonly channelBlock?: number | undefined;
}

/** Names of the graph's tensors at its border. */
export const trunkNames = {
  level: (index: number) => `level/${index}`,
  levelGradient: (index: number) => `level/${index}/gradient`,
  objectness: "objectness",
  deltas: "deltas",
  /** Of all anchors of the batch, image by image: int64 [samples]. */
  anchors: "anchors/sampled",
  /** 1 where the anchor holds an object: [samples]. */
  anchorTargets: "anchors/target",
  /** 1 / (sampled anchors of all images), 0 beyond them: [samples]. */
  anchorWeights: "anchors/weight",
  /** Indices into the deltas: int64 [positives, 4]. */
  boxes: "anchors/boxes",
  /** Encoded boxes: [positives, 4]. */
  boxTargets: "anchors/box target",
  /** [positives, 1]. */
  boxWeights: "anchors/box weight",
} as const;

/** How the graph of the trunk is built. */
export function trunkGraphOptions(
  spec: DetectorSpec,
  options: TrunkStageOptions,
): TrainingGraphOptions {
  const { batch, height, width, layout, samples, positives, smoothL1Beta } = options;
  return {
    name: `trunk of ${batch} images of ${height}×${width}`,
    layout,
    groups: options.groups,
    channelBlock: options.channelBlock,
    forward(context) {
      const { graph } = context;
      const trunk = detectorTrunk(context, {
        images: graph.input("images", "uint8", [batch, 3, height, width]),
        sizes: graph.input("sizes", "float32", [batch, 2]),
      }, spec);
      const input = (name: string, shape: readonly number[]) => graph.input(name, "float32", shape);
      const objectness = weightedSum(
        graph,
        binaryCrossEntropy(
          graph,
          pick(graph, trunk.objectness, graph.input(trunkNames.anchors, "int64", [samples])),
          input(trunkNames.anchorTargets, [samples]),
        ),
        input(trunkNames.anchorWeights, [samples]),
      );
      const box = weightedSum(
        graph,
        smoothL1(
          graph,
          pick(graph, trunk.deltas, graph.input(trunkNames.boxes, "int64", [positives, 4])),
          input(trunkNames.boxTargets, [positives, 4]),
          smoothL1Beta,
        ),
        input(trunkNames.boxWeights, [positives, 1]),
      );
      const pooled = trunk.levels.slice(0, spec.levels.length);
      const given = pooled.map(({ shape }, index) => input(trunkNames.levelGradient(index), shape));
      const own = add(graph, objectness, box);
      return {
        loss: add(graph, own, givenGradients(graph, pooled, given)),
        parts: { objectness, rpn_box: box },
        nextState: {},
        outputs: {
          [trunkNames.objectness]: trunk.objectness,
          [trunkNames.deltas]: trunk.deltas,
          ...Object.fromEntries(
            pooled.map((level, index) => [trunkNames.level(index), level]),
          ),
        },
      };
    },
  };
}

/** Bytes above which a part of the trunk computes again what it would keep. */
const enoughBytes = 2 ** 29;

/** Builds the trunk's graph and cuts it by the gradients of the levels. */
export function buildTrunkStage(spec: DetectorSpec, options: TrunkStageOptions): CutGraph {
  const { graph } = buildTrainingGraph(trunkGraphOptions(spec, options));
  const cut = cutGraph(graph, spec.levels.map((_, index) => trunkNames.levelGradient(index)));
  return {
    ...cut,
    early: computeAgain(cut.early, enoughBytes),
    late: computeAgain(cut.late, enoughBytes),
  };
}
