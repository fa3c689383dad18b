/**
 * Measures our own training step, and its memory over many steps.
 *
 * @module
 */

import { channelBlock } from "../../core/engine/channel_block.ts";
import { floatTensor, runtimeVersion, type SessionOptions } from "../../core/engine/session.ts";
import { buildDistillationStep, imageBatchShape } from "../../core/methods/distillation_step.ts";
import type { Layout } from "../../core/nn/layout.ts";
import { sgd } from "../../core/optim/optimizer.ts";
import { RandomStream } from "../../core/random.ts";
import type { Measurement } from "../../core/results/speed_result.ts";
import { startTraining } from "../../core/train/replicas/start_training.ts";
import { Trainer } from "../../core/train/trainer.ts";
import { initialTrainingState } from "../../core/train/training_state.ts";
import { students } from "../../students/registry.ts";
import type { SpeedCase } from "./cases.ts";
import {
  benchmarkFeeds,
  benchmarkImages,
  benchmarkMethod,
  benchmarkSeed,
  benchmarkStep,
  benchmarkTeacher,
  learningRate,
} from "./inputs.ts";
import type { OpenedSteps } from "./opened_steps.ts";
import { timeSteps } from "./time_steps.ts";

/** Versions of our own side. */
export const ownVersions: Record<string, string> = {
  deno: Deno.version.deno,
  onnxruntime: runtimeVersion,
};

/** Loads the training step of a case, without replicas. */
export async function openTrainingSteps(
  speedCase: SpeedCase,
  { layout, session }: { layout: Layout; session: SessionOptions },
): Promise<OpenedSteps> {
  const trainer = await Trainer.create(await benchmarkStep(speedCase, layout), {
    seed: benchmarkSeed,
    session,
  });
  const feeds = {
    images: benchmarkImages(speedCase, layout),
    teacher: benchmarkTeacher(speedCase),
  };
  return {
    step: async () => (await trainer.step(feeds, learningRate)).loss,
    hostParts: {},
    release: () => trainer.release(),
  };
}

/** Measures the training step of a case; the compared value is the loss. */
export async function measureTraining(
  speedCase: SpeedCase,
  { layout, session }: { layout: Layout; session: SessionOptions },
): Promise<Measurement> {
  const step = await benchmarkStep(speedCase, layout);
  const { warmUp, steps, batchSize, replicas = 1 } = speedCase;
  const training = await startTraining(step, {
    seed: benchmarkSeed,
    replicas,
    threads: replicas > 1 ? 1 : session.threads ?? 1,
    state: initialTrainingState(step, benchmarkSeed),
  });
  const feeds = benchmarkFeeds(speedCase, layout);
  const measurement = await timeSteps(
    { warmUp, steps, images: batchSize, versions: ownVersions },
    async () => (await training.step(feeds, learningRate)).loss,
  );
  await training.release();
  return measurement;
}

/** Sizes of the student of size `mini`, on which memory is watched. */
const mini = { student: "resnet18", imageSize: 32, widthMultiplier: 0.1875, batchSize: 128 };

/** Name of the student on which memory is watched. */
export const longRunStudent = `${mini.student}, width ${mini.widthMultiplier}, ${mini.imageSize}²`;

/** Trains the mini student for many steps, each on a new batch, and reads memory on the way. */
export async function measureLongRun(
  { steps, layout, session }: { steps: number; layout: Layout; session: SessionOptions },
): Promise<Measurement> {
  const { imageSize, widthMultiplier, batchSize } = mini;
  const student = students.get(mini.student);
  const method = await benchmarkMethod();
  const { dimension } = method.head;
  const step = buildDistillationStep({
    name: "long run",
    batchSize,
    imageSize,
    backbone: {
      ...student,
      features: (context, images) => student.build(context, images, { imageSize, widthMultiplier }),
    },
    method,
    optimizer: sgd({ weightDecay: 1e-4 }),
    layout,
    channelBlock: await channelBlock(),
  });
  const trainer = await Trainer.create(step, { seed: benchmarkSeed, session });
  const shape = imageBatchShape(layout, batchSize, imageSize);
  const random = new RandomStream(benchmarkSeed, "speed", "long run");
  const teacher = floatTensor(
    method.initialState()["text"]!.data.slice(0, batchSize * dimension),
    [batchSize, dimension],
  );
  const measurement = await timeSteps(
    {
      warmUp: 2,
      steps,
      images: batchSize,
      versions: ownVersions,
      memoryInterval: Math.max(1, Math.floor(steps / 100)),
    },
    async () => {
      // New arrays at every step, as a loader makes them: what leaks would show.
      const data = new Uint8Array(batchSize * 3 * imageSize ** 2);
      const words = new Uint32Array(data.buffer);
      for (let index = 0; index < words.length; index++) words[index] = random.uint32();
      const report = await trainer.step(
        { images: { dtype: "uint8", shape, data }, teacher },
        learningRate,
      );
      return report.loss;
    },
  );
  await trainer.release();
  return measurement;
}
