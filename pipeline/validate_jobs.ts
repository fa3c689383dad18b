/**
 * Checks jobs before any of them runs, so that a wrong name, a batch that cannot be filled or a
 * teacher without texts ends the command at once.
 *
 * @module
 */

import type { Annotation } from "../core/data/annotation.ts";
import { type Dataset, getSplit, splitNames, trainSplit } from "../core/data/dataset.ts";
import { getDataset, isEmbeddedDataset } from "../core/data/registry.ts";
import { ConfigError } from "../core/errors.ts";
import { type Backbone, backboneLevels } from "../core/methods/backbone.ts";
import { traceBackbone } from "../core/methods/distillation_step.ts";
import type { MethodTeacher, PreparedMethod } from "../core/methods/method.ts";
import { methods } from "../core/methods/registry.ts";
import { imagesOfEpoch, stepsOfEpoch } from "../core/recipe/cost.ts";
import type { MeasureJob, TextSource, TrainJob, TrainSpec } from "../core/recipe/jobs.ts";
import { validateTextNames } from "../core/text/text_names.ts";
import { checkAlgorithmsFile } from "../core/train/autotune/stored_algorithms.ts";
import { students } from "../students/registry.ts";
import { tasks } from "../tasks/registry.ts";
import { assertMeasurable, type ModelPart } from "../tasks/task.ts";
import { teachers } from "../teachers/registry.ts";
import type { Teacher } from "../teachers/teacher.ts";
import { describeText, resolveText, splitsOf } from "./resolve_jobs.ts";
import { describeTrainedTeacher } from "./trained_teacher.ts";
import { isTrained } from "./stored_model.ts";
import { studentBackbone } from "./student_backbone.ts";

/** A model as far as it is known before it is there. */
export interface PlannedModel {
  readonly name: string;
  readonly parts: readonly ModelPart[];
  /** Name of the teacher whose text encoder it uses. */
  readonly teacher?: string | null;
  /** The student's architecture at its size; absent where there is none. */
  readonly backbone?: PlannedBackbone;
}

/** A student's architecture at its size. */
export interface PlannedBackbone {
  readonly architecture: Backbone;
  readonly imageSize: number;
}

/** Jobs of one model that are checked together. */
export interface JobsToValidate {
  /** What is trained or measured; null where no model is needed. */
  readonly train: TrainJob | PlannedModel | null;
  readonly measures: readonly MeasureJob[];
}

/** What to do about class names that come from annotations and not from folders. */
const otherNames =
  "Give the classes other names, as many and in the order of the data's own: for LGD by --text file:PATH, " +
  "for dense-zero-shot by --names FILE or tasks.dense-zero-shot.names";

/** Most classes that one message names. */
const mostNamed = 5;

/** Names of a few things, and how many more there are. */
function nameSome(names: readonly string[]): string {
  const shown = names.slice(0, mostNamed).map((name) => `"${name}"`).join(", ");
  return names.length > mostNamed ? `${shown} and ${names.length - mostNamed} more` : shown;
}

/** What decides how a method is made ready. */
function methodKey({ method, settings, pretrain, teacher, teacherTraining, data }: TrainSpec) {
  const { batchSize, replicas } = pretrain;
  return JSON.stringify([method, settings, batchSize, replicas, teacherTraining ?? teacher, data]);
}

/** Problems of jobs, each told once. */
class JobValidation {
  readonly problems = new Set<string>();
  readonly warnings = new Set<string>();
  readonly #teachers = new Map<string, Promise<Teacher>>();
  readonly #prepared = new Map<string, Promise<PreparedMethod>>();
  /** Checks that were made, so that rows that share a setting are looked at once. */
  readonly #done = new Set<string>();

  #isNew(...parts: unknown[]): boolean {
    const key = JSON.stringify(parts);
    if (this.#done.has(key)) return false;
    this.#done.add(key);
    return true;
  }

  async #attempt(id: string, work: () => unknown): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.problems.add(`${id}: ${error.message}`);
    }
  }

  #teacher(name: string): Promise<Teacher> {
    const found = this.#teachers.get(name) ?? teachers.get(name)();
    this.#teachers.set(name, found);
    return found;
  }

  /** What is known of the teacher of a training; null for one without. */
  async #teacherOf({ teacher, teacherTraining }: TrainSpec): Promise<MethodTeacher | null> {
    if (teacherTraining !== undefined) return await describeTrainedTeacher(teacherTraining);
    return teacher === null ? null : await this.#teacher(teacher);
  }

  async release(): Promise<void> {
    for (const teacher of this.#teachers.values()) await (await teacher).release();
  }

  /** A student that cannot be built or trained at the size that is asked for. */
  #checkStudent({ student, pretrain }: TrainSpec): void {
    const { imageSize, widthMultiplier, batchSize, replicas } = pretrain;
    const part = batchSize / replicas;
    if (!this.#isNew("student", student, imageSize, widthMultiplier, part)) return;
    const backbone = studentBackbone(students.get(student!), pretrain);
    traceBackbone(backbone, { imageSize, batchSize: part });
  }

  async #checkBatch(spec: TrainSpec): Promise<void> {
    if (methods.get(spec.method!).needs.trains === false) return;
    const dataset = await getDataset<Annotation>(spec.data);
    const samples = (await dataset.samples(trainSplit(dataset))).length;
    const images = imagesOfEpoch(spec, samples);
    const { batchSize } = spec.pretrain;
    if (images >= batchSize) return;
    throw new ConfigError(
      `${spec.data} has ${samples} images to train on, ${images} views, fewer than a batch of ` +
        `${batchSize}; use a smaller pretrain.batchSize or more pretrain.viewsPerImage`,
    );
  }

  /**
   * A method made ready, once for all trainings that it is the same for; undefined where that takes texts that
   * are encoded, or nothing is trained.
   *
   * @throws {ConfigError} where settings do not fit the batch or the teacher.
   */
  #prepare(spec: TrainSpec, seed: number): Promise<PreparedMethod> | undefined {
    const { needs } = methods.get(spec.method!);
    if (needs.teacher === "image+text" || needs.trains === false) return undefined;
    const key = methodKey(spec);
    const prepared = this.#prepared.get(key) ?? this.#prepareAnew(spec, seed);
    this.#prepared.set(key, prepared);
    return prepared;
  }

  async #prepareAnew(spec: TrainSpec, seed: number): Promise<PreparedMethod> {
    const method = methods.get(spec.method!), { batchSize, replicas } = spec.pretrain;
    const dataset = await getDataset<Annotation>(spec.data);
    const teacher = await this.#teacherOf(spec);
    const samples = (await dataset.samples(trainSplit(dataset))).length;
    return await method.prepare({
      settings: spec.settings,
      seed,
      batchSize,
      replicas,
      stepsPerEpoch: stepsOfEpoch(spec, samples),
      classes: dataset.classNames.length,
      teacher,
      text: null,
      onWarning: () => {},
    });
  }

  /** @throws {ConfigError} where a method learns from labels that the data do not have. */
  async #checkLabels({ method, data }: TrainSpec): Promise<void> {
    if (!methods.get(method!).needs.labels) return;
    const { annotationKind } = await getDataset<Annotation>(data);
    if (annotationKind === "label") return;
    throw new ConfigError(
      `method ${method} learns from a label of each image; ${data} has annotations of kind ` +
        `"${annotationKind}". Use a method without labels, or other data`,
    );
  }

  #checkViews({ method, pretrain }: TrainSpec): void {
    const { views, neighbourViews = 0 } = methods.get(method!).needs;
    const own = Math.max(views - neighbourViews, neighbourViews);
    if (own > 1 && pretrain.views === "fixed" && pretrain.viewsPerImage < own) {
      throw new ConfigError(
        `method ${method} takes ${own} views of each image in a step; expected ` +
          `pretrain.viewsPerImage of at least ${own}, got ${pretrain.viewsPerImage}`,
      );
    }
    if (neighbourViews > 0 && pretrain.views !== "fixed") {
      throw new ConfigError(
        `method ${method} shows the nearest images of an image, which are found among fixed views; ` +
          'set pretrain.views to "fixed"',
      );
    }
  }

  async checkTraining({ id, spec, seed }: TrainJob): Promise<void> {
    await this.#attempt(id, () => this.#checkStudent(spec));
    await this.#attempt(id, () => checkAlgorithmsFile(spec.pretrain.algorithms));
    await this.#attempt(id, () => this.#checkLabels(spec));
    await this.#attempt(id, () => this.#checkBatch(spec));
    await this.#attempt(id, () => this.#checkViews(spec));
    if (this.#isNew("method", methodKey(spec))) {
      await this.#attempt(id, () => this.#prepare(spec, seed));
    }
    const split = trainSplit(await getDataset<Annotation>(spec.data));
    await this.#attempt(id, () => this.#checkSamples(spec.data, split));
    await this.#warnOfClasses(spec.data, split);
    if (!isEmbeddedDataset(spec.data)) {
      // What is trained here is measured there next: better told now than after the training.
      for (const { name } of (await getDataset<Annotation>(spec.data)).splits) {
        await this.#warnOfClasses(spec.data, name);
      }
    }
    if (methods.get(spec.method!).needs.teacher !== "image+text") return;
    await this.#attempt(id, () => this.#checkNames(spec.text!, spec.teacher));
    if (!this.#isNew("texts", spec.teacher)) return;
    if ((await this.#teacher(spec.teacher!)).encodeText !== undefined) return;
    this.problems.add(
      `${id}: teacher "${spec.teacher}" has no text encoder, which method ${spec.method} needs; use ` +
        "another method or another teacher",
    );
  }

  /** Names that a text encoder cannot tell apart, or that say nothing to it. */
  async #checkNames(text: TextSource, teacher: string | null): Promise<void> {
    if (!this.#isNew("names", text, teacher)) return;
    const { classNames } = await resolveText(text);
    // The words of a file are looked up where it is read.
    const encoder = teacher === null || "file" in text ? undefined : await this.#teacher(teacher);
    const isFolder = !("data" in text) ||
      (await getDataset<Annotation>(text.data)).annotationKind === "label";
    const options = {
      ...(encoder?.unknownWords === undefined
        ? {}
        : { unknownWords: (name: string) => encoder.unknownWords!(name) }),
      ...(isFolder ? {} : { wayOut: otherNames }),
    };
    for (const warning of await validateTextNames(classNames, describeText(text), options)) {
      this.warnings.add(warning);
    }
  }

  /** Labels that are no class, and ids that are there twice: mistakes of a reader. */
  async #checkSamples(data: string, split: string): Promise<void> {
    if (!this.#isNew("samples", data, split)) return;
    const dataset = await getDataset<Annotation>(data);
    const samples = await dataset.samples(split);
    const { length: classes } = dataset.classNames;
    if (dataset.annotationKind === "label") {
      const wrong = samples.labels().findIndex((label) => !(label >= 0 && label < classes));
      if (wrong >= 0) {
        throw new ConfigError(
          `${data}: image ${JSON.stringify(samples.id(wrong))} of ${split} has label ` +
            `${samples.label(wrong)}, expected 0 to ${
              classes - 1
            }, for there are ${classes} classes`,
        );
      }
    }
    // Two files cannot have one path.
    if (dataset.path !== undefined || isEmbeddedDataset(data)) return;
    const seen = new Set<string>();
    for (const { id } of samples) {
      if (seen.has(id)) {
        throw new ConfigError(
          `${data}: two images of ${split} have the id ${JSON.stringify(id)}; expected each once`,
        );
      }
      seen.add(id);
    }
  }

  /** Classes of which a split has no image. */
  async #warnOfClasses(data: string, split: string): Promise<void> {
    if (!this.#isNew("classes", data, split)) return;
    const dataset = await getDataset<Annotation>(data);
    // Splits for tuning may be anything.
    if (dataset.annotationKind !== "label" || getSplit(dataset, split).role === "tune") return;
    const seen = new Set((await dataset.samples(split)).labels());
    const empty = dataset.classNames.filter((_, label) => !seen.has(label));
    if (empty.length === 0) return;
    this.warnings.add(
      `${data} has no images in ${split} for ${empty.length} of its ${dataset.classNames.length} ` +
        `classes: ${nameSome(empty)}`,
    );
  }

  /** Whether a student's embedding is of a space of its own; false where that cannot be said. */
  async #isOfOwnSpace({ spec, seed }: TrainJob): Promise<boolean> {
    if (spec.method === null) return false;
    try {
      const prepared = await this.#prepare(spec, seed);
      return prepared?.head.output === "embedding" && prepared.head.space === "own";
    } catch (error) {
      // What is wrong with the method is told where its training is checked.
      if (error instanceof ConfigError) return false;
      throw error;
    }
  }

  /** Parts that a model will have. */
  async #partsOf(job: TrainJob): Promise<PlannedModel> {
    const { id, spec } = job;
    const isTrained = spec.teacherTraining !== undefined;
    const teacher = spec.teacher === null || isTrained ? null : await this.#teacher(spec.teacher);
    const isOwn = await this.#isOfOwnSpace(job);
    const parts: ModelPart[] = ["features"];
    if (spec.teacher !== null && !isOwn) {
      parts.push("embeddings");
      // A distilled head reads single pixels as well; the teacher as it is may not.
      if (spec.method !== null || teacher?.dense) parts.push("dense");
      if (teacher?.encodeText) parts.push("text");
    }
    if (spec.method !== null) parts.push("backbone");
    return {
      name: isOwn
        ? `${id}, whose embedding by ${spec.method} is of a space of its own`
        : isTrained || (teacher !== null && teacher.encodeText === undefined)
        ? `${id}, whose teacher is "${spec.teacher}"`
        : id,
      parts,
      teacher: isTrained ? null : spec.teacher,
      ...(spec.student === null ? {} : {
        backbone: {
          architecture: studentBackbone(students.get(spec.student), spec.pretrain),
          imageSize: spec.pretrain.imageSize,
        },
      }),
    };
  }

  /**
   * Checks a measurement.
   *
   * @param model What is measured: a job, what is known of a file, or null where none is needed.
   */
  async checkMeasurement(
    { id, spec }: MeasureJob,
    model: TrainJob | PlannedModel | null,
  ): Promise<void> {
    const dataset = await getDataset<Annotation>(spec.data);
    const planned = model === null || "parts" in model ? model : await this.#partsOf(model);
    await this.#attempt(id, () =>
      assertMeasurable(tasks.get(spec.task), {
        settings: spec.settings,
        dataset,
        ...(planned === null ? {} : { model: planned }),
      }));
    const { task, data, settings } = spec;
    const { needs, needsOf } = tasks.get(task);
    await this.#attempt(id, () => this.#checkBackbone(spec, planned));
    if ((needsOf?.(settings) ?? needs.model).includes("text")) {
      const teacher = planned?.teacher ?? null;
      await this.#attempt(id, () => this.#checkNames({ task, data, settings }, teacher));
    }
    this.#checkSplits(id, spec, dataset);
    for (const split of splitsOf(spec, dataset)) {
      await this.#attempt(id, () => this.#checkSamples(spec.data, split));
      await this.#warnOfClasses(spec.data, split);
    }
  }

  /** What only the student's architecture can tell. */
  #checkBackbone({ task, settings }: MeasureJob["spec"], planned: PlannedModel | null): void {
    const { validateBackbone } = tasks.get(task);
    if (validateBackbone === undefined || planned?.backbone === undefined) return;
    const { architecture, imageSize } = planned.backbone;
    const levels = backboneLevels(architecture, imageSize);
    if (!this.#isNew("backbone", task, settings, levels)) return;
    validateBackbone(settings, { architecture, imageSize, levels });
  }

  #checkSplits(id: string, spec: MeasureJob["spec"], dataset: Dataset<Annotation>): void {
    if (splitsOf(spec, dataset).length > 0) return;
    this.problems.add(
      `${id}: cannot measure on ${spec.data}: it has no split ${
        spec.splits.join(" or ")
      }; it has ` +
        `${splitNames(dataset).join(", ")}. Choose with --set 'evaluation.splits=[…]'`,
    );
  }
}

/**
 * Checks that jobs can be done: students can be built, batches filled, teachers do what is asked of
 * them, data have what tasks need.
 *
 * @returns What the user should know of the data.
 * @throws {ConfigError} with every problem.
 */
export async function validateJobs(models: readonly JobsToValidate[]): Promise<string[]> {
  const validation = new JobValidation();
  try {
    for (const { train, measures } of models) {
      if (train !== null && "spec" in train && isTrained(train)) {
        await validation.checkTraining(train);
      }
      for (const job of measures) await validation.checkMeasurement(job, train);
    }
  } finally {
    await validation.release();
  }
  if (validation.problems.size > 0) throw new ConfigError([...validation.problems].join("\n  "));
  return [...validation.warnings];
}
