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

/** What a plan must know of a teacher; its session is not kept. */
async function describeTeacher(
  name: string,
): Promise<{ hash: string; imageSize: number; hasText: boolean }> {
  const teacher = await teachers.get(name)();
  try {
    const { hash, imageSize, encodeText } = teacher;
    return { hash, imageSize, hasText: encodeText !== undefined };
  } finally {
    await teacher.release();
  }
}

/**
 * Opens a student.
 *
 * @throws {ConfigError} where its teacher is needed and not registered.
 */
export async function openStudent(
  file: StudentFile,
  { task, teacher: ownTeacher, overrides = {}, store, contents }: OpenStudentContext,
): Promise<OpenedModel> {
  const warnings: string[] = [...file.notes];
  const parts = tasks.get(task).needs.model;
  const usesTeacher = parts.includes("embeddings") || parts.includes("text");
  let teacher = ownTeacher ?? file.teacher;
  // A plug-in may have brought it that is not loaded now.
  if (teacher !== null && ownTeacher === undefined && !teachers.names().includes(teacher)) {
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
  if (
    file.teacherHash !== null && encoder !== null && file.teacher === teacher &&
    file.teacherHash !== encoder.hash
  ) {
    warnings.push(
      `${file.path} was distilled from other weights of ${teacher} than those here`,
    );
  }
  const embeds = encoder !== null && file.head?.output === "embedding";
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
        ...(embeds ? ["embeddings" as const] : []),
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
      parts: ["features", "embeddings", ...(teacher.hasText ? ["text" as const] : [])],
    },
    warnings: [],
  };
}
