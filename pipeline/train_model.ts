/**
 * Trains one student: data, teacher, method, schedule.
 *
 * @module
 */

import { join } from "node:path";
import type { Annotation } from "../core/data/annotation.ts";
import { type Dataset, trainSplit } from "../core/data/dataset.ts";
import { getDataset } from "../core/data/registry.ts";
import { channelBlock } from "../core/engine/channel_block.ts";
import { readTextIfPresent } from "../core/files.ts";
import { buildDistillationStep } from "../core/methods/distillation_step.ts";
import type { Method, MethodText, PreparedMethod } from "../core/methods/method.ts";
import { methods } from "../core/methods/registry.ts";
import { withoutHead } from "../core/methods/student_export.ts";
import { LeftOutLedger } from "../core/left_out.ts";
import { studentSpecs } from "../core/methods/student_inference.ts";
import { initializeFlat, namedParts } from "../core/nn/parameters.ts";
import type { ChooseAlgorithm } from "../core/onnx/algorithm.ts";
import { sgd } from "../core/optim/optimizer.ts";
import { type Schedule, warmupConstant, warmupCosine } from "../core/optim/schedule.ts";
import { countSteps, imagesOfEpoch, stepsOfEpoch } from "../core/recipe/cost.ts";
import type { TrainJob, TrainSpec } from "../core/recipe/jobs.ts";
import type { PretrainSettings } from "../core/recipe/pretrain_settings.ts";
import { resolveAlgorithms } from "../core/train/autotune/stored_algorithms.ts";
import { fit } from "../core/train/fit.ts";
import { totalSize } from "../core/nn/module_context.ts";
import { estimateRunMemory, memoryNote } from "../core/train/training_memory.ts";
import type { TrainingStep } from "../core/train/training_step.ts";
import { readClassNameFile } from "../core/text/class_names.ts";
import { findUnknownWords } from "../core/text/text_names.ts";
import { students } from "../students/registry.ts";
import { chooseStem } from "../students/student.ts";
import { contentHash, type Teacher } from "../teachers/teacher.ts";
import { readEntryEnvironment } from "./entry_environment.ts";
import { type ModelBatches, openModelBatches } from "./model_batches.ts";
import { describeText, resolveText } from "./resolve_jobs.ts";
import { TrainingLedger } from "./training_ledger.ts";
import { algorithmsFileName, type ModelInfo } from "./stored_model.ts";
import { studentBackbone } from "./student_backbone.ts";
import { encodeStudentFile } from "./student_metadata.ts";

/** How far a training is. */
export interface TrainProgress {
  readonly phase: string;
  readonly step: number;
  readonly steps: number;
  readonly loss?: number;
  readonly imagesPerSecond?: number;
}

/** What {@linkcode trainModel} is given besides the job. */
export interface TrainModelOptions {
  /** The teacher; null for methods without one. */
  readonly teacher: Teacher | null;
  /** Folder that outlives a killed process: checkpoint, measured algorithms. */
  readonly folder: string;
  /** Threads of a session, or of each replica. */
  readonly threads: number;
  /** Least time between two checkpoints. @default {10_000} */
  readonly checkpointMilliseconds?: number | undefined;
  readonly onProgress?: (progress: TrainProgress) => void;
  readonly onPoint?: (point: { step: number; loss: number; parts: Record<string, number> }) => void;
  readonly onWarning?: (message: string) => void;
  /** Told what is worth knowing, and no warning. */
  readonly onNote?: (message: string) => void;
}

/** A trained student, as it goes into the store. */
export interface TrainedModel {
  readonly info: ModelInfo;
  /** Bytes of `student.safetensors`. */
  readonly student: Uint8Array;
  /** Bytes of `encoder.safetensors`, where the head is of a space of its own. */
  readonly encoder?: Uint8Array;
  /** Text of the table of measured algorithms, where they were measured. */
  readonly algorithms?: string;
}

function scheduleFor(settings: PretrainSettings, epochs: number, stepsPerEpoch: number): Schedule {
  const { learningRate: peak, warmupFactor, warmupEpochs } = settings;
  const warmup = { peak, warmupFactor, warmupEpochs, stepsPerEpoch };
  if (settings.schedule === "constant") return warmupConstant(warmup);
  const granularity = settings.schedule === "cosine-epoch" ? "epoch" as const : "step" as const;
  return warmupCosine({ ...warmup, epochs, granularity });
}

/** Class names and prompts of a training that has a text bank. */
async function textFor(
  { text }: TrainSpec,
  onWarning: (message: string) => void,
  ledger: LeftOutLedger,
  teacher: Teacher | null,
): Promise<MethodText | null> {
  if (text === null) return null;
  if ("file" in text) {
    const { warnings, leftOut } = await readClassNameFile(text.file);
    warnings.forEach(onWarning);
    ledger.add(text.file, leftOut);
  }
  const contents = await resolveText(text);
  if (!("file" in text) && teacher?.unknownWords !== undefined) {
    const unknown = await findUnknownWords(
      contents.classNames,
      (name) => teacher.unknownWords!(name),
    );
    ledger.add(describeText(text), unknown);
  }
  return { ...contents, source: describeText(text) };
}

/** One training, from its specification to its weights. */
class ModelTraining {
  readonly #job: TrainJob;
  readonly #options: TrainModelOptions;
  readonly #dataset: Dataset<Annotation>;
  readonly #method: Method;
  readonly #warnings: string[] = [];

  constructor(job: TrainJob, dataset: Dataset<Annotation>, options: TrainModelOptions) {
    this.#job = job;
    this.#dataset = dataset;
    this.#options = options;
    this.#method = methods.get(job.spec.method!);
  }

  #warn = (message: string): void => {
    this.#warnings.push(message);
    this.#options.onWarning?.(message);
  };

  async #prepare(text: MethodText | null): Promise<PreparedMethod> {
    const { spec, seed } = this.#job;
    const { length: samples } = await this.#dataset.samples(trainSplit(this.#dataset));
    return await this.#method.prepare({
      settings: spec.settings,
      seed,
      batchSize: spec.pretrain.batchSize,
      replicas: spec.pretrain.replicas,
      stepsPerEpoch: stepsOfEpoch(spec, samples),
      classes: this.#dataset.classNames.length,
      teacher: this.#options.teacher,
      text,
      onWarning: this.#warn,
    });
  }

  async #buildStep(method: PreparedMethod): Promise<TrainingStep> {
    const { spec } = this.#job;
    const { batchSize, replicas, imageSize, momentum, weightDecay, randomConvolution } =
      spec.pretrain;
    const backbone = studentBackbone(students.get(spec.student!), spec.pretrain);
    const block = await channelBlock();
    const build = (chooseAlgorithm?: ChooseAlgorithm) =>
      buildDistillationStep({
        name: `${spec.student} by ${spec.method}`,
        batchSize,
        replicas,
        imageSize,
        backbone,
        method,
        teacherDimension: this.#options.teacher?.dimension,
        needs: this.#method.needs,
        randomConvolutions: randomConvolution > 0,
        optimizer: sgd({ momentum, weightDecay }),
        chooseAlgorithm,
        channelBlock: block,
      });
    const algorithms = await resolveAlgorithms((choose) => build(choose).algorithms, {
      source: spec.pretrain.algorithms,
      path: join(this.#options.folder, algorithmsFileName),
      threads: this.#options.threads,
      onProgress: (step, steps) => this.#options.onProgress?.({ phase: "autotune", step, steps }),
      onWarning: this.#warn,
    });
    return build(algorithms?.choose);
  }

  /** Tells what the training needs, before anything large is read. */
  async #tellMemory(step: TrainingStep): Promise<void> {
    const { spec } = this.#job;
    const { imageSize, replicas, views } = spec.pretrain;
    const { teacher } = this.#options;
    const samples = (await this.#dataset.samples(trainSplit(this.#dataset))).length;
    const viewBytes = [imageSize, ...(teacher ? [teacher.imageSize] : [])]
      .reduce((total, side) => total + 3 * side ** 2, 0);
    const { note, warning } = memoryNote(estimateRunMemory(step, {
      replicas,
      viewBytes: views === "fresh" ? 0 : imagesOfEpoch(spec, samples) * viewBytes,
      hasTeacher: teacher !== null,
    }));
    this.#options.onNote?.(note);
    if (warning) this.#warn(`${warning}; use a smaller pretrain.batchSize or imageSize`);
  }

  /** The initial weights, where the method does not train. */
  async #untrained(): Promise<TrainedModel> {
    const { spec, seed, key, id } = this.#job;
    const { imageSize, widthMultiplier } = spec.pretrain;
    const backbone = studentBackbone(students.get(spec.student!), spec.pretrain);
    const specs = studentSpecs({ imageSize, backbone });
    const weights = namedParts(initializeFlat(specs, seed), specs);
    const split = trainSplit(this.#dataset);
    const { length: listed } = await this.#dataset.samples(split);
    return {
      student: encodeStudentFile(weights, {
        student: spec.student!,
        imageSize,
        widthMultiplier,
        stem: chooseStem({ imageSize }),
        head: null,
        teacher: null,
        teacherHash: null,
        classNames: [],
        pretrain: spec,
        modelKey: key,
        seed,
        steps: 0,
      }),
      info: {
        label: id,
        spec,
        seed,
        steps: 0,
        parameters: totalSize(specs),
        seconds: 0,
        curve: { steps: [], loss: [], parts: {} },
        trainViews: "",
        teacherHash: null,
        environment: await readEntryEnvironment(),
        algorithms: {},
        warnings: [],
        leftOut: [],
        images: { data: spec.data, split, listed, used: listed },
      },
    };
  }

  async run(): Promise<TrainedModel> {
    if (this.#method.needs.trains === false) return await this.#untrained();
    const { spec, seed, key } = this.#job;
    const { folder, threads, teacher, onProgress, onPoint, checkpointMilliseconds } = this.#options;
    const { batchSize, replicas } = spec.pretrain;
    const ledger = new LeftOutLedger();
    const text = await textFor(spec, this.#warn, ledger, teacher);
    const method = await this.#prepare(text);
    const step = await this.#buildStep(method);
    await this.#tellMemory(step);
    const opened = await openModelBatches(spec, {
      dataset: this.#dataset,
      teacher,
      seed,
      needs: this.#method.needs,
      neighbours: method.neighbours,
      sampler: method.sampler,
      onProgress: (phase, step, steps) => onProgress?.({ phase, step, steps }),
      onWarning: this.#warn,
    });
    const { batches } = opened;
    const leftOut = await TrainingLedger.open(this.#dataset, opened, ledger, folder);
    const result = await fit({
      step,
      batches,
      steps: countSteps(spec.epochs, opened.count, batchSize),
      schedule: scheduleFor(spec.pretrain, spec.epochs, batches.stepsPerEpoch),
      seed,
      threads,
      replicas,
      checkpoint: {
        path: join(folder, "checkpoint.safetensors"),
        key,
        beforeSave: () => leftOut.save(),
        ...(checkpointMilliseconds === undefined
          ? {}
          : { everyMilliseconds: checkpointMilliseconds }),
      },
      onProgress: ({ stepsPerSecond, ...progress }) => {
        onProgress?.({
          phase: "train",
          ...progress,
          ...(stepsPerSecond === undefined ? {} : { imagesPerSecond: stepsPerSecond * batchSize }),
        });
      },
      onPoint,
      onWarning: this.#warn,
    });
    return await this.#pack(result, { opened, leftOut, method, text, step });
  }

  /** What goes into the store. */
  async #pack(
    { weights, curve, seconds, steps }: Awaited<ReturnType<typeof fit>>,
    { opened, leftOut, method, text, step }: {
      opened: ModelBatches;
      leftOut: TrainingLedger;
      method: PreparedMethod;
      text: MethodText | null;
      step: TrainingStep;
    },
  ): Promise<TrainedModel> {
    const { spec, seed, key, id } = this.#job;
    const { teacher, folder } = this.#options;
    const { imageSize, widthMultiplier, algorithms } = spec.pretrain;
    const classNames = text?.classNames ??
      (this.#method.needs.labels ? this.#dataset.classNames : []);
    // An embedding of a space of its own can be compared with nothing.
    const keepsHead = method.head.space !== "own";
    const backbone = studentBackbone(students.get(spec.student!), spec.pretrain);
    const described = {
      student: spec.student!,
      imageSize,
      widthMultiplier,
      stem: chooseStem({ imageSize }),
      head: method.head,
      teacher: spec.teacher,
      teacherHash: teacher?.hash ?? null,
      classNames,
      pretrain: spec,
      modelKey: key,
      seed,
      steps,
    };
    const student = keepsHead
      ? encodeStudentFile(weights, described)
      : encodeStudentFile(withoutHead(weights, backbone.headName), { ...described, head: null });
    const table = algorithms === "measured"
      ? await readTextIfPresent(join(folder, algorithmsFileName))
      : undefined;
    const { loss, parts } = curve;
    return {
      student,
      ...(keepsHead ? {} : { encoder: encodeStudentFile(weights, described) }),
      ...(table === undefined ? {} : { algorithms: table }),
      info: {
        label: id,
        spec,
        seed,
        steps,
        parameters: totalSize(step.spec.parameters),
        seconds,
        curve: { steps: curve.steps, loss, parts },
        trainViews: opened.viewsHash,
        teacherHash: teacher === null ? null : await contentHash(teacher),
        environment: await readEntryEnvironment(),
        algorithms: Object.fromEntries(
          [...step.algorithms].flatMap(([name, { chosen, request }]) =>
            request.candidates.length > 1 ? [[name, chosen]] : []
          ),
        ),
        warnings: this.#warnings,
        ...await leftOut.result(),
      },
    };
  }
}

/**
 * Trains a student, going on from a checkpoint of the same job where there is one.
 *
 * @throws {NonFiniteLossError} when the loss is not finite; the last good checkpoint stays.
 * @throws {ConfigError} for settings that do not fit together.
 */
export async function trainModel(
  job: TrainJob,
  options: TrainModelOptions,
): Promise<TrainedModel> {
  const dataset = await getDataset<Annotation>(job.spec.data);
  return await new ModelTraining(job, dataset, options).run();
}
