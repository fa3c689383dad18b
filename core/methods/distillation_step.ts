/**
 * The training step of a student: bytes in, embedding or logits, the method's loss.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { l2Normalize } from "../nn/l2_normalize.ts";
import { dropout, linear, mlpHead, normalizeImages } from "../nn/layers.ts";
import type { Layout } from "../nn/layout.ts";
import { type ModelSpec, type ModuleContext, traceModel } from "../nn/module_context.ts";
import type { Value } from "../onnx/graph.ts";
import type { ChooseAlgorithm } from "../onnx/algorithm.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import type { Method } from "./method.ts";
import { buildTrainingStep, type TrainingStep } from "../train/training_step.ts";

/** A backbone and how its head is attached. */
export interface Backbone {
  /** Name of the head's parameters. */
  readonly headName: string;
  readonly headDropout: number;
  readonly preprocess: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** Pooled features [B, d] of normalised images. */
  pooled(context: ModuleContext, images: Value): Value;
}

/**
 * What a backbone declares in training.
 *
 * @param size.batchSize Images that share BatchNorm statistics.
 * @throws {ConfigError} where it cannot be built or trained at this size.
 */
export function traceBackbone(
  backbone: Backbone,
  { imageSize, batchSize }: { readonly imageSize: number; readonly batchSize: number },
): ModelSpec {
  return traceModel({ layout: "chwn", mode: "train" }, (context) => {
    const shape = imageBatchShape("chwn", batchSize, imageSize);
    const images = context.graph.input("images", "uint8", shape);
    backbone.pooled(context, normalizeImages(context, images, backbone.preprocess));
  });
}

/** Sizes of a student's training step. */
export interface DistillationStepOptions {
  readonly name: string;
  readonly batchSize: number;
  /**
   * Equal parts that the batch is split into. Where there is more than one, the step is that of one
   * part, with its own BatchNorm statistics. @default {1}
   */
  readonly replicas?: number;
  readonly imageSize: number;
  readonly backbone: Backbone;
  readonly method: Method;
  readonly optimizer: Optimizer;
  /** @default {"chwn"} */
  readonly layout?: Layout;
  /** Chooses the forms of operations with several; the rules where absent. */
  readonly chooseAlgorithm?: ChooseAlgorithm | undefined;
  /**
   * Channels in a block of the runtime's blocked layout on the machine that will run the step
   * (`channelBlock()`); that layout is not used where absent.
   */
  readonly channelBlock?: number | undefined;
}

/** Shape of a batch of RGB bytes in a layout. */
export function imageBatchShape(layout: Layout, batch: number, imageSize: number): number[] {
  return layout === "nchw" ? [batch, 3, imageSize, imageSize] : [3, imageSize, imageSize, batch];
}

/** Output of the last layer: MLP head and L2 norm for an embedding, one linear layer for logits. */
export function studentOutput(
  context: ModuleContext,
  backbone: Backbone,
  images: Value,
  { output, dimension }: Pick<Method, "output" | "dimension">,
): { pooled: Value; output: Value } {
  const normalized = normalizeImages(context, images, backbone.preprocess);
  const pooled = backbone.pooled(context, normalized);
  const dropped = dropout(context, "head", pooled, backbone.headDropout);
  if (output === "logits") {
    return { pooled, output: linear(context, backbone.headName, dropped, dimension) };
  }
  const embedding = mlpHead(context, backbone.headName, dropped, dimension);
  return { pooled, output: l2Normalize(context.graph, embedding) };
}

/**
 * Builds a student's training step. Its inputs besides those of {@linkcode TrainingStep}: `images`
 * uint8 in the layout, and `teacher` [B, D] float32 or `labels` [B] int64. For one of S replicas,
 * these have B / S images, and `teacher_batch` [B, D] has the embeddings of all, of which the next
 * state of the method is made.
 *
 * @throws {ConfigError} when the batch cannot be split evenly.
 */
export function buildDistillationStep(options: DistillationStepOptions): TrainingStep {
  const { imageSize, backbone, method, layout = "chwn", replicas = 1 } = options;
  if (!Number.isInteger(replicas) || replicas < 1 || options.batchSize % replicas !== 0) {
    throw new ConfigError(
      `Cannot split a batch of ${options.batchSize} into ${replicas} replicas: ` +
        "replicas must divide the batch size",
    );
  }
  const batchSize = options.batchSize / replicas;
  return buildTrainingStep({
    name: options.name,
    layout,
    optimizer: options.optimizer,
    initialState: method.initialState(),
    chooseAlgorithm: options.chooseAlgorithm,
    channelBlock: options.channelBlock,
    forward(context, state) {
      const { graph } = context;
      const images = graph.input("images", "uint8", imageBatchShape(layout, batchSize, imageSize));
      const { output } = studentOutput(context, backbone, images, method);
      return method.loss(graph, {
        student: output,
        state,
        ...(method.name === "supervised"
          ? { labels: graph.input("labels", "int64", [batchSize]) }
          : {
            teacher: graph.input("teacher", "float32", [batchSize, method.dimension]),
            ...(replicas > 1
              ? {
                teacherBatch: graph.input("teacher_batch", "float32", [
                  options.batchSize,
                  method.dimension,
                ]),
              }
              : {}),
          }),
      });
    },
  });
}
