/**
 * Measures a training step of Mask R-CNN on ResNet-18, with the published heads and samples.
 *
 * @module
 */

import { channelBlock } from "../../core/engine/channel_block.ts";
import type { SessionOptions } from "../../core/engine/session.ts";
import { writeFileAtomic } from "../../core/files.ts";
import type { Layout } from "../../core/nn/layout.ts";
import { namedParts } from "../../core/nn/parameters.ts";
import { type WritableTensor, writeSafetensors } from "../../core/nn/safetensors.ts";
import { adamW } from "../../core/optim/optimizer.ts";
import { RandomStream } from "../../core/random.ts";
import type { Measurement } from "../../core/results/speed_result.ts";
import type { StagedTrainingStep } from "../../core/train/staged_step.ts";
import { Trainer } from "../../core/train/trainer.ts";
import { initialTrainingState } from "../../core/train/training_state.ts";
import type { DetectionBatch, DetectionTruth } from "../../core/vision/detection_batch.ts";
import { imagenetNormalization } from "../../students/student.ts";
import { buildDetectorStep } from "../../tasks/detection/mask_rcnn/detector_step.ts";
import { drawnTargets } from "../../tasks/detection/mask_rcnn/drawn_targets.ts";
import { detectionFeeds } from "../../tasks/detection/mask_rcnn/feeds.ts";
import type { DetectorSpec } from "../../tasks/detection/mask_rcnn/spec.ts";
import type { SpeedCase } from "./cases.ts";
import { benchmarkBackbone, benchmarkSeed } from "./inputs.ts";
import type { OpenedSteps } from "./opened_steps.ts";
import { timeSteps } from "./time_steps.ts";
import { ownVersions } from "./training_step.ts";

/** Objects of an image. */
const objects = 6;
const classes = 80;
/** Published settings; the learning rate is small, so that losses stay finite on made-up images. */
const settings = {
  learningRate: 1e-5,
  weightDecay: 1e-4,
  clipNorm: 0.1,
  candidates: 2000,
  proposals: 1000,
  boxSamples: 512,
} as const;

/** Parts of a step that the runtime computes; the others are the host's. */
const inSessions = new Set(["trunk forward", "box head", "mask head", "trunk backward"]);

/** Width and height of a case's images. */
function sizeOf({ imageSize, imageHeight = imageSize }: SpeedCase) {
  return { height: imageHeight, width: imageSize };
}

/** torchvision's Mask R-CNN: stem and first stage frozen, BatchNorm too. */
function specOf(speedCase: SpeedCase): DetectorSpec {
  return {
    backbone: benchmarkBackbone(speedCase),
    preprocess: imagenetNormalization,
    levels: ["c2", "c3", "c4", "c5"],
    poolLevel: true,
    classes,
    channels: 256,
    anchors: { sizes: [[32], [64], [128], [256], [512]], aspectRatios: [0.5, 1, 2] },
    boxHead: { hidden: 1024 },
    maskHead: { channels: 256, convolutions: 4 },
    batchNorm: { statistics: "frozen", trainAffine: false },
    frozen: (name) => /^(conv1|bn1|layer1)\./.test(name),
  };
}

/** The step of a case. */
export async function detectorStep(
  speedCase: SpeedCase,
  layout: Layout,
  onTime?: (part: string, milliseconds: number) => void,
): Promise<StagedTrainingStep> {
  return buildDetectorStep(specOf(speedCase), {
    optimizer: adamW({ weightDecay: settings.weightDecay }),
    targets: drawnTargets({
      anchors: { positiveIou: 0.7, negativeIou: 0.3, samples: 256, positiveShare: 0.5 },
      proposals: {
        candidates: settings.candidates,
        kept: settings.proposals,
        suppressionIou: 0.7,
      },
      regions: { positiveIou: 0.5, samples: settings.boxSamples, positiveShare: 0.25 },
    }),
    anchors: { samples: 256, positives: 128 },
    pooling: { samplingRatio: 2, aligned: false, canonicalSize: 224 },
    smoothL1Beta: 1 / 9,
    largest: { batch: speedCase.batchSize, ...sizeOf(speedCase) },
    layout,
    channelBlock: await channelBlock(),
    onTime,
  });
}

/** Ellipses on an image of noise. */
function makeScene(
  random: RandomStream,
  { height, width }: { height: number; width: number },
): { pixels: Uint8Array; truth: DetectionTruth } {
  const pixels = Uint8Array.from({ length: 3 * height * width }, () => random.integer(96));
  const boxes = new Float32Array(4 * objects), labels = new Uint32Array(objects);
  const masks = Array.from({ length: objects }, (_, object) => {
    const w = width * random.uniform(0.1, 0.5), h = height * random.uniform(0.1, 0.5);
    const x = (width - w) * random.uniform(), y = (height - h) * random.uniform();
    boxes.set([x, y, x + w, y + h], 4 * object);
    labels[object] = random.integer(classes);
    const colour = [0, 1, 2].map(() => 96 + random.integer(160));
    const mask = new Uint8Array(height * width);
    for (let row = Math.ceil(y); row < y + h; row++) {
      for (let column = Math.ceil(x); column < x + w; column++) {
        const fromCentre = ((column - x) / w * 2 - 1) ** 2 + ((row - y) / h * 2 - 1) ** 2;
        if (fromCentre > 1) continue;
        mask[row * width + column] = 1;
        colour.forEach((value, channel) =>
          pixels[(channel * height + row) * width + column] = value
        );
      }
    }
    return mask;
  });
  const crowd = new Uint8Array(objects);
  const truth = { boxes, labels, crowd, ids: [...crowd.keys()], mask: (at: number) => masks[at]! };
  return { pixels, truth };
}

/** The batch of a case. */
export function detectorBatch(speedCase: SpeedCase): DetectionBatch {
  const size = sizeOf(speedCase);
  const scenes = Array.from(
    { length: speedCase.batchSize },
    (_, image) => makeScene(new RandomStream(benchmarkSeed, "speed", "scene", image), size),
  );
  const plane = 3 * size.height * size.width;
  const images = new Uint8Array(scenes.length * plane);
  scenes.forEach(({ pixels }, image) => images.set(pixels, image * plane));
  const sizes = scenes.map(() => size);
  return {
    images,
    ...size,
    sizes,
    originals: sizes,
    mirrored: new Uint8Array(scenes.length),
    sampleIndices: Int32Array.from(scenes.keys()),
    truth: scenes.map(({ truth }) => truth),
  };
}

/**
 * Loads the step of a case.
 *
 * @param onTime Told how long each part of a step took, milliseconds: those of the host as `host: …`.
 */
export async function openDetectorSteps(
  speedCase: SpeedCase,
  { layout, session, onTime }: {
    layout: Layout;
    session: SessionOptions;
    onTime?: (part: string, milliseconds: number) => void;
  },
): Promise<OpenedSteps> {
  const hostParts: Record<string, number> = {};
  const step = await detectorStep(speedCase, layout, (part, milliseconds) => {
    if (!inSessions.has(part)) hostParts[part] = (hostParts[part] ?? 0) + milliseconds;
    onTime?.(inSessions.has(part) ? part : `host: ${part}`, milliseconds);
  });
  const { threads = 1 } = session;
  const trainer = await Trainer.create(step, {
    seed: benchmarkSeed,
    clipNorm: settings.clipNorm,
    session: { ...session, spinning: threads > 1 },
  });
  const feeds = detectionFeeds(detectorBatch(speedCase));
  return {
    step: async () => (await trainer.step(feeds, settings.learningRate)).loss,
    hostParts,
    release: () => trainer.release(),
  };
}

/** Measures the step; nothing can be compared, since proposals are sampled at random. */
export async function measureDetector(
  speedCase: SpeedCase,
  { layout, session }: { layout: Layout; session: SessionOptions },
): Promise<Measurement> {
  const { warmUp, steps, batchSize } = speedCase;
  const parts: Record<string, number> = {};
  let index = 0;
  const opened = await openDetectorSteps(speedCase, {
    layout,
    session,
    onTime: (part, milliseconds) => {
      if (index >= warmUp) parts[part] = (parts[part] ?? 0) + milliseconds / 1000 / steps;
    },
  });
  const measurement = await timeSteps(
    { warmUp, steps, images: batchSize, versions: ownVersions },
    async () => {
      const loss = await opened.step();
      index++;
      return loss;
    },
  );
  await opened.release();
  const sum = (numbers: readonly number[]) => numbers.reduce((total, value) => total + value, 0);
  const rest = sum(measurement.seconds) / steps - sum(Object.values(parts));
  return { ...measurement, parts: { ...parts, "host: update, feeds": Math.max(0, rest) } };
}

/**
 * Writes what a peer needs to do the same step, as safetensors: weights by torchvision's names, and for
 * each image b `input/boxes/b`, `input/labels/b` (from 1) and `input/masks/b`, beside `input/images`.
 */
export async function writeDetectorInputs(speedCase: SpeedCase, path: string): Promise<void> {
  const step = await detectorStep(speedCase, "nchw");
  const { spec } = step;
  const { tensors } = initialTrainingState(step, benchmarkSeed);
  const named = new Map<string, WritableTensor>([
    ...namedParts(tensors["parameters"]!.data as Float32Array, spec.parameters),
    ...namedParts(tensors["buffers"]!.data as Float32Array, spec.buffers),
  ]);
  const { images, truth, height, width } = detectorBatch(speedCase);
  const add = (name: string, shape: readonly number[], data: ArrayLike<number>) =>
    named.set(`input/${name}`, { shape, data: Float32Array.from(data) });
  add("images", [truth.length, 3, height, width], images);
  truth.forEach(({ boxes, labels, mask }, image) => {
    add(`boxes/${image}`, [objects, 4], boxes);
    add(`labels/${image}`, [objects], labels.map((label) => label + 1));
    const masks = new Float32Array(objects * height * width);
    for (let object = 0; object < objects; object++) {
      masks.set(mask(object), object * height * width);
    }
    add(`masks/${image}`, [objects, height, width], masks);
  });
  const { mean, std } = imagenetNormalization;
  await writeFileAtomic(
    path,
    writeSafetensors(named, {
      metadata: {
        settings: JSON.stringify({
          backbone: speedCase.model,
          classes,
          mean,
          std,
          preNmsTopN: settings.candidates,
          postNmsTopN: settings.proposals,
          boxSamples: settings.boxSamples,
          learningRate: settings.learningRate,
          weightDecay: settings.weightDecay,
          clipNorm: settings.clipNorm,
        }),
      },
    }),
  );
}
