/**
 * Those who paint images of batches: Workers, or the thread that trains.
 *
 * @module
 */

import { createDecodingBudget, type DecodingBudget } from "../../data/decoding/decoding_budget.ts";
import { DataError } from "../../errors.ts";

/**
 * Paints an image of a batch into its place.
 *
 * @returns Why the image cannot be decoded; undefined where it is painted.
 */
export type Paint<Image> = (image: Image) => Promise<string | undefined>;

/** What a Worker is told once. */
export interface PainterSetup<Setup> {
  readonly type: "setup";
  readonly setup: Setup;
  readonly budget: DecodingBudget;
}

/** What a Worker is sent. */
export type PainterRequest<Setup, Image> =
  | PainterSetup<Setup>
  | { readonly type: "paint"; readonly number: number; readonly image: Image }
  | { readonly type: "stop" };

/** What a Worker sends. */
export type PainterReport =
  | { readonly type: "painted"; readonly number: number; readonly damage: string | undefined }
  /** The data are wrong in a way that is no damage of one image. */
  | { readonly type: "refused"; readonly number: number; readonly message: string }
  | { readonly type: "failed"; readonly message: string }
  | { readonly type: "stopped" };

/** Paints images, several at the same time. */
export interface Painters<Image> {
  readonly paint: Paint<Image>;
  /** Ends the Workers after the images at hand; what waits is rejected. */
  stop(): Promise<void>;
}

/** How long a Worker may take to finish the image at hand. */
const stopMilliseconds = 5000;

/** Paints in this thread. */
export function threadPainters<Image>(paint: Paint<Image>): Painters<Image> {
  return { paint, stop: () => Promise.resolve() };
}

interface Waiting {
  resolve(damage: string | undefined): void;
  reject(error: Error): void;
}

/** One Worker with the images that it has not answered for. */
class PainterWorker<Setup, Image> {
  readonly waiting = new Map<number, Waiting>();
  readonly #worker: Worker;
  readonly #stopped = Promise.withResolvers<void>();
  #failure: Error | undefined;
  #number = 0;

  constructor(module: URL, name: string, setup: PainterSetup<Setup>) {
    this.#worker = new Worker(module, { type: "module", name });
    this.#worker.onmessage = ({ data }: MessageEvent<PainterReport>) => this.#receive(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#stopped.resolve();
      this.#fail(new DataError(`A worker of the image batches has died: ${event.message}`));
    };
    this.#send(setup);
  }

  #send(request: PainterRequest<Setup, Image>): void {
    this.#worker.postMessage(request);
  }

  #receive(report: PainterReport): void {
    if (report.type === "stopped") return this.#stopped.resolve();
    if (report.type === "failed") {
      return this.#fail(
        new DataError(`A worker of the image batches has failed: ${report.message}`),
      );
    }
    const waiting = this.waiting.get(report.number);
    this.waiting.delete(report.number);
    if (report.type === "painted") waiting?.resolve(report.damage);
    else waiting?.reject(new DataError(report.message));
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }

  paint(image: Image): Promise<string | undefined> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const number = this.#number++;
    return new Promise((resolve, reject) => {
      this.waiting.set(number, { resolve, reject });
      this.#send({ type: "paint", number, image });
    });
  }

  async stop(): Promise<void> {
    this.#fail(new DataError("The image batches are stopped"));
    // A Worker in the middle of an image must not be cut off: the decoder runs in a thread of its own
    // and would write into freed memory.
    this.#send({ type: "stop" });
    const timer = setTimeout(this.#stopped.resolve, stopMilliseconds);
    await this.#stopped.promise;
    clearTimeout(timer);
    this.#worker.terminate();
  }
}

/**
 * Paints in Workers: each image in the one that has least to do.
 *
 * @param module What the Workers run: a module that calls `servePainter`.
 * @param content What each of them is told once.
 */
export function workerPainters<Setup, Image>(
  module: URL,
  content: Setup,
  workers: number,
): Painters<Image> {
  const setup = { type: "setup", setup: content, budget: createDecodingBudget() } as const;
  const all = Array.from(
    { length: workers },
    (_, index) => new PainterWorker<Setup, Image>(module, `image batches ${index + 1}`, setup),
  );
  return {
    paint: (image) =>
      all.reduce((least, own) => own.waiting.size < least.waiting.size ? own : least).paint(image),
    async stop() {
      await Promise.all(all.map((worker) => worker.stop()));
    },
  };
}
