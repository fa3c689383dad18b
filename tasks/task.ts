/**
 * What a task is: something that a model is measured by.
 *
 * @module
 */

import type { z } from "zod";
import type { Annotation } from "../core/data/annotation.ts";
import type { Dataset, SkippedImage, SplitName } from "../core/data/dataset.ts";
import type { ViewSet } from "../core/data/views/view_set.ts";
import { ConfigError } from "../core/errors.ts";
import { explainIssues } from "../core/explain_schema.ts";
import type { Backbone, BackboneLevel } from "../core/methods/backbone.ts";
import type { DenseEncoder } from "../core/methods/dense_encoder.ts";
import type { MappedEncoder } from "../core/methods/mapped_encoder.ts";
import type { NamedTensors } from "../core/nn/parameters.ts";
import type { Evidence } from "../core/results/evidence.ts";
import type { Metric } from "../core/results/metric.ts";
import type { Stem } from "../students/student.ts";
import type { TextEncoder } from "../core/text/text_bank.ts";
import type { FitOptions, FitResult } from "../core/train/fit.ts";

/** A backbone with its weights, for tasks that train it or build on its feature maps. */
export interface MeasuredBackbone {
  /** Adds the backbone to a graph; gives C2 to C5 and the pooled features. */
  readonly architecture: Backbone;
  /** Its parameters and buffers by name, without the head's. */
  readonly weights: NamedTensors;
  /** Side of the images it was trained on, pixels. */
  readonly imageSize: number;
  /** Channels and strides of C2 to C5. */
  readonly levels: readonly BackboneLevel[];
  /** What it is built of again, for a task that keeps what it trained. */
  readonly student: {
    /** Name in the registry of students. */
    readonly name: string;
    /** Factor on its channel counts. */
    readonly widthMultiplier: number;
    readonly stem: Stem;
  };
}

/** A model as tasks see it: frozen, BatchNorm in evaluation form. */
export interface MeasuredModel {
  /** Name for messages. */
  readonly name: string;
  /** Side of the images that it takes, pixels. */
  readonly imageSize: number;
  /** Length d of the backbone's features. */
  readonly featureLength: number;
  /** Backbone features, one row per view, [n, d]. */
  features(views: ViewSet): Promise<Float32Array>;
  /** Embeddings in the teacher's space, unit vectors, [n, D]; absent without a distilled head. */
  readonly embeddings?: (views: ViewSet) => Promise<Float32Array>;
  /** Embeds the parts of images in the same space; absent without a distilled head. */
  readonly dense?: DenseEncoder;
  /** Embeds images in the same space, with the feature maps on the way; absent as above. */
  readonly mapped?: MappedEncoder;
  /** The teacher's text encoder; absent where the teacher has none. */
  readonly encodeText?: TextEncoder;
  /** Architecture and weights; absent where the model is not one of ours, as a teacher. */
  readonly backbone?: MeasuredBackbone;
}

/** What a task may need of a model; a model without it is refused when planning. */
export type ModelPart = "features" | "embeddings" | "dense" | "text" | "backbone";

/** What a task costs, told without running it. */
export interface Cost {
  /** Images that go forward through the model, without those of training steps. */
  readonly images: number;
  /** Training steps. */
  readonly steps: number;
  /** Multiplications with additions, of everything together: what longest-first goes by. */
  readonly macs: number;
}

/** What is known of a measurement before it runs. */
export interface CostContext<A extends Annotation = Annotation, S = unknown> {
  readonly dataset: Dataset<A>;
  readonly settings: S;
  /** Splits that will be measured. */
  readonly splits: readonly SplitName[];
  /** Fixed views of each test image. */
  readonly views: number;
  readonly model: {
    readonly imageSize: number;
    readonly featureLength: number;
    /** Multiplications with additions of one image forward; 0 where they are not known. */
    readonly macs: number;
  };
}

/** What a task may choose of a training; the rest is the measurement's. */
export type TaskFitOptions = Omit<
  FitOptions,
  "seed" | "threads" | "checkpoint" | "onProgress" | "onWarning"
>;

/** What a task is given. */
export interface TaskContext<A extends Annotation = Annotation, S = unknown> {
  /** The model; {@linkcode noModel} for a task that needs none. */
  readonly model: MeasuredModel;
  readonly dataset: Dataset<A>;
  /** Settings, checked and complete. */
  readonly settings: S;
  /** Splits to measure, those that the data set has. */
  readonly splits: readonly SplitName[];
  /** Fixed views of each test image. */
  readonly views: number;
  /** Seed of everything that the task draws. */
  readonly seed: number;
  /** Threads of one session. */
  readonly threads: number;
  /** Folder that survives a kill, for checkpoints; it is gone when the outcome is stored. */
  readonly folder: string;
  /**
   * Loads fixed views, the same for every model.
   *
   * @param options.imageSize Side in pixels. @default {the model's}
   */
  loadViews(split: SplitName, views: number, options?: { imageSize?: number }): Promise<ViewSet>;
  /**
   * Trains with checkpoints in `folder`: killed at any moment, the next run goes on to the same bits.
   *
   * @param name Unique among the trainings of the task; names the checkpoint.
   */
  fit(name: string, options: TaskFitOptions): Promise<FitResult>;
  /**
   * Keeps a file beside the outcome, e.g. the list of labelled images, or what was trained;
   * `figures.json` is shown in reports (`formatFigures`).
   */
  keepFile(name: string, content: string | Uint8Array): Promise<void>;
  /**
   * Tells which images of a split took part, for a task that reads images and no views; views are counted
   * where they are loaded.
   *
   * @param used.used Number of images that took part.
   * @param used.skipped Those that did not, with the reasons.
   * @param used.hash Content key of what was read.
   */
  countImages(
    split: SplitName,
    used: { used: number; skipped: readonly SkippedImage[]; hash: string },
  ): Promise<void>;
  /** Told how far a phase of the task is. */
  progress(phase: string, step: number, steps: number): void;
  /** Tells the reader of the numbers something. */
  warn(message: string): void;
}

/** A task. */
export interface Task<A extends Annotation = Annotation, S = unknown> {
  /** Name in the registry, e.g. `"linear-probe"`. */
  readonly name: string;
  /** Raised when the same model gets other numbers: part of the key of every outcome. */
  readonly version: number;
  /** Name for the reader. */
  readonly title: string;
  /**
   * Settings, a strict object with a default for each: `tasks.<name>.*` of recipes and `--set`. They
   * are checked when planning, so limits belong here.
   */
  readonly settings: z.ZodType<S>;
  readonly needs: {
    /** Kind of annotation of the data. */
    readonly annotation: A["kind"];
    /** Parts of the model; empty for a task that needs none. */
    readonly model: readonly ModelPart[];
  };
  /** Parts of the model that some settings need, in place of `needs.model`. */
  needsOf?(settings: S): readonly ModelPart[];
  /** Whether it looks at fixed views, which are drawn before anything runs. @default {true} */
  readonly usesViews?: boolean;
  /**
   * Checks what only a student's architecture can tell, before anything runs: `levels` as
   * `MeasuredBackbone` has them.
   *
   * @throws {ConfigError} where the task cannot be run on it.
   */
  validateBackbone?(
    settings: S,
    backbone: Pick<MeasuredBackbone, "architecture" | "imageSize" | "levels">,
  ): void;
  /** What can be read of its evidence; a column shows one of them, the first unless it says which. */
  readonly metrics: readonly Metric[];
  /**
   * The class names that the task serves: what a text bank "for this task" is built from.
   *
   * @param settings Those of a measurement; the defaults where absent.
   * @throws {ConfigError} where the settings do not fit the data.
   */
  classNames(data: Dataset<A>, settings?: S): readonly string[];
  /** The prompts of that text bank, with `{}` for the name. */
  templates(settings: S): readonly string[];
  /** What a run costs. */
  cost(context: CostContext<A, S>): Promise<Cost>;
  /** Measures the model: the evidence of each split. */
  run(context: TaskContext<A, S>): Promise<Record<SplitName, Evidence>>;
}

/** Stands for the model of a task that needs none. */
export const noModel: MeasuredModel = {
  name: "no model",
  imageSize: 32,
  featureLength: 0,
  features: () => Promise.reject(new Error("internal: this task has no model")),
};

/**
 * The settings of a task, complete and checked.
 *
 * @param given Those that differ from the defaults.
 * @param place What they belong to, for messages: `"column lp_in1k"`.
 * @throws {ConfigError} with every wrong or unknown setting.
 */
export function resolveTaskSettings<S>(
  task: { readonly name: string; readonly settings: z.ZodType<S> },
  given: Readonly<Record<string, unknown>>,
  place: string,
): S {
  const checked = task.settings.safeParse(given);
  if (checked.success) return checked.data;
  const issues = explainIssues(checked.error, { schema: task.settings, value: given });
  throw new ConfigError(
    `Settings of task ${task.name} in ${place}:\n  - ${issues.join("\n  - ")}`,
  );
}

/** What a task asks of model and data. */
export interface Needs<S> {
  readonly name: string;
  readonly needs: { readonly annotation: string; readonly model: readonly ModelPart[] };
  needsOf?(settings: S): readonly ModelPart[];
}

/**
 * Checks that a task can measure a model on a data set.
 *
 * @throws {ConfigError} that names what is missing.
 */
export function assertMeasurable<S>(
  { name, needs, needsOf }: Needs<S>,
  { settings, model, dataset }: {
    settings: S;
    /** Parts that the model has; not checked where absent. */
    model?: { readonly name: string; readonly parts: readonly ModelPart[] };
    dataset: Pick<Dataset<Annotation>, "name" | "annotationKind">;
  },
): void {
  if (needs.annotation !== "none" && dataset.annotationKind !== needs.annotation) {
    throw new ConfigError(
      `Cannot measure ${name} on ${dataset.name}: expected annotations of kind ` +
        `"${needs.annotation}", got "${dataset.annotationKind}"`,
    );
  }
  const missing = model &&
    (needsOf?.(settings) ?? needs.model).filter((part) => !model.parts.includes(part));
  if (missing && missing.length > 0) {
    throw new ConfigError(
      `Cannot measure ${name} with ${model.name}: it has no ${
        missing.map((part) => partNames[part]).join(" and no ")
      }`,
    );
  }
}

const partNames: Readonly<Record<ModelPart, string>> = {
  features: "features",
  embeddings: "embedding in the space of a teacher",
  dense: "embeddings of single pixels in the space of a teacher",
  text: "text encoder",
  backbone: "backbone that can be trained (only students have one)",
};

/** Parts that a model has. */
export function modelParts(model: MeasuredModel): ModelPart[] {
  return [
    ...(model.featureLength > 0 ? ["features" as const] : []),
    ...(model.embeddings ? ["embeddings" as const] : []),
    ...(model.dense ? ["dense" as const] : []),
    ...(model.encodeText ? ["text" as const] : []),
    ...(model.backbone ? ["backbone" as const] : []),
  ];
}
