/**
 * The padded shapes of batches: few, so that few graphs are built, and close to the images, so that
 * little is computed of padding.
 *
 * @module
 */

import { ConfigError } from "../../errors.ts";
import type { ImageSize } from "../../data/decoding/image_header.ts";
import type { ResizeRule } from "./resize_rule.ts";

/** Which shapes there are. */
export interface ShapeOptions {
  /** Short sides: one is drawn for each training batch, the last is that of tests. */
  readonly shortSides: readonly number[];
  /** The most pixels of the long side. */
  readonly longSide: number;
  /** Rounding of sizes: see {@linkcode ResizeRule}. */
  readonly rounding?: ResizeRule["rounding"];
  /**
   * Ratios of long to short side up to which images share a shape, rising; one more shape takes what
   * is longer. Each is there lying and standing. @default {[4 / 3, 3 / 2]}
   */
  readonly aspectRatios?: readonly number[];
  /** Sides are padded to multiples of it. @default {32} */
  readonly divisor?: number;
}

/** Ratios of photographs: 4 : 3 and 3 : 2. */
const usualRatios: readonly number[] = [4 / 3, 3 / 2];

/** @throws {ConfigError} naming every wrong option. */
export function validateShapeOptions(options: ShapeOptions): void {
  const { shortSides, longSide, aspectRatios = usualRatios, divisor = 32 } = options;
  const isSide = (side: number) => Number.isInteger(side) && side >= 1 && side <= 8192;
  const problems = [
    shortSides.length > 0 ? undefined : "shortSides is empty",
    ...shortSides.map((side) =>
      isSide(side) ? undefined : `shortSides has ${side}, expected a whole number from 1 to 8192`
    ),
    isSide(longSide) && shortSides.every((side) => side <= longSide)
      ? undefined
      : `longSide is ${longSide}, expected a whole number from the longest short side to 8192`,
    aspectRatios.every((ratio, index) => ratio > (aspectRatios[index - 1] ?? 0) && ratio >= 1)
      ? undefined
      : `aspectRatios are ${aspectRatios.join(", ")}, expected rising numbers from 1`,
    isSide(divisor) ? undefined : `divisor is ${divisor}, expected a whole number from 1 to 8192`,
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new ConfigError(`Cannot batch images: ${problems.join("; ")}`);
}

/** Groups of images that share a padded shape at every short side. */
export class ShapeBuckets {
  readonly #options: ShapeOptions;
  /** Of each ratio and orientation, lying ones first. */
  readonly #buckets: readonly number[];
  readonly #ratios: readonly number[];
  /** One ratio and orientation of each bucket. */
  readonly #examples: { readonly ratio: number; readonly isStanding: boolean }[] = [];

  /** @throws {ConfigError} naming every wrong option. */
  constructor(options: ShapeOptions) {
    validateShapeOptions(options);
    this.#options = options;
    this.#ratios = [...options.aspectRatios ?? usualRatios, Infinity];
    const known = new Map<string, number>();
    const buckets: number[] = [];
    for (const isStanding of [false, true]) {
      for (const ratio of this.#ratios) {
        const shapes = options.shortSides.map((short) => this.#shape(ratio, isStanding, short));
        const key = JSON.stringify(shapes);
        const bucket = known.get(key) ?? this.#examples.length;
        if (!known.has(key)) {
          known.set(key, bucket);
          this.#examples.push({ ratio, isStanding });
        }
        buckets.push(bucket);
      }
    }
    this.#buckets = buckets;
  }

  /** How many there are. */
  get count(): number {
    return this.#examples.length;
  }

  #shape(ratio: number, isStanding: boolean, shortSide: number): ImageSize {
    const { longSide, divisor = 32 } = this.#options;
    const pad = (side: number) => Math.ceil(side / divisor) * divisor;
    // A half more than the ratio: sizes may be rounded up.
    const long = pad(Math.min(longSide, Math.floor(shortSide * ratio + 0.5)));
    const short = pad(shortSide);
    return isStanding ? { width: short, height: long } : { width: long, height: short };
  }

  /** The bucket of an image. */
  bucketOf({ width, height }: ImageSize): number {
    const isStanding = height > width;
    const ratio = Math.max(width, height) / Math.min(width, height);
    const index = this.#ratios.findIndex((limit) => ratio <= limit);
    return this.#buckets[index + (isStanding ? this.#ratios.length : 0)]!;
  }

  /** The padded shape of a bucket. */
  shapeOf(bucket: number, shortSide: number): ImageSize {
    const { ratio, isStanding } = this.#examples[bucket]!;
    return this.#shape(ratio, isStanding, shortSide);
  }
}
