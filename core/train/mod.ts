/**
 * The training loop: a step with its gradients, an optimizer on the host, schedules, replicas,
 * checkpoints that resume to the same bits. Everything here is trained by {@linkcode fit}.
 *
 * @example A line through points
 * ```ts
 * import assert from "node:assert/strict";
 * import { floatTensor } from "@lgd-bench/lgd-bench/engine";
 * import { linear } from "@lgd-bench/lgd-bench/nn";
 * import { mul, reduceMean, sub } from "@lgd-bench/lgd-bench/onnx";
 * import { sgd } from "@lgd-bench/lgd-bench/optim";
 * import { buildTrainingStep, fit } from "@lgd-bench/lgd-bench/train";
 *
 * const step = buildTrainingStep({
 *   name: "line",
 *   layout: "nchw",
 *   optimizer: sgd({ momentum: 0.9, weightDecay: 0 }),
 *   forward(context) {
 *     const { graph } = context;
 *     const x = graph.input("x", "float32", [3, 1]), y = graph.input("y", "float32", [3, 1]);
 *     const error = sub(graph, linear(context, "line", x, 1), y);
 *     const loss = reduceMean(graph, mul(graph, error, error), [0, 1], false);
 *     return { loss, parts: {}, nextState: {} };
 *   },
 * });
 * const points = {
 *   x: floatTensor(Float32Array.of(0, 1, 2), [3, 1]),
 *   y: floatTensor(Float32Array.of(1, 3, 5), [3, 1]),
 * };
 * const { weights } = await fit({
 *   step,
 *   batches: { stepsPerEpoch: 1, batch: () => [points] },
 *   steps: 200,
 *   schedule: () => 0.05,
 *   seed: 0,
 * });
 * assert.ok(Math.abs(weights.get("line.weight")!.data[0]! - 2) < 0.01);
 * ```
 *
 * @module
 */

export type { Checkpoint } from "./checkpoint.ts";
export type { CurvePoint, TrainingCurve } from "./curve.ts";
export { type BatchEncoder, encodeViews } from "./embed_views.ts";
export {
  type BatchSource,
  type CheckpointOptions,
  type Feeds,
  fit,
  type FitOptions,
  type FitProgress,
  type FitResult,
} from "./fit.ts";
export type { LossOutputs, MethodState } from "./loss.ts";
export { type ParameterGroup, type ParameterGroups, withoutDecay } from "./parameter_groups.ts";
export {
  type FrozenEncoder,
  type TeacherEmbeddingOptions,
  teacherEmbeddings,
} from "./teacher_embeddings.ts";
export {
  type AnyTrainingStep,
  type JoinedStages,
  joinStages,
  type StageDeclaration,
  type StagedTrainingStep,
  type StepOutputs,
  type StepPlace,
  type StepRunner,
} from "./staged_step.ts";
export { Trainer, type TrainerOptions } from "./trainer.ts";
export { estimateTrainingMemory } from "./training_memory.ts";
export { initialTrainingState, trainedWeights, type TrainingState } from "./training_state.ts";
export {
  buildTrainingGraph,
  traceTrainingGraph,
  type TrainingGraph,
  type TrainingGraphOptions,
  type TrainingGraphOutputs,
} from "./training_graph.ts";
export {
  buildTrainingStep,
  type TrainedModel,
  type TrainingStep,
  type TrainingStepOptions,
} from "./training_step.ts";
