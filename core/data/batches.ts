/**
 * Batches: the order of an epoch, and the pixels of a batch in the layout that a graph reads.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { RandomStream } from "../random.ts";
import { countViews, type ViewFile, type ViewSet } from "./views/view_set.ts";

/** Which views go through an epoch, and how. */
export interface EpochOrderOptions {
  /** How many views there are. */
  count: number;
  batchSize: number;
  /** Seed of the run. */
  seed: number;
  /** Epoch from 0; every epoch has its own order. */
  epoch: number;
}

/**
 * Order of the views in an epoch: a permutation of 0 … count − 1, cut to whole batches (the last,
 * incomplete one is dropped). A pure function of its options: a resumed run gets the same order.
 *
 * @returns `[floor(count / batchSize) * batchSize]`
 * @throws {ConfigError} where there are fewer views than one batch takes.
 */
export function epochOrder(options: EpochOrderOptions): Uint32Array {
  const { count, batchSize, seed, epoch } = options;
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw new ConfigError(`Cannot make batches: batch size is ${batchSize}, expected at least 1`);
  }
  if (count < batchSize) {
    throw new ConfigError(
      `Cannot make batches: there are ${count} views, fewer than the batch size of ${batchSize}. ` +
        `Use more views per sample or a smaller batch`,
    );
  }
  const order = new RandomStream(seed, "epoch", epoch).permutation(count);
  return order.subarray(0, Math.floor(count / batchSize) * batchSize);
}

/** An order of one's own in the place of {@linkcode epochOrder}: whole batches, a pure function. */
export type EpochOrder = (options: EpochOrderOptions) => Uint32Array;

/**
 * The order of an epoch by a given function, checked.
 *
 * @throws {ConfigError} where it is not whole batches of indices below `count`.
 */
export function checkedOrder(order: EpochOrder, options: EpochOrderOptions): Uint32Array {
  const indices = order(options);
  const { count, batchSize } = options;
  if (indices.length === 0 || indices.length % batchSize !== 0) {
    throw new ConfigError(
      `Cannot make batches: the sampler gave ${indices.length} indices, expected whole batches of ` +
        `${batchSize}`,
    );
  }
  const outside = indices.findIndex((index) => index >= count);
  if (outside < 0) return indices;
  throw new ConfigError(
    `Cannot make batches: the sampler gave index ${indices[outside]}, expected less than ${count}`,
  );
}

/** `"nchw"`: `[B, 3, H, W]`; `"chwn"`: `[3, H, W, B]`. */
export type BatchLayout = "nchw" | "chwn";

/** Pixels copied at a time for "chwn": 16 pixels of a view are 48 neighbouring bytes. */
const pixelBlock = 16;

/**
 * Copies views into a batch, values 0 to 255 unchanged. Allocates nothing where they are in memory.
 *
 * @param indices Indices of views (`sample * viewsPerSample + view`), `[B]`.
 * @param output At least `B * 3 * imageSize * imageSize` values.
 * @throws {RangeError} where an index or the size of `output` is wrong.
 */
export function fillBatch(
  views: ViewSet,
  indices: ArrayLike<number>,
  output: Uint8Array | Float32Array,
  layout: BatchLayout,
): void {
  const area = views.imageSize * views.imageSize;
  const batch = indices.length;
  const count = countViews(views);
  if (output.length < batch * 3 * area) {
    throw new RangeError(
      `Cannot fill a batch: output has ${output.length} values, expected ${batch * 3 * area}`,
    );
  }
  for (let place = 0; place < batch; place++) {
    const index = indices[place]!;
    if (!(index >= 0 && index < count)) {
      throw new RangeError(`Cannot fill a batch: view ${index} is not in 0 to ${count - 1}`);
    }
  }
  const { pixels } = views;
  if (!(pixels instanceof Uint8Array)) return fillFromFile(pixels, indices, area, output, layout);
  fillPixels(pixels, indices, area, output, layout);
}

function fillPixels(
  pixels: Uint8Array,
  indices: ArrayLike<number>,
  area: number,
  output: Uint8Array | Float32Array,
  layout: BatchLayout,
): void {
  if (layout === "nchw") fillImagesFirst(pixels, indices, area, output);
  else fillImagesLast(pixels, indices, area, output);
}

function fillFromFile(
  file: ViewFile,
  indices: ArrayLike<number>,
  area: number,
  output: Uint8Array | Float32Array,
  layout: BatchLayout,
): void {
  const pixels = new Uint8Array(indices.length * 3 * area);
  file.read(indices, pixels);
  const places = Uint32Array.from({ length: indices.length }, (_, place) => place);
  fillPixels(pixels, places, area, output, layout);
}

function fillImagesFirst(
  pixels: Uint8Array,
  indices: ArrayLike<number>,
  area: number,
  output: Uint8Array | Float32Array,
): void {
  for (let place = 0; place < indices.length; place++) {
    let from = indices[place]! * area * 3;
    const red = place * area * 3, green = red + area, blue = green + area;
    for (let pixel = 0; pixel < area; pixel++, from += 3) {
      output[red + pixel] = pixels[from]!;
      output[green + pixel] = pixels[from + 1]!;
      output[blue + pixel] = pixels[from + 2]!;
    }
  }
}

function fillImagesLast(
  pixels: Uint8Array,
  indices: ArrayLike<number>,
  area: number,
  output: Uint8Array | Float32Array,
): void {
  const batch = indices.length;
  const plane = area * batch;
  for (let start = 0; start < area; start += pixelBlock) {
    const end = Math.min(area, start + pixelBlock);
    for (let place = 0; place < batch; place++) {
      let from = (indices[place]! * area + start) * 3;
      for (let pixel = start; pixel < end; pixel++, from += 3) {
        const to = pixel * batch + place;
        output[to] = pixels[from]!;
        output[to + plane] = pixels[from + 1]!;
        output[to + 2 * plane] = pixels[from + 2]!;
      }
    }
  }
}
