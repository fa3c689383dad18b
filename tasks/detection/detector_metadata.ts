/**
 * What a `detector.safetensors` says of itself in its header: the student that it stands on, the settings
 * of the task, class names, and a checksum over that and all weights.
 *
 * @module
 */

import { z } from "zod";
import { DataError } from "../../core/errors.ts";
import { headerCount, headerJson } from "../../core/nn/header_fields.ts";
import type { NamedTensors } from "../../core/nn/parameters.ts";
import { writeSafetensors } from "../../core/nn/safetensors.ts";
import {
  checksumKey,
  checksumOf,
  checksumProblem,
  type ChecksumTensors,
} from "../../core/nn/safetensors_checksum.ts";
import { type DetectionSettings, detectionSettings } from "./settings.ts";

/** Name of the file that the task keeps. */
export const detectorFileName = "detector.safetensors";
/** What the header calls the file. */
const fileKind = "detector";

/** What the file says of the detector. */
export interface DetectorMetadata {
  /** Name of the student that is its backbone. */
  readonly student: string;
  /** Side of the images of the student's pre-training, pixels. */
  readonly imageSize: number;
  /** Factor on the student's channels. */
  readonly widthMultiplier: number;
  /** The student's first layers. */
  readonly stem: "standard" | "small";
  /** Settings of the task, complete. */
  readonly settings: DetectionSettings;
  /** Name of the data set that it was trained on. */
  readonly data: string;
  readonly classNames: readonly string[];
  /** The data set's own numbers of its categories; empty where it has none. */
  readonly categoryIds: readonly number[];
  /** Seed of the training. */
  readonly seed: number;
  /** Training steps. */
  readonly steps: number;
}

const metadataSchema = z.object({
  student: z.string().min(1).max(200),
  imageSize: headerCount,
  widthMultiplier: z.string().transform(Number).pipe(z.number().positive().max(16)),
  stem: z.enum(["standard", "small"]),
  settings: headerJson(detectionSettings),
  data: z.string().max(4000),
  classNames: headerJson(z.array(z.string().max(1000)).min(1).max(100_000)),
  categoryIds: headerJson(z.array(z.number().int()).max(100_000)),
  seed: headerCount,
  steps: headerCount,
});

/** The bytes of a detector's file. @param weights By torchvision's names. */
export function encodeDetectorFile(weights: NamedTensors, metadata: DetectorMetadata): Uint8Array {
  const said: Record<string, string> = {
    kind: fileKind,
    student: metadata.student,
    imageSize: `${metadata.imageSize}`,
    widthMultiplier: `${metadata.widthMultiplier}`,
    stem: metadata.stem,
    settings: JSON.stringify(metadata.settings),
    data: metadata.data,
    classNames: JSON.stringify(metadata.classNames),
    categoryIds: JSON.stringify(metadata.categoryIds),
    seed: `${metadata.seed}`,
    steps: `${metadata.steps}`,
    format: "pt",
  };
  return writeSafetensors(weights, {
    metadata: { ...said, [checksumKey]: checksumOf(weights, said) },
  });
}

/** Whether a header is that of a detector. */
export function isDetector(metadata: Readonly<Record<string, string>>): boolean {
  return metadata["kind"] === fileKind;
}

/**
 * What a header says.
 *
 * @throws {DataError} where the file is no detector, is damaged, or was changed after it was written.
 */
export function decodeDetectorMetadata(
  path: string,
  tensors: ChecksumTensors,
  metadata: Readonly<Record<string, string>>,
): DetectorMetadata {
  const fail = (reason: string): never => {
    throw new DataError(`Cannot use the detector ${path}: ${reason}`);
  };
  if (!isDetector(metadata)) {
    fail(
      'it is no detector; train one with "evaluate STUDENT --task detection --out FOLDER", which writes ' +
        detectorFileName,
    );
  }
  const problem = checksumProblem(tensors, metadata);
  if (problem !== undefined) fail(problem);
  const checked = metadataSchema.safeParse(metadata);
  if (checked.success) return checked.data;
  const issues = checked.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  return fail(`its metadata are wrong: ${issues.slice(0, 10).join("; ")}`);
}
