/**
 * Images that cannot be decoded: why, and how many there may be.
 *
 * @module
 */

import type { SkippedImage } from "../dataset.ts";

/** Why an image cannot be decoded, on one line. */
export function damageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ");
}

/** Whether an error is an image's own; the others are faults of a program and must not be counted. */
export function isDamage(error: unknown): boolean {
  return !(error instanceof TypeError || error instanceof RangeError ||
    error instanceof ReferenceError);
}

/** Images that may fail to decode where nothing else is said: 1 % of the files, at least one. */
export function defaultMaximumDamaged(files: number): number {
  return Math.max(1, Math.floor(files / 100));
}

/** What a budget was spent on. */
export interface DamagedImages {
  readonly damaged: readonly SkippedImage[];
  /** More may be damaged: not all files were tried. */
  readonly more: boolean;
  readonly files: number;
  readonly allowed: number;
  /** Where the files are, e.g. `split "train" of PATH`. */
  readonly place: string;
}

/** The message for a budget that is spent: at most 20 images, each with its reason. */
export function damagedImagesMessage(options: DamagedImages): string {
  const { damaged, more, files, allowed, place } = options;
  const list = damaged.slice(0, 20).map(({ path, reason }) => `  ${path}: ${reason}`).join("\n");
  return `${damaged.length}${more ? " or more" : ""} of ${files} images of ${place} cannot be ` +
    `decoded, allowed are ${allowed}:\n${list}\n  ` +
    `Fix or remove them`;
}
