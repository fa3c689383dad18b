/**
 * A worker of the image loader: reads, decodes and augments its places of every batch.
 *
 * @module
 */

import sharp from "sharp";
import type { RgbImage } from "../augmentation/image_memory.ts";
import { damageOf } from "../views/damaged_images.ts";
import { decodeImage, releaseImage } from "../decoding/image_decoder.ts";
import { drawImageView } from "../views/image_views.ts";
import { BatchPlan } from "./batch_plan.ts";
import { interleaveImages } from "./interleave.ts";
import type { LoaderReport, LoaderRequest, WorkerSetup } from "./messages.ts";

/** The part of a Worker's global scope that is used. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<LoaderRequest>) => void) | null;
  postMessage(message: LoaderReport): void;
  close(): void;
}

const scope = globalThis as unknown as WorkerScope;

/** Fills the places of one worker. */
class BatchFiller {
  readonly #setup: WorkerSetup;
  readonly #plan: BatchPlan;
  readonly #damaged = new Set<number>();
  /** Images of the worker's places, for the layout that mixes the images of a batch. */
  readonly #planes: Uint8Array;
  stopped = false;

  constructor(setup: WorkerSetup) {
    this.#setup = setup;
    const { files, batchSize, seed, fixedViews, places, layout, imageSize } = setup;
    this.#plan = new BatchPlan({ count: files.length, batchSize, seed, fixedViews });
    const images = layout === "chwn" ? places[1] - places[0] : 0;
    this.#planes = new Uint8Array(images * 3 * imageSize * imageSize);
  }

  /** Decodes a file; undefined where it is damaged. */
  async #decode(sample: number): Promise<RgbImage | undefined> {
    if (this.#damaged.has(sample)) return undefined;
    try {
      return await decodeImage(this.#setup.files[sample]!.path);
    } catch (error) {
      this.#damaged.add(sample);
      scope.postMessage({ type: "damaged", sample, reason: damageOf(error) });
      return undefined;
    }
  }

  /** Fills the worker's places; undefined where it was stopped or found too many damaged files. */
  async fill(step: number, slot: number): Promise<Uint32Array | undefined> {
    const { files, recipe, imageSize, batchSize, layout, places, ring } = this.#setup;
    const imageBytes = 3 * imageSize * imageSize;
    const batchBytes = batchSize * imageBytes;
    const batch = new Uint8Array(ring, slot * batchBytes, batchBytes);
    const [first, end] = places;
    const plan = this.#plan.batch(step);
    const samples = new Uint32Array(end - first);
    for (let place = first; place < end; place++) {
      let sample: number;
      let image: RgbImage | undefined;
      for (let attempt = 0; image === undefined; attempt++) {
        if (this.stopped || this.#damaged.size > this.#setup.maximumDamaged) return undefined;
        sample = plan.sample(place, attempt);
        image = await this.#decode(sample);
      }
      samples[place - first] = sample!;
      drawImageView(image, plan.viewSeed, files[sample!]!.id, recipe, {
        imageSize,
        layout: "planes",
        output: layout === "chwn" ? this.#planes : batch,
        offset: (layout === "chwn" ? place - first : place) * imageBytes,
      });
      releaseImage(image);
    }
    if (layout === "chwn") {
      interleaveImages(this.#planes, end - first, imageBytes, batch, batchSize, first);
    }
    return samples;
  }
}

let filler: BatchFiller | undefined;
let queue: Promise<void> = Promise.resolve();

function stop(): void {
  scope.postMessage({ type: "stopped" });
  scope.close();
}

function fail(error: unknown): void {
  scope.postMessage({
    type: "failed",
    message: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
  });
}

scope.onmessage = ({ data }) => {
  if (data.type === "setup") {
    // Every worker is one thread; libvips must not start its own for each image.
    sharp.concurrency(1);
    sharp.cache(false);
    try {
      filler = new BatchFiller(data);
    } catch (error) {
      fail(error);
    }
  } else if (data.type === "fill") {
    queue = queue.then(async () => {
      const samples = await filler?.fill(data.step, data.slot);
      if (samples !== undefined) {
        scope.postMessage({ type: "filled", step: data.step, samples });
      }
    }).catch(fail);
  } else {
    if (filler !== undefined) filler.stopped = true;
    queue = queue.then(stop);
  }
};
