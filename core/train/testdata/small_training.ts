/**
 * A small student's training for tests: MobileNetV2 at a quarter of its width, 32 pixels, batch 8,
 * with dropout and LGD's bank.
 *
 * @module
 */

import { floatTensor, type HostTensor } from "../../engine/session.ts";
import { buildDistillationStep } from "../../methods/distillation_step.ts";
import type { Backbone } from "../../methods/distillation_step.ts";
import { lgdSettings, prepareLgd } from "../../methods/lgd/lgd.ts";
import type { TrainingStep } from "../training_step.ts";
import type { ChooseAlgorithm } from "../../onnx/algorithm.ts";
import { sgd } from "../../optim/optimizer.ts";
import { RandomStream } from "../../random.ts";

/** Sizes of the training. */
export const smallSizes = { batch: 8, imageSize: 32, dimension: 16, classes: 6 } as const;

function unitRows(random: RandomStream, rows: number): Float32Array {
  const { dimension } = smallSizes;
  const data = new Float32Array(rows * dimension);
  for (let row = 0; row < rows; row++) {
    const values = Array.from({ length: dimension }, () => random.normal());
    const length = Math.hypot(...values);
    values.forEach((value, column) => data[row * dimension + column] = value / length);
  }
  return data;
}

/** The training step of a backbone, or of one of its replicas. */
export function smallTrainingStep(
  backbone: Backbone,
  { replicas = 1, chooseAlgorithm }: { replicas?: number; chooseAlgorithm?: ChooseAlgorithm } = {},
): TrainingStep {
  const { batch, imageSize, dimension, classes } = smallSizes;
  return buildDistillationStep({
    name: "small training",
    batchSize: batch,
    replicas,
    imageSize,
    backbone,
    method: prepareLgd({
      textBank: { data: unitRows(new RandomStream(1, "text"), classes), classes, dimension },
      settings: lgdSettings.parse({ temperatureTeacher: 0.05, bankMomentum: 0.9 }),
      seed: 2,
    }),
    optimizer: sgd({ weightDecay: 1e-4 }),
    chooseAlgorithm,
  });
}

/** The batch of a step, from 0. */
export function smallBatch(step: number): Record<string, HostTensor> {
  const { batch, imageSize, dimension } = smallSizes;
  const random = new RandomStream(3, "batch", step);
  const images = Uint8Array.from({ length: batch * 3 * imageSize ** 2 }, () => random.integer(256));
  return {
    images: { dtype: "uint8", shape: [3, imageSize, imageSize, batch], data: images },
    teacher: floatTensor(unitRows(random, batch), [batch, dimension]),
  };
}
