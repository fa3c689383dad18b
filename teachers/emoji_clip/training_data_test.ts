import assert from "node:assert/strict";
import { loadConcepts } from "../../core/data/readers/emoji/concepts.ts";
import { iconSets, teacherIconSets } from "../../core/data/readers/emoji/credits.ts";
import { getDataset } from "../../core/data/registry.ts";
import { openViews } from "../../core/data/views/open_views.ts";
import { RandomStream } from "../../core/random.ts";
import { encodeCaption } from "../../core/text/caption.ts";
import { fillTemplate, templateSets } from "../../core/text/templates.ts";
import { loadWordVectors, type WordVectors } from "../../core/text/word_vectors.ts";
import { emojiClipSizes } from "./towers.ts";
import { TrainingBatches } from "./training_batches.ts";
import {
  allDatasets,
  captionSource,
  captionStatistics,
  type JoinedSplit,
  joinSplit,
  taughtDatasets,
} from "./training_data.ts";
import { texturesPerBatch } from "./training_step.ts";

Deno.test("the teacher is taught no unseen concept and no name of one", async () => {
  const unseen = await getDataset("emojiunseen-65");
  const concepts = await loadConcepts();
  const unseenIds = new Set(
    concepts.filter(({ split }) => split === "unseen").map(({ id }) => id),
  );
  assert(unseenIds.size >= 65);
  for (const name of taughtDatasets) {
    const dataset = await getDataset(name);
    const shared = dataset.classNames.filter((className) => unseen.classNames.includes(className));
    assert.deepEqual(shared, [], name);
    for (const { id } of await dataset.samples("train")) {
      assert(!unseenIds.has(id.split("/")[1]!), `${name} teaches ${id}`);
    }
  }
  assert(!taughtDatasets.some((name) => name as string === unseen.name));
  assert.deepEqual([...allDatasets], [...taughtDatasets, unseen.name]);
});

Deno.test("the teacher is taught by icon sets for training without a share-alike licence only", () => {
  assert(teacherIconSets.length > 0);
  for (const iconSet of teacherIconSets) {
    const set = iconSets.find(({ name }) => name === iconSet)!;
    assert.equal(set.split, "train", iconSet);
    assert.equal(set.shareAlike, false, iconSet);
    assert.doesNotMatch(set.licence, /-SA-/, iconSet);
  }
});

Deno.test("joinSplit() counts labels on from dataset to dataset and draws their views", async () => {
  const names = ["emojiunseen-65", "emojitech-126"];
  const joined = await joinSplit(names, "dev", { groups: ["fxemoji"] });
  const datasets = await Promise.all(names.map((name) => getDataset(name)));
  assert.deepEqual(joined.classNames, datasets.flatMap(({ classNames }) => classNames));
  const samples = await Promise.all(datasets.map((dataset) => dataset.samples("dev")));
  assert.equal(joined.samples.length, samples[0]!.length + samples[1]!.length);
  assert(joined.samples.every(({ id }) => id.startsWith("fxemoji/")));
  const last = joined.samples.at(-1)!;
  assert.equal(last.dataset, "emojitech-126");
  assert.equal(last.id, samples[1]!.ids().at(-1));
  assert.equal(last.label, 65 + samples[1]!.labels().at(-1)!);
  const bytes = 16 * 16 * 3;
  const actual = new Uint8Array(2 * bytes), expected = new Uint8Array(bytes);
  joined.draw(joined.samples.length - 1, 12, 16, actual, bytes);
  const source = await openViews(datasets[1]!, "dev");
  source.draw(samples[1]!.length - 1, 12, 16, expected, 0);
  assert.deepEqual(actual.subarray(bytes), expected);
  assert(actual.subarray(0, bytes).every((value) => value === 0), "nothing is written before");
});

Deno.test("captionSource() fills templates, a third of the time with keywords behind", async () => {
  const words = await loadWordVectors();
  const names = ["owl", "pizza"];
  const source = await captionSource(names, words);
  const { captionLength } = emojiClipSizes;
  const templates = Object.values(templateSets).flat();
  const bare = names.map((name) =>
    new Set(templates.map((t) => encodeCaption(fillTemplate(t, name), words).vector.join()))
  );
  const output = new Float32Array(names.length * captionLength);
  let plain = 0;
  const draws = 300;
  for (let draw = 0; draw < draws; draw++) {
    source.draw(new RandomStream(1, draw), output);
    names.forEach((_, index) => {
      const row = output.subarray(index * captionLength, (index + 1) * captionLength);
      if (bare[index]!.has(row.join())) plain++;
    });
  }
  // Keywords may repeat words of the caption, so a few more look plain; five deviations of 600.
  const share = plain / (draws * names.length);
  assert(share > 2 / 3 - 0.1 && share < 2 / 3 + 0.1, `${share} without keywords`);
  const again = new Float32Array(output.length);
  source.draw(new RandomStream(1, draws - 1), again);
  assert.deepEqual(again, output);
});

Deno.test("captionStatistics() is mean and 1 / root mean square of the centred names", () => {
  const vectors: Record<string, number[]> = { owl: [1, 0], fox: [0.6, 0.8] };
  const words = {
    dimension: 2,
    size: 2,
    words: ["owl", "fox"],
    vector: (word: string) => vectors[word] && Float32Array.from(vectors[word]),
    probability: () => 0,
  } as unknown as WordVectors;
  const { mean, scale } = captionStatistics(["owl", "fox"], words);
  assert(Math.abs(mean[0]! - 0.8) < 1e-6 && Math.abs(mean[1]! - 0.4) < 1e-6, `${mean}`);
  // Centred: (0.2, −0.4) and (−0.2, 0.4); mean square 0.1.
  assert(Math.abs(scale - 1 / Math.sqrt(0.1)) < 1e-5, `${scale}`);
});

/** Twenty icons whose pixels are their number plus the view's seed. */
const toySplit: JoinedSplit = {
  classNames: ["owl", "fox", "bee"],
  samples: Array.from({ length: 20 }, (_, index) => ({
    id: `set/${index}`,
    label: index % 3,
    dataset: "toy",
  })),
  draw(sample, viewSeed, imageSize, output, offset) {
    output.fill(sample, offset, offset + imageSize * imageSize * 3);
    output[offset + 1] = viewSeed % 256;
  },
};

function toyBatches(seed = 1): TrainingBatches {
  const captions = {
    draw: (random: RandomStream, output: Float32Array) => {
      output.forEach((_, index) => output[index] = random.normal());
    },
  };
  return new TrainingBatches(toySplit, captions, { batchSize: 8, seed });
}

/** Which icons are in a batch, from the first byte of each. */
function iconsOf(feeds: ReturnType<TrainingBatches["draw"]>): number[] {
  return [...(feeds["images"]!.data as Uint8Array).subarray(0, 8)];
}

Deno.test("TrainingBatches brings each icon at most once an epoch, in a new order each", () => {
  const batches = toyBatches();
  const epochs = [0, 1].map((epoch) =>
    // Twenty icons are two batches of eight; four are left out.
    [0, 1].flatMap((step) => iconsOf(batches.draw(2 * epoch + step)))
  );
  assert.equal(batches.stepsPerEpoch, 2);
  for (const icons of epochs) assert.equal(new Set(icons).size, 16);
  assert.notDeepEqual(epochs[0], epochs[1]);
});

Deno.test("TrainingBatches draws shapes, labels and views that fit each other", () => {
  const { imageSize, captionLength } = emojiClipSizes;
  const feeds = toyBatches().draw(3);
  assert.deepEqual(
    Object.fromEntries(Object.entries(feeds).map(([name, { shape }]) => [name, shape])),
    {
      images: [3, imageSize, imageSize, 8],
      textures: [texturesPerBatch * 3, 3, 3, 3, 1],
      captions: [3, captionLength],
      labels: [8],
    },
  );
  assert.deepEqual([...feeds["labels"]!.data], iconsOf(feeds).map((icon) => BigInt(icon % 3)));
  const pixels = feeds["images"]!.data as Uint8Array;
  const green = pixels.subarray(imageSize ** 2 * 8, imageSize ** 2 * 8 + 8);
  assert(new Set(green).size > 4, "every place has a view of its own");
});

Deno.test("TrainingBatches draws a batch by its number and seed alone", () => {
  const batches = toyBatches();
  const fifth = batches.draw(5);
  assert.deepEqual(iconsOf(batches.batch(5)[0]), iconsOf(fifth));
  batches.draw(6);
  assert.deepEqual(batches.draw(5), fifth);
  assert.deepEqual(toyBatches().draw(5), fifth);
  assert.notDeepEqual(toyBatches(2).draw(5), fifth);
  assert.notDeepEqual(batches.draw(6)["textures"], fifth["textures"]);
  assert.notDeepEqual(batches.draw(6)["captions"], fifth["captions"]);
});

Deno.test("TrainingBatches draws views, textures and captions afresh in every epoch", () => {
  const batches = toyBatches();
  // Two steps are an epoch. The green byte is that of the view's seed.
  const first = batches.draw(1), later = batches.draw(3);
  const greens = ({ images }: ReturnType<TrainingBatches["draw"]>) => {
    const planes = images!.data as Uint8Array;
    return [...planes.subarray(planes.length / 3, planes.length / 3 + 8)];
  };
  assert.notDeepEqual(greens(first), greens(later));
  assert.notDeepEqual(first["textures"]!.data, later["textures"]!.data);
  assert.notDeepEqual(first["captions"]!.data, later["captions"]!.data);
});
