/**
 * The pictures of a user, one after the other: those that cannot be read are left out and told of.
 *
 * @module
 */

import type { RgbImage } from "../core/data/augmentation/image_memory.ts";
import { decodeImage } from "../core/data/decoding/image_decoder.ts";
import { DataError } from "../core/errors.ts";

/** A picture that could not be read. */
export interface FailedPicture {
  /** As the user gave it. */
  readonly path: string;
  readonly reason: string;
}

/** A picture of the user's. */
export interface Picture {
  /** From 0, in the order of the pictures. */
  readonly index: number;
  /** As the user gave it. */
  readonly path: string;
  /** Where it is. */
  readonly file: string;
  readonly image: RgbImage;
}

/** What was made of the pictures. */
export interface LookedAt<Made> {
  readonly images: readonly Made[];
  /** Number of the picture that something was made of, from 1. */
  readonly ids: ReadonlyMap<Made, number>;
  readonly failed: readonly FailedPicture[];
}

/**
 * Looks at each picture that can be read.
 *
 * @param paths As the user gave them.
 * @param files Where they are.
 * @throws {DataError} where none can be read, with every reason.
 */
export async function lookAtPictures<Made extends object>(
  paths: readonly string[],
  files: readonly string[],
  look: (picture: Picture) => Promise<Made>,
): Promise<LookedAt<Made>> {
  const images: Made[] = [], failed: FailedPicture[] = [];
  const ids = new Map<Made, number>();
  for (const [index, path] of paths.entries()) {
    const file = files[index]!;
    let image: RgbImage;
    try {
      image = await decodeImage(file);
    } catch (error) {
      if (!(error instanceof DataError) && !(error instanceof Deno.errors.NotFound)) throw error;
      failed.push({ path, reason: error.message });
      continue;
    }
    const made = await look({ index, path, file, image });
    images.push(made);
    ids.set(made, index + 1);
  }
  if (images.length > 0) return { images, ids, failed };
  const reasons = failed.map(({ path, reason }) => `\n  ${path}: ${reason}`).join("");
  throw new DataError(`Cannot read any of the pictures:${reasons}`);
}
