/**
 * Endless training batches of freshly drawn views, each a pure function of its number.
 *
 * @module
 */

import { fillBatch } from "../../core/data/batches.ts";
import { SampleList } from "../../core/data/sample_list.ts";
import type { MemoryViewSet } from "../../core/data/views/view_set.ts";
import type { HostTensor } from "../../core/engine/session.ts";
import { RandomStream } from "../../core/random.ts";
import type { BatchSource, Feeds } from "../../core/train/batch_source.ts";
import { emojiClipSizes } from "./towers.ts";
import type { CaptionSource, JoinedSplit } from "./training_data.ts";
import { drawTextureKernels, texturesPerBatch } from "./training_step.ts";

/** Room for a batch that is drawn image by image and then laid out. */
export function scratchViews(batchSize: number, imageSize: number): MemoryViewSet {
  return {
    samples: SampleList.from(new Array(batchSize).fill({ id: "", label: 0 })),
    viewsPerSample: 1,
    imageSize,
    pixels: new Uint8Array(batchSize * imageSize * imageSize * 3),
    hash: "",
    skipped: [],
  };
}

/** Draws the images of batches, each a view of its own. */
export class DrawnImages {
  readonly #split: JoinedSplit;
  readonly #scratch: MemoryViewSet;
  readonly #everyPlace: Uint32Array;

  constructor(split: JoinedSplit, batchSize: number) {
    this.#split = split;
    this.#scratch = scratchViews(batchSize, emojiClipSizes.imageSize);
    this.#everyPlace = Uint32Array.from({ length: batchSize }, (_, place) => place);
  }

  /**
   * The images of a batch, [3, S, S, B].
   *
   * @param samples As many as a batch has.
   * @param viewSeed Seed of the view at a place of the batch.
   */
  draw(samples: readonly number[], viewSeed: (place: number) => number): HostTensor {
    const { imageSize, pixels } = this.#scratch;
    const bytes = 3 * imageSize ** 2;
    samples.forEach((sample, place) =>
      this.#split.draw(sample, viewSeed(place), imageSize, pixels, place * bytes)
    );
    const data = new Uint8Array(samples.length * bytes);
    fillBatch(this.#scratch, this.#everyPlace, data, "chwn");
    return { dtype: "uint8", shape: [3, imageSize, imageSize, samples.length], data };
  }
}

/** Draws training batches. */
export class TrainingBatches implements BatchSource {
  readonly stepsPerEpoch: number;
  readonly #split: JoinedSplit;
  readonly #captions: CaptionSource;
  readonly #batchSize: number;
  readonly #seed: number;
  readonly #images: DrawnImages;

  constructor(
    split: JoinedSplit,
    captions: CaptionSource,
    { batchSize, seed }: { batchSize: number; seed: number },
  ) {
    this.#split = split;
    this.#captions = captions;
    this.#batchSize = batchSize;
    this.#seed = seed;
    this.stepsPerEpoch = Math.floor(split.samples.length / batchSize);
    this.#images = new DrawnImages(split, batchSize);
  }

  batch(step: number): readonly [Feeds] {
    return [this.draw(step)];
  }

  /** The feeds of step number `step`, from 0: every icon comes once an epoch, in a new order. */
  draw(step: number): Record<string, HostTensor> {
    const { captionLength } = emojiClipSizes;
    const { samples, classNames } = this.#split;
    const epoch = Math.floor(step / this.stepsPerEpoch);
    const order = new RandomStream(this.#seed, "epoch", epoch).permutation(samples.length);
    const first = (step % this.stepsPerEpoch) * this.#batchSize;
    const chosen = Array.from(order.subarray(first, first + this.#batchSize));
    const images = this.#images.draw(
      chosen,
      (place) => new RandomStream(this.#seed, "view", step, place).uint32(),
    );
    const labels = BigInt64Array.from(chosen, (sample) => BigInt(samples[sample]!.label));
    const textures = new Float32Array(texturesPerBatch * 81);
    drawTextureKernels(new RandomStream(this.#seed, "texture", step), textures);
    const captions = new Float32Array(classNames.length * captionLength);
    this.#captions.draw(new RandomStream(this.#seed, "caption", step), captions);
    return {
      images,
      textures: { dtype: "float32", shape: [texturesPerBatch * 3, 3, 3, 3, 1], data: textures },
      captions: {
        dtype: "float32",
        shape: [classNames.length, captionLength],
        data: captions,
      },
      labels: { dtype: "int64", shape: [this.#batchSize], data: labels },
    };
  }
}
