/**
 * What writing a data set as a folder has in common, whatever the layout.
 *
 * @module
 */

import sharp from "sharp";
import { DataError } from "../../errors.ts";
import { writeFileAtomic } from "../../files.ts";
import type { RgbImage } from "../augmentation/image_memory.ts";
import type { SplitName } from "../dataset.ts";

/** What was written of a split. */
export interface WrittenSplit {
  readonly split: SplitName;
  /** The annotation file, or the folder of label files. */
  readonly path: string;
  readonly images: number;
  /** Objects, where the data set has such. */
  readonly objects?: number;
}

/** Which splits are written, and who is told. */
export interface WriteOptions {
  /** Names of splits. @default {all} */
  readonly splits?: readonly SplitName[] | undefined;
  /** Told what was written. */
  readonly onProgress?: (message: string) => void;
}

/**
 * Checks that a folder has nothing but what the layout may have.
 *
 * @param name Name of the data set, for the message.
 * @throws {DataError} naming the first other file.
 */
export async function assertNoOtherFiles(
  name: string,
  folder: string,
  own: readonly string[],
): Promise<void> {
  const entries = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
  const other = entries.find((entry) => !own.includes(entry.name));
  if (other === undefined) return;
  throw new DataError(
    `Cannot write ${name} to ${folder}: it has other files (${other.name}); name an empty folder`,
  );
}

/** Writes an image as PNG. */
export async function writePng(path: string, { width, height, pixels }: RgbImage): Promise<void> {
  const png = await sharp(pixels, { raw: { width, height, channels: 3 } }).png().toBuffer();
  await writeFileAtomic(path, png);
}

/** Writes numbers from 0 to 255 as a grey PNG. */
export async function writeGreyPng(
  path: string,
  { width, height, values }: {
    readonly width: number;
    readonly height: number;
    /** `[height, width]` */
    readonly values: Uint8Array;
  },
): Promise<void> {
  const png = await sharp(values, { raw: { width, height, channels: 1 } })
    .toColourspace("b-w").png().toBuffer();
  await writeFileAtomic(path, png);
}
