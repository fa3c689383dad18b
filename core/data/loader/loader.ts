/**
 * A loader of augmented photographs: workers decode and augment ahead, into shared memory, so that
 * a training step does not wait.
 *
 * @module
 */

import { ConfigError, DataError } from "../../errors.ts";
import { type AugmentationRecipe, augmentationRecipes } from "../augmentation/recipes.ts";
import type { BatchLayout } from "../batches.ts";
import type { SkippedImage } from "../dataset.ts";
import { damagedImagesMessage, defaultMaximumDamaged } from "../views/damaged_images.ts";
import { BatchPlan } from "./batch_plan.ts";
import type { ImageFile, LoaderReport, LoaderRequest } from "./messages.ts";

/** How long a worker may take to finish the image at hand when the loader is stopped. */
const stopMilliseconds = 5000;

/** Options of {@linkcode createLoader}. */
export interface LoaderOptions {
  readonly files: readonly ImageFile[];
  /** A recipe, or the name of one: `mocov2`, `swav`, `simclr`, `lincls_train`, `val`. */
  readonly recipe: string | AugmentationRecipe;
  /** Side of a view in pixels. */
  readonly imageSize: number;
  readonly batchSize: number;
  /** Fixes order and views: the batches do not depend on the number of workers. */
  readonly seed: number;
  /** Threads that decode and augment; default: one less than the machine has cores. */
  readonly workers?: number;
  /** `"nchw"`: `[B, 3, H, W]` (default); `"chwn"`: `[3, H, W, B]`. */
  readonly layout?: BatchLayout;
  /** Batches made ahead of the one in use; default 2. */
  readonly ahead?: number;
  /** Step of the first batch, for a run that resumes; default 0. */
  readonly firstStep?: number;
  /** Views of an image over all epochs; default: a fresh one in each. See {@linkcode BatchPlan}. */
  readonly fixedViews?: number;
  /** How many images may fail to decode; default 1 % of the files, at least 1. */
  readonly maximumDamaged?: number;
}

/** A batch of augmented images. */
export interface Batch {
  readonly step: number;
  readonly epoch: number;
  /**
   * Bytes 0 to 255 in the loader's layout, in shared memory. They stay until the next call of
   * {@linkcode ImageLoader.next}; copy what is needed longer.
   */
  readonly pixels: Uint8Array;
  /** Indices of the files, `[B]`. The place of a damaged file has the next good one of the epoch. */
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
  checkOptions(options);
  return new WorkerLoader(options);
}

function checkOptions(options: LoaderOptions): void {
  const wrong: string[] = [];
  const check = (name: keyof LoaderOptions, least: number, most: number) => {
    const value = options[name];
    if (value === undefined) return;
    if (
      typeof value !== "number" || !Number.isSafeInteger(value) || value < least || value > most
    ) {
      wrong.push(`${name} is ${value}, wanted a whole number from ${least} to ${most}`);
    }
  };
  check("imageSize", 8, 1024);
  check("batchSize", 1, 8192);
  check("seed", 0, Number.MAX_SAFE_INTEGER);
  check("workers", 1, 256);
  check("ahead", 1, 64);
  check("firstStep", 0, Number.MAX_SAFE_INTEGER);
  check("fixedViews", 1, 100_000);
  check("maximumDamaged", 0, Number.MAX_SAFE_INTEGER);
  if (wrong.length > 0) throw new ConfigError(`Cannot load images: ${wrong.join("; ")}`);
}

/** A step that is being filled. */
interface PendingStep {
  /** Workers that are not done. */
  left: number;
  readonly samples: Uint32Array;
}

/** One worker and the places of a batch that are its own. */
interface WorkerPart {
  readonly worker: Worker;
  readonly first: number;
  readonly stopped: PromiseWithResolvers<void>;
}

class WorkerLoader implements ImageLoader {
  readonly stepsPerEpoch: number;
  readonly skipped: SkippedImage[] = [];
  readonly #options: LoaderOptions;
  readonly #plan: BatchPlan;
  readonly #ring: SharedArrayBuffer;
  readonly #slots: number;
  readonly #batchBytes: number;
  readonly #maximumDamaged: number;
  readonly #parts: WorkerPart[] = [];
  readonly #pending = new Map<number, PendingStep>();
  readonly #damaged = new Set<number>();
  #nextStep: number;
  #waiting: PromiseWithResolvers<void> | undefined;
  #failure: Error | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: LoaderOptions) {
    const { files, batchSize, seed, fixedViews, imageSize, recipe, layout = "nchw" } = options;
    this.#options = options;
    this.#plan = new BatchPlan({ count: files.length, batchSize, seed, fixedViews });
    this.stepsPerEpoch = this.#plan.stepsPerEpoch;
    this.#slots = (options.ahead ?? 2) + 1;
    this.#batchBytes = batchSize * 3 * imageSize * imageSize;
    this.#ring = new SharedArrayBuffer(this.#slots * this.#batchBytes);
    this.#maximumDamaged = options.maximumDamaged ?? defaultMaximumDamaged(files.length);
    this.#nextStep = options.firstStep ?? 0;
    const setup = {
      type: "setup",
      files: files.map(({ path, id }) => ({ path, id })),
      recipe: typeof recipe === "string" ? augmentationRecipes.get(recipe) : recipe,
      imageSize,
      batchSize,
      seed,
      fixedViews,
      layout,
      ring: this.#ring,
      maximumDamaged: this.#maximumDamaged,
    } as const;
    const wanted = options.workers ?? Math.max(1, navigator.hardwareConcurrency - 1);
    for (const places of dividePlaces(batchSize, wanted)) {
      const worker = this.#startWorker(places[0]);
      send(worker, { ...setup, places });
    }
    for (let ahead = 0; ahead < this.#slots; ahead++) this.#request(this.#nextStep + ahead);
  }

  #startWorker(first: number): Worker {
    const worker = new Worker(new URL("./loader_worker.ts", import.meta.url), {
      type: "module",
      name: `image loader, places from ${first}`,
    });
    const part: WorkerPart = { worker, first, stopped: Promise.withResolvers() };
    this.#parts.push(part);
    worker.onmessage = ({ data }: MessageEvent<LoaderReport>) => this.#receive(part, data);
    const crash = (message: string) => {
      part.stopped.resolve();
      this.#fail(new DataError(`A worker of the image loader has died: ${message}`));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      crash(event.message);
    };
    worker.onmessageerror = () => crash("a message could not be read");
    return worker;
  }

  #receive(part: WorkerPart, report: LoaderReport): void {
    if (report.type === "filled") {
      const pending = this.#pending.get(report.step)!;
      pending.samples.set(report.samples, part.first);
      pending.left--;
      if (pending.left === 0) this.#waiting?.resolve();
    } else if (report.type === "damaged") this.#addDamaged(report.sample, report.reason);
    else if (report.type === "stopped") part.stopped.resolve();
    else this.#fail(new DataError(`A worker of the image loader has failed: ${report.message}`));
  }

  #addDamaged(sample: number, reason: string): void {
    if (this.#damaged.has(sample)) return;
    this.#damaged.add(sample);
    const { files } = this.#options;
    this.skipped.push({ path: files[sample]!.id, reason });
    if (this.#damaged.size > this.#maximumDamaged) {
      this.#fail(
        new DataError(damagedImagesMessage({
          damaged: this.skipped,
          more: true,
          files: files.length,
          allowed: this.#maximumDamaged,
          place: "the loader",
        })),
      );
    }
  }

  #request(step: number): void {
    const samples = new Uint32Array(this.#options.batchSize);
    this.#pending.set(step, { left: this.#parts.length, samples });
    for (const { worker } of this.#parts) {
      send(worker, { type: "fill", step, slot: step % this.#slots });
    }
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
    const offset = step % this.#slots * this.#batchBytes;
    return {
      step,
      epoch: Math.floor(step / this.stepsPerEpoch),
      pixels: new Uint8Array(this.#ring, offset, this.#batchBytes),
      samples: pending.samples,
      waitMilliseconds: performance.now() - start,
    };
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#endWorkers();
    return this.#stopping;
  }

  async #endWorkers(): Promise<void> {
    this.#failure ??= new DataError("The image loader is stopped");
    this.#waiting?.reject(this.#failure);
    // A worker in the middle of an image must not be cut off: the decoder runs in a thread of its
    // own and would write into freed memory.
    await Promise.all(this.#parts.map(async ({ worker, stopped }) => {
      send(worker, { type: "stop" });
      const timer = setTimeout(stopped.resolve, stopMilliseconds);
      await stopped.promise;
      clearTimeout(timer);
      worker.terminate();
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function send(worker: Worker, request: LoaderRequest): void {
  worker.postMessage(request);
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
