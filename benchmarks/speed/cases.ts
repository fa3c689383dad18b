/**
 * What the speed benchmarks measure.
 *
 * @module
 */

import { ConfigError } from "../../core/errors.ts";
import { nearestNames } from "../../core/registry.ts";
import { compileGlob } from "../../core/recipe/glob.ts";
import type { HeadName } from "../../tasks/segmentation/spec.ts";

/** Whom a case is measured beside. */
export type PeerName =
  | "pytorch"
  | "pytorch-epoch"
  | "torchvision-pipeline"
  | "torchvision-detector"
  | "pytorch-segmenter"
  | "tensorflow-js";

/** One thing that is measured. */
export interface SpeedCase {
  /** Name on the command line. */
  readonly name: string;
  /** Name in tables. */
  readonly title: string;
  /**
   * - `training`: a step of LGD: forward, loss with 1,000 anchors, gradients, SGD, banks.
   * - `epoch`: photographs in, a training with kept teacher embeddings, weights out.
   * - `evaluation`: embeddings of a batch by a student with running statistics.
   * - `teacher`: embeddings of a batch by a teacher.
   * - `pipeline`: augmented views of encoded photographs.
   * - `detector`: a step of Mask R-CNN: forward, proposals, sampled regions, gradients, AdamW.
   * - `segmenter`: a step of semantic segmentation: forward, loss of every pixel, gradients, SGD.
   * - `convolution`: a step of a network of two convolutions, small enough for TensorFlow.js.
   */
  readonly kind:
    | "training"
    | "epoch"
    | "evaluation"
    | "teacher"
    | "pipeline"
    | "detector"
    | "segmenter"
    | "convolution";
  /** A student's or a teacher's name; none where the kind says it all. */
  readonly model?: string;
  /** What stands on the student, for a segmenter. */
  readonly head?: HeadName;
  /** Side of the images, pixels; their width where they have a height of their own. */
  readonly imageSize: number;
  /** Height of the images. @default {imageSize} */
  readonly imageHeight?: number;
  /** Images of a step. */
  readonly batchSize: number;
  /** Parts of a batch, a thread for each; such a case is measured at this number of threads only. */
  readonly replicas?: number;
  /** Steps before the clock starts: caches fill, memory is taken from the system. */
  readonly warmUp: number;
  /** Timed steps of one process. */
  readonly steps: number;
  /** The same for the peer, where it is far slower. */
  readonly peerSteps?: { readonly warmUp: number; readonly steps: number };
  /** Whom it is measured beside, and the largest accepted ratio of time, ours / peer. */
  readonly peer?: { readonly name: PeerName; readonly targetRatio: number | null };
  /** Largest relative difference of the compared value; null where nothing can be compared. */
  readonly tolerance: number | null;
}

function trainingCase(
  name: string,
  options: Pick<SpeedCase, "title" | "imageSize" | "batchSize"> & {
    model: string;
    targetRatio: number;
  },
): SpeedCase {
  const { targetRatio, ...rest } = options;
  return {
    name,
    kind: "training",
    ...rest,
    warmUp: 2,
    steps: 3,
    peer: { name: "pytorch", targetRatio },
    tolerance: 1e-5,
  };
}

/** The same step with its batch over two replicas. */
function inReplicas(speedCase: SpeedCase): SpeedCase[] {
  const replicas = 2;
  return [speedCase, {
    ...speedCase,
    name: `${speedCase.name}-replicas`,
    title: `${speedCase.title}, ${replicas} replicas`,
    replicas,
  }];
}

/** Every case, in the order of tables. */
export const speedCases: readonly SpeedCase[] = [
  ...[
    trainingCase("resnet18-224", {
      title: "ResNet-18, 224², batch 16",
      model: "resnet18",
      imageSize: 224,
      batchSize: 16,
      targetRatio: 1,
    }),
    trainingCase("resnet18-64", {
      title: "ResNet-18, 64², batch 64",
      model: "resnet18",
      imageSize: 64,
      batchSize: 64,
      targetRatio: 1,
    }),
    trainingCase("mobilenet_v2-224", {
      title: "MobileNetV2, 224², batch 16",
      model: "mobilenet_v2",
      imageSize: 224,
      batchSize: 16,
      targetRatio: 1.2,
    }),
    trainingCase("efficientnet_b0-224", {
      title: "EfficientNet-B0, 224², batch 8",
      model: "efficientnet_b0",
      imageSize: 224,
      batchSize: 8,
      targetRatio: 1.2,
    }),
  ].flatMap(inReplicas),
  {
    name: "epoch-resnet18-224",
    title: "Epoch with kept embeddings, ResNet-18, 224², batch 16",
    kind: "epoch",
    model: "resnet18",
    imageSize: 224,
    batchSize: 16,
    warmUp: 1,
    steps: 2,
    peer: { name: "pytorch-epoch", targetRatio: 0.6 },
    tolerance: null,
  },
  {
    name: "evaluation-resnet18-224",
    title: "Evaluation, ResNet-18, 224², batch 16",
    kind: "evaluation",
    model: "resnet18",
    imageSize: 224,
    batchSize: 16,
    warmUp: 2,
    steps: 5,
    peer: { name: "pytorch", targetRatio: null },
    tolerance: 1e-5,
  },
  {
    name: "teacher-emoji-clip",
    title: "Teacher embeddings, emoji-clip",
    kind: "teacher",
    model: "emoji-clip",
    imageSize: 32,
    batchSize: 128,
    warmUp: 2,
    steps: 20,
    tolerance: null,
  },
  {
    name: "pipeline-224",
    title: "Augmented views, 500×375 JPEG to 224²",
    kind: "pipeline",
    imageSize: 224,
    batchSize: 64,
    warmUp: 1,
    steps: 4,
    peer: { name: "torchvision-pipeline", targetRatio: 0.5 },
    tolerance: null,
  },
  {
    name: "detector-128",
    title: "Mask R-CNN, ResNet-18, 128², batch 8",
    kind: "detector",
    model: "resnet18",
    imageSize: 128,
    batchSize: 8,
    warmUp: 2,
    steps: 3,
    peer: { name: "torchvision-detector", targetRatio: 1 },
    tolerance: null,
  },
  {
    name: "detector-800",
    title: "Mask R-CNN, ResNet-18, 800×1344, batch 2",
    kind: "detector",
    model: "resnet18",
    imageSize: 1344,
    imageHeight: 800,
    batchSize: 2,
    warmUp: 1,
    steps: 2,
    peer: { name: "torchvision-detector", targetRatio: 1 },
    tolerance: null,
  },
  ...([
    ["fcn", "FCN", "fcn"],
    ["deeplab", "DeepLabV3+", "deeplab_v3_plus"],
  ] as const).flatMap(([short, title, head]): SpeedCase[] => [
    {
      name: `${short}-192`,
      title: `${title}, ResNet-18, 96×192, batch 16`,
      kind: "segmenter",
      model: "resnet18",
      head,
      imageSize: 192,
      imageHeight: 96,
      batchSize: 16,
      warmUp: 2,
      steps: 3,
      peer: { name: "pytorch-segmenter", targetRatio: 1 },
      tolerance: 1e-4,
    },
    {
      name: `${short}-1024`,
      title: `${title}, ResNet-18, 512×1024, batch 2`,
      kind: "segmenter",
      model: "resnet18",
      head,
      imageSize: 1024,
      imageHeight: 512,
      batchSize: 2,
      warmUp: 1,
      steps: 2,
      peer: { name: "pytorch-segmenter", targetRatio: 1 },
      tolerance: 1e-4,
    },
  ]),
  {
    name: "convolution-32",
    title: "Two convolutions, 32², batch 32",
    kind: "convolution",
    imageSize: 32,
    batchSize: 32,
    warmUp: 5,
    steps: 50,
    peerSteps: { warmUp: 1, steps: 1 },
    peer: { name: "tensorflow-js", targetRatio: 0.1 },
    tolerance: 1e-5,
  },
];

/**
 * The cases that a glob fits (`*`, `?`, `{a,b}`).
 *
 * @throws {ConfigError} where none does.
 */
export function chooseCases(glob: string): SpeedCase[] {
  const fits = compileGlob(glob);
  const chosen = speedCases.filter(({ name }) => fits(name));
  if (chosen.length > 0) return chosen;
  const names = speedCases.map(({ name }) => name);
  const near = nearestNames(glob, names);
  throw new ConfigError(
    `No benchmark is called ${glob}. ` +
      (near.length > 0 ? `Did you mean ${near.join(" or ")}? ` : "") +
      `Available: ${names.join(", ")}`,
  );
}

/** @throws {ConfigError} where there is no such case, with the nearest names. */
export function getCase(name: string): SpeedCase {
  return speedCases.find((speedCase) => speedCase.name === name) ?? chooseCases(name)[0]!;
}
