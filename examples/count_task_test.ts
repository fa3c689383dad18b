import assert from "node:assert/strict";
import { loadViews } from "../core/data/views/load_views.ts";
import { moveCacheFolder } from "../core/files.ts";
import { readViews, type ViewSet } from "../core/data/views/view_set.ts";
import { metricDifference, metricInterval } from "../core/results/statistics.ts";
import { runTask } from "../tasks/run_task.ts";
import { type MeasuredModel, resolveTaskSettings } from "../tasks/task.ts";
import { countTask, meanAbsoluteError, scenes } from "./count_task.ts";

/** Number of pixels of each view that differ from their left neighbour, and one that says nothing. */
function edges(views: ViewSet): Promise<Float32Array> {
  const { imageSize } = views;
  const count = views.samples.length * views.viewsPerSample;
  const pixels = new Uint8Array(3 * imageSize ** 2 * count);
  readViews(views, Uint32Array.from({ length: count }, (_, view) => view), pixels);
  const features = new Float32Array(2 * count);
  for (let view = 0; view < count; view++) {
    for (let pixel = 1; pixel < imageSize ** 2; pixel++) {
      const at = 3 * (view * imageSize ** 2 + pixel);
      const step = Math.abs(pixels[at]! - pixels[at - 3]!) +
        Math.abs(pixels[at + 1]! - pixels[at - 2]!) + Math.abs(pixels[at + 2]! - pixels[at - 1]!);
      if (step > 40) features[2 * view]!++;
    }
    features[2 * view + 1] = 7;
  }
  return Promise.resolve(features);
}

const seeing: MeasuredModel = {
  name: "a model that sees edges",
  imageSize: 32,
  featureLength: 2,
  features: edges,
};
const blind: MeasuredModel = {
  ...seeing,
  name: "a model that sees nothing",
  features: async (views) => (await edges(views)).fill(1),
};

/** Evidence of a model on the scenes. */
async function count(model: MeasuredModel, folder: string) {
  const { val } = await runTask(countTask, {
    key: model.name,
    model,
    dataset: scenes,
    settings: resolveTaskSettings(countTask, { epochs: 30, learningRate: 0.05 }, "the test"),
    splits: ["val"],
    views: 1,
    seed: 0,
    threads: 1,
    folder,
    loadViews: (split, views) =>
      loadViews(scenes, split, { views, imageSize: model.imageSize, seed: 0 }),
    countImages: () => Promise.resolve(),
    keepFile: () => Promise.resolve(),
    progress: () => {},
    warn: assert.fail,
  });
  return val!;
}

Deno.test("countTask counts better by edges than blindly, with interval and paired difference", async () => {
  const folder = await Deno.makeTempDir();
  moveCacheFolder(folder);
  try {
    const bySight = await count(seeing, await Deno.makeTempDir({ dir: folder }));
    const blindly = await count(blind, await Deno.makeTempDir({ dir: folder }));
    const { value, ci95, n } = metricInterval(meanAbsoluteError, [bySight]);
    assert.equal(n, 150);
    assert(value < 1.9 && ci95[0] < value && value < ci95[1], `${value} ${ci95}`);
    // Counts from 0 to 8, each as often: without looking, the middle is 2.2 off in the mean.
    const unseen = metricInterval(meanAbsoluteError, [blindly]);
    assert(Math.abs(unseen.value - 2.2) < 0.4, `${unseen.value}`);
    const { difference, ci95: range } = metricDifference(meanAbsoluteError, [blindly], [bySight]);
    assert(
      range[0] < difference && difference < range[1] && range[1] < 0,
      `${difference} ${range}`,
    );
  } finally {
    moveCacheFolder(undefined);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("scenes are annotated with what they show, the same every time", async () => {
  const counts = await Promise.all(
    Array.from(
      { length: 100 },
      async (_, index) => (await scenes.annotation("train", index)).count,
    ),
  );
  assert.equal(Math.min(...counts), 0);
  assert.equal(Math.max(...counts), 8);
  const empty = counts.indexOf(0);
  const { width, height, pixels } = await scenes.decode("train", empty);
  assert.equal(pixels.length, 3 * width * height);
  assert.equal(
    new Set(Array.from({ length: width * height }, (_, index) => pixels[3 * index])).size,
    1,
  );
  assert.deepEqual((await scenes.decode("train", empty)).pixels, pixels);
});

Deno.test("countTask says its class names, and what it costs", async () => {
  assert.deepEqual(countTask.classNames(scenes).slice(0, 3), [
    "0 objects",
    "1 object",
    "2 objects",
  ]);
  const { images, steps } = await countTask.cost({
    dataset: scenes,
    settings: resolveTaskSettings(countTask, {}, "the test"),
    splits: ["val"],
    views: 4,
    model: { imageSize: 32, featureLength: 2, macs: 1 },
  });
  assert.deepEqual([images, steps], [800 + 600, 60 * 12]);
});
