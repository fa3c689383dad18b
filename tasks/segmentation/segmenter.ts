/**
 * A trained segmenter that gives every pixel of an image a class.
 *
 * @module
 */

import type { RgbImage } from "../../core/data/augmentation/image_memory.ts";
import type { Session } from "../../core/engine/session.ts";
import { SessionPool } from "../../core/engine/session_pool.ts";
import { ConfigError } from "../../core/errors.ts";
import type { Layout } from "../../core/nn/layout.ts";
import type { NamedTensors } from "../../core/nn/parameters.ts";
import type { MapDimensions } from "../../core/nn/resample.ts";
import { addSoftmax, bestClasses, mirrorRows, resizeRows } from "./resize_rows.ts";
import { segmenterInferenceGraph } from "./segmenter_inference.ts";
import { type ImageWindow, slidingWindows } from "./sliding_windows.ts";
import { type CompleteSegmenterSpec, completeSpec, type SegmenterSpec } from "./spec.ts";

/** How images are looked at (mmsegmentation's `test_cfg` and test-time augmentation). */
export interface SegmenterInference {
  /** Windows that slide over an image, their logits averaged where they overlap; the whole image where absent. */
  readonly slide?: { readonly crop: MapDimensions; readonly stride: MapDimensions } | undefined;
  /** Sizes that an image is looked at, in its own size; probabilities are averaged. @default {[1]} */
  readonly scales?: readonly number[];
  /** Whether it is looked at mirrored too. @default {false} */
  readonly flip?: boolean;
}

/** How a segmenter runs. */
export interface SegmenterOptions {
  readonly inference?: SegmenterInference;
  /** @default {1} */
  readonly threads?: number;
  /** Bytes that the tensors of all sessions may take. @default {1e9} */
  readonly memoryBytes?: number;
  /** @default {"nchw"} */
  readonly layout?: Layout;
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

/** A segmenter with its weights. Release it when it is no longer needed. */
export class Segmenter {
  readonly #spec: CompleteSegmenterSpec;
  readonly #weights: NamedTensors;
  readonly #inference: SegmenterInference;
  readonly #layout: Layout;
  readonly #pool: SessionPool;

  /** @throws {ConfigError} for a segmenter that cannot be built, or settings out of range. */
  constructor(
    spec: SegmenterSpec,
    weights: NamedTensors,
    { inference = {}, threads = 1, memoryBytes = 1e9, layout = "nchw" }: SegmenterOptions = {},
  ) {
    validate(inference);
    this.#spec = completeSpec(spec);
    this.#weights = weights;
    this.#inference = inference;
    this.#layout = layout;
    this.#pool = new SessionPool({ session: { threads }, memoryBytes });
  }

  #session({ height, width }: MapDimensions): Promise<Session> {
    return this.#pool.get(
      `${height}×${width}`,
      () =>
        segmenterInferenceGraph(this.#spec, this.#weights, {
          batch: 1,
          height,
          width,
          layout: this.#layout,
          output: "logits",
        }),
    );
  }

  /** Logits of a part of an image, [height · width, classes]. */
  async #windowLogits(image: RgbImage, window: ImageWindow): Promise<Float32Array> {
    const session = await this.#session(window);
    const { height, width } = window;
    const data = planesOf(image, window);
    const { logits } = await session.run({
      images: { dtype: "uint8", shape: [1, 3, height, width], data },
    });
    return logits!.data as Float32Array;
  }

  /** Logits of an image, [height · width, classes]. */
  async #logits(image: RgbImage): Promise<Float32Array> {
    const { height, width } = image;
    const { classes } = this.#spec;
    const windows = this.#inference.slide
      ? slidingWindows(image, this.#inference.slide)
      : [{ top: 0, left: 0, height, width }];
    if (windows.length === 1) return await this.#windowLogits(image, windows[0]!);
    const total = new Float32Array(height * width * classes);
    const count = new Uint16Array(height * width);
    for (const window of windows) {
      const logits = await this.#windowLogits(image, window);
      for (let y = 0; y < window.height; y++) {
        const from = y * window.width, to = (window.top + y) * width + window.left;
        for (let at = 0; at < window.width * classes; at++) {
          total[to * classes + at]! += logits[from * classes + at]!;
        }
        for (let x = 0; x < window.width; x++) count[to + x]!++;
      }
    }
    return total.map((value, index) => value / count[Math.floor(index / classes)]!);
  }

  /**
   * The class of every pixel, `[height, width]`, at the image's own size.
   *
   * @throws {DataError} when a weight is missing or of a wrong shape.
   */
  async segment(image: RgbImage): Promise<Uint8Array> {
    const { classes, alignCorners } = this.#spec;
    const { scales = [1], flip = false } = this.#inference;
    const { height, width } = image;
    if (scales.length === 1 && scales[0] === 1 && !flip) {
      return bestClasses(await this.#logits(image), classes);
    }
    const total = new Float32Array(height * width * classes);
    for (const scale of scales) {
      const size = {
        height: Math.max(1, Math.round(height * scale)),
        width: Math.max(1, Math.round(width * scale)),
      };
      const pixels = scale === 1 ? image.pixels : Uint8Array.from(
        resizeRows(image.pixels, image, size, { alignCorners: false }),
        Math.round,
      );
      for (const mirrored of flip ? [false, true] : [false]) {
        const seen = mirrored ? mirrorRows(pixels, size) : pixels;
        const logits = await this.#logits({ ...size, pixels: seen });
        const straight = mirrored ? mirrorRows(logits, size) : logits;
        addSoftmax(
          total,
          scale === 1 ? straight : resizeRows(straight, size, image, { alignCorners }),
          classes,
        );
      }
    }
    return bestClasses(total, classes);
  }

  /** Ends all sessions. */
  async release(): Promise<void> {
    await this.#pool.release();
  }
}
