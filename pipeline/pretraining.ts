/**
 * Pre-trains one student: data, teacher, method, schedule, checkpoints.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import type { Dataset, ViewSet } from "../core/data/dataset.ts";
import { getDataset } from "../core/data/get_dataset.ts";
import { channelBlock } from "../core/engine/channel_block.ts";
import { ConfigError } from "../core/errors.ts";
import { type Backbone, buildDistillationStep } from "../core/methods/distillation_step.ts";
import type { Head, Method, MethodText } from "../core/methods/method.ts";
import { methods } from "../core/methods/registry.ts";
import { totalSize } from "../core/nn/module_context.ts";
import type { NamedTensors } from "../core/nn/parameters.ts";
import { sgd } from "../core/optim/optimizer.ts";
import { type Schedule, warmupConstant, warmupCosine } from "../core/optim/schedule.ts";
import type { PretrainSpec } from "../core/recipe/cell.ts";
import { type PretrainProtocol, pretrainSchema } from "../core/recipe/protocol.ts";
import type { LossCurve } from "../core/results/result.ts";
import type { AlgorithmTable } from "../core/train/autotune/autotune.ts";
import { resolveAlgorithms } from "../core/train/autotune/stored_algorithms.ts";
import { teacherEmbeddings } from "../core/train/teacher_embeddings.ts";
import type { ChooseAlgorithm } from "../core/onnx/algorithm.ts";
import { fit } from "../core/train/fit.ts";
import { estimateRunMemory, memoryNote } from "../core/train/training_memory.ts";
import { countSteps } from "../core/recipe/cost.ts";
import { readClassNameFile } from "../core/text/class_names.ts";
import { templateSets } from "../core/text/templates.ts";
import { students } from "../students/registry.ts";
import type { Stem, Student } from "../students/student.ts";
import type { Teacher } from "../teachers/teacher.ts";
import { fixedBatches } from "./training_batches.ts";

/**
 * Seed of all fixed views. It is the same for every seed of a training: the views belong to the
 * data, so teacher's embeddings are computed once for all seeds.
 */
export const viewSeed = 0;

/** How a pre-training tells how far it is. */
export interface PretrainingProgress {
  readonly phase: string;
  readonly step: number;
  readonly steps: number;
  readonly loss?: number;
  readonly imagesPerSecond?: number;
}

/** What {@linkcode pretrainStudent} is given besides the specification. */
export interface PretrainingOptions {
  readonly seed: number;
  /** The teacher; null for supervised training. */
  readonly teacher: Teacher | null;
  /** Folder of the checkpoint. */
  readonly folder: string;
  /** Checkpoints of another hash are not gone on with. */
  readonly hash: string;
  readonly threads: number;
  /** Labels of the loss curve. */
  readonly curve: { readonly row: string; readonly label: string };
  readonly onProgress?: (progress: PretrainingProgress) => void;
  readonly onPoint?: (point: { step: number; loss: number; parts: Record<string, number> }) => void;
  readonly onWarning?: (message: string) => void;
  /** Told what is worth knowing, and no warning. */
  readonly onNote?: (message: string) => void;
}

/** A pre-trained student. */
export interface PretrainedStudent {
  readonly weights: NamedTensors;
  readonly student: Student;
  readonly backbone: Backbone;
  readonly settings: PretrainProtocol;
  /** Head: length and kind of the last layer. */
  readonly head: Head;
  readonly curve: LossCurve;
  readonly dataset: Dataset;
  readonly skipped: ViewSet["skipped"];
  /** Content key of the training views. */
  readonly viewsHash: string;
  /** What the rows of the text bank, or the logits, stand for; none for SEED. */
  readonly classNames: readonly string[];
  readonly warnings: string[];
  /** Seconds of training, over all sessions of a resumed run. */
  readonly seconds: number;
  readonly steps: number;
  readonly parameterCount: number;
  /** The algorithms chosen, by key. */
  readonly algorithms: AlgorithmTable;
}

/** The backbone of a student at a size. */
export function studentBackbone(
  student: Student,
  { imageSize, widthMultiplier, stem }: {
    imageSize: number;
    widthMultiplier: number;
    /** By the size of the images where absent. */
    stem?: Stem;
  },
): Backbone {
  return {
    headName: student.headName,
    headDropout: student.headDropout,
    preprocess: student.preprocess,
    features: (context, images) =>
      student.build(context, images, {
        imageSize,
        widthMultiplier,
        ...(stem ? { stem } : {}),
      }),
  };
}

/**
 * Class names of a text bank: those of a dataset, or of a file.
 *
 * @param text Name of a dataset, or `file:PATH`.
 */
export async function textClassNames(
  text: string,
): Promise<{ names: readonly string[]; warnings: readonly string[] }> {
  if (text.startsWith("file:")) return await readClassNameFile(text.slice("file:".length));
  return { names: (await getDataset(text)).classNames, warnings: [] };
}

function scheduleFor(settings: PretrainProtocol, epochs: number, stepsPerEpoch: number): Schedule {
  const { learningRate: peak, warmupFactor, warmupEpochs } = settings;
  const warmup = { peak, warmupFactor, warmupEpochs, stepsPerEpoch };
  if (settings.schedule === "constant") return warmupConstant(warmup);
  const granularity = settings.schedule === "cosine-epoch" ? "epoch" as const : "step" as const;
  return warmupCosine({ ...warmup, epochs, granularity });
}

/** The keys of the shared settings that a method takes. */
function methodSettings(method: Method, settings: PretrainProtocol): unknown {
  const known = method.settings instanceof z.ZodObject ? Object.keys(method.settings.shape) : [];
  return method.settings.parse(
    Object.fromEntries(Object.entries(settings).filter(([key]) => known.includes(key))),
  );
}

/** Class names and prompts of a method that embeds texts. */
async function methodText(
  spec: PretrainSpec,
  settings: PretrainProtocol,
  onWarning: (message: string) => void,
): Promise<MethodText> {
  if (spec.text === null) {
    throw new ConfigError(`Cannot distil by ${spec.method}: no class names are given`);
  }
  const { names, warnings } = await textClassNames(spec.text);
  warnings.forEach(onWarning);
  return { classNames: names, templates: templateSets[settings.templates], source: spec.text };
}

/**
 * Pre-trains a student, going on from a checkpoint of the same cell where there is one.
 *
 * @throws {NonFiniteLossError} when the loss is no number; the last good checkpoint stays.
 * @throws {ConfigError} for settings that do not fit together.
 */
export async function pretrainStudent(
  spec: PretrainSpec,
  options: PretrainingOptions,
): Promise<PretrainedStudent> {
  const { seed, teacher, threads, folder, hash } = options;
  const settings = pretrainSchema.parse(spec.options);
  const { batchSize, imageSize, viewsPerImage, replicas } = settings;
  const student = students.get(spec.student!);
  const dataset = await getDataset(spec.data);
  const warnings: string[] = [];
  const warn = (message: string) => {
    warnings.push(message);
    options.onWarning?.(message);
  };

  const kind = methods.get(spec.method), { needs } = kind;
  const text = needs.teacher === "image+text" ? await methodText(spec, settings, warn) : null;
  const classNames = text?.classNames ?? (needs.labels ? dataset.classNames : []);
  const backbone = studentBackbone(student, settings);
  const method = await kind.prepare({
    settings: methodSettings(kind, settings),
    seed,
    batchSize,
    classes: dataset.classNames.length,
    teacher,
    text,
    onWarning: warn,
  });
  const { dimension } = method.head;
  const block = await channelBlock();
  const buildStep = (chooseAlgorithm?: ChooseAlgorithm) =>
    buildDistillationStep({
      name: `${student.name} by ${spec.method}`,
      batchSize,
      replicas,
      imageSize,
      backbone,
      method,
      needs,
      optimizer: sgd({ momentum: settings.momentum, weightDecay: settings.weightDecay }),
      chooseAlgorithm,
      channelBlock: block,
    });
  const algorithms = await resolveAlgorithms((choose) => buildStep(choose).algorithms, {
    source: settings.algorithms,
    path: join(folder, "algorithms.json"),
    threads,
    onProgress: (step, steps) => options.onProgress?.({ phase: "autotune", step, steps }),
    onWarning: warn,
  });
  const step = buildStep(algorithms?.choose);
  // Before anything large is read, so that a training that cannot fit says so at once.
  const viewBytes = [imageSize, ...(teacher ? [teacher.imageSize] : [])]
    .reduce((total, side) => total + 3 * side ** 2, 0);
  const images = (await dataset.samples("train")).length * viewsPerImage;
  const needed = estimateRunMemory(step, {
    replicas,
    viewBytes: images * viewBytes,
    hasTeacher: teacher !== null,
  });
  const { note, warning } = memoryNote(needed);
  options.onNote?.(note);
  if (warning) warn(`${warning}; use a smaller pretrain.batchSize or imageSize`);

  const loadViews = (side: number) =>
    dataset.loadViews("train", { views: viewsPerImage, imageSize: side, seed: viewSeed });
  const views = await loadViews(imageSize);
  const count = views.samples.length * viewsPerImage;
  const embeddings = teacher && await teacherEmbeddings(
    teacher,
    await loadViews(teacher.imageSize),
    {
      onProgress: (step, steps) => options.onProgress?.({ phase: "teacher", step, steps }),
      onWarning: warn,
    },
  );
  const stepsPerEpoch = Math.max(1, Math.floor(count / batchSize));
  const steps = countSteps(spec.epochs, count, batchSize);
  const schedule = scheduleFor(settings, spec.epochs, stepsPerEpoch);

  const result = await fit({
    step,
    batches: fixedBatches({
      views,
      batchSize,
      replicas,
      seed,
      ...(embeddings ? { teacher: { embeddings, dimension } } : {}),
    }),
    steps,
    schedule,
    seed,
    threads,
    replicas,
    checkpoint: { path: join(folder, "checkpoint.safetensors"), key: hash },
    onProgress: ({ stepsPerSecond, ...progress }) =>
      options.onProgress?.({
        phase: "train",
        ...progress,
        ...(stepsPerSecond === undefined ? {} : { imagesPerSecond: stepsPerSecond * batchSize }),
      }),
    onPoint: options.onPoint,
    onWarning: warn,
  });
  return {
    weights: result.weights,
    student,
    backbone,
    settings,
    head: method.head,
    curve: { ...options.curve, seed, ...result.curve },
    dataset,
    skipped: views.skipped,
    viewsHash: views.hash,
    classNames,
    warnings,
    seconds: result.seconds,
    steps,
    parameterCount: totalSize(step.spec.parameters),
    algorithms: Object.fromEntries(
      [...step.algorithms].flatMap(([key, { chosen, request }]) =>
        request.candidates.length > 1 ? [[key, chosen]] : []
      ),
    ),
  };
}
