/**
 * What files of detectors and segmenters have in common: a student that they stand on, and weights that
 * must fit what their settings describe.
 *
 * @module
 */

import { DataError } from "../core/errors.ts";
import type { Backbone } from "../core/methods/backbone.ts";
import { type ParameterSpec, totalSize } from "../core/nn/module_context.ts";
import { flattenNamed, namedParts, type NamedTensors } from "../core/nn/parameters.ts";
import type { Safetensor } from "../core/nn/safetensors.ts";
import { largestStudent } from "../core/recipe/pretrain_settings.ts";
import { students } from "../students/registry.ts";
import type { Stem } from "../students/student.ts";
import { studentBackbone } from "./student_backbone.ts";

/** The file, for messages. */
interface TaskFile {
  readonly path: string;
  /** What it is: `"detector"`. */
  readonly kind: string;
}

/**
 * The student that a file says it stands on.
 *
 * @throws {DataError} where it is larger than any. {ConfigError} where it is not registered.
 */
export function backboneOfTask(
  { student, imageSize, widthMultiplier, stem }: {
    readonly student: string;
    readonly imageSize: number;
    readonly widthMultiplier: number;
    readonly stem: Stem;
  },
  { path, kind }: TaskFile,
): Backbone {
  if (imageSize > largestStudent.imageSize || widthMultiplier > largestStudent.widthMultiplier) {
    throw new DataError(
      `Cannot use the ${kind} ${path}: its student has images of ${imageSize} pixels at width ` +
        `${widthMultiplier}; the largest are ${largestStudent.imageSize} pixels and width ` +
        `${largestStudent.widthMultiplier}`,
    );
  }
  return studentBackbone(students.get(student), { imageSize, widthMultiplier, stem });
}

/**
 * The weights of a file, all that are expected and no others.
 *
 * @throws {DataError} naming those that are missing, too many, misshapen or not numbers.
 */
export function weightsOfTask(
  tensors: ReadonlyMap<string, Safetensor>,
  wanted: readonly ParameterSpec[],
  { path, kind }: TaskFile,
): NamedTensors {
  const floats = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  const problems: string[] = [];
  for (const [name, { dtype, shape, data }] of tensors) {
    if (!(data instanceof Float32Array)) {
      problems.push(`wrong type: ${name} is ${dtype}, expected real numbers`);
    } else {
      if (!data.every(Number.isFinite)) problems.push(`NaN or infinite numbers: ${name}`);
      floats.set(name, { shape, data });
    }
  }
  // Settings of another one may ask for more than any memory holds.
  const expected = totalSize(wanted),
    found = [...floats.values()]
      .reduce((total, { data }) => total + data.length, 0);
  if (expected > 2 * found + 1000) {
    throw new DataError(
      `Cannot use the ${kind} ${path}: its settings are those of a ${kind} of ${expected} numbers, ` +
        `it has ${found}`,
    );
  }
  return namedParts(flattenNamed(wanted, floats, path, { problems }), wanted);
}
