/**
 * Pre-trains one student: data, teacher, method, schedule, checkpoints.
 *
 * @module
 */

import { join } from "node:path";
import { fixedViewBatches } from "../core/data/fixed_view_batches.ts";
import { type Dataset, trainSplit } from "../core/data/dataset.ts";
import { getDataset } from "../core/data/registry.ts";
import { loadViews as loadFixedViews } from "../core/data/views/load_views.ts";
import { closeViews, countViews, type ViewSet } from "../core/data/views/view_set.ts";
import { channelBlock } from "../core/engine/channel_block.ts";
import { ConfigError, NonFiniteLossError } from "../core/errors.ts";
import { type Backbone, buildDistillationStep } from "../core/methods/distillation_step.ts";
import { lgd } from "../core/methods/lgd/lgd.ts";
import { buildTextBank } from "../core/methods/lgd/tsb.ts";
import type { Method } from "../core/methods/method.ts";
import { seed as seedMethod } from "../core/methods/seed/seed.ts";
import { supervised } from "../core/methods/supervised/supervised.ts";
import { namedParts, type NamedTensors } from "../core/nn/parameters.ts";
import { sgd } from "../core/optim/optimizer.ts";
import { type Schedule, warmupConstant, warmupCosine } from "../core/optim/schedule.ts";
import type { PretrainSpec } from "../core/recipe/cell.ts";
import { loadCheckpoint, saveCheckpoint } from "../core/train/checkpoint.ts";
import { type PretrainProtocol, pretrainSchema } from "../core/recipe/protocol.ts";
import type { LossCurve } from "../core/results/result.ts";
import type { LoweringTable } from "../core/train/autotune/tune_lowerings.ts";
import { resolveLowerings } from "../core/train/autotune/stored_lowerings.ts";
import { TeacherBatches } from "../core/train/teacher_batches.ts";
import { openTeacherEmbeddings } from "../core/train/teacher_embeddings.ts";
import type { ChooseLowering } from "../core/onnx/lowering.ts";
import { startTraining } from "../core/train/replicas/start_training.ts";
import { initialTrainingState, type TrainingState } from "../core/train/trainer.ts";
import { estimateRunMemory, formatGigabytes } from "../core/train/training_memory.ts";
import { countSteps } from "../core/recipe/cost.ts";
import { readClassNameFile } from "../core/text/class_names.ts";
import { templateSets } from "../core/text/templates.ts";
import { validateTextNames } from "../core/text/text_names.ts";
import { students } from "../students/registry.ts";
import type { Stem, Student } from "../students/student.ts";
import type { Teacher } from "../teachers/teacher.ts";

/**
 * Seed of all fixed views. It is the same for every seed of a training: the views belong to the
 * data, so teacher's embeddings are computed once for all seeds.
 */
export const viewSeed = 0;

/** Steps between two points of a loss curve. */
const curveInterval = 10;
/** Least time between two checkpoints, in milliseconds. */
const checkpointInterval = 10_000;
/** Least time between two reports of progress, in milliseconds. */
const reportInterval = 500;

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
  readonly lowerings: LoweringTable;
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
  const unknownWords = teacher.unknownWords && teacher.unknownWords.bind(teacher);
  const notes = [
    ...warnings,
    ...await validateTextNames(names, spec.text, unknownWords ? { unknownWords } : {}),
  ];
  const bank = await buildTextBank(
    teacher.encodeText,
    names,
    templateSets[settings.templates],
  );
  return { bank, names, notes };
}

/** The teacher's embeddings of fixed views, which are not needed any more then. */
async function embedAll(
  teacher: Teacher,
  views: ViewSet,
  options: Parameters<typeof openTeacherEmbeddings>[2],
) {
  try {
    return await openTeacherEmbeddings(teacher, views, options);
  } finally {
    closeViews(views);
  }
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
  const { batchSize, imageSize, viewsPerImage, shards } = settings;
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
  const buildStep = (chooseLowering?: ChooseLowering) =>
    buildDistillationStep({
      name: `${student.name} by ${spec.method}`,
      batchSize,
      shards,
      imageSize,
      backbone,
      method,
      optimizer: sgd({ momentum: settings.momentum, weightDecay: settings.weightDecay }),
      chooseLowering,
      channelBlock: block,
    });
  const lowerings = await resolveLowerings((choose) => buildStep(choose).lowerings, {
    source: settings.lowerings,
    path: join(folder, "lowerings.json"),
    threads,
    onProgress: (step, steps) => options.onProgress?.({ phase: "measure forms", step, steps }),
    onWarning: warn,
  });
  const step = buildStep(lowerings?.choose);
  // Before anything large is read, so that a training that cannot fit says so at once.
  const viewBytes = [imageSize, ...(teacher ? [teacher.imageSize] : [])]
    .reduce((total, side) => total + 3 * side ** 2, 0);
  const split = trainSplit(dataset);
  const images = (await dataset.samples(split)).length * viewsPerImage;
  const needed = estimateRunMemory(step, {
    shards,
    viewBytes: images * viewBytes,
    hasTeacher: teacher !== null,
  });
  const { available } = Deno.systemMemoryInfo();
  const memory = `the training needs about ${formatGigabytes(needed)} of memory, ` +
    `${formatGigabytes(available)} are free`;
  options.onNote?.(memory);
  if (needed > available) {
    warn(`${memory}: the system may end it; use a smaller pretrain.batchSize or imageSize`);
  }

  const loadViews = (side: number) =>
    loadFixedViews(dataset, split, { views: viewsPerImage, imageSize: side, seed: viewSeed });
  const views = await loadViews(imageSize);
  const count = countViews(views);
  const table = teacher && await embedAll(teacher, await loadViews(teacher.imageSize), {
    onProgress: (step, steps) => options.onProgress?.({ phase: "teacher", step, steps }),
    onWarning: warn,
  });
  const batches = new TeacherBatches({
    views: fixedViewBatches(views, { batchSize, replicas: shards, seed }),
    teacher: table && { kind: "table", table },
  });
  const { stepsPerEpoch } = batches;
  const steps = countSteps(spec.epochs, count, batchSize);
  const schedule = scheduleFor(settings, spec.epochs, stepsPerEpoch);

  const fresh = initialTrainingState(step, seed);
  const shapes = Object.fromEntries(
    Object.entries(fresh.tensors).map(([name, { shape }]) => [name, shape]),
  );
  const path = join(folder, "checkpoint.safetensors");
  const stored = await loadCheckpoint(path, hash, shapes);
  const curve: LossCurve = stored?.curve ??
    { ...options.curve, seed, steps: [], loss: [], parts: {} };
  const trainer = await startTraining(step, {
    seed,
    shards,
    threads,
    state: stored?.state ?? fresh,
  });
  let trained: TrainingState;
  let seconds = stored?.seconds ?? 0;
  try {
    const sums = new Map<string, number>();
    let lastReport = 0, lastCheckpoint = performance.now(), sinceReport = 0;
    let started = performance.now();
    while (trainer.stepsDone < steps) {
      const index = trainer.stepsDone;
      const { loss, parts } = await trainer.step(await batches.batch(index), schedule(index));
      for (const [name, value] of [["loss", loss] as const, ...Object.entries(parts)]) {
        sums.set(name, (sums.get(name) ?? 0) + value);
      }
      const done = trainer.stepsDone;
      const now = performance.now();
      sinceReport++;
      if (now - lastReport > reportInterval || done === steps) {
        const imagesPerSecond = lastReport === 0
          ? {}
          : { imagesPerSecond: sinceReport * batchSize * 1000 / (now - lastReport) };
        options.onProgress?.({ phase: "train", step: done, steps, loss, ...imagesPerSecond });
        lastReport = now;
        sinceReport = 0;
      }
      // A point is the mean since the last; checkpoints fall on points, so that nothing is half summed.
      if (done % curveInterval === 0 || done === steps) {
        const covered = done % curveInterval || curveInterval;
        const point = {
          step: done,
          loss: sums.get("loss")! / covered,
          parts: Object.fromEntries(
            Object.keys(parts).map((name) => [name, sums.get(name)! / covered]),
          ),
        };
        curve.steps.push(point.step);
        curve.loss.push(point.loss);
        for (const [name, value] of Object.entries(point.parts)) {
          (curve.parts[name] ??= []).push(value);
        }
        sums.clear();
        options.onPoint?.(point);
        if (now - lastCheckpoint > checkpointInterval || done === steps) {
          seconds += (performance.now() - started) / 1000;
          started = performance.now();
          await saveCheckpoint(path, { state: trainer.state, curve, seconds }, hash);
          lastCheckpoint = performance.now();
        }
      }
    }
    trained = trainer.state;
  } finally {
    await trainer.release();
    await batches.release();
  }
  const { parameters, buffers } = trained.tensors;
  // The loss of a step is that before its update: the last update shows in no loss.
  if (!(parameters!.data as Float32Array).every(Number.isFinite)) {
    throw new NonFiniteLossError(steps, NaN);
  }
  const weights: NamedTensors = new Map([
    ...namedParts(parameters!.data as Float32Array, step.spec.parameters),
    // A student without BatchNorm has none.
    ...(buffers ? namedParts(buffers.data as Float32Array, step.spec.buffers) : []),
  ]);
  return {
    weights,
    student,
    backbone,
    settings,
    head: { output: method.output, dimension: method.dimension },
    curve,
    dataset,
    skipped: views.skipped,
    viewsHash: views.hash,
    classNames,
    warnings,
    seconds,
    steps,
    parameterCount: (parameters!.data as Float32Array).length,
    lowerings: Object.fromEntries(
      [...step.lowerings].flatMap(([key, { chosen, request }]) =>
        request.candidates.length > 1 ? [[key, chosen]] : []
      ),
    ),
  };
}
