/**
 * Which images make a batch, at which size and which of them mirrored: a pure function of the seed and
 * the step.
 *
 * @module
 */

import { ConfigError } from "../../errors.ts";
import type { ImageSize } from "../../data/decoding/image_header.ts";
import { RandomStream } from "../../random.ts";
import type { ShapeBuckets } from "./shape_buckets.ts";

/** What fixes the batches of a training. */
export interface DetectionPlanOptions {
  /** Images of an epoch as indices into the split; one may come several times. */
  readonly samples: Uint32Array;
  /** Bucket of each of these. */
  readonly buckets: Uint8Array;
  readonly shapes: ShapeBuckets;
  readonly shortSides: readonly number[];
  readonly batchSize: number;
  readonly seed: number;
  /** How likely an image is mirrored. */
  readonly mirrorProbability: number;
}

/** A batch before its images are read. */
export interface PlannedBatch {
  readonly shape: ImageSize;
  readonly shortSide: number;
  /** 1 for each place whose image is mirrored. */
  readonly mirrored: Uint8Array;
  /**
   * Index of the image for a place.
   *
   * @param attempt 0; where that image is damaged, 1, 2, …: others of the same shape, until there is
   *   none.
   */
  sample(place: number, attempt: number): number | undefined;
}

/**
 * Steps from 0 to batches. An epoch shows every image as often as `samples` does; the last batch of a
 * shape is filled up with others of the same epoch, so that no shape is left out for being rare.
 */
export class DetectionBatchPlan {
  readonly stepsPerEpoch: number;
  readonly #options: DetectionPlanOptions;
  readonly #members: readonly Uint32Array[];
  #epoch = -1;
  /** Order of the images of each bucket in this epoch. */
  #orders: readonly Uint32Array[] = [];
  /** Bucket of each batch, and place of its first image in the bucket's order. */
  #batches: readonly (readonly [bucket: number, first: number])[] = [];

  /** @throws {ConfigError} where there is no image. */
  constructor(options: DetectionPlanOptions) {
    const { samples, buckets, shapes, batchSize } = options;
    if (samples.length === 0) throw new ConfigError("Cannot make batches: there are no images");
    this.#options = options;
    const members = Array.from({ length: shapes.count }, (): number[] => []);
    samples.forEach((sample, index) => members[buckets[index]!]!.push(sample));
    this.#members = members.map((own) => Uint32Array.from(own));
    this.stepsPerEpoch = members.reduce((sum, own) => sum + Math.ceil(own.length / batchSize), 0);
  }

  #openEpoch(epoch: number): void {
    if (epoch === this.#epoch) return;
    const { seed, batchSize } = this.#options;
    this.#orders = this.#members.map((own, bucket) =>
      new RandomStream(seed, "detection images", epoch, bucket).permutation(own.length)
        .map((index) => own[index]!)
    );
    const batches = this.#orders.flatMap((order, bucket) =>
      Array.from(
        { length: Math.ceil(order.length / batchSize) },
        (_, index) => [bucket, index * batchSize] as const,
      )
    );
    this.#batches = Array.from(
      new RandomStream(seed, "detection batches", epoch).permutation(batches.length),
      (index) => batches[index]!,
    );
    this.#epoch = epoch;
  }

  /** The batch of a step. */
  batch(step: number): PlannedBatch {
    const { seed, batchSize, shapes, shortSides, mirrorProbability } = this.#options;
    const epoch = Math.floor(step / this.stepsPerEpoch);
    this.#openEpoch(epoch);
    const [bucket, first] = this.#batches[step - epoch * this.stepsPerEpoch]!;
    const order = this.#orders[bucket]!;
    const random = new RandomStream(seed, "detection sizes", step);
    const shortSide = random.choose(shortSides);
    return {
      shape: shapes.shapeOf(bucket, shortSide),
      shortSide,
      mirrored: Uint8Array.from(
        { length: batchSize },
        () => Number(random.uniform() < mirrorProbability),
      ),
      sample: (place, attempt) =>
        attempt < order.length ? order[(first + place + attempt) % order.length]! : undefined,
    };
  }
}
