/**
 * What a `segmenter.safetensors` says of itself in its header: the student that it stands on, the settings
 * of the task, class names, and a checksum over that and all weights.
 *
 * @module
 */

import { z } from "zod";
import { DataError } from "../../core/errors.ts";
import type { NamedTensors } from "../../core/nn/parameters.ts";
import { writeSafetensors } from "../../core/nn/safetensors.ts";
import {
  checksumKey,
  checksumOf,
  checksumProblem,
  type ChecksumTensors,
} from "../../core/nn/safetensors_checksum.ts";
import { segmentationSettings } from "./settings.ts";

/** Name of the file that the task keeps. */
export const segmenterFileName = "segmenter.safetensors";

const metadataSchema = z.strictObject({
  student: z.string().min(1).max(200).describe("Name of the student that is the backbone"),
  imageSize: z.number().int().positive().describe("Side of the images of its pre-training, pixels"),
  widthMultiplier: z.number().positive().max(16).describe("Factor on its channels"),
  stem: z.enum(["standard", "small"]).describe("Its first layers"),
  settings: segmentationSettings.describe("Settings of the task, complete"),
  data: z.string().max(4000).describe("Name of the data set that it was trained on"),
  classNames: z.array(z.string().max(1000)).min(1).max(255).describe("Classes by their numbers"),
  seed: z.number().int().min(0).describe("Seed of the training"),
  steps: z.number().int().positive().describe("Training steps"),
});

/** What the file says of the segmenter. */
export type SegmenterMetadata = z.infer<typeof metadataSchema>;

/** The bytes of a segmenter's file. @param weights By the names of the head's model. */
export function encodeSegmenterFile(
  weights: NamedTensors,
  metadata: SegmenterMetadata,
): Uint8Array {
  const said = { kind: "segmenter", segmenter: JSON.stringify(metadata), format: "pt" };
  return writeSafetensors(weights, {
    metadata: { ...said, [checksumKey]: checksumOf(weights, said) },
  });
}

/**
 * What a header says.
 *
 * @throws {DataError} where the file is no segmenter, is damaged, or was changed after it was written.
 */
export function decodeSegmenterMetadata(
  path: string,
  tensors: ChecksumTensors,
  metadata: Readonly<Record<string, string>>,
): SegmenterMetadata {
  const fail = (reason: string): never => {
    throw new DataError(`Cannot use the segmenter ${path}: ${reason}`);
  };
  if (metadata["kind"] !== "segmenter") {
    fail(
      'it is no segmenter; train one with "evaluate STUDENT --task semantic-segmentation --out FOLDER", ' +
        `which writes ${segmenterFileName}`,
    );
  }
  const problem = checksumProblem(tensors, metadata);
  if (problem !== undefined) fail(problem);
  let value: unknown;
  try {
    value = JSON.parse(metadata["segmenter"] ?? "");
  } catch {
    fail("its metadata are not JSON");
  }
  const checked = metadataSchema.safeParse(value);
  if (checked.success) return checked.data;
  const issues = checked.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  return fail(`its metadata are wrong: ${issues.slice(0, 10).join("; ")}`);
}
