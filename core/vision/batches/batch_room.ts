/**
 * Batches being made: images are painted into shared memory while their annotations are read.
 *
 * @module
 */

import type { InstancesAnnotation } from "../../data/annotation.ts";
import type { Dataset, SkippedImage, SplitName } from "../../data/dataset.ts";
import type { ImageSize } from "../../data/decoding/image_header.ts";
import type { SampleList } from "../../data/sample_list.ts";
import { originOf } from "../../data/views/image_drawer.ts";
import { ConfigError } from "../../errors.ts";
import type { DetectionBatch, DetectionTruth } from "../detection_batch.ts";
import { DamagedSamples } from "./damaged_samples.ts";
import { noTruth, placeTruth } from "./detection_truth.ts";
import { datasetReader, paintImage, type PaintRequest } from "./paint_image.ts";
import { type Painters, threadPainters, workerPainters } from "./painters.ts";
import { imagenetPadding, placeNothing } from "./place_image.ts";
import { resizedSize, type ResizeRule } from "./resize_rule.ts";

/** What batches of a split are made with, in training and in tests. */
export interface BatchRoomOptions {
  /** Red, green and blue of the padding. @default {ImageNet's mean colour: 124, 116, 104} */
  readonly padding?: readonly [number, number, number];
  /**
   * Threads that decode and resize where images are files; the batches do not depend on it.
   * @default {one less than the machine has cores}
   */
  readonly workers?: number;
  /** How many images may fail to decode. @default {1 % of the images of the split, at least 1} */
  readonly maximumDamaged?: number;
}

/** Threads that make batches where nothing else is said: one less than the machine has cores. */
export function defaultWorkers(): number {
  return Math.max(1, navigator.hardwareConcurrency - 1);
}

/**
 * Size of an image as it is annotated.
 *
 * @throws {ConfigError} where the data set does not say.
 */
export function annotatedSize(
  dataset: Dataset<InstancesAnnotation>,
  split: SplitName,
  sample: number,
): ImageSize {
  const size = dataset.imageSize?.(split, sample);
  if (size !== undefined) return size;
  throw new ConfigError(
    `Dataset "${dataset.name}" does not say how large its images are: expected a method ` +
      "imageSize(split, index)",
  );
}

/** What goes into a batch. */
export interface BatchOrder {
  /** Shape with padding. */
  readonly shape: ImageSize;
  readonly rule: ResizeRule;
  readonly mirrored: Uint8Array;
  /**
   * Index of the image for each place.
   *
   * @param attempt 0; where that image is damaged, 1, 2, … until there is none: the place stays empty.
   */
  sample(place: number, attempt: number): number | undefined;
}

/** The images of a split, ready to be put into batches. */
export class BatchRoom {
  readonly #dataset: Dataset<InstancesAnnotation>;
  readonly #split: SplitName;
  readonly #painters: Painters<PaintRequest>;
  readonly #padding: readonly number[];
  readonly #damaged: DamagedSamples;
  /** Memory of batches that were handed over. */
  readonly #free: SharedArrayBuffer[] = [];

  /** @param samples The list of the split. */
  constructor(
    dataset: Dataset<InstancesAnnotation>,
    split: SplitName,
    samples: SampleList,
    options: BatchRoomOptions,
  ) {
    this.#dataset = dataset;
    this.#split = split;
    this.#padding = options.padding ?? imagenetPadding;
    this.#damaged = new DamagedSamples(dataset, split, samples, options.maximumDamaged);
    const origin = dataset.isInMemory ? undefined : originOf(dataset, split, "test");
    if (origin === undefined) {
      const reader = datasetReader(dataset, split);
      this.#painters = threadPainters((image) => paintImage(reader, image));
    } else {
      this.#painters = workerPainters(
        new URL("./paint_worker.ts", import.meta.url),
        origin,
        options.workers ?? defaultWorkers(),
      );
    }
  }

  #sizeOf(sample: number): ImageSize {
    return annotatedSize(this.#dataset, this.#split, sample);
  }

  /** Images that could not be decoded so far. */
  get damaged(): SkippedImage[] {
    return this.#damaged.list;
  }

  /** Paints the first image for a place that is not damaged; −1 where none is left. */
  async #fillPlace(
    { shape, rule, mirrored, sample: choose }: BatchOrder,
    place: number,
    output: Uint8Array,
  ): Promise<number> {
    for (let attempt = 0;; attempt++) {
      const sample = choose(place, attempt);
      if (sample === undefined) {
        placeNothing({ padding: this.#padding }, output);
        return -1;
      }
      if (this.#damaged.has(sample)) continue;
      const original = this.#sizeOf(sample);
      const damage = await this.#painters.paint({
        sample,
        path: this.#dataset.path?.(this.#split, sample),
        original,
        place: {
          size: resizedSize(original, rule),
          shape,
          isMirrored: mirrored[place] === 1,
          padding: this.#padding,
        },
        output,
      });
      if (damage === undefined) return sample;
      this.#damaged.add(sample, damage);
    }
  }

  async #truthOf(sample: number, rule: ResizeRule, isMirrored: boolean): Promise<DetectionTruth> {
    const original = this.#sizeOf(sample);
    const annotation = await this.#dataset.annotation(this.#split, sample);
    return placeTruth(annotation, { original, size: resizedSize(original, rule), isMirrored });
  }

  /**
   * Makes a batch.
   *
   * @throws {DataError} where more images are damaged than allowed, or an annotation is.
   */
  async make(order: BatchOrder): Promise<DetectionBatch> {
    const { shape, rule, mirrored } = order;
    const imageBytes = 3 * shape.width * shape.height;
    const bytes = mirrored.length * imageBytes;
    const found = this.#free.findIndex(({ byteLength }) => byteLength >= bytes);
    const memory = found < 0 ? new SharedArrayBuffer(bytes) : this.#free.splice(found, 1)[0]!;
    // All are waited for, also where one fails: nobody may paint into memory that others have by then.
    const ends = await Promise.allSettled(
      Array.from(mirrored, async (isMirrored, place) => {
        const output = new Uint8Array(memory, place * imageBytes, imageBytes);
        const sample = await this.#fillPlace(order, place, output);
        const truth = sample < 0 ? noTruth : await this.#truthOf(sample, rule, isMirrored === 1);
        return { sample, truth };
      }),
    );
    const places = ends.map((end) => {
      if (end.status === "rejected") throw end.reason;
      return end.value;
    });
    // The runtime takes no shared memory.
    const images = Uint8Array.from(new Uint8Array(memory, 0, bytes));
    this.#free.push(memory);
    const originals = places.map(({ sample }) => sample < 0 ? shape : this.#sizeOf(sample));
    return {
      images,
      height: shape.height,
      width: shape.width,
      sizes: originals.map((original, place) =>
        places[place]!.sample < 0 ? shape : resizedSize(original, rule)
      ),
      originals,
      mirrored,
      sampleIndices: Int32Array.from(places, ({ sample }) => sample),
      truth: places.map(({ truth }) => truth),
    };
  }

  /** Ends the Workers. */
  async release(): Promise<void> {
    this.#free.length = 0;
    await this.#painters.stop();
  }
}
