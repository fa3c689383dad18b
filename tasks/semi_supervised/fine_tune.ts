/**
 * Fine-tuning: the whole student trained with a new last layer, and classification by it.
 *
 * @module
 */

import { type BatchLayout, fillBatch } from "../../core/data/batches.ts";
import type { ViewSet } from "../../core/data/views/view_set.ts";
import { channelBlock } from "../../core/engine/channel_block.ts";
import { type HostTensor, Session } from "../../core/engine/session.ts";
import type { Backbone } from "../../core/methods/backbone.ts";
import { labelCrossEntropy } from "../../core/methods/cross_entropy.ts";
import { bindConstants } from "../../core/methods/student_inference.ts";
import { constantInitializer, normalInitializer } from "../../core/nn/initializers.ts";
import { imageBatchShape } from "../../core/nn/layout.ts";
import { linear, normalizeImages } from "../../core/nn/layers.ts";
import { ModuleContext } from "../../core/nn/module_context.ts";
import type { NamedTensors } from "../../core/nn/parameters.ts";
import { Graph, type Value } from "../../core/onnx/graph.ts";
import { sgd } from "../../core/optim/optimizer.ts";
import { stepDecay } from "../../core/optim/schedule.ts";
import { epochPermutations } from "../epoch_rows.ts";
import { encodeViews } from "../../core/train/embed_views.ts";
import type { BatchSource } from "../../core/train/fit.ts";
import { buildTrainingStep } from "../../core/train/training_step.ts";
import type { MeasuredBackbone, TaskContext } from "../task.ts";
import type { FineTuningSettings } from "./settings.ts";

/** Name of the new last layer; no backbone has parameters with this prefix. */
const headName = "classifier_head";
const layout: BatchLayout = "chwn";
/** Images that are classified at once. */
const testBatch = 128;

/** Batch and steps for so many labelled views: the whole set where it is smaller than a batch. */
export function fineTuningLength(
  { batchSize, epochs }: Pick<FineTuningSettings, "batchSize" | "epochs">,
  labelled: number,
): { batchSize: number; stepsPerEpoch: number; steps: number } {
  // BatchNorm needs two images: a single labelled view is taken twice.
  const batch = Math.max(2, Math.min(batchSize, labelled));
  const stepsPerEpoch = Math.max(1, Math.floor(labelled / batch));
  return { batchSize: batch, stepsPerEpoch, steps: Math.round(epochs * stepsPerEpoch) };
}

/** Logits [B, K] of a batch of bytes. */
function classify(
  context: ModuleContext,
  architecture: Backbone,
  images: Value,
  { classes, statistics }: { classes: number; statistics: "batch" | "frozen" },
): Value {
  const normalized = normalizeImages(context, images, architecture.preprocess);
  const { pooled } = architecture.features(context.scope("", { statistics }), normalized);
  return linear(context, headName, pooled, classes, {
    weight: normalInitializer(0.01),
    bias: constantInitializer(0),
  });
}

/** Batches of labelled views, in an order of its own for each epoch. */
function imageBatches(
  { views, labels, rows }: { views: ViewSet; labels: ArrayLike<number>; rows: Uint32Array },
  { batchSize, stepsPerEpoch, seed }: { batchSize: number; stepsPerEpoch: number; seed: number },
): BatchSource {
  const pixels = new Uint8Array(3 * views.imageSize ** 2 * batchSize);
  const targets = new BigInt64Array(batchSize);
  const shape = imageBatchShape(layout, batchSize, views.imageSize);
  const feeds: Record<string, HostTensor> = {
    images: { dtype: "uint8", shape, data: pixels },
    labels: { dtype: "int64", shape: [batchSize], data: targets },
  };
  const chosen = new Uint32Array(batchSize);
  const orderOf = epochPermutations({ count: rows.length, seed, stream: "fine-tuning" });
  return {
    stepsPerEpoch,
    batch(step) {
      const epoch = Math.floor(step / stepsPerEpoch), place = step % stepsPerEpoch;
      const order = orderOf(epoch);
      for (let index = 0; index < batchSize; index++) {
        chosen[index] = rows[order[(place * batchSize + index) % rows.length]!]!;
        targets[index] = BigInt(labels[chosen[index]!]!);
      }
      fillBatch(views, chosen, pixels, layout);
      return [feeds];
    },
  };
}

/**
 * Trains backbone and a new last layer (weight N(0, 0.01), bias 0) by SGD: two learning rates, both
 * multiplied at the milestones, without warm-up.
 *
 * @param data.rows The views that have a label.
 * @returns The weights of the whole student.
 */
export async function fineTune(
  context: Pick<TaskContext, "seed" | "fit">,
  { architecture, weights, imageSize }: MeasuredBackbone,
  settings: FineTuningSettings,
  data: { views: ViewSet; labels: ArrayLike<number>; rows: Uint32Array; classes: number },
): Promise<NamedTensors> {
  const { classes, rows } = data;
  const { batchSize, stepsPerEpoch, steps } = fineTuningLength(settings, rows.length);
  const { momentum, weightDecay, learningRate, headLearningRate, milestones, gamma } = settings;
  const step = buildTrainingStep({
    name: "fine-tuning",
    layout,
    channelBlock: await channelBlock(),
    optimizer: sgd({ momentum, weightDecay }),
    groups: (name) =>
      name.startsWith(`${headName}.`)
        ? { learningRateFactor: headLearningRate / learningRate }
        : {},
    forward(module) {
      const shape = imageBatchShape(layout, batchSize, imageSize);
      const images = module.graph.input("images", "uint8", shape);
      const target = module.graph.input("labels", "int64", [batchSize]);
      const logits = classify(module, architecture, images, {
        classes,
        statistics: settings.batchNorm === "frozen" ? "frozen" : "batch",
      });
      return { loss: labelCrossEntropy(module.graph, logits, target), parts: {}, nextState: {} };
    },
  });
  const result = await context.fit("fine-tuning", {
    step,
    batches: imageBatches(data, { batchSize, stepsPerEpoch, seed: context.seed }),
    steps,
    schedule: stepDecay({ peak: learningRate, milestones, gamma, stepsPerEpoch }),
    initialWeights: weights,
  });
  return result.weights;
}

/** A fine-tuned student that classifies views. */
export interface FineTunedStudent {
  /** Logits of all views, [n, K]. */
  logits(views: ViewSet): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Opens a fine-tuned student: BatchNorm by its running statistics. */
export async function openFineTuned(
  { architecture, imageSize }: Pick<MeasuredBackbone, "architecture" | "imageSize">,
  weights: NamedTensors,
  { classes, threads }: { classes: number; threads: number },
): Promise<FineTunedStudent> {
  const graph = new Graph("fine-tuned student");
  const bind = bindConstants(graph, weights);
  const context = new ModuleContext(graph, {
    layout,
    mode: "eval",
    bind: (_, { name, shape, initializer }) => bind(name, shape, initializer),
  });
  const shape = imageBatchShape(layout, testBatch, imageSize);
  const images = graph.input("images", "uint8", shape);
  graph.output("logits", classify(context, architecture, images, { classes, statistics: "batch" }));
  const session = await Session.create(graph, { threads });
  return {
    async logits(views) {
      const { logits } = await encodeViews(views, {
        batchSize: testBatch,
        encode: async (data) => {
          const outputs = await session.run({ images: { dtype: "uint8", shape, data } });
          return { logits: outputs["logits"]!.data as Float32Array };
        },
      });
      return logits;
    },
    release: () => session.release(),
  };
}
