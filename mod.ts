/**
 * lgd-bench: language-guided distillation of small vision models, measured.
 *
 * The library behind the command line: graphs of ONNX operators ({@linkcode Graph}), reverse-mode
 * differentiation of them ({@linkcode gradients}), the methods LGD and SEED, students, teachers and
 * tasks. `cli.ts` is the program.
 *
 * @module
 */

export type { Plugin } from "./pipeline/plugins.ts";
export { gradients } from "./core/autodiff/gradients.ts";
export type { Dataset } from "./core/data/dataset.ts";
export { getDataset } from "./core/data/registry.ts";
export { loadViews } from "./core/data/views/load_views.ts";
export type { ViewSet } from "./core/data/views/view_set.ts";
export { createLoader } from "./core/data/loader/loader.ts";
export { Session } from "./core/engine/session.ts";
export { buildDistillationStep } from "./core/methods/distillation_step.ts";
export { lgd } from "./core/methods/lgd/lgd.ts";
export { buildTextBank } from "./core/methods/lgd/tsb.ts";
export { seed } from "./core/methods/seed/seed.ts";
export { supervised } from "./core/methods/supervised/supervised.ts";
export { buildTrainingStep } from "./core/train/training_step.ts";
export { batchNorm2d } from "./core/nn/batch_norm.ts";
export { conv2d, globalAveragePool, linear, maxPool2d, relu6 } from "./core/nn/layers.ts";
export type { ModuleContext } from "./core/nn/module_context.ts";
export { add, relu } from "./core/onnx/build.ts";
export { Graph, type Value } from "./core/onnx/graph.ts";
export { encodeModel } from "./core/onnx/proto.ts";
export { adamW, sgd } from "./core/optim/optimizer.ts";
export { Trainer } from "./core/train/trainer.ts";
export { students } from "./students/registry.ts";
export {
  clipNormalization,
  type Student,
  type StudentFeatures,
  type StudentOptions,
} from "./students/student.ts";
export { tasks } from "./tasks/registry.ts";
export {
  argMax,
  type EvaluatedModel,
  hitsPerSample,
  type Task,
  type TaskContext,
} from "./tasks/task.ts";
export { loadOnnxTeacher, type OnnxTeacherOptions } from "./teachers/onnx_teacher.ts";
export { teachers } from "./teachers/registry.ts";
export type { Teacher, TeacherLoader } from "./teachers/teacher.ts";
