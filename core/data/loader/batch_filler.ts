/**
 * Fills places of batches: decodes, augments and lays out; in a worker, or in the loader's thread.
 *
 * @module
 */

import { damageOf, isDamage } from "../views/damaged_images.ts";
import type { ImageDrawer, ViewRequest } from "../views/image_drawer.ts";
import { interleaveImages } from "./interleave.ts";
import {
  batchBlock,
  batchBytes,
  type DamagedPlace,
  type FillerSetup,
  type FillRequest,
} from "./messages.ts";

/** Fills the places of requests. */
export class BatchFiller {
  readonly #setup: Omit<FillerSetup, "type" | "origin" | "recipe">;
  readonly #drawer: ImageDrawer;
  /** Images of a request by view and size, for the layout that mixes the images of a batch. */
  #planes: Uint8Array[][] = [];
  /** Set to end after the image at hand. */
  stopped = false;

  constructor(setup: Omit<FillerSetup, "type" | "origin" | "recipe">, drawer: ImageDrawer) {
    this.#setup = setup;
    this.#drawer = drawer;
  }

  /** Fills places; gives the damaged ones, or undefined where it was stopped. */
  async fill(request: FillRequest): Promise<DamagedPlace[] | undefined> {
    const { slot, places, samples, ids, paths } = request;
    const bytes = batchBytes(this.#setup);
    const batch = new Uint8Array(this.#setup.ring, slot * bytes, bytes);
    this.#reservePlanes(places.length);
    const damaged: DamagedPlace[] = [];
    for (let index = 0; index < places.length; index++) {
      if (this.stopped) return undefined;
      const sample = samples[index]!, path = paths?.[index];
      const image = { sample, id: ids[index]!, ...(path === undefined ? {} : { path }) };
      try {
        await this.#drawer.draw(image, this.#targets(batch, request, index));
      } catch (error) {
        if (!isDamage(error)) throw error;
        damaged.push({ place: places[index]!, sample, reason: damageOf(error) });
      }
    }
    if (this.#setup.layout === "chwn") this.#interleave(batch, places);
    return damaged;
  }

  #reservePlanes(images: number): void {
    const { layout, views, imageSizes } = this.#setup;
    if (layout !== "chwn") return;
    const room = this.#planes[0]?.[0]?.length ?? 0;
    if (room >= images * 3 * imageSizes[0]! ** 2) return;
    this.#planes = Array.from(
      { length: views },
      () => imageSizes.map((side) => new Uint8Array(images * 3 * side ** 2)),
    );
  }

  /** Where the views of an image go. */
  #targets(batch: Uint8Array, { places, viewSeeds }: FillRequest, index: number): ViewRequest[] {
    const { batchSize, replicas, imageSizes, layout } = this.#setup;
    const part = batchSize / replicas, place = places[index]!;
    return viewSeeds.flatMap((viewSeed, view) =>
      imageSizes.map((imageSize, size) => {
        const bytes = 3 * imageSize ** 2;
        const target = { viewSeed, imageSize, layout: "planes" } as const;
        if (layout === "chwn") {
          return { ...target, output: this.#planes[view]![size]!, offset: index * bytes };
        }
        const { offset } = batchBlock(this.#setup, view, size, Math.floor(place / part));
        return { ...target, output: batch, offset: offset + place % part * bytes };
      })
    );
  }

  /** Puts images side by side: runs of neighbouring places of one replica. */
  #interleave(batch: Uint8Array, places: Uint32Array): void {
    const { batchSize, replicas, imageSizes, views } = this.#setup;
    const part = batchSize / replicas;
    for (let first = 0; first < places.length;) {
      const place = places[first]!, replica = Math.floor(place / part);
      let count = 1;
      while (
        places[first + count] === place + count && Math.floor((place + count) / part) === replica
      ) count++;
      for (let view = 0; view < views; view++) {
        for (const [size, side] of imageSizes.entries()) {
          const { offset, length } = batchBlock(this.#setup, view, size, replica);
          const bytes = 3 * side ** 2;
          const planes = this.#planes[view]![size]!.subarray(first * bytes);
          const target = batch.subarray(offset, offset + length);
          interleaveImages(planes, count, bytes, target, part, place % part);
        }
      }
      first += count;
    }
  }
}
