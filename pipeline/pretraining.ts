/**
 * Pre-trains one student: data, teacher, method, schedule, checkpoints.
 *
 * @module
 */

import { join } from "node:path";
import type { Dataset, ViewSet } from "../core/data/dataset.ts";
import { getDataset } from "../core/data/get_dataset.ts";
import { channelBlock } from "../core/engine/channel_block.ts";
import { ConfigError } from "../core/errors.ts";
import { type Backbone, buildDistillationStep } from "../core/methods/distillation_step.ts";
import { lgd } from "../core/methods/lgd/lgd.ts";
import { buildTextBank } from "../core/methods/lgd/tsb.ts";
import type { Method } from "../core/methods/method.ts";
import { seed as seedMethod } from "../core/methods/seed/seed.ts";
import { supervised } from "../core/methods/supervised/supervised.ts";
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
  readonly head: Pick<Method, "output" | "dimension">;
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
  /** The forms that were taken of operations with several, by key. */
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
    pooled: (context, images) =>
      student.build(context, images, {
        imageSize,
        widthMultiplier,
        ...(stem ? { stem } : {}),
      }).pooled,
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

function methodFor(
  spec: PretrainSpec,
  settings: PretrainProtocol,
  parts: {
    seed: number;
    classes: number;
    dimension: number;
    bank: Awaited<ReturnType<typeof buildTextBank>> | null;
  },
): Method {
  const temperatures = {
    student: settings.temperatureStudent,
    teacher: settings.temperatureTeacher,
  };
  if (spec.method === "lgd") {
    return lgd({
      textBank: parts.bank!,
      temperatures,
      alpha: settings.alpha,
      bankMomentum: settings.bankMomentum,
      renormalizeBank: settings.renormalizeBank,
      prependPositive: settings.prependPositive,
      seed: parts.seed,
    });
  }
  if (spec.method === "seed") {
    return seedMethod({
      dimension: parts.dimension,
      batchSize: settings.batchSize,
      queueSize: settings.queueSize,
      temperatures,
      seed: parts.seed,
    });
  }
  if (spec.method === "supervised") return supervised({ classes: parts.classes });
  throw new ConfigError(`Cannot pre-train with method "${spec.method}"`);
}

function scheduleFor(settings: PretrainProtocol, epochs: number, stepsPerEpoch: number): Schedule {
  const { learningRate: peak, warmupFactor, warmupEpochs } = settings;
  const warmup = { peak, warmupFactor, warmupEpochs, stepsPerEpoch };
  if (settings.schedule === "constant") return warmupConstant(warmup);
  const granularity = settings.schedule === "cosine-epoch" ? "epoch" as const : "step" as const;
  return warmupCosine({ ...warmup, epochs, granularity });
}

/** The bank of an LGD training. @throws {ConfigError} where the teacher has no text encoder. */
async function textBankFor(spec: PretrainSpec, settings: PretrainProtocol, teacher: Teacher) {
  if (!teacher.encodeText) {
    throw new ConfigError(
      `Cannot distil by LGD from ${teacher.name}: it has no text encoder; use method seed`,
    );
  }
  if (spec.text === null) throw new ConfigError("Cannot distil by LGD: no class names are given");
  const { names, warnings } = await textClassNames(spec.text);
  const notes = [...warnings];
  if (teacher.unknownWords) {
    for (const name of names) {
      const unknown = await teacher.unknownWords(name);
      if (unknown.length > 0) {
        notes.push(
          `${spec.text}: ${teacher.name} does not know ${unknown.join(", ")} in "${name}"`,
        );
      }
    }
  }
  const bank = await buildTextBank(
    teacher.encodeText,
    names,
    templateSets[settings.templates],
  );
  return { bank, names, notes };
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

  let bank: Awaited<ReturnType<typeof buildTextBank>> | null = null;
  let classNames: readonly string[] = teacher ? [] : dataset.classNames;
  if (teacher && spec.method === "lgd") {
    const text = await textBankFor(spec, settings, teacher);
    text.notes.forEach(warn);
    bank = text.bank;
    classNames = text.names;
  }

  const backbone = studentBackbone(student, settings);
  const dimension = teacher?.dimension ?? dataset.classNames.length;
  const method = methodFor(spec, settings, {
    seed,
    classes: dataset.classNames.length,
    dimension,
    bank,
  });
  const block = await channelBlock();
  const buildStep = (chooseAlgorithm?: ChooseAlgorithm) =>
    buildDistillationStep({
      name: `${student.name} by ${spec.method}`,
      batchSize,
      replicas,
      imageSize,
      backbone,
      method,
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
    head: { output: method.output, dimension: method.dimension },
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
