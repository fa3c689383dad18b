import assert from "node:assert/strict";
import { ConfigError } from "../../core/errors.ts";
import type { RandomStream } from "../../core/random.ts";
import { PairBatches } from "./pair_batches.ts";
import { emojiClipSizes } from "./towers.ts";
import type { JoinedSplit } from "./training_data.ts";

const classes = 9;

/** Classes with one to four icons; the ninth has none. */
const split: JoinedSplit = {
  classNames: Array.from({ length: classes }, (_, index) => `class ${index}`),
  samples: Array.from(
    { length: 8 },
    (_, label) =>
      Array.from({ length: 1 + label % 4 }, (_, icon) => ({
        id: `set${icon}/${label}`,
        label,
        dataset: "toy",
      })),
  ).flat(),
  draw(sample, viewSeed, imageSize, output, offset) {
    output.fill(sample, offset, offset + imageSize * imageSize * 3);
    output[offset + 1] = viewSeed % 256;
  },
};

/** The captions of a draw: every number of class k is k. */
const captions = {
  draw: (_: RandomStream, output: Float32Array) => {
    output.forEach((_, index) => output[index] = Math.floor(index / emojiClipSizes.captionLength));
  },
};

function batches(options: { batchSize?: number; seed?: number } = {}): PairBatches {
  return new PairBatches(split, captions, { batchSize: 4, textures: 2, seed: 1, ...options });
}

const labelsOf = (samples: readonly number[]) =>
  samples.map((index) => split.samples[index]!.label);

Deno.test("PairBatches has every class once a round and no class twice in a batch", () => {
  const source = batches();
  assert.equal(source.stepsPerEpoch, 2);
  const orders = new Set<string>();
  for (let round = 0; round < 6; round++) {
    const labels = [2 * round, 2 * round + 1].flatMap((step) => labelsOf(source.samplesOf(step)));
    orders.add(labels.join());
    assert.deepEqual([...labels].sort(), [0, 1, 2, 3, 4, 5, 6, 7], "the class without icons never");
  }
  assert(orders.size > 1, "rounds have orders of their own");
});

Deno.test("PairBatches shows all icons of a class before one comes again", () => {
  const source = batches();
  const shown = new Map<number, number[]>();
  for (let step = 0; step < 24; step++) {
    for (const sample of source.samplesOf(step)) {
      const { label } = split.samples[sample]!;
      shown.set(label, [...shown.get(label) ?? [], sample]);
    }
  }
  for (const [label, samples] of shown) {
    const icons = 1 + label % 4;
    for (let first = 0; first + icons <= samples.length; first += icons) {
      assert.equal(new Set(samples.slice(first, first + icons)).size, icons, `class ${label}`);
    }
  }
});

Deno.test("PairBatches draws an image and the caption of its class at the same place", () => {
  const { imageSize, captionLength } = emojiClipSizes;
  const source = batches();
  const feeds = source.draw(5), samples = source.samplesOf(5), labels = labelsOf(samples);
  assert.deepEqual(
    Object.fromEntries(Object.entries(feeds).map(([name, { shape }]) => [name, shape])),
    {
      images: [3, imageSize, imageSize, 4],
      textures: [6, 3, 3, 3, 1],
      captions: [4, captionLength],
    },
  );
  const texts = feeds["captions"]!.data as Float32Array;
  assert.deepEqual(labels.map((_, place) => texts[place * captionLength + 7]), labels);
  assert.deepEqual([...(feeds["images"]!.data as Uint8Array).subarray(0, 4)], samples);
});

Deno.test("PairBatches draws a batch by its number and seed alone", () => {
  const source = batches(), fifth = source.draw(5);
  source.draw(6);
  assert.deepEqual(source.batch(5)[0], fifth);
  assert.deepEqual(batches().draw(5), fifth);
  assert.notDeepEqual(batches({ seed: 2 }).draw(5)["images"], fifth["images"]);
});

Deno.test("PairBatches refuses batches of more pairs than classes", () => {
  assert.throws(
    () => batches({ batchSize: 9 }),
    (error) => error instanceof ConfigError && /9 pairs: there are 8 classes/.test(error.message),
  );
});
