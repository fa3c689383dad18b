/**
 * Trains a segmenter on a student.
 *
 * @module
 */

import { channelBlock } from "../../core/engine/channel_block.ts";
import type { NamedTensors } from "../../core/nn/parameters.ts";
import { sgd } from "../../core/optim/optimizer.ts";
import { polynomialDecay } from "../../core/optim/schedule.ts";
import type { BatchSource } from "../../core/train/batch_source.ts";
import { buildTrainingStep, type TrainingStep } from "../../core/train/training_step.ts";
import type { TaskContext } from "../task.ts";
import { segmentationHeads, segmentationLoss } from "./segmenter_graph.ts";
import { lossOptionsOf } from "./segmenter_options.ts";
import type { SegmentationSettings } from "./settings.ts";
import type { SegmenterSpec } from "./spec.ts";

/** Images with the classes of their pixels. */
export interface LabelledCrops {
  /** [B, 3, height, width]. */
  readonly images: Uint8Array;
  /** [B, height, width]; 255 is ignored. */
  readonly labels: Uint8Array;
}

/** Batches of a training, the same for every number of workers. */
export interface LabelledCropBatches {
  readonly stepsPerEpoch: number;
  batch(step: number): Promise<LabelledCrops>;
  release(): Promise<void>;
}

/**
 * The step of a training: inputs `images` uint8 [B, 3, H, W] and `labels` uint8 [B, H, W].
 *
 * @throws {ConfigError} where settings and spec do not fit together.
 */
export async function buildSegmenterStep(
  spec: SegmenterSpec,
  settings: Pick<SegmentationSettings, "images" | "training">,
): Promise<TrainingStep> {
  const { images: { crop }, training } = settings;
  const { batchSize, momentum, weightDecay, headFactor, backboneFactor } = training;
  const { backbonePrefix } = segmentationHeads[spec.head];
  const loss = lossOptionsOf(settings, spec.classes);
  return buildTrainingStep({
    name: "segmenter",
    layout: "chwn",
    channelBlock: await channelBlock(),
    optimizer: sgd({ momentum, weightDecay }),
    groups: (name) =>
      !name.startsWith(backbonePrefix)
        ? { learningRateFactor: headFactor }
        : backboneFactor === 0
        ? { frozen: true }
        : { learningRateFactor: backboneFactor },
    forward: (context) => {
      const { height, width } = crop;
      return segmentationLoss(
        context,
        {
          images: context.graph.input("images", "uint8", [batchSize, 3, height, width]),
          labels: context.graph.input("labels", "uint8", [batchSize, height, width]),
        },
        spec,
        loss,
      );
    },
  });
}

/** Batches as the training loop reads them. */
function batchSource(
  batches: LabelledCropBatches,
  { images: { crop }, training: { batchSize } }: Pick<SegmentationSettings, "images" | "training">,
): BatchSource {
  const { height, width } = crop;
  return {
    stepsPerEpoch: batches.stepsPerEpoch,
    async batch(step) {
      const { images, labels } = await batches.batch(step);
      return [{
        images: { dtype: "uint8", shape: [batchSize, 3, height, width], data: images },
        labels: { dtype: "uint8", shape: [batchSize, height, width], data: labels },
      }];
    },
    release: () => batches.release(),
  };
}

/**
 * Trains a segmenter whose backbone begins as the student is, with fresh heads, by SGD at a rate that
 * falls along a polynomial.
 *
 * @param backbone Weights of the student.
 * @param batches Released at the end.
 * @returns All weights, by the names that the head's model has them.
 * @throws {ConfigError} where settings, student and data do not fit together.
 */
export async function trainSegmenter(
  context: Pick<TaskContext, "fit">,
  settings: Pick<SegmentationSettings, "images" | "training">,
  spec: SegmenterSpec,
  backbone: NamedTensors,
  batches: LabelledCropBatches,
): Promise<NamedTensors> {
  const { steps, learningRate, minimumRate, power } = settings.training;
  const { backbonePrefix } = segmentationHeads[spec.head];
  const { weights } = await context.fit("segmenter", {
    step: await buildSegmenterStep(spec, settings),
    batches: batchSource(batches, settings),
    steps,
    schedule: polynomialDecay({ peak: learningRate, minimum: minimumRate, power, steps }),
    initialWeights: new Map(
      [...backbone].map(([name, tensor]) => [`${backbonePrefix}${name}`, tensor]),
    ),
  });
  return weights;
}
