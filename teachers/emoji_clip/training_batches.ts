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

/** Draws training batches. */
export class TrainingBatches implements BatchSource {
  readonly stepsPerEpoch: number;
  readonly #split: JoinedSplit;
  readonly #captions: CaptionSource;
  readonly #batchSize: number;
  readonly #seed: number;
  readonly #scratch: MemoryViewSet;
  readonly #everyPlace: Uint32Array;

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
    this.#scratch = scratchViews(batchSize, emojiClipSizes.imageSize);
    this.#everyPlace = Uint32Array.from({ length: batchSize }, (_, place) => place);
  }

  batch(step: number): readonly [Feeds] {
    return [this.draw(step)];
  }

  /** The feeds of step number `step`, from 0: every icon comes once an epoch, in a new order. */
  draw(step: number): Record<string, HostTensor> {
    const { imageSize, captionLength } = emojiClipSizes;
    const bytes = imageSize * imageSize * 3;
    const { samples, classNames } = this.#split;
    const epoch = Math.floor(step / this.stepsPerEpoch);
    const order = new RandomStream(this.#seed, "epoch", epoch).permutation(samples.length);
    const first = (step % this.stepsPerEpoch) * this.#batchSize;
    const labels = new BigInt64Array(this.#batchSize);
    for (let place = 0; place < this.#batchSize; place++) {
      const sample = order[first + place]!;
      const viewSeed = new RandomStream(this.#seed, "view", step, place).uint32();
      this.#split.draw(sample, viewSeed, imageSize, this.#scratch.pixels, place * bytes);
      labels[place] = BigInt(samples[sample]!.label);
    }
    const images = new Uint8Array(this.#batchSize * bytes);
    fillBatch(this.#scratch, this.#everyPlace, images, "chwn");
    const textures = new Float32Array(texturesPerBatch * 81);
    drawTextureKernels(new RandomStream(this.#seed, "texture", step), textures);
    const captions = new Float32Array(classNames.length * captionLength);
    this.#captions.draw(new RandomStream(this.#seed, "caption", step), captions);
    return {
      images: {
        dtype: "uint8",
        shape: [3, imageSize, imageSize, this.#batchSize],
        data: images,
      },
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
