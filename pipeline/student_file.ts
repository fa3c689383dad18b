/**
 * Reads `student.safetensors`: the weights of a student by torchvision's names, and in the header's
 * metadata what they are.
 *
 * @module
 */

import { ConfigError, DataError } from "../core/errors.ts";
import { readFileIfPresent, sha256 } from "../core/files.ts";
import type { Backbone } from "../core/methods/distillation_step.ts";
import { studentSpecs } from "../core/methods/student_inference.ts";
import { flattenNamed, type NamedTensors } from "../core/nn/parameters.ts";
import { readSafetensors, type Safetensor } from "../core/nn/safetensors.ts";
import { nameSome, stripPrefix } from "../core/nn/state_dict.ts";
import { largestStudent } from "../core/recipe/pretrain_settings.ts";
import { taskCommand } from "../core/task_command.ts";
import { students } from "../students/registry.ts";
import {
  clipNormalization,
  imagenetNormalization,
  type Stem,
  type Student,
} from "../students/student.ts";
import { studentBackbone } from "./student_backbone.ts";
import {
  checkStudentChecksum,
  decodeStudentMetadata,
  type StudentMetadata,
} from "./student_metadata.ts";

/** A student read from a file. */
export interface StudentFile extends StudentMetadata {
  /** The file. */
  readonly path: string;
  /** SHA-256 of the file. */
  readonly sha256: string;
  /** Whether the file has a checksum of its own, and it is right; weights from elsewhere have none. */
  readonly isVerified: boolean;
  /** What was done to its tensors to read them: prefixes taken off, tensors left out. */
  readonly notes: readonly string[];
  /** The architecture. */
  readonly architecture: Student;
  /** The architecture at this size. */
  readonly backbone: Backbone;
  /** Weights by name, the head's included; all float32. */
  readonly weights: NamedTensors;
}

/** What the user says of a file that does not say it itself, e.g. one of torchvision's weights. */
export interface StudentOverrides {
  /** Name of the student. */
  readonly student?: string;
  /** Side of the images, pixels. */
  readonly imageSize?: number;
  /** Factor on the channel counts. */
  readonly widthMultiplier?: number;
  /** torchvision's first layers (where nobody says it), or those for small images. */
  readonly stem?: Stem;
}

/** Side of the images and factor on the channels of torchvision's own weights. */
const torchvisionImageSize = 224;
const torchvisionWidth = 1;

/** Ending of the counter of a BatchNorm, which no graph here reads. */
const counterEnding = ".num_batches_tracked";

/**
 * The float tensors, and what is wrong with them or with the others: whole numbers that are no
 * counter, and numbers that are none.
 *
 * @param wanted Names of the parameters and buffers.
 */
function floatTensors(
  tensors: ReadonlyMap<string, Safetensor>,
  wanted: ReadonlySet<string>,
): { floats: NamedTensors; problems: string[] } {
  const floats = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  const problems: string[] = [];
  for (const [name, { dtype, shape, data }] of tensors) {
    if (data instanceof Float32Array) {
      floats.set(name, { shape, data });
      if (!data.every(Number.isFinite)) problems.push(`NaN or infinite numbers: ${name}`);
      // Its root would be NaN, and so would every feature.
      if (name.endsWith(".running_var") && data.some((value) => value < 0)) {
        problems.push(`negative variances: ${name}`);
      }
      continue;
    }
    const counts = name.endsWith(counterEnding) &&
      wanted.has(`${name.slice(0, -counterEnding.length)}.running_mean`);
    if (wanted.has(name)) problems.push(`wrong type: ${name} is ${dtype}, expected real numbers`);
    else if (!counts) problems.push(`extra: ${name} [${shape.join(", ")}] ${dtype}`);
    else if (shape.length > 0) {
      problems.push(`wrong shape: ${name} is [${shape.join(", ")}], expected one number`);
    }
  }
  return { floats, problems };
}

/**
 * Tensors of another program's file as they are used here: without the prefix of their names, and
 * without a projection head in place of the classifier.
 */
function adaptForeign<Tensor>(
  tensors: ReadonlyMap<string, Tensor>,
  { imageSize, backbone }: { imageSize: number; backbone: Backbone },
): { tensors: ReadonlyMap<string, Tensor>; notes: readonly string[] } {
  const stripped = stripPrefix(
    tensors,
    studentSpecs({ imageSize, backbone }).map(({ name }) => name),
  );
  const { headName } = backbone;
  const projection = [...stripped.tensors.keys()].filter((name) =>
    name.startsWith(`${headName}.`) && /^\d+\./.test(name.slice(headName.length + 1))
  );
  if (projection.length === 0) return stripped;
  const kept = new Map(stripped.tensors);
  for (const name of projection) kept.delete(name);
  const note = `left out the projection head: ${nameSome(projection)}`;
  return { tensors: kept, notes: [...stripped.notes, note] };
}

/**
 * Reads a student: one that `distill` or `reproduce` wrote, or torchvision's weights as safetensors,
 * of which the user tells the architecture.
 *
 * @throws {DataError} where the file is missing or damaged, or its weights do not fit.
 * @throws {ConfigError} for an unknown student, or where nobody says which student it is.
 */
export async function readStudentFile(
  path: string,
  overrides: StudentOverrides = {},
): Promise<StudentFile> {
  const bytes = await readFileIfPresent(path);
  if (bytes === undefined) {
    throw new DataError(
      `Cannot read the student ${path}: there is no such file; make one with: ${
        taskCommand(["distill"])
      }`,
    );
  }
  return decodeStudentFile(bytes, path, overrides);
}

/**
 * Reads the bytes of a student's file; see {@linkcode readStudentFile}.
 *
 * @param path Named in errors.
 */
export function decodeStudentFile(
  bytes: Uint8Array,
  path: string,
  overrides: StudentOverrides = {},
): StudentFile {
  const { tensors: read, metadata } = readSafetensors(bytes, path);
  const stored = decodeStudentMetadata(path, metadata);
  if (stored !== undefined) checkStudentChecksum(path, read, metadata);
  const name = overrides.student ?? stored?.student;
  if (name === undefined) {
    throw new ConfigError(
      `Cannot use the student ${path}: the file does not say which architecture it is; ` +
        `say it with --student (${students.names().join(", ")})`,
    );
  }
  const architecture = students.get(name);
  const imageSize = overrides.imageSize ?? stored?.imageSize ?? torchvisionImageSize;
  const widthMultiplier = overrides.widthMultiplier ?? stored?.widthMultiplier ?? torchvisionWidth;
  if (imageSize > largestStudent.imageSize || widthMultiplier > largestStudent.widthMultiplier) {
    throw new ConfigError(
      `Cannot use the student ${path}: images of ${imageSize} pixels at width ${widthMultiplier}; ` +
        `the largest are ${largestStudent.imageSize} pixels and width ${largestStudent.widthMultiplier}`,
    );
  }
  // torchvision's weights belong to its own stem, whatever the size of the images.
  const stem = overrides.stem ?? stored?.stem ?? "standard";
  const own = studentBackbone(architecture, { imageSize, widthMultiplier, stem });
  // Weights from elsewhere are torchvision's, which saw ImageNet's normalisation.
  const backbone = stored || own.preprocess !== clipNormalization
    ? own
    : { ...own, preprocess: imagenetNormalization };
  const { tensors, notes } = stored ? { tensors: read, notes: [] } : adaptForeign(read, {
    imageSize,
    backbone,
  });
  const head = stored?.head ?? null;
  // A classifier of torchvision's weights is checked like the rest, and not used.
  const classes = tensors.get(`${backbone.headName}.weight`)?.shape[0];
  const last = head ?? (classes ? { output: "logits" as const, dimension: classes } : null);
  const wanted = studentSpecs({ imageSize, backbone, ...(last ? { head: last } : {}) });
  const { floats: weights, problems } = floatTensors(
    tensors,
    new Set(wanted.map(({ name }) => name)),
  );
  flattenNamed(wanted, weights, path, { problems });
  return {
    path,
    sha256: sha256(bytes),
    isVerified: stored !== undefined,
    notes: notes.map((note) => `${path}: ${note}`),
    student: name,
    imageSize,
    widthMultiplier,
    stem,
    head,
    teacher: stored?.teacher ?? null,
    teacherHash: stored?.teacherHash ?? null,
    classNames: stored?.classNames ?? [],
    pretrain: stored?.pretrain ?? null,
    modelKey: stored?.modelKey ?? null,
    seed: stored?.seed ?? null,
    steps: stored?.steps ?? null,
    architecture,
    backbone,
    weights,
  };
}
