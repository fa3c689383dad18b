/**
 * How much memory a training takes, told before it begins.
 *
 * @module
 */

import type { TrainingStep } from "../methods/training_step.ts";
import { peakTensorBytes, tensorBytes } from "../onnx/memory.ts";

/** The process without any graph, in bytes. */
const baseBytes = 0.2e9;
/** A Worker with its session, without any tensor. */
const workerBytes = 0.04e9;
/** What the runtime's allocator takes for the tensors that live at once, measured: 1.1 to 1.25. */
const allocatorShare = 1.2;

/**
 * Memory of training steps in bytes, within about a sixth; views and teacher come on top.
 *
 * @param step The step, or that of one shard.
 * @param shards Number of parts of the batch that train side by side.
 */
export function estimateTrainingMemory(step: TrainingStep, shards: number): number {
  const perShard = allocatorShare * peakTensorBytes(step.graph);
  const parameters = step.spec.parameters
    .reduce((total, { shape }) => total + tensorBytes({ dtype: "float32", shape }), 0);
  const state = parameters * (1 + step.optimizer.slots.length);
  const workers = shards > 1 ? shards * workerBytes : 0;
  return baseBytes + workers + shards * (perShard + 2 * state);
}

/** Bytes for people. */
export function formatGigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 1e10 ? 1 : 0)} GB`;
}
