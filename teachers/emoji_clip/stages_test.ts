import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError } from "../../core/errors.ts";
import type { NamedTensors } from "../../core/nn/parameters.ts";
import type { RandomStream } from "../../core/random.ts";
import { loadWordVectors } from "../../core/text/word_vectors.ts";
import { readMeans, withMeans } from "./modality_means.ts";
import { emojiClipRecipe } from "./recipe.ts";
import { type StageContext, trainOnCaptions, trainOnPairs } from "./stages.ts";
import { emojiClipSizes } from "./towers.ts";
import type { JoinedSplit } from "./training_data.ts";

const names = ["owl", "fox", "pizza", "key", "car", "tree", "moon", "bell", "fish", "shoe"];

/** Two icons of each of ten classes: one grey, a little noise. */
const split: JoinedSplit = {
  classNames: names,
  samples: [...names, ...names].map((id, index) => ({
    id: `${id}/${index}`,
    label: index % names.length,
    dataset: "toy",
  })),
  draw(sample, viewSeed, imageSize, output, offset) {
    for (let index = 0; index < imageSize * imageSize * 3; index++) {
      output[offset + index] = 20 * (sample % names.length) + (viewSeed + index * 7) % 11;
    }
  },
};

/** The same caption vector of a class each time. */
const captions = {
  draw(_: RandomStream, output: Float32Array) {
    output.forEach((_, index) => output[index] = Math.sin(1 + index * index % 977));
  },
};

async function contextIn(out: string, { pairSteps = 3 } = {}): Promise<StageContext> {
  const recipe = emojiClipRecipe("emoji-clip-tiny");
  return {
    recipe: {
      ...recipe,
      captions: { ...recipe.captions, steps: 2, batchSize: 8, warmupSteps: 1 },
      pairs: { ...recipe.pairs, steps: pairSteps, batchSize: 8, textures: 2, warmupSteps: 1 },
    },
    split,
    captions,
    words: await loadWordVectors(),
    out,
    threads: 1,
    measure: () => Promise.resolve("measured"),
  };
}

function assertEqualWeights(actual: NamedTensors, expected: NamedTensors): void {
  assert.deepEqual([...actual.keys()].sort(), [...expected.keys()].sort());
  for (const [name, { data }] of expected) assert.deepEqual(actual.get(name)!.data, data, name);
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the stages train, are not done again, and give the same bits in another folder", () =>
  inFolder(async (folder) => {
    const context = await contextIn(join(folder, "a"));
    const first = await trainOnCaptions(context);
    const weights = await trainOnPairs(context, first);
    assert.notDeepEqual(weights.get("conv1.weight")!.data, first.get("conv1.weight")!.data);
    const bias = (of: NamedTensors) => Math.hypot(...of.get("image_projection.bias")!.data);
    assert(bias(weights) > 2 * bias(first), "the second stage begins with offsets");

    assertEqualWeights(await trainOnCaptions(context), first);
    assertEqualWeights(await trainOnPairs(context, first), weights);
    const other = await contextIn(join(folder, "b"));
    assertEqualWeights(await trainOnPairs(other, await trainOnCaptions(other)), weights);

    const longer = await contextIn(join(folder, "a"), { pairSteps: 4 });
    await assert.rejects(trainOnPairs(longer, first), (error) => {
      assert(error instanceof ConfigError);
      assert.match(error.message, /Cannot resume from .*pairs.checkpoint.* choose another --out/);
      return true;
    });
  }));

Deno.test("trainOnCaptions() refuses weights of another recipe", () =>
  inFolder(async (folder) => {
    const context = await contextIn(folder);
    await trainOnCaptions(context);
    const { recipe } = context;
    const changed = { ...recipe, captions: { ...recipe.captions, seed: 9 } };
    await assert.rejects(
      trainOnCaptions({ ...context, recipe: changed }),
      (error) => error instanceof ConfigError && /Cannot go on from .*captions/.test(error.message),
    );
  }));

Deno.test("withMeans() adds the mean embeddings, and readMeans() finds them", () =>
  inFolder(async (folder) => {
    const context = await contextIn(folder);
    const weights = await trainOnCaptions(context);
    assert.throws(
      () => readMeans(weights, "w.safetensors"),
      /w\.safetensors: it lacks "image_mean"/,
    );
    const { image, text } = readMeans(await withMeans(weights, context.words, split), "");
    for (const mean of [image, text]) {
      assert.equal(mean.length, emojiClipSizes.dimension);
      const length = Math.hypot(...mean);
      assert(length > 0 && length <= 1 + 1e-6, `${length}`);
    }
  }));
