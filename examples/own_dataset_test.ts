import assert from "node:assert/strict";
import { join } from "node:path";
import { freshViewBatches } from "../core/data/fresh_view_batches.ts";
import { datasetModules, getDataset } from "../core/data/registry.ts";
import { loadViews } from "../core/data/views/load_views.ts";
import { isInMemory } from "../core/data/views/view_set.ts";
import { moveCacheFolder, projectFolder } from "../core/files.ts";
import { loadPlugins, pluginContents } from "../pipeline/plugins.ts";

const path = join(projectFolder, "examples", "own_dataset.ts");

Deno.test("own_dataset is a plug-in whose images are drawn in Workers as in this thread", async () => {
  const [plugin] = await loadPlugins({ paths: [path], override: false });
  assert.deepEqual(pluginContents([plugin!]), { "dataset shapes": plugin!.hash });
  const dataset = await getDataset("shapes");
  assert.equal(datasetModules("shapes")!.length, 1);
  moveCacheFolder(await Deno.makeTempDir());
  try {
    // 96 images are enough for Workers, which load the plug-in for themselves.
    const views = await loadViews(dataset, "train", { views: 1, imageSize: 24, seed: 1 });
    assert.ok(isInMemory(views));
    const few = await loadViews(dataset, "test", { views: 1, imageSize: 24, seed: 1 });
    assert.equal(few.samples.length, 32);
    assert.equal(views.pixels.length, 96 * 24 * 24 * 3);
    assert.ok(new Set(views.pixels).size > 50);
    const options = { sizes: [24], batchSize: 16, seed: 1 };
    const batches = await freshViewBatches(dataset, "train", { ...options, workers: 2 });
    const { images, labels } = await batches.batch(0);
    assert.deepEqual(new Set(labels), new Set([0, 1, 2, 3]));
    const drawn = images[0]![0]![0]!.slice();
    await batches.release();
    const { samples, annotation, decode, fingerprint, skipped } = dataset;
    const here = {
      ...dataset,
      name: "here alone",
      samples,
      annotation,
      decode,
      fingerprint,
      skipped,
    };
    const own = await freshViewBatches(here, "train", options);
    assert.deepEqual((await own.batch(0)).images[0]![0]![0], drawn);
    await own.release();
  } finally {
    moveCacheFolder(undefined);
  }
});
