/**
 * Batches for training a detector, for ever: images of a split at random sizes, mirrored at random, made
 * ahead of the training.
 *
 * @module
 */

import sharp from "sharp";
import { hashJson } from "../../files.ts";
import type { InstancesAnnotation } from "../../data/annotation.ts";
import type { Dataset, SkippedImage, SplitName } from "../../data/dataset.ts";
import { decodingKey } from "../../data/decoding/image_decoder.ts";
import { rangeProblem } from "../../data/image_size.ts";
import type { SampleList } from "../../data/sample_list.ts";
import { ConfigError } from "../../errors.ts";
import type { DetectionBatch } from "../detection_batch.ts";
import { DetectionBatchPlan } from "./batch_plan.ts";
import { BatchesAhead } from "./batches_ahead.ts";
import { annotatedSize, BatchRoom, type BatchRoomOptions } from "./batch_room.ts";
import { repeatFactors } from "./repeat_factors.ts";
import { ShapeBuckets, type ShapeOptions } from "./shape_buckets.ts";

/** Changes when the same options make other batches; part of every content key. */
const detectionBatchVersion = 1;

/** What training batches are made of. */
export interface DetectionBatchesOptions extends ShapeOptions, BatchRoomOptions {
  readonly batchSize: number;
  /** Fixes images, sizes and mirroring: a step's batch depends on it and the step alone. */
  readonly seed: number;
  /** How likely an image is mirrored left to right. @default {0.5} */
  readonly mirrorProbability?: number;
  /**
   * Share of images below which a category is rare: its images come more often
   * ({@linkcode repeatFactors}). LVIS: 1e-3. Default: each image comes once an epoch.
   */
  readonly oversampling?: number;
  /** Whether images without any object are shown. @default {true} */
  readonly emptyImages?: boolean;
  /** Batches made ahead of the one in use where images are files. @default {2} */
  readonly ahead?: number;
}

/** Batches of a split for training. */
export interface DetectionBatches {
  readonly stepsPerEpoch: number;
  readonly batchSize: number;
  /** Images of an epoch, those that are oversampled as often as they come. */
  readonly count: number;
  /** Content key: two that are equal make the same batches. */
  readonly hash: string;
  /** What was left out so far: found while listing, and images that could not be decoded. */
  readonly skipped: readonly SkippedImage[];
  /**
   * The batch of a step, from 0. It stays what it is. One call at a time; steps in order are quick.
   *
   * @throws {DataError} where more images are damaged than allowed, or an annotation is.
   */
  batch(step: number): Promise<DetectionBatch>;
  /** Ends the Workers; the next batch would start them again. */
  release(): Promise<void>;
}

/** Categories of the objects of every image. */
async function categoriesOf(
  dataset: Dataset<InstancesAnnotation>,
  split: SplitName,
  count: number,
): Promise<Uint32Array[]> {
  const categories: Uint32Array[] = [];
  for (let index = 0; index < count; index++) {
    categories.push(
      dataset.imageCategories?.(split, index) ??
        (await dataset.annotation(split, index)).categories,
    );
  }
  return categories;
}

/** The images of an epoch. */
async function chooseSamples(
  dataset: Dataset<InstancesAnnotation>,
  split: SplitName,
  samples: SampleList,
  { oversampling, emptyImages = true }: DetectionBatchesOptions,
): Promise<Uint32Array> {
  const all = Uint32Array.from({ length: samples.length }, (_, index) => index);
  if (oversampling === undefined && emptyImages) return all;
  const categories = await categoriesOf(dataset, split, samples.length);
  const kept = emptyImages ? all : all.filter((index) => categories[index]!.length > 0);
  if (kept.length === 0) {
    throw new ConfigError(
      `Cannot train a detector on split "${split}" of ${dataset.name}: none of its ` +
        `${samples.length} images shows an object`,
    );
  }
  if (oversampling === undefined) return kept;
  const repeats = repeatFactors(
    Array.from(kept, (index) => categories[index]!),
    dataset.classNames.length,
    oversampling,
  );
  return Uint32Array.from(
    Array.from(kept, (index, place) => new Array<number>(repeats[place]!).fill(index)).flat(),
  );
}

function validateOptions(options: DetectionBatchesOptions): void {
  const { batchSize, seed, mirrorProbability = 0.5, oversampling = 0, ahead = 2, workers = 1 } =
    options;
  const isShare = (value: number) => value >= 0 && value <= 1;
  const problems = [
    rangeProblem("batchSize", batchSize, 1, 1024),
    rangeProblem("seed", seed, 0, Number.MAX_SAFE_INTEGER),
    rangeProblem("ahead", ahead, 1, 64),
    rangeProblem("workers", workers, 1, 256),
    isShare(mirrorProbability)
      ? undefined
      : `mirrorProbability is ${mirrorProbability}, expected a number from 0 to 1`,
    isShare(oversampling)
      ? undefined
      : `oversampling is ${oversampling}, expected a number from 0 to 1`,
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new ConfigError(`Cannot batch images: ${problems.join("; ")}`);
}

class TrainingBatches implements DetectionBatches {
  readonly stepsPerEpoch: number;
  readonly batchSize: number;
  readonly count: number;
  readonly hash: string;
  readonly #plan: DetectionBatchPlan;
  readonly #options: DetectionBatchesOptions;
  readonly #openRoom: () => BatchRoom;
  readonly #listed: readonly SkippedImage[];
  readonly #batches: BatchesAhead<DetectionBatch>;
  #damaged = new Map<string, SkippedImage>();
  #room: BatchRoom | undefined;

  constructor(options: DetectionBatchesOptions, parts: {
    readonly plan: DetectionBatchPlan;
    readonly count: number;
    readonly hash: string;
    readonly openRoom: () => BatchRoom;
    readonly skipped: readonly SkippedImage[];
    readonly ahead: number;
  }) {
    this.#options = options;
    this.#plan = parts.plan;
    this.#openRoom = parts.openRoom;
    this.#listed = parts.skipped;
    this.#batches = new BatchesAhead((step) => this.#make(step), parts.ahead);
    this.stepsPerEpoch = parts.plan.stepsPerEpoch;
    this.batchSize = options.batchSize;
    this.count = parts.count;
    this.hash = parts.hash;
  }

  get skipped(): readonly SkippedImage[] {
    for (const image of this.#room?.damaged ?? []) this.#damaged.set(image.path, image);
    return [...this.#listed, ...this.#damaged.values()];
  }

  #make(step: number): Promise<DetectionBatch> {
    this.#room ??= this.#openRoom();
    const { longSide, rounding } = this.#options;
    const { shape, shortSide, mirrored, sample } = this.#plan.batch(step);
    const rule = { shortSide, longSide, ...(rounding === undefined ? {} : { rounding }) };
    return this.#room.make({ shape, rule, mirrored, sample });
  }

  async batch(step: number): Promise<DetectionBatch> {
    return await this.#batches.batch(step);
  }

  async release(): Promise<void> {
    const room = this.#room;
    if (room === undefined) return;
    // Keeps what was damaged.
    void this.skipped;
    this.#room = undefined;
    const pending = this.#batches.discard();
    await room.release();
    await pending;
  }
}

/**
 * Opens batches of a split for training.
 *
 * @throws {ConfigError} naming every wrong option, and where there is no image to train on.
 */
export async function openDetectionBatches(
  dataset: Dataset<InstancesAnnotation>,
  split: SplitName,
  options: DetectionBatchesOptions,
): Promise<DetectionBatches> {
  validateOptions(options);
  const shapes = new ShapeBuckets(options);
  const list = await dataset.samples(split);
  const samples = await chooseSamples(dataset, split, list, options);
  const openRoom = () => new BatchRoom(dataset, split, list, options);
  const plan = new DetectionBatchPlan({
    samples,
    buckets: Uint8Array.from(
      samples,
      (sample) => shapes.bucketOf(annotatedSize(dataset, split, sample)),
    ),
    shapes,
    shortSides: options.shortSides,
    batchSize: options.batchSize,
    seed: options.seed,
    mirrorProbability: options.mirrorProbability ?? 0.5,
  });
  const { workers: _, ahead = 2, maximumDamaged: __, ...content } = options;
  const hash = hashJson({
    detectionBatchVersion,
    data: await dataset.fingerprint(split),
    ...content,
    ...(dataset.path === undefined ? {} : {
      sharp: sharp.versions.sharp,
      vips: sharp.versions.vips,
      ...decodingKey(),
    }),
  });
  return new TrainingBatches(options, {
    plan,
    count: samples.length,
    hash,
    openRoom,
    skipped: dataset.skipped(split),
    ahead: dataset.isInMemory ? 0 : ahead,
  });
}
