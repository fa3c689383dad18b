/**
 * Trains a detector on a student.
 *
 * @module
 */

import type { InstancesAnnotation } from "../../core/data/annotation.ts";
import { trainSplit } from "../../core/data/dataset.ts";
import { channelBlock } from "../../core/engine/channel_block.ts";
import type { NamedTensors } from "../../core/nn/parameters.ts";
import { adamW } from "../../core/optim/optimizer.ts";
import { warmupStepDecay } from "../../core/optim/schedule.ts";
import type { BatchSource } from "../../core/train/batch_source.ts";
import { openDetectionBatches } from "../../core/vision/batches/training_batches.ts";
import type { DetectionBatches } from "../../core/vision/batches/training_batches.ts";
import type { TaskContext } from "../task.ts";
import { poolingOf, targetsOf, trainingBatchesOf } from "./detection_options.ts";
import { buildDetectorStep } from "./mask_rcnn/detector_step.ts";
import { drawnTargets } from "./mask_rcnn/drawn_targets.ts";
import { detectionFeeds } from "./mask_rcnn/feeds.ts";
import { backbonePrefix, type DetectorSpec } from "./mask_rcnn/spec.ts";
import type { DetectionSettings } from "./settings.ts";

/** A trained detector. */
export interface TrainedDetector {
  /** Weights by torchvision's names. */
  readonly weights: NamedTensors;
  readonly steps: number;
}

/** Steps of a training; at least one. */
export function detectionSteps(
  { training }: Pick<DetectionSettings, "training">,
  stepsPerEpoch: number,
): number {
  return Math.max(1, Math.round(training.epochs * stepsPerEpoch));
}

/** The largest padded shape of a training, for the estimate of memory. */
function largestShape({ images, training }: DetectionSettings) {
  const pad = (side: number) => Math.ceil(side / images.divisor) * images.divisor;
  const short = pad(Math.max(...images.shortSides));
  return { batch: training.batchSize, height: short, width: pad(images.longSide) };
}

/** Batches as the training loop reads them. */
function batchSource(batches: DetectionBatches): BatchSource {
  return {
    stepsPerEpoch: batches.stepsPerEpoch,
    batch: async (step) => [detectionFeeds(await batches.batch(step))],
    release: () => batches.release(),
  };
}

/**
 * Trains a detector whose backbone begins as the student is, with fresh heads.
 *
 * @throws {ConfigError} where settings, student and data do not fit together.
 */
export async function trainDetector(
  context: TaskContext<InstancesAnnotation, DetectionSettings>,
  spec: DetectorSpec,
  backbone: NamedTensors,
): Promise<TrainedDetector> {
  const { dataset, settings, seed } = context;
  const { training, proposals } = settings;
  const split = trainSplit(dataset);
  const batches = await openDetectionBatches(dataset, split, trainingBatchesOf(settings, seed));
  const steps = detectionSteps(settings, batches.stepsPerEpoch);
  const { weights } = await context.fit("detector", {
    step: buildDetectorStep(spec, {
      optimizer: adamW({ weightDecay: training.weightDecay }),
      groups: (name) =>
        name.startsWith(backbonePrefix) ? { learningRateFactor: training.backboneFactor } : {},
      targets: drawnTargets(targetsOf(settings)),
      anchors: {
        samples: proposals.samples,
        positives: Math.floor(proposals.samples * proposals.positiveShare),
      },
      pooling: poolingOf(settings),
      smoothL1Beta: training.smoothL1Beta,
      largest: largestShape(settings),
      channelBlock: await channelBlock(),
    }),
    batches: batchSource(batches),
    steps,
    schedule: warmupStepDecay({
      peak: training.learningRate,
      warmupSteps: training.warmupSteps,
      warmupFactor: training.warmupFactor,
      milestones: training.milestones.map((epoch) => Math.round(epoch * batches.stepsPerEpoch)),
      gamma: training.gamma,
    }),
    clipNorm: training.clipNorm,
    initialWeights: new Map(
      [...backbone].map(([name, tensor]) => [`${backbonePrefix}${name}`, tensor]),
    ),
  });
  const { skipped, hash } = batches;
  const { length: listed } = await dataset.samples(split);
  const damaged = skipped.filter(({ stage }) => stage === "decoding").length;
  await context.countImages(split, { used: listed - damaged, skipped, hash });
  return { weights, steps };
}
