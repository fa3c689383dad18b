/**
 * `student.safetensors`: the weights of a student by torchvision's names, and in the header's
 * metadata what they are: architecture, size, head, teacher, class names, training.
 *
 * @module
 */

import { z } from "zod";
import { ConfigError, DataError } from "../core/errors.ts";
import { readFileIfPresent, sha256 } from "../core/files.ts";
import type { Backbone } from "../core/methods/distillation_step.ts";
import { studentSpecs } from "../core/methods/student_inference.ts";
import { flattenNamed, type NamedTensors } from "../core/nn/parameters.ts";
import { readSafetensors } from "../core/nn/safetensors.ts";
import type { PretrainSpec } from "../core/recipe/cell.ts";
import { largestStudent } from "../core/recipe/protocol.ts";
import { students } from "../students/registry.ts";
import {
  chooseStem,
  clipNormalization,
  imagenetNormalization,
  type Stem,
  type Student,
} from "../students/student.ts";
import { studentBackbone } from "./pretraining.ts";

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
  readonly pretrain: PretrainSpec | null;
  /** Seed of the training. */
  readonly seed: number | null;
  /** Training steps. */
  readonly steps: number | null;
}

/** A student read from a file. */
export interface StudentFile extends StudentMetadata {
  /** The file. */
  readonly path: string;
  /** SHA-256 of the file. */
  readonly sha256: string;
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

const countText = z.string().regex(/^\d{1,7}$/).transform(Number);

const metadataSchema = z.object({
  student: z.string().min(1),
  imageSize: countText,
  widthMultiplier: z.string().transform(Number).pipe(z.number().positive().max(16)),
  stem: z.enum(["standard", "small"]).optional(),
  head: z.enum(["embedding", "logits"]),
  headDimension: countText,
  teacher: z.string().default(""),
  teacherHash: z.string().default(""),
  classNames: z.string().default("[]"),
  pretrain: z.string().default("null"),
  seed: countText.optional(),
  steps: countText.optional(),
});

/** The metadata of a safetensors file. */
export function encodeStudentMetadata(metadata: StudentMetadata): Record<string, string> {
  const { student, imageSize, widthMultiplier, stem, head, teacher, teacherHash } = metadata;
  const { classNames, pretrain, seed, steps } = metadata;
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
    ...(seed === null ? {} : { seed: `${seed}` }),
    ...(steps === null ? {} : { steps: `${steps}` }),
  };
}

function decodeMetadata(
  path: string,
  metadata: Readonly<Record<string, string>>,
): StudentMetadata | undefined {
  if (metadata["student"] === undefined) return undefined;
  const withHead = metadata["head"] !== undefined;
  const checked =
    (withHead ? metadataSchema : metadataSchema.omit({ head: true, headDimension: true }))
      .safeParse(metadata);
  if (!checked.success) {
    const issues = checked.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    throw new DataError(
      `Cannot use the student ${path}: its metadata are wrong: ${issues.join("; ")}`,
    );
  }
  const data = checked.data as z.infer<typeof metadataSchema>;
  const parse = (key: "classNames" | "pretrain"): unknown => {
    try {
      return JSON.parse(data[key]);
    } catch (error) {
      throw new DataError(`Cannot use the student ${path}: its metadata "${key}" are not JSON`, {
        cause: error,
      });
    }
  };
  const classNames = z.array(z.string()).safeParse(parse("classNames"));
  return {
    student: data.student,
    imageSize: data.imageSize,
    widthMultiplier: data.widthMultiplier,
    // Files of before do not say it: then the size decided.
    stem: data.stem ?? chooseStem({ imageSize: data.imageSize }),
    head: withHead ? { output: data.head, dimension: data.headDimension } : null,
    teacher: data.teacher === "" ? null : data.teacher,
    teacherHash: data.teacherHash === "" ? null : data.teacherHash,
    classNames: classNames.success ? classNames.data : [],
    pretrain: parse("pretrain") as PretrainSpec | null,
    seed: data.seed ?? null,
    steps: data.steps ?? null,
  };
}

/** Ending of the counter of a BatchNorm, which no graph here reads. */
const counterEnding = ".num_batches_tracked";

/**
 * The float tensors, and what is wrong with them or with the others: whole numbers that are no
 * counter, and numbers that are none.
 *
 * @param wanted Names of the parameters and buffers.
 */
function floatTensors(
  tensors: ReturnType<typeof readSafetensors>["tensors"],
  wanted: ReadonlySet<string>,
): { floats: NamedTensors; problems: string[] } {
  const floats = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  const problems: string[] = [];
  for (const [name, { dtype, shape, data }] of tensors) {
    if (data instanceof Float32Array) {
      floats.set(name, { shape, data });
      if (!data.every(Number.isFinite)) problems.push(`NaN or infinite numbers: ${name}`);
      continue;
    }
    const counts = name.endsWith(counterEnding) &&
      wanted.has(`${name.slice(0, -counterEnding.length)}.running_mean`);
    if (wanted.has(name)) problems.push(`wrong type: ${name} is ${dtype}, wanted real numbers`);
    else if (!counts) problems.push(`extra: ${name} [${shape.join(", ")}] ${dtype}`);
    else if (shape.length > 0) {
      problems.push(`misshapen: ${name} is [${shape.join(", ")}], wanted one number`);
    }
  }
  return { floats, problems };
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
  const bytes = await readFileIfPresent(path).catch((error: Error) => {
    throw new DataError(`Cannot read the student ${path}: ${error.message}`, { cause: error });
  });
  if (bytes === undefined) {
    throw new DataError(
      `Cannot read the student ${path}: there is no such file; make one with: deno task distill`,
    );
  }
  const { tensors, metadata } = readSafetensors(bytes, path);
  const stored = decodeMetadata(path, metadata);
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
    student: name,
    imageSize,
    widthMultiplier,
    stem,
    head,
    teacher: stored?.teacher ?? null,
    teacherHash: stored?.teacherHash ?? null,
    classNames: stored?.classNames ?? [],
    pretrain: stored?.pretrain ?? null,
    seed: stored?.seed ?? null,
    steps: stored?.steps ?? null,
    architecture,
    backbone,
    weights,
  };
}
