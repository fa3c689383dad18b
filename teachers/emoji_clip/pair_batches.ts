/**
 * Endless batches of pairs of a freshly drawn view and a caption, each a pure function of its number.
 *
 * @module
 */

import { floatTensor, type HostTensor } from "../../core/engine/session.ts";
import { ConfigError } from "../../core/errors.ts";
import { RandomStream } from "../../core/random.ts";
import type { BatchSource, Feeds } from "../../core/train/batch_source.ts";
import { emojiClipSizes } from "./towers.ts";
import { DrawnImages } from "./training_batches.ts";
import type { CaptionSource, JoinedSplit } from "./training_data.ts";
import { drawTextureKernels } from "./training_step.ts";

/** Icons of each class that has some. */
function iconsByClass({ samples }: JoinedSplit): { label: number; icons: readonly number[] }[] {
  const icons = new Map<number, number[]>();
  samples.forEach(({ label }, sample) => {
    const own = icons.get(label);
    if (own) own.push(sample);
    else icons.set(label, [sample]);
  });
  return [...icons].sort(([a], [b]) => a - b).map(([label, icons]) => ({ label, icons }));
}

/**
 * Draws batches of pairs. A class is in a batch at most once, so that no caption fits another image of
 * it. All classes come once a round, but for those of a last batch that would not be full; a class
 * shows its icons in turn, in a new order each time.
 */
export class PairBatches implements BatchSource {
  readonly stepsPerEpoch: number;
  readonly #split: JoinedSplit;
  readonly #captions: CaptionSource;
  readonly #batchSize: number;
  readonly #textures: number;
  readonly #seed: number;
  readonly #classes: readonly { readonly label: number; readonly icons: readonly number[] }[];
  readonly #images: DrawnImages;

  /** @throws {ConfigError} where there are fewer classes than pairs in a batch. */
  constructor(
    split: JoinedSplit,
    captions: CaptionSource,
    { batchSize, textures, seed }: { batchSize: number; textures: number; seed: number },
  ) {
    this.#split = split;
    this.#captions = captions;
    this.#batchSize = batchSize;
    this.#textures = textures;
    this.#seed = seed;
    this.#classes = iconsByClass(split);
    this.stepsPerEpoch = Math.floor(this.#classes.length / batchSize);
    if (this.stepsPerEpoch < 1) {
      throw new ConfigError(
        `Cannot draw batches of ${batchSize} pairs: there are ${this.#classes.length} classes, and ` +
          "each is in a batch at most once; use a smaller batch",
      );
    }
    this.#images = new DrawnImages(split, batchSize);
  }

  /** The samples of step number `step`, from 0, in the order of the batch. */
  samplesOf(step: number): number[] {
    const round = Math.floor(step / this.stepsPerEpoch);
    const order = new RandomStream(this.#seed, "round", round).permutation(this.#classes.length);
    const first = (step % this.stepsPerEpoch) * this.#batchSize;
    return Array.from({ length: this.#batchSize }, (_, place) => {
      const { label, icons } = this.#classes[order[first + place]!]!;
      const turn = Math.floor(round / icons.length);
      const own = new RandomStream(this.#seed, "icons", label, turn).permutation(icons.length);
      return icons[own[round % icons.length]!]!;
    });
  }

  batch(step: number): readonly [Feeds] {
    return [this.draw(step)];
  }

  /** The feeds of step number `step`, from 0. */
  draw(step: number): Record<string, HostTensor> {
    const { captionLength } = emojiClipSizes;
    const { samples, classNames } = this.#split;
    const chosen = this.samplesOf(step);
    const images = this.#images.draw(
      chosen,
      (place) => new RandomStream(this.#seed, "pair view", step, place).uint32(),
    );
    const textures = new Float32Array(this.#textures * 81);
    drawTextureKernels(new RandomStream(this.#seed, "pair texture", step), textures);
    const all = new Float32Array(classNames.length * captionLength);
    this.#captions.draw(new RandomStream(this.#seed, "pair caption", step), all);
    const captions = new Float32Array(this.#batchSize * captionLength);
    chosen.forEach((sample, place) => {
      const { label } = samples[sample]!;
      const own = all.subarray(label * captionLength, (label + 1) * captionLength);
      captions.set(own, place * captionLength);
    });
    return {
      images,
      textures: floatTensor(textures, [this.#textures * 3, 3, 3, 3, 1]),
      captions: floatTensor(captions, [this.#batchSize, captionLength]),
    };
  }
}
