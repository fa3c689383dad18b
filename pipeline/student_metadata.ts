/**
 * What a `student.safetensors` says of itself in its header: architecture, size, head, teacher, class
 * names, training, and a checksum over that and all weights.
 *
 * @module
 */

import { z } from "zod";
import { DataError } from "../core/errors.ts";
import { headerCount, headerJson } from "../core/nn/header_fields.ts";
import type { NamedTensors } from "../core/nn/parameters.ts";
import { writeSafetensors } from "../core/nn/safetensors.ts";
import { checksumKey, checksumOf, type ChecksumTensors } from "../core/nn/safetensors_checksum.ts";
import type { TrainSpec } from "../core/recipe/jobs.ts";
import { trainSpecSchema } from "../core/recipe/spec_schema.ts";
import { chooseStem, type Stem } from "../students/student.ts";

/** The last layer of a student. */
export interface StudentHead {
  /** An embedding in the teacher's space, or logits of classes. */
  readonly output: "embedding" | "logits";
  /** Its length. */
  readonly dimension: number;
}

/** What the file says of the student. */
export interface StudentMetadata {
  /** Name in the registry of students. */
  readonly student: string;
  /** Side of its images, pixels. */
  readonly imageSize: number;
  /** Factor on its channel counts. */
  readonly widthMultiplier: number;
  /** torchvision's first layers, or those for small images, whose strides are others. */
  readonly stem: Stem;
  /** The last layer; null for a backbone without one. */
  readonly head: StudentHead | null;
  /** Name of the teacher; null where there was none. */
  readonly teacher: string | null;
  /** Hash of the teacher's weights; null where unknown. */
  readonly teacherHash: string | null;
  /** What the rows of the text bank, or the logits, stood for; empty where there were none. */
  readonly classNames: readonly string[];
  /** How it was trained; null for weights from elsewhere. */
  readonly pretrain: TrainSpec | null;
  /** Key of the training in the store; null for weights from elsewhere. */
  readonly modelKey: string | null;
  /** Seed of the training. */
  readonly seed: number | null;
  /** Training steps. */
  readonly steps: number | null;
}

const smallCount = z.string().regex(/^\d{1,7}$/, "expected a whole number").transform(Number);

const metadataSchema = z.object({
  student: z.string().min(1).max(200),
  imageSize: smallCount,
  widthMultiplier: z.string().transform(Number).pipe(z.number().positive().max(16)),
  stem: z.enum(["standard", "small"]).optional(),
  head: z.enum(["embedding", "logits"]).optional(),
  headDimension: smallCount.optional(),
  teacher: z.string().max(4000).default(""),
  teacherHash: z.string().max(200).default(""),
  classNames: headerJson(z.array(z.string())).prefault("[]"),
  pretrain: headerJson(trainSpecSchema.nullable()).prefault("null"),
  modelKey: z.string().regex(/^[0-9a-f]{64}$/, "expected 64 hex digits").optional(),
  seed: headerCount.optional(),
  steps: headerCount.optional(),
}).refine(({ head, headDimension }) => (head === undefined) === (headDimension === undefined), {
  path: ["head"],
  message: "expected both head and headDimension, or neither",
});

/** What is said, as the strings of a header. */
export function encodeStudentMetadata(metadata: StudentMetadata): Record<string, string> {
  const { student, imageSize, widthMultiplier, stem, head, teacher, teacherHash } = metadata;
  const { classNames, pretrain, modelKey, seed, steps } = metadata;
  return {
    student,
    imageSize: `${imageSize}`,
    widthMultiplier: `${widthMultiplier}`,
    stem,
    ...(head === null ? {} : { head: head.output, headDimension: `${head.dimension}` }),
    teacher: teacher ?? "",
    teacherHash: teacherHash ?? "",
    classNames: JSON.stringify(classNames),
    pretrain: JSON.stringify(pretrain),
    ...(modelKey === null ? {} : { modelKey }),
    ...(seed === null ? {} : { seed: `${seed}` }),
    ...(steps === null ? {} : { steps: `${steps}` }),
  };
}

/** Whether strings of a header are of a student of ours: any of them that only such a file has. */
function isStudentMetadata(metadata: Readonly<Record<string, string>>): boolean {
  return ["student", "modelKey", checksumKey].some((key) => metadata[key] !== undefined);
}

/**
 * What the strings of a header say; undefined where the file is not one of a student of ours.
 *
 * @throws {DataError} naming every string that is wrong.
 */
export function decodeStudentMetadata(
  path: string,
  metadata: Readonly<Record<string, string>>,
): StudentMetadata | undefined {
  if (!isStudentMetadata(metadata)) return undefined;
  const checked = metadataSchema.safeParse(metadata);
  if (!checked.success) {
    const issues = checked.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    // Version 0.1 wrote no checksum, and settings in other places.
    const old = metadata[checksumKey] === undefined
      ? "; it may be of version 0.1: distil the student again, or use it with that version"
      : "";
    throw new DataError(
      `Cannot use the student ${path}: its metadata are wrong: ${
        issues.slice(0, 10).join("; ")
      }${old}`,
    );
  }
  const { head, headDimension, stem, teacher, teacherHash, modelKey, seed, steps, ...rest } =
    checked.data;
  return {
    ...rest,
    stem: stem ?? chooseStem({ imageSize: rest.imageSize }),
    head: head === undefined ? null : { output: head, dimension: headDimension! },
    teacher: teacher === "" ? null : teacher,
    teacherHash: teacherHash === "" ? null : teacherHash,
    modelKey: modelKey ?? null,
    seed: seed ?? null,
    steps: steps ?? null,
  };
}

/**
 * The bytes of a student's file.
 *
 * @param extra Further metadata, e.g. `format` for other programs.
 */
export function encodeStudentFile(
  weights: NamedTensors,
  metadata: StudentMetadata,
  extra: Readonly<Record<string, string>> = {},
): Uint8Array {
  const said = { ...encodeStudentMetadata(metadata), ...extra };
  const checksum = checksumOf(weights, said);
  return writeSafetensors(weights, { metadata: { ...said, [checksumKey]: checksum } });
}

/**
 * Checks that a student of ours is as it was written.
 *
 * @throws {DataError} where its checksum is missing or wrong.
 */
export function checkStudentChecksum(
  path: string,
  tensors: ChecksumTensors,
  metadata: Readonly<Record<string, string>>,
): void {
  const stored = metadata[checksumKey];
  if (stored === undefined) {
    throw new DataError(
      `Cannot use the student ${path}: it has no checksum, so whether its weights ` +
        "are whole cannot be known; it was changed, or written by version 0.1. Make it again with distill or reproduce",
    );
  }
  if (stored !== checksumOf(tensors, metadata)) {
    throw new DataError(
      `Cannot use the student ${path}: its checksum is wrong: weights or metadata were changed ` +
        "after it was written. Make it again, or copy it again",
    );
  }
}
