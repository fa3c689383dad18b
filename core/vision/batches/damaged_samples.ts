/**
 * Images of a split that turned out to be damaged while batches were made of it.
 *
 * @module
 */

import type { Annotation } from "../../data/annotation.ts";
import type { Dataset, SkippedImage, SplitName } from "../../data/dataset.ts";
import type { SampleList } from "../../data/sample_list.ts";
import { damagedImagesMessage, defaultMaximumDamaged } from "../../data/views/damaged_images.ts";
import { DataError } from "../../errors.ts";

/** Counts damaged images against what is allowed. */
export class DamagedSamples {
  readonly #samples: SampleList;
  readonly #allowed: number;
  readonly #place: string;
  readonly #reasons = new Map<number, string>();

  /** @param maximum How many may be damaged. @default {1 % of the images, at least 1} */
  constructor(
    dataset: Pick<Dataset<Annotation>, "name">,
    split: SplitName,
    samples: SampleList,
    maximum = defaultMaximumDamaged(samples.length),
  ) {
    this.#samples = samples;
    this.#allowed = maximum;
    this.#place = `split "${split}" of ${dataset.name}`;
  }

  /** Whether an image is known to be damaged. */
  has(sample: number): boolean {
    return this.#reasons.has(sample);
  }

  /** All of them so far. */
  get list(): SkippedImage[] {
    return [...this.#reasons].map(([sample, reason]) => ({
      path: this.#samples.id(sample),
      reason,
      stage: "decoding",
    }));
  }

  /** Adds an image; once is enough. @throws {DataError} where they are more than allowed, or all. */
  add(sample: number, reason: string): void {
    if (this.#reasons.has(sample)) return;
    this.#reasons.set(sample, reason);
    const { size } = this.#reasons, { length } = this.#samples;
    if (size <= this.#allowed && size < length) return;
    throw new DataError(damagedImagesMessage({
      damaged: this.list,
      more: size < length,
      files: length,
      allowed: this.#allowed,
      place: this.#place,
    }));
  }
}
