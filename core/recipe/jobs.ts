/**
 * Jobs: a training that makes a model, and a measurement of a model by one task. A job's key is a
 * hash of everything that determines its outcome, so that equal jobs are done once, whichever table or
 * command asks for them.
 *
 * @module
 */

import type { ImageCount, LeftOut } from "../left_out.ts";
import { hashJson } from "../files.ts";
import type { Evidence } from "../results/evidence.ts";
import type { PretrainSettings } from "./pretrain_settings.ts";

/** Raised when a change of the program changes the weights that the same training gives. */
export const trainVersion = 7;
/** Raised when a change of the program changes the numbers that the same measurement gives. */
export const measureVersion = 1;

/** How many of the names are taken; a text: as many as that data set has classes. */
type NameCount = number | string;

/** Class names and prompts from a task or a file. */
export type TextPart =
  | {
    /** Task whose class names on `data`, and whose prompts, make the bank. */
    readonly task: string;
    /** Data set, as `getDataset` takes it. */
    readonly data: string;
    /** Settings of the task, resolved: the prompts may depend on them. */
    readonly settings: Readonly<Record<string, unknown>>;
    /** Names that are drawn, always the same; all where absent. */
    readonly count?: NameCount | undefined;
  }
  | {
    /** Path of a list of class names. */
    readonly file: string;
    /** Name of a set of prompts. */
    readonly templates: string;
    /** Names that are drawn, always the same; all where absent. */
    readonly count?: NameCount | undefined;
  };

/** Where the class names and prompts of a text bank come from. */
export type TextSource =
  | TextPart
  | {
    /** Names of all of these, each once. */
    readonly union: readonly TextPart[];
  }
  | {
    /** The class names themselves. */
    readonly names: readonly string[];
    /** Name of a set of prompts. */
    readonly templates: string;
  };

/** A teacher that is no registered one, but trained first: by a method that needs no teacher itself. */
export interface TeacherTraining {
  /** Its role in the recipe. */
  readonly role: string;
  readonly spec: TrainSpec;
  /** Seed of its training, the same for every seed of its students: there is one teacher. */
  readonly seed: number;
}

/** Seed of every {@linkcode TeacherTraining}. */
export const teacherSeed = 0;

/** Id of the training of a teacher where no row shows it, without the seed. */
export function teacherRow(role: string): string {
  return `teacher-${role}`;
}

/** How a model is made. */
export interface TrainSpec {
  /** Name of the method; null where the teacher is taken as it is. */
  readonly method: string | null;
  /** Name of the teacher; null where the method has none. One that is trained first is described. */
  readonly teacher: string | null;
  /** How the teacher is trained; absent for a registered one. It has no text encoder. */
  readonly teacherTraining?: TeacherTraining | undefined;
  /** Name of the student; null where the teacher is taken as it is. */
  readonly student: string | null;
  /** Data set of the images, as `getDataset` takes it. */
  readonly data: string;
  /** What the text bank is built from; null without a bank. */
  readonly text: TextSource | null;
  /** Length in epochs; may be a fraction. 0 where nothing is trained. */
  readonly epochs: number;
  /** Settings that every training shares, resolved. */
  readonly pretrain: PretrainSettings;
  /** The method's own settings, resolved. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** A training with one seed. */
export interface TrainJob {
  /** Safe as a file name, e.g. `"rn18-lgd-200.seed0"`: the first row that shows it, and the seed. */
  readonly id: string;
  /** See {@linkcode trainKey}. */
  readonly key: string;
  readonly spec: TrainSpec;
  readonly seed: number;
  /** Rows that show this training: rows that differ only in what is measured share one. */
  readonly rowIds: readonly string[];
  /** The training of its teacher; absent for a registered one. */
  readonly teacher?: { readonly id: string; readonly key: string };
}

/** What is measured. */
export interface MeasureSpec {
  /** Name of the task. */
  readonly task: string;
  /** Data set, as `getDataset` takes it. */
  readonly data: string;
  /** Settings of the task, resolved. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Fixed views of each test image. */
  readonly views: number;
  /** Splits that are measured, of those that the data set has. */
  readonly splits: readonly string[];
}

/** One number position of a table that a measurement fills, for one seed. */
export interface MeasuredColumn {
  /** Id of the row. */
  readonly row: string;
  /** Id of the column. */
  readonly column: string;
  /** Key of the task's metric. */
  readonly metric: string;
}

/** A measurement of one model. */
export interface MeasureJob {
  /** Safe as a file name, e.g. `"rn18-lgd-200.seed0.lp_ct256"`. */
  readonly id: string;
  /** See {@linkcode measureKey}. */
  readonly key: string;
  /** Key of the model; {@linkcode noModelKey} where the task needs none. */
  readonly modelKey: string;
  readonly spec: MeasureSpec;
  readonly seed: number;
  /** Every number that it gives: columns that read different metrics share one measurement. */
  readonly columns: readonly MeasuredColumn[];
}

/** What a measurement found. */
export interface Outcome {
  readonly task: string;
  /** Version of the task; numbers of different versions are not comparable. */
  readonly taskVersion: number;
  /** What was observed, by split. */
  readonly splits: Readonly<Record<string, Evidence>>;
  readonly seconds: number;
  /** Content keys of the views that were looked at, by split. */
  readonly viewHashes: Readonly<Record<string, string>>;
  /** What the reader of the numbers should know. */
  readonly warnings: readonly string[];
  /** What was left out, with the reasons. */
  readonly leftOut: readonly LeftOut[];
  /** Images of the splits that were looked at. */
  readonly images: readonly ImageCount[];
  /** Names of further files that the task kept, e.g. the list of labelled images. */
  readonly files: readonly string[];
  /** What it was made with: versions and the machine's kind, which no key holds. */
  readonly environment?: Readonly<Record<string, string | number | null>> | undefined;
}

/** What class names and prompts a text bank has, or a task on a data set. */
export interface TextContents {
  readonly classNames: readonly string[];
  readonly templates: readonly string[];
}

/** What decides about the numbers and is not told by a name: versions, fingerprints, hashes. */
export interface TrainContents {
  /** Version of the method's code. */
  readonly methodVersion: number | null;
  /** Fingerprint of the training images and their labels, and of class names where labels are used. */
  readonly data: string;
  /** Hash of the teacher's weights and preprocessing. */
  readonly teacher: string | null;
  /** Class names and prompts of the text bank. */
  readonly text: TextContents | null;
  /** SHA-256 of a file of algorithms; null where no file is named. */
  readonly algorithms: string | null;
  /** SHA-256 of the plug-ins that brought method, student or data, by kind. */
  readonly plugins: Readonly<Record<string, string>>;
}

/** The same for a measurement. */
export interface MeasureContents {
  /** Version of the task's code. */
  readonly taskVersion: number;
  /** Fingerprints of the splits that the task may read, by split. */
  readonly data: Readonly<Record<string, string>>;
  /** Class names and prompts of the task on the data. */
  readonly text: TextContents;
  /** SHA-256 of the plug-ins that brought task or data, by kind. */
  readonly plugins: Readonly<Record<string, string>>;
}

/** Key of the model of a task that needs none. */
export const noModelKey: string = hashJson({ kind: "model", none: true });

/**
 * Key of a teacher as it is.
 *
 * @param plugin SHA-256 of the plug-in that brought it; none where it is built in.
 */
export function teacherModelKey(teacherHash: string, plugin?: string): string {
  return hashJson({
    kind: "model",
    teacher: teacherHash,
    ...(plugin === undefined ? {} : { plugin }),
  });
}

/**
 * Threads of a session as a part of a key: with several the sums of matrix products are made in
 * another order, which changes the last bits. One, the default, is not named.
 */
function threadsPart(threads: number): Record<string, number> {
  return threads === 1 ? {} : { threads };
}

/**
 * Key of a student whose file is not one of the store's.
 *
 * @param file SHA-256 of the file.
 * @param reading What the user said of it, and the hash of the teacher whose texts are used.
 */
export function fileModelKey(file: string, reading: Readonly<Record<string, unknown>>): string {
  return hashJson({ kind: "model", file, reading });
}

/** The shared settings as far as they decide about the weights. */
function decisiveSettings(
  { templates: _inText, viewsPerImage, ...settings }: PretrainSettings,
): Record<string, unknown> {
  return settings.views === "fixed" ? { ...settings, viewsPerImage } : settings;
}

/**
 * Key of a trained model, 64 hex digits: the same for every row and command that asks for this
 * training, another as soon as anything that decides about its weights is another.
 */
export function trainKey(
  spec: TrainSpec,
  seed: number,
  contents: TrainContents,
  threads = 1,
): string {
  if (spec.method === null) return teacherModelKey(contents.teacher!, contents.plugins["teacher"]);
  const { method, student, epochs, pretrain, settings } = spec;
  return hashJson({
    kind: "model",
    version: trainVersion,
    method: { name: method, version: contents.methodVersion, settings },
    student,
    epochs,
    pretrain: decisiveSettings(pretrain),
    seed,
    data: contents.data,
    teacher: contents.teacher,
    text: contents.text,
    algorithms: contents.algorithms,
    plugins: contents.plugins,
    ...threadsPart(threads),
  });
}

/**
 * Key of an outcome, 64 hex digits.
 *
 * @param threads Threads of a session. @default {1}
 */
export function measureKey(
  modelKey: string,
  spec: MeasureSpec,
  seed: number,
  contents: MeasureContents,
  threads = 1,
): string {
  const { task, settings, views, splits } = spec;
  return hashJson({
    kind: "outcome",
    version: measureVersion,
    model: modelKey,
    task: { name: task, version: contents.taskVersion, settings },
    views,
    splits,
    seed,
    data: contents.data,
    text: contents.text,
    plugins: contents.plugins,
    ...threadsPart(threads),
  });
}
