/**
 * Reads `detector.safetensors`: a Mask R-CNN that the task `detection` trained.
 *
 * @module
 */

import { DataError } from "../core/errors.ts";
import { readFileIfPresent, sha256 } from "../core/files.ts";
import { backboneLevels } from "../core/methods/backbone.ts";
import { totalSize } from "../core/nn/module_context.ts";
import { flattenNamed, namedParts, type NamedTensors } from "../core/nn/parameters.ts";
import { readSafetensors } from "../core/nn/safetensors.ts";
import { largestStudent } from "../core/recipe/pretrain_settings.ts";
import { taskCommand } from "../core/task_command.ts";
import { students } from "../students/registry.ts";
import {
  decodeDetectorMetadata,
  type DetectorMetadata,
} from "../tasks/detection/detector_metadata.ts";
import { detectorSpecOf } from "../tasks/detection/detector_spec.ts";
import { detectorSpecs } from "../tasks/detection/mask_rcnn/detector_graphs.ts";
import type { DetectorSpec } from "../tasks/detection/mask_rcnn/spec.ts";
import { studentBackbone } from "./student_backbone.ts";

/** A detector read from a file. */
export interface DetectorFile extends DetectorMetadata {
  readonly path: string;
  /** SHA-256 of the file. */
  readonly sha256: string;
  readonly spec: DetectorSpec;
  /** By torchvision's names, all float32. */
  readonly weights: NamedTensors;
}

/**
 * Reads a detector.
 *
 * @throws {DataError} where the file is missing, damaged or no detector. {ConfigError} where its student
 * is not registered.
 */
export async function readDetectorFile(path: string): Promise<DetectorFile> {
  const bytes = await readFileIfPresent(path);
  if (bytes === undefined) {
    throw new DataError(
      `Cannot read the detector ${path}: there is no such file; make one with: ${
        taskCommand(["evaluate", "STUDENT", "--task", "detection", "--out", "FOLDER"])
      }`,
    );
  }
  return decodeDetectorFile(bytes, path);
}

/** Reads the bytes of a detector's file; see {@linkcode readDetectorFile}. */
export function decodeDetectorFile(bytes: Uint8Array, path: string): DetectorFile {
  const { tensors, metadata } = readSafetensors(bytes, path);
  const said = decodeDetectorMetadata(path, tensors, metadata);
  const { imageSize, widthMultiplier, stem } = said;
  if (imageSize > largestStudent.imageSize || widthMultiplier > largestStudent.widthMultiplier) {
    throw new DataError(
      `Cannot use the detector ${path}: its student has images of ${imageSize} pixels at width ` +
        `${widthMultiplier}; the largest are ${largestStudent.imageSize} pixels and width ` +
        `${largestStudent.widthMultiplier}`,
    );
  }
  const architecture = studentBackbone(students.get(said.student), {
    imageSize,
    widthMultiplier,
    stem,
  });
  const levels = backboneLevels(architecture, imageSize);
  const spec = detectorSpecOf(
    { architecture, imageSize, levels },
    said.settings,
    said.classNames.length,
  );
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
  const wanted = detectorSpecs(spec);
  // Settings of another detector may ask for more than any memory holds.
  const expected = totalSize(wanted),
    found = [...floats.values()]
      .reduce((total, { data }) => total + data.length, 0);
  if (expected > 2 * found + 1000) {
    throw new DataError(
      `Cannot use the detector ${path}: its settings are those of a detector of ${expected} numbers, ` +
        `it has ${found}`,
    );
  }
  const flat = flattenNamed(wanted, floats, path, { problems });
  return { ...said, path, sha256: sha256(bytes), spec, weights: namedParts(flat, wanted) };
}
