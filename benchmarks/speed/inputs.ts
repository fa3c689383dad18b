/**
 * The same weights and the same batch for us and for peers.
 *
 * @module
 */

import { defaultMethod } from "../../core/methods/default_method.ts";
import { channelBlock } from "../../core/engine/channel_block.ts";
import { floatTensor, type HostTensor } from "../../core/engine/session.ts";
import { writeFileAtomic } from "../../core/files.ts";
import {
  type Backbone,
  buildDistillationStep,
  imageBatchShape,
} from "../../core/methods/distillation_step.ts";
import type { PreparedMethod } from "../../core/methods/method.ts";
import { methods } from "../../core/methods/registry.ts";
import type { TrainingStep } from "../../core/train/training_step.ts";
import type { Layout } from "../../core/nn/layout.ts";
import { namedParts } from "../../core/nn/parameters.ts";
import { type WritableTensor, writeSafetensors } from "../../core/nn/safetensors.ts";
import { sgd } from "../../core/optim/optimizer.ts";
import { RandomStream } from "../../core/random.ts";
import { dropoutMasks } from "../../core/train/trainer.ts";
import { initialTrainingState } from "../../core/train/training_state.ts";
import { students } from "../../students/registry.ts";
import type { SpeedCase } from "./cases.ts";

/** Seed of weights, masks and batches. */
export const benchmarkSeed = 0;
/** Learning rate of the measured steps: small, so that losses stay finite on random batches. */
export const learningRate = 0.01;
/** Classes of the textual and the visual bank. */
const anchors = 1000;
/** Length of the embeddings: CLIP RN50's. */
const dimension = 1024;
/** The method whose step is measured: the one that has peers. */
const measuredMethod = defaultMethod;
/** Its published settings. */
const temperatures = { student: 0.2, teacher: 0.01 };
const bankMomentum = 0.999;
/** The published settings of SGD (SEED and LGD official code). */
export const optimizerSettings = { momentum: 0.9, weightDecay: 1e-4 };

/** Rows of Gaussian noise of unit length, [rows, columns], drawn by name. */
export function anchorRows(rows: number, columns: number, name: string): Float32Array {
  const random = new RandomStream(benchmarkSeed, "speed", name);
  const matrix = Float32Array.from({ length: rows * columns }, () => random.normal());
  for (let row = 0; row < rows; row++) {
    const vector = matrix.subarray(row * columns, (row + 1) * columns);
    const norm = Math.hypot(...vector);
    vector.forEach((value, column) => vector[column] = value / norm);
  }
  return matrix;
}

/**
 * Random bytes that vary slowly over an image, [B, 3, H, W]: a coarse grid of 8 × 8, so that
 * features differ between images as those of photographs do.
 */
function imageBytes({ batchSize, imageSize }: SpeedCase): Uint8Array {
  const random = new RandomStream(benchmarkSeed, "speed", "images");
  const bytes = new Uint8Array(batchSize * 3 * imageSize * imageSize);
  const grid = new Uint8Array(64);
  for (let plane = 0; plane < batchSize * 3; plane++) {
    grid.forEach((_, cell) => grid[cell] = random.integer(224));
    for (let pixel = 0; pixel < imageSize * imageSize; pixel++) {
      const row = Math.floor(Math.floor(pixel / imageSize) * 8 / imageSize);
      const column = Math.floor((pixel % imageSize) * 8 / imageSize);
      bytes[plane * imageSize * imageSize + pixel] = grid[row * 8 + column]! + random.integer(32);
    }
  }
  return bytes;
}

/** Bytes [B, 3, H, W] in the order of a layout. */
function arrange(bytes: Uint8Array, batch: number, layout: Layout): Uint8Array {
  if (layout === "nchw") return bytes;
  const plane = bytes.length / batch;
  const arranged = new Uint8Array(bytes.length);
  for (let image = 0; image < batch; image++) {
    for (let index = 0; index < plane; index++) {
      arranged[index * batch + image] = bytes[image * plane + index]!;
    }
  }
  return arranged;
}

/** Full-size, with torchvision's stem, and without dropout before the head. */
export function benchmarkBackbone({ model, imageSize }: SpeedCase): Backbone {
  const student = students.get(model!);
  return {
    headName: student.headName,
    headDropout: 0,
    preprocess: student.preprocess,
    features: (context, images) =>
      student.build(context, images, { imageSize, widthMultiplier: 1, stem: "standard" }),
  };
}

/** The measured method with a textual bank of random unit vectors. */
export async function benchmarkMethod(): Promise<PreparedMethod> {
  const method = methods.get(measuredMethod);
  return await method.prepare({
    settings: method.settings.parse({
      temperatureStudent: temperatures.student,
      temperatureTeacher: temperatures.teacher,
      bankMomentum,
    }),
    seed: benchmarkSeed,
    batchSize: 1,
    stepsPerEpoch: 1,
    classes: anchors,
    teacher: {
      name: "noise",
      dimension,
      encodeText: (texts) => Promise.resolve(anchorRows(texts.length, dimension, "text")),
    },
    text: {
      classNames: Array.from({ length: anchors }, (_, name) => `${name}`),
      templates: ["{}"],
    },
    onWarning: () => {},
  });
}

/** The training step of a case. */
export async function benchmarkStep(
  speedCase: SpeedCase,
  layout: Layout,
): Promise<TrainingStep> {
  return buildDistillationStep({
    name: speedCase.name,
    batchSize: speedCase.batchSize,
    imageSize: speedCase.imageSize,
    backbone: benchmarkBackbone(speedCase),
    method: await benchmarkMethod(),
    optimizer: sgd(optimizerSettings),
    layout,
    replicas: speedCase.replicas ?? 1,
    channelBlock: await channelBlock(),
  });
}

/** The images of a case as a graph reads them. */
export function benchmarkImages(speedCase: SpeedCase, layout: Layout): HostTensor {
  const { batchSize, imageSize } = speedCase;
  return {
    dtype: "uint8",
    shape: imageBatchShape(layout, batchSize, imageSize),
    data: arrange(imageBytes(speedCase), batchSize, layout),
  };
}

/** The teacher's embeddings of a batch, [B, D]. */
export function benchmarkTeacher({ batchSize }: SpeedCase): HostTensor {
  return floatTensor(anchorRows(batchSize, dimension, "teacher"), [batchSize, dimension]);
}

/** What each replica of the step is fed; one record where there are no replicas. */
export function benchmarkFeeds(
  speedCase: SpeedCase,
  layout: Layout,
): Record<string, HostTensor>[] {
  const { batchSize, imageSize, replicas = 1 } = speedCase;
  const part = batchSize / replicas;
  const bytes = imageBytes(speedCase);
  const teacher = benchmarkTeacher(speedCase);
  const pixels = bytes.length / replicas, numbers = teacher.data.length / replicas;
  return Array.from({ length: replicas }, (_, replica) => ({
    images: {
      dtype: "uint8" as const,
      shape: imageBatchShape(layout, part, imageSize),
      data: arrange(bytes.subarray(replica * pixels, (replica + 1) * pixels), part, layout),
    },
    teacher: floatTensor(
      (teacher.data as Float32Array).slice(replica * numbers, (replica + 1) * numbers),
      [part, dimension],
    ),
    ...(replicas > 1 ? { teacher_batch: teacher } : {}),
  }));
}

/** Masks of the first step, those of the replicas one after the other, [B, …]. */
function firstMasks(speedCase: SpeedCase, step: TrainingStep): Map<string, HostTensor> {
  const { replicas = 1 } = speedCase;
  const masks = new Map<string, HostTensor>();
  for (let replica = 0; replica < replicas; replica++) {
    for (const [name, mask] of Object.entries(dropoutMasks(step, benchmarkSeed, 0, replica))) {
      const before = masks.get(name);
      const data = [...before?.data as Float32Array ?? [], ...mask.data as Float32Array];
      const [first = 0] = before?.shape ?? [];
      const shape = [first + mask.shape[0]!, ...mask.shape.slice(1)];
      masks.set(name, floatTensor(Float32Array.from(data), shape));
    }
  }
  return masks;
}

/**
 * Writes what a peer needs to do the same step, as safetensors: parameters and buffers by
 * torchvision's names, `input/images` [B, 3, H, W] (0 to 255), `input/teacher`, the method's state
 * as `state/<name>`, the first step's `dropout/<name>` as [B, …].
 */
export async function writePeerInputs(speedCase: SpeedCase, path: string): Promise<void> {
  const step = await benchmarkStep(speedCase, "nchw");
  const { tensors } = initialTrainingState(step, benchmarkSeed);
  const named = new Map<string, WritableTensor>();
  const addFloats = (name: string, { shape, data }: HostTensor) =>
    named.set(name, { shape, data: data as Float32Array });
  const { parameters, buffers } = step.spec;
  for (const [kind, specs] of Object.entries({ parameters, buffers })) {
    const flat = tensors[kind];
    if (!flat) continue;
    for (const [name, tensor] of namedParts(flat.data as Float32Array, specs)) {
      named.set(name, tensor);
    }
  }
  for (const [name, tensor] of Object.entries(tensors)) {
    if (name.startsWith("state/")) addFloats(name, tensor);
  }
  firstMasks(speedCase, step).forEach((tensor, name) => addFloats(name, tensor));
  const images = benchmarkImages(speedCase, "nchw");
  addFloats("input/images", { ...images, data: Float32Array.from(images.data as Uint8Array) });
  addFloats("input/teacher", benchmarkTeacher(speedCase));
  const { mean, std } = students.get(speedCase.model!).preprocess;
  await writeFileAtomic(
    path,
    writeSafetensors(named, {
      metadata: {
        settings: JSON.stringify({
          ...optimizerSettings,
          learningRate,
          temperatures,
          bankMomentum,
          mean,
          std,
          headName: benchmarkBackbone(speedCase).headName,
        }),
      },
    }),
  );
}
