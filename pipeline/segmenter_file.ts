/**
 * Reads `segmenter.safetensors`: what the task `semantic-segmentation` trained.
 *
 * @module
 */

import { DataError } from "../core/errors.ts";
import { readFileIfPresent, sha256 } from "../core/files.ts";
import type { NamedTensors } from "../core/nn/parameters.ts";
import { readSafetensors } from "../core/nn/safetensors.ts";
import { taskCommand } from "../core/task_command.ts";
import { segmenterSpecs } from "../tasks/segmentation/segmenter_inference.ts";
import {
  decodeSegmenterMetadata,
  type SegmenterMetadata,
} from "../tasks/segmentation/segmenter_metadata.ts";
import { segmenterSpecOf } from "../tasks/segmentation/segmenter_options.ts";
import type { SegmenterSpec } from "../tasks/segmentation/spec.ts";
import { backboneOfTask, weightsOfTask } from "./task_model.ts";

/** A segmenter read from a file. */
export interface SegmenterFile extends SegmenterMetadata {
  readonly path: string;
  /** SHA-256 of the file. */
  readonly sha256: string;
  readonly spec: SegmenterSpec;
  /** By the names of the head's model, all float32. */
  readonly weights: NamedTensors;
}

/**
 * Reads a segmenter.
 *
 * @throws {DataError} where the file is missing, damaged or no segmenter. {ConfigError} where its student
 * is not registered.
 */
export async function readSegmenterFile(path: string): Promise<SegmenterFile> {
  const bytes = await readFileIfPresent(path);
  if (bytes === undefined) {
    throw new DataError(
      `Cannot read the segmenter ${path}: there is no such file; make one with: ${
        taskCommand(["evaluate", "STUDENT", "--task", "semantic-segmentation", "--out", "FOLDER"])
      }`,
    );
  }
  return decodeSegmenterFile(bytes, path);
}

/** Reads the bytes of a segmenter's file; see {@linkcode readSegmenterFile}. */
export function decodeSegmenterFile(bytes: Uint8Array, path: string): SegmenterFile {
  const { tensors, metadata } = readSafetensors(bytes, path);
  const said = decodeSegmenterMetadata(path, tensors, metadata);
  const place = { path, kind: "segmenter" };
  const spec = segmenterSpecOf(backboneOfTask(said, place), said.settings, said.classNames.length);
  const weights = weightsOfTask(tensors, segmenterSpecs(spec), place);
  return { ...said, path, sha256: sha256(bytes), spec, weights };
}
