/**
 * Measures a training step of semantic segmentation on ResNet-18.
 *
 * @module
 */

import { channelBlock } from "../../core/engine/channel_block.ts";
import type { HostTensor, SessionOptions } from "../../core/engine/session.ts";
import { ConfigError } from "../../core/errors.ts";
import { writeFileAtomic } from "../../core/files.ts";
import type { Layout } from "../../core/nn/layout.ts";
import { namedParts } from "../../core/nn/parameters.ts";
import { type WritableTensor, writeSafetensors } from "../../core/nn/safetensors.ts";
import { sgd } from "../../core/optim/optimizer.ts";
import { RandomStream } from "../../core/random.ts";
import type { Measurement } from "../../core/results/speed_result.ts";
import { Trainer } from "../../core/train/trainer.ts";
import { initialTrainingState } from "../../core/train/training_state.ts";
import { buildTrainingStep, type TrainingStep } from "../../core/train/training_step.ts";
import { students } from "../../students/registry.ts";
import { imagenetNormalization } from "../../students/student.ts";
import { segmentationLoss } from "../../tasks/segmentation/segmenter_graph.ts";
import type { SegmenterSpec } from "../../tasks/segmentation/spec.ts";
import type { SpeedCase } from "./cases.ts";
import { benchmarkSeed } from "./inputs.ts";
import type { OpenedSteps } from "./opened_steps.ts";
import { timeSteps } from "./time_steps.ts";
import { ownVersions } from "./training_step.ts";

/** Cityscapes' classes. */
const classes = 19;
/** Label of pixels that are ignored, the last of every twenty. */
const ignored = 255;
/** Settings of SGD; the learning rate is small, so that losses stay finite on made-up images. */
const settings = { learningRate: 0.001, momentum: 0.9, weightDecay: 5e-4 } as const;
const outputStride = 16;

/** Height and width of a case's images. */
function sizeOf({ imageSize, imageHeight = imageSize }: SpeedCase) {
  return { height: imageHeight, width: imageSize };
}

/** segmentation_models.pytorch's models: dilation of a stage's own, corners aligned, no dropout. */
function specOf({ model, head, imageSize }: SpeedCase): SegmenterSpec {
  if (head === undefined) throw new ConfigError("Cannot measure a segmenter without a head");
  const student = students.get(model!);
  return {
    backbone: {
      ...student,
      features: (context, images, options) =>
        student.build(context, images, { imageSize, stem: "standard", ...options }),
    },
    preprocess: imagenetNormalization,
    head,
    classes,
    dilation: { outputStride, firstDilation: "own" },
    alignCorners: head !== "fcn",
    dropout: 0,
  };
}

async function segmenterStep(speedCase: SpeedCase, layout: Layout): Promise<TrainingStep> {
  const spec = specOf(speedCase);
  const { height, width } = sizeOf(speedCase), { batchSize } = speedCase;
  const { momentum, weightDecay } = settings;
  return buildTrainingStep({
    name: speedCase.name,
    layout,
    optimizer: sgd({ momentum, weightDecay }),
    channelBlock: await channelBlock(),
    forward: (context) =>
      segmentationLoss(context, {
        images: context.graph.input("images", "uint8", [batchSize, 3, height, width]),
        labels: context.graph.input("labels", "uint8", [batchSize, height, width]),
      }, spec),
  });
}

/** Noise with labels of squares of 16 pixels. */
function segmenterFeeds(speedCase: SpeedCase): { images: HostTensor; labels: HostTensor } {
  const { height, width } = sizeOf(speedCase), { batchSize } = speedCase;
  const random = new RandomStream(benchmarkSeed, "speed", "segmentation");
  const images = Uint8Array.from(
    { length: batchSize * 3 * height * width },
    () => random.integer(256),
  );
  const labels = Uint8Array.from({ length: batchSize * height * width }, (_, place) => {
    const column = Math.floor(place % width / 16), row = Math.floor(place / width / 16);
    const drawn = (7 * column + 3 * row) % (classes + 1);
    return drawn === classes ? ignored : drawn;
  });
  return {
    images: { dtype: "uint8", shape: [batchSize, 3, height, width], data: images },
    labels: { dtype: "uint8", shape: [batchSize, height, width], data: labels },
  };
}

/** Loads the step of a case. */
export async function openSegmenterSteps(
  speedCase: SpeedCase,
  { layout, session }: { layout: Layout; session: SessionOptions },
): Promise<OpenedSteps> {
  const { threads = 1 } = session;
  const trainer = await Trainer.create(await segmenterStep(speedCase, layout), {
    seed: benchmarkSeed,
    session: { ...session, spinning: threads > 1 },
  });
  const feeds = { ...segmenterFeeds(speedCase) };
  return {
    step: async () => (await trainer.step(feeds, settings.learningRate)).loss,
    hostParts: {},
    release: () => trainer.release(),
  };
}

/** Measures the step of a case; the compared value is the loss. */
export async function measureSegmenter(
  speedCase: SpeedCase,
  options: { layout: Layout; session: SessionOptions },
): Promise<Measurement> {
  const { warmUp, steps, batchSize } = speedCase;
  const opened = await openSegmenterSteps(speedCase, options);
  const measurement = await timeSteps(
    { warmUp, steps, images: batchSize, versions: ownVersions },
    opened.step,
  );
  await opened.release();
  return measurement;
}

/**
 * Writes what a peer needs to do the same step, as safetensors: weights by the names of torchvision and
 * segmentation_models.pytorch, `input/images` [B, 3, H, W] (0 to 255) and `input/labels` [B, H, W].
 */
export async function writeSegmenterInputs(speedCase: SpeedCase, path: string): Promise<void> {
  const step = await segmenterStep(speedCase, "nchw");
  const { tensors } = initialTrainingState(step, benchmarkSeed);
  const named = new Map<string, WritableTensor>([
    ...namedParts(tensors["parameters"]!.data as Float32Array, step.spec.parameters),
    ...namedParts(tensors["buffers"]!.data as Float32Array, step.spec.buffers),
  ]);
  for (const [name, { shape, data }] of Object.entries(segmenterFeeds(speedCase))) {
    named.set(`input/${name}`, { shape, data: Float32Array.from(data as Uint8Array) });
  }
  const { head, model } = speedCase;
  const metadata = {
    settings: JSON.stringify({
      ...settings,
      head,
      encoder: model,
      classes,
      outputStride,
      ignored,
      ...imagenetNormalization,
    }),
  };
  await writeFileAtomic(path, writeSafetensors(named, { metadata }));
}
