/**
 * Reads `detector.safetensors`: a Mask R-CNN that the task `detection` trained.
 *
 * @module
 */

import { DataError } from "../core/errors.ts";
import { readFileIfPresent, sha256 } from "../core/files.ts";
import { backboneLevels } from "../core/methods/backbone.ts";
import type { NamedTensors } from "../core/nn/parameters.ts";
import { readSafetensors } from "../core/nn/safetensors.ts";
import { taskCommand } from "../core/task_command.ts";
import {
  decodeDetectorMetadata,
  type DetectorMetadata,
} from "../tasks/detection/detector_metadata.ts";
import { detectorSpecOf } from "../tasks/detection/detector_spec.ts";
import { detectorSpecs } from "../tasks/detection/mask_rcnn/detector_graphs.ts";
import type { DetectorSpec } from "../tasks/detection/mask_rcnn/spec.ts";
import { backboneOfTask, weightsOfTask } from "./task_model.ts";

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
  const { imageSize } = said;
  const architecture = backboneOfTask(said, { path, kind: "detector" });
  const levels = backboneLevels(architecture, imageSize);
  const spec = detectorSpecOf(
    { architecture, imageSize, levels },
    said.settings,
    said.classNames.length,
  );
  const weights = weightsOfTask(tensors, detectorSpecs(spec), { path, kind: "detector" });
  return { ...said, path, sha256: sha256(bytes), spec, weights };
}
