/**
 * Gives every pixel of an image a class, by any model that gives its pixels logits: whole or by windows that
 * slide over it, at several sizes, mirrored.
 *
 * @module
 */

import type { RgbImage } from "../../core/data/augmentation/image_memory.ts";
import { ConfigError } from "../../core/errors.ts";
import type { MapDimensions } from "../../core/nn/resample.ts";
import { sizeInBox } from "../../core/vision/batches/crop_image.ts";
import {
  addSoftmax,
  arrayLines,
  classesOfLines,
  type MapLines,
  resizedLines,
} from "./map_lines.ts";
import { mirrorRows, resizeRows } from "./resize_rows.ts";
import { type ImageWindow, slidingWindows } from "./sliding_windows.ts";

/** How images are looked at (mmsegmentation's `test_cfg` and test-time augmentation). */
export interface SegmenterInference {
  /** Windows that slide over an image, their logits averaged where they overlap; the whole image where absent. */
  readonly slide?: { readonly crop: MapDimensions; readonly stride: MapDimensions } | undefined;
  /** Sizes that an image is looked at, in the size it was brought to; probabilities are averaged. @default {[1]} */
  readonly scales?: readonly number[];
  /** Box that an image is brought to first, its shape kept (mmcv's `rescale_size`). @default {its own size} */
  readonly resize?: MapDimensions;
  /** Whether it is looked at mirrored too. @default {false} */
  readonly flip?: boolean;
  /** Most pixels of an image at once: larger ones are looked at smaller, and their logits resized. @default {any} */
  readonly mostPixels?: number;
}

/** Logits of an image, a row for each pixel of a map, [height · width, classes]. */
export interface LogitMap extends MapDimensions {
  readonly rows: Float32Array;
}

/** A size at which an image is looked at. */
export interface Look {
  /** Factor that was asked for. */
  readonly scale: number;
  readonly asked: MapDimensions;
  /** What it is looked at: smaller where that has more pixels than are looked at at once. */
  readonly seen: MapDimensions;
}

/** A model that gives each pixel of an image a logit for each class. */
export interface PixelModel {
  readonly classes: number;
  /** Whether its logits are resized with the middles of the corner pixels aligned. */
  readonly alignCorners: boolean;
  /** The only size of images that it takes: others are resized to it. Any where absent. */
  readonly size?: MapDimensions;
  /**
   * Logits of one image, a row for each pixel, [height · width, classes].
   *
   * @param planes Bytes [1, 3, height, width].
   */
  logits(planes: Uint8Array, size: MapDimensions): Promise<Float32Array>;
  /** The same logits before they are brought to the size of the image, which takes a fraction of the memory. */
  map(planes: Uint8Array, size: MapDimensions): Promise<LogitMap>;
  /** The class with the largest logit of each pixel, the first of equal ones; without their logits on the host. */
  classesOf(planes: Uint8Array, size: MapDimensions): Promise<Uint8Array>;
  /** Frees its sessions. */
  release(): Promise<void>;
}

/** A part of an image as bytes [1, 3, height, width]. */
function planesOf({ pixels, width }: RgbImage, window: ImageWindow): Uint8Array {
  const size = window.height * window.width;
  const planes = new Uint8Array(3 * size);
  for (let y = 0; y < window.height; y++) {
    const row = ((window.top + y) * width + window.left) * 3;
    for (let x = 0; x < window.width; x++) {
      const place = y * window.width + x;
      for (let channel = 0; channel < 3; channel++) {
        planes[channel * size + place] = pixels[row + 3 * x + channel]!;
      }
    }
  }
  return planes;
}

/** @throws {ConfigError} for settings out of range. */
function validate({ slide, scales = [1] }: SegmenterInference): void {
  const fail = (reason: string) => {
    throw new ConfigError(`Cannot segment: ${reason}`);
  };
  if (scales.length === 0) fail("scales: expected one or more");
  const wrong = scales.find((scale) => !(scale > 0 && Number.isFinite(scale)));
  if (wrong !== undefined) fail(`scales: expected numbers above 0, got ${wrong}`);
  for (const [name, { height, width }] of Object.entries(slide ?? {})) {
    for (const [side, length] of Object.entries({ height, width })) {
      if (!Number.isSafeInteger(length) || length < 1) {
        fail(`slide.${name}.${side}: expected a whole number from 1, got ${length}`);
      }
    }
  }
  if (slide && (slide.stride.height > slide.crop.height || slide.stride.width > slide.crop.width)) {
    fail("slide.stride: windows farther apart than their size leave pixels without a class");
  }
}

/**
 * Logits of an image above which they are not all there at once: a quarter of a gigabyte. A sum over windows
 * is in any case, so an image is looked at smaller then.
 */
const mostLogits = 2 ** 26;

/** Sums logits of windows over an image. */
function addWindow(
  total: Float32Array,
  logits: Float32Array,
  window: ImageWindow,
  { width, classes }: { readonly width: number; readonly classes: number },
): void {
  for (let y = 0; y < window.height; y++) {
    const from = y * window.width * classes;
    const to = ((window.top + y) * width + window.left) * classes;
    for (let at = 0; at < window.width * classes; at++) total[to + at]! += logits[from + at]!;
  }
}

/** How many windows see each pixel. */
function countWindows(windows: readonly ImageWindow[], { height, width }: MapDimensions) {
  const count = new Uint16Array(height * width);
  for (const { top, left, ...window } of windows) {
    for (let y = top; y < top + window.height; y++) {
      for (let x = left; x < left + window.width; x++) count[y * width + x]!++;
    }
  }
  return count;
}

/** A size with the same shape and at most so many pixels. */
function withinPixels({ height, width }: MapDimensions, most: number): MapDimensions {
  const factor = Math.min(1, Math.sqrt(most / (height * width)));
  const side = (length: number) => Math.max(1, Math.floor(length * factor));
  return factor === 1 ? { height, width } : { height: side(height), width: side(width) };
}

/** An image of another size, bilinear, as mmcv resizes it. */
function resizeImage(image: RgbImage, size: MapDimensions): RgbImage {
  if (isSameSize(size, image)) return image;
  const pixels = resizeRows(image.pixels, image, size, { alignCorners: false });
  return { ...size, pixels: Uint8Array.from(pixels, Math.round) };
}

function isSameSize(a: MapDimensions, b: MapDimensions): boolean {
  return a.height === b.height && a.width === b.width;
}

/** Gives every pixel of an image a class. Release it when it is no longer needed. */
export class PixelClassifier {
  readonly #model: PixelModel;
  readonly #inference: SegmenterInference;

  /** @throws {ConfigError} for settings out of range, or that the model cannot follow. */
  constructor(model: PixelModel, inference: SegmenterInference = {}) {
    validate(inference);
    if (model.size && (inference.slide || inference.scales || inference.resize)) {
      const { height, width } = model.size;
      throw new ConfigError(
        `Cannot segment: the model takes images of ${height} × ${width} alone, neither windows nor ` +
          "other sizes",
      );
    }
    this.#model = model;
    this.#inference = inference;
  }

  /** Parts of an image that are looked at one by one. */
  #windows({ height, width }: MapDimensions): ImageWindow[] {
    const { slide } = this.#inference;
    return slide ? slidingWindows({ height, width }, slide) : [{ top: 0, left: 0, height, width }];
  }

  /** Sum of the logits of windows over an image, averaged where they overlap, [height · width, classes]. */
  async #windowLogits(image: RgbImage, windows: readonly ImageWindow[]): Promise<Float32Array> {
    const { height, width } = image;
    const { classes } = this.#model;
    const total = new Float32Array(height * width * classes);
    for (const window of windows) {
      const logits = await this.#model.logits(planesOf(image, window), window);
      addWindow(total, logits, window, { width, classes });
    }
    const count = countWindows(windows, image);
    for (let pixel = 0; pixel < count.length; pixel++) {
      if (count[pixel] === 1) continue;
      for (let at = pixel * classes; at < (pixel + 1) * classes; at++) total[at]! /= count[pixel]!;
    }
    return total;
  }

  /** Logits of an image at its size, line by line. */
  async #logitLines(image: RgbImage): Promise<MapLines> {
    const windows = this.#windows(image);
    if (windows.length > 1) return arrayLines(await this.#windowLogits(image, windows), image);
    const { rows, ...size } = await this.#model.map(planesOf(image, windows[0]!), image);
    return resizedLines(arrayLines(rows, size), image, this.#model);
  }

  /** Most pixels of an image of so many at once. */
  get #mostPixels(): number {
    const { mostPixels = Infinity, slide } = this.#inference;
    return slide ? Math.min(mostPixels, Math.floor(mostLogits / this.#model.classes)) : mostPixels;
  }

  /** The size at which an image is looked at where no others are asked for. */
  sizeSeen(image: MapDimensions): MapDimensions {
    return this.#model.size ?? withinPixels(this.#resized(image), this.#mostPixels);
  }

  /** The size that an image is brought to, before it is looked at at several. */
  #resized({ height, width }: MapDimensions): MapDimensions {
    const { resize } = this.#inference;
    return resize === undefined ? { height, width } : sizeInBox({ height, width }, resize);
  }

  /** Sizes at which an image is looked at, one for each scale. */
  looks(image: MapDimensions): Look[] {
    const { scales = [1] } = this.#inference;
    const times = ({ height, width }: MapDimensions, scale: number) => ({
      height: Math.max(1, Math.round(height * scale)),
      width: Math.max(1, Math.round(width * scale)),
    });
    const whole = this.#model.size ?? this.#resized(image), base = this.sizeSeen(image);
    return scales.map((scale) => ({
      scale,
      asked: times(whole, scale),
      seen: withinPixels(times(base, scale), this.#mostPixels),
    }));
  }

  /** Logits of an image at several sizes and mirrored, each brought to its own size, line by line. */
  async *#lookLines(
    image: RgbImage,
    sizes: readonly MapDimensions[],
  ): AsyncGenerator<{ readonly lines: MapLines; readonly isMirrored: boolean }> {
    for (const size of sizes) {
      const { pixels } = resizeImage(image, size);
      for (const isMirrored of this.#inference.flip ? [false, true] : [false]) {
        const seen = { ...size, pixels: isMirrored ? mirrorRows(pixels, size) : pixels };
        yield { lines: resizedLines(await this.#logitLines(seen), image, this.#model), isMirrored };
      }
    }
  }

  /** Probabilities of an image at several sizes and mirrored, added up, line by line. */
  async #probabilities(image: RgbImage, sizes: readonly MapDimensions[]): Promise<MapLines> {
    const { classes } = this.#model;
    const { height, width } = image;
    const length = width * classes;
    if (this.#inference.slide) {
      // Logits of windows are as large as the sum, so they are there one after the other.
      const total = new Float32Array(height * length);
      for await (const { lines, isMirrored } of this.#lookLines(image, sizes)) {
        for (let y = 0; y < height; y++) {
          const sums = total.subarray(y * length, (y + 1) * length);
          addSoftmax(sums, lines.line(y), classes, isMirrored);
        }
      }
      return arrayLines(total, image);
    }
    const looks = await Array.fromAsync(this.#lookLines(image, sizes));
    const sums = new Float32Array(length);
    return {
      height,
      width,
      channels: classes,
      line(y) {
        sums.fill(0);
        for (const { lines, isMirrored } of looks) {
          addSoftmax(sums, lines.line(y), classes, isMirrored);
        }
        return sums;
      },
    };
  }

  /**
   * The class of every pixel, `[height, width]`, at the image's own size.
   *
   * @throws {DataError} when a weight of the model is missing or of a wrong shape.
   */
  async segment(image: RgbImage): Promise<Uint8Array> {
    const { classes } = this.#model;
    const seen = resizeImage(image, this.sizeSeen(image));
    const sizes = this.looks(seen).map(({ seen }) => seen);
    const looksAgain = sizes.length > 1 || !isSameSize(sizes[0]!, seen) ||
      this.#inference.flip === true;
    const windows = this.#windows(image);
    const isSmall = image.height * image.width * classes <= mostLogits;
    if (!looksAgain && isSameSize(seen, image) && windows.length === 1 && isSmall) {
      return await this.#model.classesOf(planesOf(image, windows[0]!), windows[0]!);
    }
    const lines = looksAgain
      ? await this.#probabilities(seen, sizes)
      : await this.#logitLines(seen);
    return classesOfLines(resizedLines(lines, image, this.#model));
  }

  /** Frees the model. */
  async release(): Promise<void> {
    await this.#model.release();
  }
}
