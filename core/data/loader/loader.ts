/**
 * A loader of augmented images: workers decode and augment ahead, into shared memory, so that a
 * training step does not wait.
 *
 * @module
 */

import sharp from "sharp";
import { DataError } from "../../errors.ts";
import { augmentationRecipes } from "../augmentation/recipes.ts";
import type { SkippedImage } from "../dataset.ts";
import { createDecodingBudget } from "../decoding/decoding_budget.ts";
import { damagedImagesMessage, defaultMaximumDamaged } from "../views/damaged_images.ts";
import { BatchPlan, type PlannedBatch } from "./batch_plan.ts";
import { type FillerPort, startWorkerPort, threadPort } from "./filler_port.ts";
import { imagesOfFiles, type ImageSource } from "./image_source.ts";
import { type LoaderOptions, validateLoaderOptions } from "./loader_options.ts";
import {
  batchBlock,
  batchBytes,
  type BatchShape,
  type FilledReport,
  type FillRequest,
} from "./messages.ts";

/** A batch of augmented images. */
export interface Batch {
  readonly step: number;
  readonly epoch: number;
  /**
   * Bytes 0 to 255 in the loader's layout, in shared memory: the first view at the first size of the
   * first replica. They stay until the next call of {@linkcode ImageLoader.next}; copy what is
   * needed longer.
   */
  readonly pixels: Uint8Array;
  /** The same of every view, size and replica: `images[view][size][replica]`. */
  readonly images: readonly (readonly (readonly Uint8Array[])[])[];
  /** Indices of the images, `[B]`. The place of a damaged one has the next good one of the epoch. */
  readonly samples: Uint32Array;
  /** How long the caller had to wait for this batch. */
  readonly waitMilliseconds: number;
}

/** Makes batches for ever, epoch after epoch. */
export interface ImageLoader extends AsyncDisposable {
  readonly stepsPerEpoch: number;
  /** Damaged images met so far. */
  readonly skipped: readonly SkippedImage[];
  /**
   * The next batch; gives back the memory of the one before. One call at a time.
   *
   * @throws {DataError} where more images are damaged than allowed, or a worker has died.
   */
  next(): Promise<Batch>;
  /** Ends the workers. A waiting {@linkcode ImageLoader.next} fails. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts a loader.
 *
 * @throws {ConfigError} naming every wrong option.
 */
export function createLoader(options: LoaderOptions): ImageLoader {
  validateLoaderOptions(options);
  return new StreamingLoader(options);
}

/** A step that is being filled. */
interface PendingStep {
  readonly plan: PlannedBatch;
  /** Requests that are not answered. */
  left: number;
  readonly samples: Uint32Array;
  /** How many images were tried for each place, but for those that were known to be damaged. */
  readonly attempts: Uint32Array;
}

class StreamingLoader implements ImageLoader {
  readonly stepsPerEpoch: number;
  readonly skipped: SkippedImage[] = [];
  readonly #shape: BatchShape;
  readonly #images: ImageSource;
  readonly #place: string;
  readonly #plan: BatchPlan;
  readonly #ring: SharedArrayBuffer;
  readonly #slots: number;
  readonly #maximumDamaged: number;
  readonly #ports: { readonly port: FillerPort; readonly places: Uint32Array }[] = [];
  readonly #pending = new Map<number, PendingStep>();
  readonly #damaged = new Set<number>();
  #nextStep: number;
  #waiting: PromiseWithResolvers<void> | undefined;
  #failure: Error | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: LoaderOptions) {
    const { batchSize, seed, fixedViews, recipe: named, layout = "nchw" } = options;
    const images = Array.isArray(options.images)
      ? imagesOfFiles(options.images)
      : options.images as ImageSource;
    this.#images = images;
    this.#place = options.place ?? "the loader";
    const views = options.viewsPerStep ?? 1;
    this.#plan = new BatchPlan({
      count: images.length,
      batchSize,
      seed,
      fixedViews,
      views,
      order: options.order,
    });
    this.stepsPerEpoch = this.#plan.stepsPerEpoch;
    this.#shape = {
      batchSize,
      views,
      imageSizes: [options.imageSize].flat(),
      replicas: options.replicas ?? 1,
      layout,
    };
    this.#slots = (options.ahead ?? 2) + 1;
    this.#ring = new SharedArrayBuffer(this.#slots * batchBytes(this.#shape));
    this.#maximumDamaged = options.maximumDamaged ?? defaultMaximumDamaged(images.length);
    this.#nextStep = options.firstStep ?? 0;
    const recipe = typeof named === "string" ? augmentationRecipes.get(named) : named;
    const setup = {
      type: "setup",
      ...this.#shape,
      origin: images.origin,
      recipe,
      ring: this.#ring,
      budget: createDecodingBudget(),
    } as const;
    const events = {
      failed: (error: Error) => this.#fail(error),
    };
    if (images.origin === undefined) {
      sharp.concurrency(1);
      const places = Uint32Array.from({ length: batchSize }, (_, place) => place);
      const port: FillerPort = threadPort(setup, images.openDrawer!(), {
        ...events,
        filled: (report) => this.#receive(port, report),
      });
      this.#ports.push({ port, places });
    } else {
      const workers = options.workers ?? Math.max(1, navigator.hardwareConcurrency - 1);
      for (const [first, end] of dividePlaces(batchSize, workers)) {
        const places = Uint32Array.from({ length: end - first }, (_, index) => first + index);
        const name = `image loader, places from ${first}`;
        const port: FillerPort = startWorkerPort(name, setup, {
          ...events,
          filled: (report) => this.#receive(port, report),
        });
        this.#ports.push({ port, places });
      }
    }
    for (let ahead = 0; ahead < this.#slots; ahead++) this.#request(this.#nextStep + ahead);
  }

  #receive(port: FillerPort, { step, damaged }: FilledReport): void {
    const pending = this.#pending.get(step);
    if (pending === undefined || this.#failure !== undefined) return;
    for (const { sample, reason } of damaged) this.#addDamaged(sample, reason);
    if (this.#failure !== undefined) return;
    if (damaged.length > 0) {
      const places = Uint32Array.from(damaged, ({ place }) => place);
      this.#fill(port, step, pending, places);
      return;
    }
    pending.left--;
    if (pending.left === 0) this.#waiting?.resolve();
  }

  #addDamaged(sample: number, reason: string): void {
    if (this.#damaged.has(sample)) return;
    this.#damaged.add(sample);
    this.skipped.push({ path: this.#images.refer(sample).id, reason });
    const { length } = this.#images;
    if (this.#damaged.size > this.#maximumDamaged || this.#damaged.size === length) {
      this.#fail(
        new DataError(damagedImagesMessage({
          damaged: this.skipped,
          more: this.#damaged.size < length,
          files: length,
          allowed: this.#maximumDamaged,
          place: this.#place,
        })),
      );
    }
  }

  /** The image for a place: the first of the epoch's order from there on that is not damaged. */
  #choose({ plan, attempts, samples }: PendingStep, place: number): number {
    let sample: number;
    do sample = plan.sample(place, attempts[place]!++); while (this.#damaged.has(sample));
    samples[place] = sample;
    return sample;
  }

  #fill(port: FillerPort, step: number, pending: PendingStep, places: Uint32Array): void {
    const samples = places.map((place) => this.#choose(pending, place));
    const references = Array.from(samples, (sample) => this.#images.refer(sample));
    const paths = references.map(({ path }) => path ?? "");
    const request: FillRequest = {
      type: "fill",
      step,
      slot: step % this.#slots,
      viewSeeds: pending.plan.viewSeeds,
      places,
      samples,
      ids: references.map(({ id }) => id),
      paths: references[0]?.path === undefined ? undefined : paths,
    };
    port.fill(request);
  }

  #request(step: number): void {
    const { batchSize } = this.#shape;
    const pending = {
      plan: this.#plan.batch(step),
      left: this.#ports.length,
      samples: new Uint32Array(batchSize),
      attempts: new Uint32Array(batchSize),
    };
    this.#pending.set(step, pending);
    for (const { port, places } of this.#ports) this.#fill(port, step, pending, places);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#waiting?.reject(this.#failure);
    // The failure is what the caller must see; how the workers end is of no interest then.
    this.stop().catch(() => {});
  }

  async next(): Promise<Batch> {
    if (this.#waiting !== undefined) {
      throw new Error("Cannot take a batch: an earlier call of next() has not ended");
    }
    if (this.#failure !== undefined) throw this.#failure;
    const step = this.#nextStep++;
    // The batch before this one is given back only now.
    if (this.#pending.delete(step - 1)) this.#request(step - 1 + this.#slots);
    const pending = this.#pending.get(step)!;
    const start = performance.now();
    if (pending.left > 0) {
      try {
        // Woken by every batch that is ready, and by a failure.
        while (pending.left > 0) {
          if (this.#failure !== undefined) throw this.#failure;
          this.#waiting = Promise.withResolvers();
          await this.#waiting.promise;
        }
      } finally {
        this.#waiting = undefined;
      }
    }
    const images = this.#views(step % this.#slots);
    return {
      step,
      epoch: Math.floor(step / this.stepsPerEpoch),
      pixels: images[0]![0]![0]!,
      images,
      samples: pending.samples,
      waitMilliseconds: performance.now() - start,
    };
  }

  #views(slot: number): Batch["images"] {
    const shape = this.#shape;
    const start = slot * batchBytes(shape);
    return Array.from(
      { length: shape.views },
      (_, view) =>
        shape.imageSizes.map((_, size) =>
          Array.from({ length: shape.replicas }, (_, replica) => {
            const { offset, length } = batchBlock(shape, view, size, replica);
            return new Uint8Array(this.#ring, start + offset, length);
          })
        ),
    );
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#endWorkers();
    return this.#stopping;
  }

  async #endWorkers(): Promise<void> {
    this.#failure ??= new DataError("The image loader is stopped");
    this.#waiting?.reject(this.#failure);
    await Promise.all(this.#ports.map(({ port }) => port.stop()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/**
 * Divides the places of a batch among workers: whole groups of four where there are enough, since
 * four neighbouring images are written together.
 */
function dividePlaces(batchSize: number, workers: number): [number, number][] {
  const group = batchSize >= 4 * workers ? 4 : 1;
  const groups = Math.ceil(batchSize / group);
  const used = Math.min(workers, groups);
  return Array.from({ length: used }, (_, index) => [
    Math.floor(groups * index / used) * group,
    Math.min(batchSize, Math.floor(groups * (index + 1) / used) * group),
  ]);
}
