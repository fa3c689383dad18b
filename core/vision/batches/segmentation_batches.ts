/**
 * Batches for training a segmenter, for ever: random crops of the images of a split with the classes of
 * their pixels, made ahead of the training.
 *
 * @module
 */

import sharp from "sharp";
import type { SegmentationAnnotation } from "../../data/annotation.ts";
import type { Dataset, SkippedImage, SplitName } from "../../data/dataset.ts";
import { decodingKey } from "../../data/decoding/image_decoder.ts";
import type { ImageSize } from "../../data/decoding/image_header.ts";
import { rangeProblem } from "../../data/image_size.ts";
import { datasetModules } from "../../data/registry.ts";
import type { SampleList } from "../../data/sample_list.ts";
import { ConfigError } from "../../errors.ts";
import { hashJson } from "../../files.ts";
import { RandomStream } from "../../random.ts";
import { type BatchRoomOptions, defaultWorkers } from "./batch_room.ts";
import { BatchesAhead } from "./batches_ahead.ts";
import { CropPainter, type CropRules } from "./crop_image.ts";
import { DamagedSamples } from "./damaged_samples.ts";
import { type CropOrigin, cropPainter, type CropRequest } from "./paint_crop.ts";
import { type Painters, threadPainters, workerPainters } from "./painters.ts";
import { imagenetPadding } from "./place_image.ts";

/** Changes when the same options make other batches; part of every content key. */
const segmentationBatchVersion = 1;

/** What training batches are made of. Defaults are those of mmsegmentation. */
export interface SegmentationBatchesOptions extends BatchRoomOptions {
  readonly batchSize: number;
  /** Fixes images, crops and colours: a step's batch depends on it and the step alone. */
  readonly seed: number;
  /** Size of a crop; smaller images are padded at the right and at the bottom, without labels. */
  readonly crop: ImageSize;
  /** Least and greatest factor on the size of an image. @default {[0.5, 2]} */
  readonly scales?: readonly [number, number];
  /** Box that images are brought to before scaling, their shape kept. @default {their own size} */
  readonly resize?: ImageSize;
  /**
   * A crop in which a class has this share of the judged pixels or more is drawn again, ten times at
   * most; 1: every crop is taken. @default {0.75}
   */
  readonly maximumClassShare?: number;
  /** How likely an image is mirrored left to right. @default {0.5} */
  readonly mirrorProbability?: number;
  /** Whether brightness, contrast, saturation and hue are drawn anew. @default {true} */
  readonly photometric?: boolean;
  /** Batches made ahead of the one in use where images are files. @default {2} */
  readonly ahead?: number;
}

/** Crops with the classes of their pixels. */
export interface SegmentationBatch {
  /** Bytes `[B, 3, height, width]`. */
  readonly images: Uint8Array;
  /** `[B, height, width]`; 255 is not judged, as padding is. */
  readonly labels: Uint8Array;
  readonly height: number;
  readonly width: number;
  /** Index of each place's image in the split; −1 where no image is left that could be read. */
  readonly sampleIndices: Int32Array;
}

/** Batches of a split for training. */
export interface SegmentationBatches {
  readonly stepsPerEpoch: number;
  readonly batchSize: number;
  /** Images of an epoch. */
  readonly count: number;
  /** Content key: two that are equal make the same batches. */
  readonly hash: string;
  /** What was left out so far: found while listing, and images that could not be decoded. */
  readonly skipped: readonly SkippedImage[];
  /**
   * The batch of a step, from 0. It stays what it is. One call at a time; steps in order are quick.
   *
   * @throws {DataError} where more images are damaged than allowed, or the classes of an image are wrong.
   */
  batch(step: number): Promise<SegmentationBatch>;
  /** Ends the Workers; the next batch would start them again. */
  release(): Promise<void>;
}

function validateOptions(options: SegmentationBatchesOptions): void {
  const { batchSize, seed, crop, scales = [0.5, 2], resize, ahead = 2, workers = 1 } = options;
  const { maximumClassShare = 0.75, mirrorProbability = 0.5 } = options;
  const isFactor = (value: number) => Number.isFinite(value) && value > 0;
  const sides = (name: string, size: ImageSize) => [
    rangeProblem(`${name}.height`, size.height, 1, 8192),
    rangeProblem(`${name}.width`, size.width, 1, 8192),
  ];
  const share = (name: string, value: number) =>
    value >= 0 && value <= 1 ? undefined : `${name} is ${value}, expected a number from 0 to 1`;
  const problems = [
    rangeProblem("batchSize", batchSize, 1, 1024),
    rangeProblem("seed", seed, 0, Number.MAX_SAFE_INTEGER),
    rangeProblem("ahead", ahead, 1, 64),
    rangeProblem("workers", workers, 1, 256),
    ...sides("crop", crop),
    ...(resize === undefined ? [] : sides("resize", resize)),
    share("maximumClassShare", maximumClassShare),
    share("mirrorProbability", mirrorProbability),
    scales.every(isFactor) && scales[0] <= scales[1]
      ? undefined
      : `scales is [${scales}], expected two numbers above 0, the least first`,
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new ConfigError(`Cannot batch crops: ${problems.join("; ")}`);
}

/** Which image stands at a place of the endless row of epochs, each of which shows every image once. */
class ImageOrder {
  readonly #seed: number;
  readonly #count: number;
  /** Orders of the epochs in use: a batch may reach into the next one. */
  readonly #orders = new Map<number, Uint32Array>();

  constructor(seed: number, count: number) {
    this.#seed = seed;
    this.#count = count;
  }

  #order(epoch: number): Uint32Array {
    const known = this.#orders.get(epoch);
    if (known !== undefined) return known;
    const order = new RandomStream(this.#seed, "segmentation images", epoch)
      .permutation(this.#count);
    if (this.#orders.size > 3) this.#orders.clear();
    this.#orders.set(epoch, order);
    return order;
  }

  /** @param attempt Where images are damaged, 1, 2, …: others of the same epoch, until there is none. */
  sample(position: number, attempt: number): number | undefined {
    if (attempt >= this.#count) return undefined;
    const epoch = Math.floor(position / this.#count);
    return this.#order(epoch)[(position - epoch * this.#count + attempt) % this.#count]!;
  }
}

/** What batches are made with, complete. */
interface BatchParts {
  readonly dataset: Dataset<SegmentationAnnotation>;
  readonly split: SplitName;
  readonly samples: SampleList;
  readonly rules: CropRules;
  readonly hash: string;
}

class CropBatches implements SegmentationBatches {
  readonly stepsPerEpoch: number;
  readonly batchSize: number;
  readonly count: number;
  readonly hash: string;
  readonly #parts: BatchParts;
  readonly #options: SegmentationBatchesOptions;
  readonly #order: ImageOrder;
  readonly #damaged: DamagedSamples;
  readonly #batches: BatchesAhead<SegmentationBatch>;
  /** Paints places without an image. */
  readonly #empty: CropPainter;
  #painters: Painters<CropRequest> | undefined;

  constructor(options: SegmentationBatchesOptions, parts: BatchParts) {
    const { dataset, split, samples, rules, hash } = parts;
    const { batchSize, seed, ahead = 2, maximumDamaged } = options;
    this.#options = options;
    this.#parts = parts;
    this.#order = new ImageOrder(seed, samples.length);
    this.#damaged = new DamagedSamples(dataset, split, samples, maximumDamaged);
    this.#batches = new BatchesAhead(
      (step) => this.#make(step),
      dataset.isInMemory ? 0 : ahead,
    );
    this.#empty = new CropPainter(rules, dataset.classNames.length);
    this.stepsPerEpoch = Math.ceil(samples.length / batchSize);
    this.batchSize = batchSize;
    this.count = samples.length;
    this.hash = hash;
  }

  get skipped(): readonly SkippedImage[] {
    const { dataset, split } = this.#parts;
    return [...dataset.skipped(split), ...this.#damaged.list];
  }

  #openPainters(): Painters<CropRequest> {
    const { dataset, split, rules } = this.#parts;
    const modules = dataset.isInMemory ? undefined : datasetModules(dataset.name);
    if (modules === undefined) return threadPainters(cropPainter(dataset, split, rules));
    const origin: CropOrigin = { name: dataset.name, split, modules, rules };
    return workerPainters(
      new URL("./crop_worker.ts", import.meta.url),
      origin,
      this.#options.workers ?? defaultWorkers(),
    );
  }

  /** Paints the first image for a place that is not damaged; −1 where none is left. */
  async #fillPlace(
    step: number,
    place: number,
    output: Pick<CropRequest, "image" | "labels">,
  ): Promise<number> {
    const { seed } = this.#options;
    for (let attempt = 0;; attempt++) {
      const sample = this.#order.sample(step * this.batchSize + place, attempt);
      if (sample === undefined) {
        this.#empty.paintNothing(output);
        return -1;
      }
      if (this.#damaged.has(sample)) continue;
      const id = this.#parts.samples.id(sample);
      const damage = await this.#painters!.paint({ sample, id, seed, step, place, ...output });
      if (damage === undefined) return sample;
      this.#damaged.add(sample, damage);
    }
  }

  async #make(step: number): Promise<SegmentationBatch> {
    this.#painters ??= this.#openPainters();
    const { width, height } = this.#options.crop;
    const { batchSize } = this;
    const area = width * height;
    // Workers paint into memory that threads share, which the runtime does not take.
    const bytes = 4 * area * batchSize;
    const memory = this.#parts.dataset.isInMemory
      ? new ArrayBuffer(bytes)
      : new SharedArrayBuffer(bytes);
    const images = new Uint8Array(memory, 0, 3 * area * batchSize);
    const labels = new Uint8Array(memory, 3 * area * batchSize, area * batchSize);
    // All are waited for, also where one fails: nobody may go on painting after it.
    const ends = await Promise.allSettled(
      Array.from({ length: batchSize }, (_, place) =>
        this.#fillPlace(step, place, {
          image: images.subarray(3 * area * place, 3 * area * (place + 1)),
          labels: labels.subarray(area * place, area * (place + 1)),
        })),
    );
    const sampleIndices = Int32Array.from(ends, (end) => {
      if (end.status === "rejected") throw end.reason;
      return end.value;
    });
    const own = (part: Uint8Array) => memory instanceof ArrayBuffer ? part : Uint8Array.from(part);
    return { images: own(images), labels: own(labels), height, width, sampleIndices };
  }

  async batch(step: number): Promise<SegmentationBatch> {
    return await this.#batches.batch(step);
  }

  async release(): Promise<void> {
    const painters = this.#painters;
    if (painters === undefined) return;
    this.#painters = undefined;
    const pending = this.#batches.discard();
    await painters.stop();
    await pending;
  }
}

/**
 * Opens batches of a split for training. In each, images are scaled by a drawn factor, cropped at a drawn
 * place, mirrored, distorted in their colours and padded, in the order and by the definitions of
 * mmsegmentation.
 *
 * @throws {ConfigError} naming every wrong option, and where there is no image to train on.
 */
export async function openSegmentationBatches(
  dataset: Dataset<SegmentationAnnotation>,
  split: SplitName,
  options: SegmentationBatchesOptions,
): Promise<SegmentationBatches> {
  validateOptions(options);
  const classes = dataset.classNames.length;
  if (classes > 255) {
    throw new ConfigError(
      `Cannot train on ${dataset.name}: it has ${classes} classes, possible are 255`,
    );
  }
  const samples = await dataset.samples(split);
  if (samples.length === 0) {
    throw new ConfigError(
      `Cannot train on split "${split}" of ${dataset.name}: there are no images`,
    );
  }
  const { crop, resize, scales = [0.5, 2], maximumClassShare = 0.75 } = options;
  const { mirrorProbability = 0.5, photometric = true, padding = imagenetPadding } = options;
  const rules: CropRules = {
    crop,
    ...(resize === undefined ? {} : { resize }),
    scales,
    maximumClassShare,
    mirrorProbability,
    photometric,
    padding,
  };
  const hash = hashJson({
    segmentationBatchVersion,
    data: await dataset.fingerprint(split),
    batchSize: options.batchSize,
    seed: options.seed,
    classes,
    ...rules,
    ...(dataset.path === undefined ? {} : {
      sharp: sharp.versions.sharp,
      vips: sharp.versions.vips,
      ...decodingKey(),
    }),
  });
  return new CropBatches(options, { dataset, split, samples, rules, hash });
}
