/**
 * Opens what gives pixels classes: a trained segmenter, an exported one, or a distilled student or a teacher
 * with class names.
 *
 * @module
 */

import { ConfigError, DataError } from "../core/errors.ts";
import { type DenseEncoder, studentDenseEncoder } from "../core/methods/dense_encoder.ts";
import { userPath } from "../core/paths.ts";
import { readClassNameFile } from "../core/text/class_names.ts";
import { type TemplateSetName, templateSets } from "../core/text/templates.ts";
import { buildTextBank, findEqualRows } from "../core/text/text_bank.ts";
import { textPixelModel } from "../tasks/dense_zero_shot/text_pixels.ts";
import {
  PixelClassifier,
  type SegmenterInference,
} from "../tasks/segmentation/pixel_classifier.ts";
import { Segmenter } from "../tasks/segmentation/segmenter.ts";
import { inferenceOf } from "../tasks/segmentation/segmenter_options.ts";
import { teachers } from "../teachers/registry.ts";
import type { Teacher } from "../teachers/teacher.ts";
import { openExportedSegmenter } from "./exported_segmenter.ts";
import { kindOfFile } from "./file_kind.ts";
import { readSegmenterFile } from "./segmenter_file.ts";
import { readStudentFile, type StudentFile } from "./student_file.ts";

/** Prefix of a teacher in place of a file. */
const teacherPrefix = "teacher:";

/** What gives pixels classes. */
export interface OpenedPixelModel {
  /** Release it when it is no longer needed. */
  readonly classifier: PixelClassifier;
  readonly classNames: readonly string[];
  /** What the reader of its pictures should know. */
  readonly warnings: readonly string[];
}

/** How a model is opened and looks at pictures. */
export interface OpenPixelModelOptions {
  /** Path of a list of class names, for a student or a teacher. */
  readonly names?: string | undefined;
  /** Prompts of the names. */
  readonly templates?: TemplateSetName | undefined;
  /** Teacher whose texts are used; the student's own where absent. */
  readonly teacher?: string | undefined;
  /** Strides of a student or a teacher beyond it become dilations. */
  readonly outputStride?: number | undefined;
  readonly threads?: number | undefined;
  /** What differs from the settings of the training. */
  readonly inference?: SegmenterInference | undefined;
  /** Most pixels of a picture at once; any where absent. */
  readonly mostPixels?: number | undefined;
}

/** How pictures are looked at. */
function inferenceFor({ inference, mostPixels }: OpenPixelModelOptions): SegmenterInference {
  return { ...inference, ...(mostPixels === undefined ? {} : { mostPixels }) };
}

/** Whether a name is a teacher's, and no path. */
export function isTeacherName(model: string): boolean {
  return model.startsWith(teacherPrefix);
}

/** @throws {ConfigError} for options that only models without names of their own take. */
function refuseTextOptions(
  model: string,
  { names, templates, teacher, outputStride }: OpenPixelModelOptions,
): void {
  const given = Object.entries({
    "--names": names,
    "--templates": templates,
    "--teacher": teacher,
    "--output-stride": outputStride,
  }).filter(([, value]) => value !== undefined).map(([option]) => option);
  if (given.length === 0) return;
  throw new ConfigError(
    `${given.join(", ")}: the segmenter ${model} has classes of its own, that it was trained on; ` +
      "other names take a student or a teacher",
  );
}

/** The teacher whose texts name the classes. @throws {ConfigError} where nobody says which. */
async function loadTextTeacher(
  { path, teacher: own }: Pick<StudentFile, "path" | "teacher">,
  { teacher: name = own ?? undefined, threads = 1 }: OpenPixelModelOptions,
): Promise<Teacher> {
  if (name !== undefined) return await teachers.get(name)({ threads });
  throw new ConfigError(
    `Cannot segment by names with ${path}: it does not say which teacher it was distilled from; say it ` +
      "with --teacher",
  );
}

/**
 * The encoder of a student.
 *
 * @throws {ConfigError} where it has no distillation head.
 */
function encoderOfStudent({ path, head, backbone, weights }: StudentFile): DenseEncoder {
  if (head?.output === "embedding") return studentDenseEncoder(backbone, weights, head, path);
  throw new ConfigError(
    `Cannot segment by names with ${path}: it has no distillation head, so its pixels have no place among ` +
      "texts. Use a student of LGD or SEED, or train a segmenter on it: " +
      '"evaluate STUDENT --task semantic-segmentation --out FOLDER"',
  );
}

/** A model whose classes are names. */
async function openByNames(
  { encoder, teacher, name, notes }: {
    readonly encoder: DenseEncoder;
    readonly teacher: Teacher;
    readonly name: string;
    readonly notes: readonly string[];
  },
  options: OpenPixelModelOptions,
): Promise<OpenedPixelModel> {
  const { names, templates = "imagenet-80", outputStride, threads = 1 } = options;
  if (names === undefined) {
    throw new ConfigError(
      `Cannot segment with ${name}: it knows no classes; say which with --names FILE, one name a line`,
    );
  }
  if (teacher.encodeText === undefined) {
    throw new ConfigError(
      `Cannot segment with ${name}: teacher "${teacher.name}" has no text encoder`,
    );
  }
  const read = await readClassNameFile(userPath(names));
  const bank = await buildTextBank(teacher.encodeText, read.names, templateSets[templates]);
  const warnings = [...notes, ...read.warnings];
  const same = findEqualRows(bank);
  if (same !== undefined) {
    const [first, second] = same.map((row) => read.names[row]!);
    warnings.push(
      `the text encoder makes the same of "${first}" and "${second}": no pixel can be of the second class`,
    );
  }
  const model = textPixelModel({
    encoder,
    bank,
    name,
    ...(outputStride === undefined ? {} : { outputStride }),
  }, { threads });
  const classifier = new PixelClassifier(model, inferenceFor(options));
  return { classifier, classNames: read.names, warnings };
}

async function openTeacher(
  name: string,
  options: OpenPixelModelOptions,
): Promise<OpenedPixelModel> {
  if (options.teacher !== undefined) {
    throw new ConfigError(`--teacher: the model is a teacher itself, ${teacherPrefix}${name}`);
  }
  const teacher = await teachers.get(name)({ threads: options.threads ?? 1 });
  try {
    const { dense: encoder } = teacher;
    if (encoder === undefined) {
      throw new ConfigError(
        `Cannot segment with teacher "${name}": it embeds whole images, and no parts of them`,
      );
    }
    return await openByNames({ encoder, teacher, name: `teacher "${name}"`, notes: [] }, options);
  } finally {
    await teacher.release();
  }
}

async function openStudent(
  path: string,
  options: OpenPixelModelOptions,
): Promise<OpenedPixelModel> {
  const file = await readStudentFile(path);
  const encoder = encoderOfStudent(file);
  const teacher = await loadTextTeacher(file, options);
  try {
    const notes = [...file.notes];
    if (file.teacherHash !== teacher.hash) {
      notes.push(
        `${path} was distilled from other weights than those of teacher "${teacher.name}": if these are of ` +
          "another space, its classes mean nothing",
      );
    }
    return await openByNames({ encoder, teacher, name: path, notes }, options);
  } finally {
    await teacher.release();
  }
}

async function openSegmenter(
  path: string,
  options: OpenPixelModelOptions,
): Promise<OpenedPixelModel> {
  const { spec, weights, settings, classNames } = await readSegmenterFile(path);
  const inference = { ...inferenceOf(settings), ...inferenceFor(options) };
  const classifier = new Segmenter(spec, weights, { threads: options.threads ?? 1, inference });
  return { classifier, classNames, warnings: [] };
}

async function openExported(
  path: string,
  { threads = 1, inference = {} }: OpenPixelModelOptions,
): Promise<OpenedPixelModel> {
  // It has a size of its own.
  const { model, classNames, isVerified } = await openExportedSegmenter(path, { threads });
  try {
    const warnings = isVerified ? [] : [`${path} has no checksum, so it cannot be verified`];
    return { classifier: new PixelClassifier(model, inference), classNames, warnings };
  } catch (error) {
    await model.release();
    throw error;
  }
}

/**
 * Opens a model.
 *
 * @param model Path of a `segmenter.safetensors`, a `segmenter.onnx` or a student, or `teacher:NAME`.
 * @throws {ConfigError} where options do not fit the model, or it has no place for names. {DataError} where
 * a file is missing or damaged.
 */
export async function openPixelModel(
  model: string,
  options: OpenPixelModelOptions,
): Promise<OpenedPixelModel> {
  if (isTeacherName(model)) return await openTeacher(model.slice(teacherPrefix.length), options);
  if (/\.onnx$/i.test(model)) {
    refuseTextOptions(model, options);
    return await openExported(model, options);
  }
  const kind = await kindOfFile(model);
  if (kind === "segmenter") {
    refuseTextOptions(model, options);
    return await openSegmenter(model, options);
  }
  if (kind === "detector") {
    throw new DataError(`Cannot segment with ${model}: it is a detector; use "detect"`);
  }
  return await openStudent(model, options);
}
