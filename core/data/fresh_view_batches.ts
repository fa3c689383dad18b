/**
 * Batches of views that are drawn afresh in every epoch: workers decode and augment ahead. Memory
 * does not grow with the number of images, but for their list.
 *
 * @module
 */

import sharp from "sharp";
import { ConfigError } from "../errors.ts";
import { hashJson } from "../files.ts";
import type { Annotation } from "./annotation.ts";
import { type Dataset, getSplit, type SplitName, type SplitRole } from "./dataset.ts";
import { checkedOrder, epochOrder } from "./batches.ts";
import { decodingKey } from "./decoding/image_decoder.ts";
import { imagesOfSplit } from "./loader/image_source.ts";
import { createLoader, type ImageLoader } from "./loader/loader.ts";
import type { ViewBatch, ViewBatches, ViewBatchesOptions } from "./view_batches.ts";
import { imageViewVersion, recipeOfRole } from "./views/image_views.ts";

/** How fresh views are made. */
export interface FreshViewBatchesOptions extends ViewBatchesOptions {
  /** Sides of the views in pixels, e.g. the student's and the teacher's; each is the same crop. */
  readonly sizes: readonly number[];
  /**
   * Threads that decode and augment; the batches do not depend on it. @default {one less than cores}
   */
  readonly workers?: number;
  /** Batches made ahead of the one in use. @default {2} */
  readonly ahead?: number;
  /** What the views are for: those of role `train` are augmented. @default {the split's own role} */
  readonly role?: SplitRole;
  /** How many images may fail to decode. @default {1 % of the images of the split, at least 1} */
  readonly maximumDamaged?: number;
}

class FreshViewBatches implements ViewBatches {
  readonly fixed = false;
  readonly count: number;
  readonly batchSize: number;
  readonly replicas: number;
  readonly viewsPerStep: number;
  readonly imageSizes: readonly number[];
  readonly stepsPerEpoch: number;
  readonly hash: string;
  readonly #start: (firstStep: number) => ImageLoader;
  readonly #labelOf: (sample: number) => number;
  readonly #listed: ViewBatches["skipped"];
  readonly #labels: Int32Array;
  /** The runtime takes no shared memory, in which the loader's batches are. */
  readonly #images: readonly (readonly (readonly Uint8Array[])[])[];
  #loader: ImageLoader | undefined;
  #nextStep = 0;
  /** Damaged images that loaders met which are stopped by now. */
  #damaged: ViewBatches["skipped"] = [];

  constructor(
    options: FreshViewBatchesOptions,
    parts: {
      readonly count: number;
      readonly hash: string;
      readonly start: (firstStep: number) => ImageLoader;
      readonly labelOf: (sample: number) => number;
      readonly skipped: ViewBatches["skipped"];
    },
  ) {
    const { batchSize, replicas = 1, viewsPerStep = 1, sizes, seed, order = epochOrder } = options;
    if (batchSize % replicas !== 0) {
      throw new ConfigError(
        `Cannot make batches: replicas is ${replicas}, expected a divisor of the batch size ${batchSize}`,
      );
    }
    this.count = parts.count;
    this.batchSize = batchSize;
    this.replicas = replicas;
    this.viewsPerStep = viewsPerStep;
    this.imageSizes = sizes;
    this.hash = parts.hash;
    this.stepsPerEpoch = checkedOrder(order, {
      count: parts.count,
      batchSize,
      seed,
      epoch: 0,
    }).length /
      batchSize;
    this.#start = parts.start;
    this.#labelOf = parts.labelOf;
    this.#listed = parts.skipped;
    this.#labels = new Int32Array(batchSize);
    this.#images = Array.from(
      { length: viewsPerStep },
      () =>
        sizes.map((side) =>
          Array.from(
            { length: replicas },
            () => new Uint8Array(3 * side ** 2 * batchSize / replicas),
          )
        ),
    );
  }

  get skipped(): ViewBatches["skipped"] {
    const own = this.#loader?.skipped ?? [];
    const met = new Map([...this.#damaged, ...own].map((image) => [image.path, image]));
    const decoding = [...met.values()].map((image) => ({ ...image, stage: "decoding" as const }));
    return [...this.#listed, ...decoding];
  }

  async batch(step: number): Promise<ViewBatch> {
    if (this.#loader !== undefined && step !== this.#nextStep) await this.release();
    this.#loader ??= this.#start(step);
    this.#nextStep = step + 1;
    const { images, samples } = await this.#loader.next();
    samples.forEach((sample, place) => this.#labels[place] = this.#labelOf(sample));
    this.#images.forEach((sizes, view) =>
      sizes.forEach((replicas, size) =>
        replicas.forEach((own, replica) => own.set(images[view]![size]![replica]!))
      )
    );
    const rows = Array.from({ length: this.viewsPerStep }, () => samples);
    return { images: this.#images, rows, labels: this.#labels };
  }

  async release(): Promise<void> {
    const loader = this.#loader;
    this.#loader = undefined;
    if (loader === undefined) return;
    this.#damaged = [...this.#damaged, ...loader.skipped];
    await loader.stop();
  }
}

/**
 * Batches of fresh views of a split: an epoch shows every image once, with other views in each.
 *
 * @throws {ConfigError} naming every wrong option, or where there are fewer images than a batch takes.
 */
export async function freshViewBatches(
  dataset: Dataset<Annotation>,
  split: SplitName,
  options: FreshViewBatchesOptions,
): Promise<ViewBatches> {
  const role = options.role ?? getSplit(dataset, split).role;
  const samples = await dataset.samples(split);
  const recipe = recipeOfRole(role);
  const images = imagesOfSplit(dataset, split, samples, role);
  const { batchSize, replicas = 1, seed, viewsPerStep = 1, sizes } = options;
  const { workers, ahead, maximumDamaged, order } = options;
  const hash = hashJson({
    fresh: await dataset.fingerprint(split),
    ...(dataset.composer === undefined
      ? {
        imageViewVersion,
        recipe,
        sharp: sharp.versions.sharp,
        vips: sharp.versions.vips,
        ...decodingKey(),
      }
      : { composed: await dataset.composer.content(split), role }),
    seed,
    sizes,
    viewsPerStep,
  });
  return new FreshViewBatches(options, {
    count: samples.length,
    hash,
    labelOf: (sample) => samples.label(sample),
    skipped: dataset.skipped(split),
    start: (firstStep) =>
      createLoader({
        images,
        recipe,
        imageSize: sizes,
        batchSize,
        seed,
        layout: "chwn",
        firstStep,
        viewsPerStep,
        replicas,
        place: `split "${split}" of ${dataset.name}`,
        ...(workers === undefined ? {} : { workers }),
        ...(ahead === undefined ? {} : { ahead }),
        ...(order === undefined ? {} : { order }),
        ...(maximumDamaged === undefined ? {} : { maximumDamaged }),
      }),
  });
}
