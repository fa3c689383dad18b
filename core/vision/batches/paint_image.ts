/**
 * One image of a batch, from its file to its place: in a Worker or in the thread that trains.
 *
 * @module
 */

import type { RgbImage } from "../../data/augmentation/image_memory.ts";
import type { Annotation } from "../../data/annotation.ts";
import type { Dataset, SplitName } from "../../data/dataset.ts";
import { decodeImage, releaseImage } from "../../data/decoding/image_decoder.ts";
import type { ImageSize } from "../../data/decoding/image_header.ts";
import { openDatasetInWorker } from "../../data/registry.ts";
import type { ImageOrigin } from "../../data/views/image_drawer.ts";
import { damageOf, isDamage } from "../../data/views/damaged_images.ts";
import { DataError } from "../../errors.ts";
import { type ImagePlace, placeImage } from "./place_image.ts";

/** An image to be painted. Can be sent to Workers. */
export interface PaintRequest {
  /** Index of the image in its split. */
  readonly sample: number;
  /** Where images are files. */
  readonly path: string | undefined;
  /** Size of the image as the data set says it. */
  readonly original: ImageSize;
  readonly place: ImagePlace;
  /** `[3, shape.height, shape.width]`, a window on memory that threads share. */
  readonly output: Uint8Array;
}

/** Gets the pixels of an image; gives them back when they are no longer needed. */
export interface ImageReader {
  read(request: Pick<PaintRequest, "sample" | "path">): Promise<RgbImage>;
  release(image: RgbImage): void;
}

/** Reads image files. */
const fileReader: ImageReader = {
  read: ({ path }) => decodeImage(path!),
  release: releaseImage,
};

/** Reads what a data set decodes, which may be files. */
export function datasetReader(dataset: Dataset<Annotation>, split: SplitName): ImageReader {
  return {
    read: ({ sample }) => dataset.decode(split, sample),
    // Somebody else may hold the pixels.
    release: () => {},
  };
}

/** Opens what a Worker reads from. */
export async function openReader(origin: ImageOrigin): Promise<ImageReader> {
  if (origin.kind === "files") return fileReader;
  return datasetReader(await openDatasetInWorker(origin.name, origin.modules), origin.split);
}

/**
 * Boxes, masks and maps are in the pixels that the annotations speak of.
 *
 * @throws {DataError} where an image has another shape, such as one that its EXIF entry turns.
 */
export function assertOriginalSize({ width, height }: ImageSize, original: ImageSize): void {
  // A huge JPEG is decoded at a half, a quarter or an eighth of its size, rounded up.
  const isReduced = [2, 4, 8].some((divisor) =>
    Math.abs(width - original.width / divisor) <= 1 &&
    Math.abs(height - original.height / divisor) <= 1
  );
  if ((width === original.width && height === original.height) || isReduced) return;
  throw new DataError(
    `the image has ${width} × ${height} pixels, its annotations are for ${original.width} × ` +
      `${original.height}`,
  );
}

/** Paints an image. @returns Why it cannot be decoded; undefined where it is painted. */
export async function paintImage(
  reader: ImageReader,
  { original, place, output, ...request }: PaintRequest,
): Promise<string | undefined> {
  try {
    const image = await reader.read(request);
    assertOriginalSize(image, original);
    placeImage(image, place, output);
    reader.release(image);
    return undefined;
  } catch (error) {
    if (!isDamage(error)) throw error;
    return damageOf(error);
  }
}
