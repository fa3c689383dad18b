/**
 * Those who paint images of batches: Workers, or the thread that trains.
 *
 * @module
 */

import type { ImageOrigin } from "../../data/views/image_drawer.ts";
import { createDecodingBudget, type DecodingBudget } from "../../data/decoding/decoding_budget.ts";
import { DataError } from "../../errors.ts";
import { type ImageReader, paintImage, type PaintRequest } from "./paint_image.ts";

/** What a Worker is told once. */
export interface PainterSetup {
  readonly type: "setup";
  readonly origin: ImageOrigin;
  readonly budget: DecodingBudget;
}

/** What a Worker is sent. */
export type PainterRequest =
  | PainterSetup
  | { readonly type: "paint"; readonly number: number; readonly image: PaintRequest }
  | { readonly type: "stop" };

/** What a Worker sends. */
export type PainterReport =
  | { readonly type: "painted"; readonly number: number; readonly damage: string | undefined }
  | { readonly type: "failed"; readonly message: string }
  | { readonly type: "stopped" };

/** Paints images, several at the same time. */
export interface Painters {
  /**
   * Paints an image.
   *
   * @returns Why it cannot be decoded; undefined where it is painted.
   */
  paint(image: PaintRequest): Promise<string | undefined>;
  /** Ends the Workers after the images at hand; what waits is rejected. */
  stop(): Promise<void>;
}

/** How long a Worker may take to finish the image at hand. */
const stopMilliseconds = 5000;

/** Paints in this thread. */
export function threadPainters(reader: ImageReader): Painters {
  return {
    paint: (image) => paintImage(reader, image),
    stop: () => Promise.resolve(),
  };
}

interface Waiting {
  resolve(damage: string | undefined): void;
  reject(error: Error): void;
}

/** One Worker with the images that it has not answered for. */
class PainterWorker {
  readonly waiting = new Map<number, Waiting>();
  readonly #worker: Worker;
  readonly #stopped = Promise.withResolvers<void>();
  #failure: Error | undefined;
  #number = 0;

  constructor(name: string, setup: PainterSetup) {
    this.#worker = new Worker(new URL("./paint_worker.ts", import.meta.url), {
      type: "module",
      name,
    });
    this.#worker.onmessage = ({ data }: MessageEvent<PainterReport>) => this.#receive(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#stopped.resolve();
      this.#fail(new DataError(`A worker of the image batches has died: ${event.message}`));
    };
    this.#send(setup);
  }

  #send(request: PainterRequest): void {
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
    waiting?.resolve(report.damage);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }

  paint(image: PaintRequest): Promise<string | undefined> {
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

/** Paints in Workers: each image in the one that has least to do. */
export function workerPainters(origin: ImageOrigin, workers: number): Painters {
  const setup = { type: "setup", origin, budget: createDecodingBudget() } as const;
  const all = Array.from(
    { length: workers },
    (_, index) => new PainterWorker(`image batches ${index + 1}`, setup),
  );
  return {
    paint: (image) =>
      all.reduce((least, own) => own.waiting.size < least.waiting.size ? own : least).paint(image),
    async stop() {
      await Promise.all(all.map((worker) => worker.stop()));
    },
  };
}
