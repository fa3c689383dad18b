import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import { ConfigError, DataError } from "../../errors.ts";
import { fillBatch } from "../batches.ts";
import { getDataset } from "../registry.ts";
import { withImageFolder, withMegapixels, writeClasses } from "../testdata/image_folder.ts";
import { loadViews } from "./load_views.ts";
import { closeViews, isInMemory } from "./view_set.ts";

const options = { views: 2, imageSize: 16, seed: 4 };

Deno.test("loadViews reads the same views from a file as from memory, without damaged images", async () => {
  await withImageFolder(async (folder) => {
    await writeClasses(folder, ["train/cat", "train/dog", "val/cat"], 6);
    const damaged = join(folder, "train/cat/2.jpg");
    await Deno.writeFile(damaged, (await Deno.readFile(damaged)).subarray(0, 300));
    const dataset = await getDataset(`imagefolder:${folder}`);
    const stored = await loadViews(dataset, "train", { ...options, memoryBytes: 100 });
    assert.ok(!isInMemory(stored));
    const memory = await loadViews(dataset, "train", options);
    assert.ok(isInMemory(memory));
    assert.equal(stored.hash, memory.hash);
    assert.deepEqual(stored.samples.ids(), memory.samples.ids());
    assert.equal(stored.samples.length, 11);
    assert.deepEqual(stored.skipped, memory.skipped);
    assert.deepEqual(memory.skipped.map(({ path }) => path), ["train/cat/2.jpg"]);
    const indices = [21, 0, 7, 7];
    for (const layout of ["nchw", "chwn"] as const) {
      const one = new Uint8Array(4 * 768), other = new Uint8Array(4 * 768);
      fillBatch(stored, indices, one, layout);
      fillBatch(memory, indices, other, layout);
      assert.deepEqual(one, other);
      assert.ok(one.some((value) => value > 0));
    }
    closeViews(stored);
  });
});

Deno.test("loadViews augments by the role of the split, or as it is told", async () => {
  await withImageFolder(async (folder) => {
    await writeClasses(folder, ["train/cat", "train/dog", "val/cat"], 3);
    const dataset = await getDataset(`imagefolder:${folder}`);
    const train = await loadViews(dataset, "train", options);
    const plain = await loadViews(dataset, "train", { ...options, role: "test" });
    assert.notEqual(train.hash, plain.hash);
    assert.ok(isInMemory(plain) && isInMemory(train));
    // Views that are not augmented are all the same.
    assert.deepEqual(plain.pixels.subarray(0, 768), plain.pixels.subarray(768, 2 * 768));
    assert.notDeepEqual(train.pixels.subarray(0, 768), train.pixels.subarray(768, 2 * 768));
  });
});

Deno.test("loadViews reads images again where the limit of their pixels has changed", async () => {
  await withImageFolder(async (folder) => {
    await writeClasses(folder, ["train/cat", "train/dog", "val/cat"], 3);
    const create = { width: 1500, height: 1000, channels: 3 as const, background: "#c04020" };
    await sharp({ create }).png().toFile(join(folder, "train/cat/large.png"));
    const dataset = await getDataset(`imagefolder:${folder}`);
    const load = async () => {
      const { hash, skipped } = await loadViews(dataset, "train", options);
      return { hash, skipped: skipped.map(({ path }) => path) };
    };
    await withMegapixels("1", async () => {
      const small = await load();
      assert.deepEqual(small.skipped, ["train/cat/large.png"]);
      await withMegapixels(undefined, async () => {
        const whole = await load();
        assert.deepEqual(whole.skipped, []);
        assert.notEqual(whole.hash, small.hash);
        await withMegapixels("64", async () => assert.deepEqual(await load(), whole));
      });
    });
  });
});

Deno.test("loadViews notices an image that was exchanged", async () => {
  await withImageFolder(async (folder) => {
    await writeClasses(folder, ["train/cat", "train/dog", "val/cat"], 3);
    const dataset = await getDataset(`imagefolder:${folder}`);
    const first = await loadViews(dataset, "val", options);
    await Deno.copyFile(join(folder, "train/dog/1.jpg"), join(folder, "val/cat/0.jpg"));
    assert.notEqual((await loadViews(dataset, "val", options)).hash, first.hash);
  });
});

Deno.test("loadViews draws every size up to the one limit that there is", async () => {
  await withImageFolder(async (folder) => {
    await writeClasses(folder, ["train/cat", "train/dog", "val/cat"], 1);
    const dataset = await getDataset(`imagefolder:${folder}`);
    const views = await loadViews(dataset, "val", { views: 1, imageSize: 1024, seed: 0 });
    assert.equal((views.pixels as Uint8Array).length, 1024 * 1024 * 3);
    await assert.rejects(
      loadViews(dataset, "val", { views: 1, imageSize: 1025, seed: 0 }),
      (error) =>
        error instanceof ConfigError && /imageSize is 1025.*from 8 to 1024/.test(error.message),
    );
    await assert.rejects(loadViews(dataset, "test", options), ConfigError);
  });
});

Deno.test("loadViews stops at the budget of damaged images, also where views go to a file", async () => {
  await withImageFolder(async (folder) => {
    await writeClasses(folder, ["train/cat", "train/dog", "val/cat"], 3);
    for (const name of ["0.jpg", "1.jpg"]) {
      await Deno.writeTextFile(
        join(folder, "train/cat", name),
        "version https://git-lfs.github.com",
      );
    }
    const dataset = await getDataset(`imagefolder:${folder}`);
    for (const memoryBytes of [0, 2 ** 30]) {
      await assert.rejects(
        loadViews(dataset, "train", { ...options, memoryBytes }),
        (error) =>
          error instanceof DataError &&
          /2 of 6 images of split "train".*allowed are 1:\n.*Git LFS pointer/.test(error.message),
      );
    }
  });
});
