/**
 * Opens what an evaluation measures: a student's file, or a teacher.
 *
 * @module
 */

import { ConfigError } from "../core/errors.ts";
import { fileModelKey, teacherModelKey } from "../core/recipe/jobs.ts";
import type { Store } from "../core/store/store.ts";
import { tasks } from "../tasks/registry.ts";
import { teachers } from "../teachers/registry.ts";
import type { JobContents } from "./resolve_jobs.ts";
import { findModel, studentFileName } from "./stored_model.ts";
import type { StudentFile, StudentOverrides } from "./student_file.ts";
import type { PlannedModel } from "./validate_jobs.ts";

/** The model that is measured. */
export interface OpenedModel {
  readonly key: string;
  readonly file: StudentFile | null;
  readonly teacher: string | null;
  readonly imageSize: number;
  readonly planned: PlannedModel;
  readonly warnings: readonly string[];
}

/** What opening a student depends on. */
export interface OpenStudentContext {
  /** Name of the task that will measure it. */
  readonly task: string;
  /** Teacher in place of the student's own. */
  readonly teacher?: string | undefined;
  /** What the file does not say. */
  readonly overrides?: StudentOverrides | undefined;
  readonly store: Store;
  readonly contents: JobContents;
}

/**
 * Whether a file is the store's own of its training, with the teacher that is here: then what tables
 * measured of it counts.
 */
async function isOfStore(
  file: StudentFile,
  teacherHash: string | null,
  store: Store,
): Promise<boolean> {
  if (file.modelKey === null) return false;
  const model = await findModel(store, file.modelKey);
  return model?.entry.files[studentFileName]?.sha256 === file.sha256 &&
    model.info.teacherHash === teacherHash;
}

/** What a plan must know of a teacher. */
interface DescribedTeacher {
  readonly hash: string;
  readonly imageSize: number;
  /** Length of its embeddings. */
  readonly dimension: number;
  readonly hasText: boolean;
  /** Whether it embeds the parts of images. */
  readonly isDense: boolean;
}

/** Describes a teacher; its session is not kept. */
async function describeTeacher(name: string): Promise<DescribedTeacher> {
  const teacher = await teachers.get(name)();
  try {
    const { hash, imageSize, dimension, encodeText, dense } = teacher;
    const parts = { hasText: encodeText !== undefined, isDense: dense !== undefined };
    return { hash, imageSize, dimension, ...parts };
  } finally {
    await teacher.release();
  }
}

/** Which teacher's space a student's embedding is in. */
function describeSpace({ teacher }: StudentFile): string {
  return teacher === null ? "of a teacher that the file does not name" : `of teacher "${teacher}"`;
}

/**
 * Why the embedding of a student cannot be compared with the texts of a teacher: the lengths differ.
 * Undefined where they are equal, or where the student has no embedding.
 */
function describeWidths(
  file: StudentFile,
  name: string,
  { dimension }: DescribedTeacher,
): string | undefined {
  const { head, path } = file;
  if (head?.output !== "embedding" || head.dimension === dimension) return undefined;
  return `the embedding of ${path} has ${head.dimension} numbers, in the space ` +
    `${describeSpace(file)}, and those of teacher "${name}" have ${dimension}`;
}

/**
 * Warns where a student's embedding is of another space than the texts that it is compared with.
 *
 * @param compares Whether the task compares them.
 */
function describeOtherSpace(
  file: StudentFile,
  name: string,
  { hash }: DescribedTeacher,
  compares: boolean,
): string | undefined {
  const { path, teacher, teacherHash } = file;
  // Weights decide, whatever the name under which they were registered.
  if (teacherHash === hash) return undefined;
  const compared = compares && file.head?.output === "embedding"
    ? "; its embedding is of another space than the texts, so what compares them (zero-shot) means " +
      "nothing"
    : "";
  if (teacher === name) {
    return teacherHash === null
      ? undefined
      : `${path} was distilled from other weights of ${name} than those here${compared}`;
  }
  return compared === ""
    ? undefined
    : `${path} was distilled with the embeddings ${describeSpace(file)}, and is measured with ` +
      `teacher "${name}"${compared}`;
}

/**
 * Opens a student.
 *
 * @throws {ConfigError} where its teacher is needed and not registered, or embeds at another length than
 * the student.
 */
export async function openStudent(
  file: StudentFile,
  { task, teacher: ownTeacher, overrides = {}, store, contents }: OpenStudentContext,
): Promise<OpenedModel> {
  const warnings: string[] = [...file.notes];
  const parts = tasks.get(task).needs.model;
  const usesTeacher = parts.includes("embeddings") || parts.includes("text");
  let teacher = ownTeacher ?? file.teacher;
  if (ownTeacher === undefined && file.pretrain?.teacherTraining !== undefined) {
    if (usesTeacher) {
      throw new ConfigError(
        `Cannot measure ${task} with ${file.path}: its teacher "${teacher}" has no text encoder. Use a ` +
          "task that needs none, or a student of another teacher",
      );
    }
    teacher = null;
  }
  // A plug-in may have brought it that is not loaded now.
  if (teacher !== null && ownTeacher === undefined && !teachers.has(teacher)) {
    const hint = `its teacher "${teacher}" is not registered; if a plug-in brings it, add --plugin`;
    if (usesTeacher) throw new ConfigError(`Cannot measure ${file.path}: ${hint}`);
    warnings.push(`${file.path}: ${hint}; ${task} needs none`);
    teacher = null;
  }
  const teacherHash = teacher === null ? null : await contents.teacherHash(teacher);
  const encoder = teacher === null ? null : await describeTeacher(teacher);
  if (!file.isVerified) {
    warnings.push(`${file.path} has no checksum, so it cannot be verified`);
  }
  const widths = encoder === null ? undefined : describeWidths(file, teacher!, encoder);
  if (widths !== undefined) {
    if (usesTeacher) {
      throw new ConfigError(
        `Cannot measure ${task}: ${widths}. Measure with the teacher that the student was distilled ` +
          `from (without --teacher), or distil one from "${teacher}"`,
      );
    }
    warnings.push(`${widths}; ${task} is measured without them`);
  }
  const otherSpace = encoder === null
    ? undefined
    : describeOtherSpace(file, teacher!, encoder, usesTeacher);
  if (otherSpace !== undefined) warnings.push(otherSpace);
  const embeds = encoder !== null && file.head?.output === "embedding" && widths === undefined;
  const isOwn = Object.keys(overrides).length === 0 &&
    await isOfStore(file, teacherHash, store);
  const { student, imageSize, widthMultiplier, stem } = file;
  const plugins = contents.pluginsOf({ student, teacher });
  const own = Object.keys(plugins).length === 0 ? {} : { plugins };
  const reading = { student, imageSize, widthMultiplier, stem, teacherHash, ...own };
  return {
    key: isOwn ? file.modelKey! : fileModelKey(file.sha256, reading),
    file,
    teacher,
    imageSize,
    planned: {
      name: file.path,
      teacher,
      backbone: { architecture: file.backbone, imageSize },
      parts: [
        "features",
        "backbone",
        ...(embeds ? ["embeddings" as const, "dense" as const] : []),
        ...(embeds && encoder.hasText ? ["text" as const] : []),
      ],
    },
    warnings,
  };
}

/** Opens a teacher by its name. */
export async function openTeacher(name: string, contents: JobContents): Promise<OpenedModel> {
  const teacher = await describeTeacher(name);
  return {
    key: teacherModelKey(
      await contents.teacherHash(name),
      contents.pluginsOf({ teacher: name })["teacher"],
    ),
    file: null,
    teacher: name,
    imageSize: teacher.imageSize,
    planned: {
      name,
      teacher: name,
      parts: [
        "features",
        "embeddings",
        ...(teacher.isDense ? ["dense" as const] : []),
        ...(teacher.hasText ? ["text" as const] : []),
      ],
    },
    warnings: [],
  };
}
