/**
 * Batch normalisation.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { add, scale } from "../onnx/build.ts";
import { sizeOf, type Value } from "../onnx/graph.ts";
import { constantInitializer } from "./initializers.ts";
import { batchOf } from "./layout.ts";
import type { ModuleContext } from "./module_context.ts";
import { type AffineParameters, type BatchStatistics, normalizeBatch } from "./normalize_batch.ts";
import { normalizeFrozen } from "./normalize_frozen.ts";

/** Constants of BatchNorm. */
export interface BatchNormOptions {
  /** Added to the variance. @default {1e-5} */
  readonly epsilon?: number;
  /** Share of the new batch in the running statistics (PyTorch's meaning). @default {0.1} */
  readonly momentum?: number;
}

/** What a BatchNorm declares. */
export interface BatchNormParameters extends AffineParameters {
  readonly runningMean: Value;
  readonly runningVariance: Value;
}

/** Declares `<name>.weight`, `.bias`, `.running_mean` and `.running_var`. */
export function declareBatchNorm(
  context: ModuleContext,
  name: string,
  channels: number,
): BatchNormParameters {
  const shape = [channels];
  return {
    gamma: context.parameter(`${name}.weight`, shape, constantInitializer(1)),
    beta: context.parameter(`${name}.bias`, shape, constantInitializer(0)),
    runningMean: context.buffer(`${name}.running_mean`, shape, constantInitializer(0)),
    runningVariance: context.buffer(`${name}.running_var`, shape, constantInitializer(1)),
  };
}

/**
 * Notes the running statistics after a batch. They take n/(n − 1)·v, as PyTorch's; ONNX Runtime's own
 * training form takes v.
 *
 * @param count n, the numbers of a channel.
 */
export function updateRunningStatistics(
  context: ModuleContext,
  name: string,
  { runningMean, runningVariance }: BatchNormParameters,
  { mean, variance }: BatchStatistics,
  { count, momentum }: { count: number; momentum: number },
): void {
  const { graph } = context;
  const mix = (running: Value, batch: Value, share: number) =>
    add(graph, scale(graph, running, 1 - momentum), scale(graph, batch, share));
  context.updateBuffer(`${name}.running_mean`, mix(runningMean, mean, momentum));
  context.updateBuffer(
    `${name}.running_var`,
    mix(runningVariance, variance, momentum * count / (count - 1)),
  );
}

/**
 * Checks that there is a variance to train with.
 *
 * @param name Name of the layer, for the message.
 * @param shape Of the map that is normalised.
 * @throws {ConfigError} where BatchNorm could not train: one number per channel has no variance.
 */
export function assertBatchForTraining(
  context: ModuleContext,
  name: string,
  shape: readonly number[],
): void {
  const batch = batchOf(context.layout, shape);
  const [height, width] = [shape[2]!, shape[3]!];
  const pixels = height * width;
  if (batch * pixels < 2) {
    throw new ConfigError(
      `Cannot train BatchNorm "${name}" on a batch of ${batch}: its map has ` +
        `${height}×${width} pixels, and one number per channel has no variance; ` +
        "use a batch of 2 or more, or larger images",
    );
  }
}

/** The constants, complete. */
export function completeBatchNorm(
  { epsilon = 1e-5, momentum = 0.1 }: BatchNormOptions = {},
): Required<BatchNormOptions> {
  return { epsilon, momentum };
}

/**
 * BatchNorm (`nn.BatchNorm2d`): declares `<name>.weight`, `.bias`, and the buffers
 * `.running_mean`, `.running_var`; see {@linkcode normalizeBatch}. In a scope of frozen statistics it
 * normalises by the running ones.
 *
 * @throws {ConfigError} in training on a single number per channel.
 */
export function batchNorm2d(
  context: ModuleContext,
  name: string,
  x: Value,
  options?: BatchNormOptions,
): Value {
  const { graph } = context;
  const { epsilon, momentum } = completeBatchNorm(options);
  const channels = x.shape[1]!;
  const parameters = declareBatchNorm(context, name, channels);
  if (context.mode === "eval") {
    const { gamma, beta, runningMean, runningVariance } = parameters;
    return graph.node("BatchNormalization", [x, gamma, beta, runningMean, runningVariance], {
      epsilon,
    });
  }
  if (!context.usesBatchStatistics) {
    return normalizeFrozen(graph, name, x, parameters, epsilon);
  }
  assertBatchForTraining(context, name, x.shape);
  const count = sizeOf(x.shape) / channels;
  const batch = normalizeBatch(graph, name, x, parameters, epsilon);
  updateRunningStatistics(context, name, parameters, batch, { count, momentum });
  return batch.y;
}
