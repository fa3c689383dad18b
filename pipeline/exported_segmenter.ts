/**
 * Runs a `segmenter.onnx` that `export` wrote.
 *
 * @module
 */

import { z } from "zod";
import { ModelFile } from "../core/engine/model_file.ts";
import { floatTensor, type HostTensor } from "../core/engine/session.ts";
import { DataError } from "../core/errors.ts";
import type { MapDimensions } from "../core/nn/resample.ts";
import type { PixelModel } from "../tasks/segmentation/pixel_classifier.ts";

const classNamesSchema = z.array(z.string().max(1000)).min(1).max(255);
/** Largest side of its images. */
const mostSide = 8192;

/** A segmenter as others get it. */
export interface ExportedSegmenter {
  readonly model: PixelModel & { readonly size: MapDimensions };
  readonly classNames: readonly string[];
  /** Whether it has a checksum of its own; it is right then. */
  readonly isVerified: boolean;
}

function readClassNames(text: string | undefined): readonly string[] | undefined {
  try {
    return classNamesSchema.safeParse(JSON.parse(text ?? "")).data;
  } catch {
    return undefined;
  }
}

/** Size of the images; undefined where inputs and outputs are others than those of an exported segmenter. */
function sizeOf({ inputs, outputs }: ModelFile, classes: number): MapDimensions | undefined {
  const [input] = inputs;
  const [, channels, height, width] = input?.shape ?? [];
  const logits = outputs.find(({ name }) => name === "logits");
  const labels = outputs.find(({ name }) => name === "classes");
  const isSide = (side: unknown): side is number =>
    typeof side === "number" && side >= 1 && side <= mostSide;
  const fits = inputs.length === 1 && input?.name === "images" && input.dtype === "float32" &&
    channels === 3 && logits?.dtype === "float32" && labels?.dtype === "uint8" &&
    isSide(height) && isSide(width) &&
    logits.shape.slice(1).join() === [classes, height, width].join() &&
    labels.shape.slice(1).join() === [height, width].join();
  return fits ? { height, width } : undefined;
}

/** Logits [1, K, H, W] with the classes innermost. */
function byPixel(logits: Float32Array, classes: number): Float32Array {
  const pixels = logits.length / classes;
  const rows = new Float32Array(logits.length);
  for (let index = 0; index < classes; index++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      rows[pixel * classes + index] = logits[index * pixels + pixel]!;
    }
  }
  return rows;
}

/**
 * Opens an exported segmenter. Release its model when it is no longer needed.
 *
 * @throws {DataError} where the file is missing, damaged, or no segmenter of ours.
 */
export async function openExportedSegmenter(
  path: string,
  { threads = 1 }: { readonly threads?: number } = {},
): Promise<ExportedSegmenter> {
  const file = await ModelFile.read(path, { threads });
  return await exportedSegmenterOf(file, path);
}

/** The segmenter in a loaded ONNX file; see {@linkcode openExportedSegmenter}. */
export async function exportedSegmenterOf(
  file: ModelFile,
  path: string,
): Promise<ExportedSegmenter> {
  const { metadata } = file;
  const classNames = metadata["kind"] === "segmenter"
    ? readClassNames(metadata["classNames"])
    : undefined;
  const size = classNames && sizeOf(file, classNames.length);
  if (classNames === undefined || size === undefined) {
    await file.release();
    throw new DataError(
      `Cannot use the segmenter ${path}: it is no segmenter that "export" wrote (input images, outputs ` +
        "logits and classes, class names in its metadata). Export it again from segmenter.safetensors",
    );
  }
  const run = async (planes: Uint8Array): Promise<Record<string, HostTensor>> =>
    await file.run({
      images: floatTensor(
        Float32Array.from(planes, (value) => value / 255),
        [1, 3, size.height, size.width],
      ),
    });
  const classes = classNames.length;
  const logits = async (planes: Uint8Array) => {
    const { logits } = await run(planes);
    return byPixel(logits!.data as Float32Array, classes);
  };
  return {
    model: {
      classes,
      alignCorners: metadata["alignCorners"] === "true",
      size,
      logits,
      map: async (planes) => ({ ...size, rows: await logits(planes) }),
      classesOf: async (planes) => (await run(planes))["classes"]!.data as Uint8Array,
      release: () => file.release(),
    },
    classNames,
    isVerified: file.isVerified,
  };
}
