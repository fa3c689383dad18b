import assert from "node:assert/strict";
import { join } from "node:path";
import { cacheFolder, sha256 } from "../../../files.ts";
import { ConfigError } from "../../../errors.ts";
import type { Dataset } from "../../dataset.ts";
import { getDataset } from "../../registry.ts";
import { loadViews as load, type LoadViewsOptions } from "../../views/load_views.ts";
import { openViews } from "../../views/open_views.ts";
import { seedOfView } from "../../views/view_seed.ts";
import { isInMemory, type MemoryViewSet } from "../../views/view_set.ts";
import { iconSets } from "./credits.ts";
import { loadIcons } from "./icon_raster.ts";
import { levelBytes } from "./mipmaps.ts";
import { takeDataWarnings } from "../../warnings.ts";

async function loadViews(
  dataset: Dataset,
  split: string,
  options: LoadViewsOptions,
): Promise<MemoryViewSet> {
  const views = await load(dataset, split, options);
  assert.ok(isInMemory(views));
  return views;
}

Deno.test("loadViews gives what openViews draws, from memory and from the cache", async () => {
  const dataset = await getDataset("emojitech-126");
  const options = { views: 3, imageSize: 16, seed: 123_456 };
  const views = await loadViews(dataset, "dev", options);
  const path = join(cacheFolder(), "views", `${views.hash.slice(0, 32)}.bin`);
  try {
    assert.equal(views.samples.length, 91);
    assert.ok(views.pixels.buffer instanceof SharedArrayBuffer);
    assert.equal(views.pixels.length, 91 * 3 * 16 * 16 * 3);
    const source = await openViews(dataset, "dev");
    assert.deepEqual(source.samples.ids(), views.samples.ids());
    const drawn = new Uint8Array(768);
    for (const [sample, view] of [[0, 0], [17, 2], [90, 1]] as const) {
      source.draw(sample, seedOfView(options.seed, view), 16, drawn, 0);
      const start = (sample * 3 + view) * 768;
      assert.deepEqual([...drawn], [...views.pixels.subarray(start, start + 768)]);
    }

    const again = await loadViews(dataset, "dev", options);
    assert.equal(again.hash, views.hash);
    assert.equal(sha256(again.pixels), sha256(views.pixels));
    // More views begin with the same views.
    const more = await loadViews(dataset, "dev", { ...options, views: 4 });
    await Deno.remove(join(cacheFolder(), "views", `${more.hash.slice(0, 32)}.bin`));
    assert.deepEqual(
      [...more.pixels.subarray(4 * 768, 7 * 768)],
      [...views.pixels.subarray(3 * 768, 6 * 768)],
    );

    // Damage of any kind is found, reported, and repaired.
    const file = await Deno.readFile(path);
    takeDataWarnings();
    const flipped = file.slice();
    flipped[flipped.length - 1]! ^= 255;
    for (
      const [damaged, reason] of [
        [flipped, "wrong hash"],
        [file.subarray(0, file.length - 10), "wrong length"],
        [new TextEncoder().encode("hello"), "no header"],
        [new Uint8Array(0), "no header"],
      ] as const
    ) {
      await Deno.writeFile(path, damaged);
      const mended = await loadViews(dataset, "dev", options);
      assert.equal(sha256(mended.pixels), sha256(views.pixels));
      assert.ok(takeDataWarnings().join().includes(reason), reason);
      assert.deepEqual(await Deno.readFile(path), file);
    }
  } finally {
    await Deno.remove(path).catch(() => {});
  }
});

Deno.test("an emoji is decoded as its icon on white, each pixel in its place", async () => {
  const dataset = await getDataset("emojitech-126");
  const samples = await dataset.samples("dev");
  const size = 128, stride = size + 2;
  for (const index of [0, 40, 90]) {
    const { width, height, pixels } = await dataset.decode("dev", index);
    assert.deepEqual([width, height, pixels.length], [size, size, 3 * size ** 2]);
    const [set, concept] = samples.id(index).split("/");
    const pack = await loadIcons(iconSets.find(({ name }) => name === set)!);
    const start = pack.list.conceptIds.indexOf(concept!) * levelBytes(size);
    const icon = pack.level(size).subarray(start, start + levelBytes(size));
    let transparent = 0, opaque = 0;
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const [red, green, blue, alpha] = icon.subarray(4 * ((y + 1) * stride + x + 1));
        const shown = [...pixels.subarray(3 * (y * size + x), 3 * (y * size + x) + 3)];
        if (alpha === 0) assert.deepEqual(shown, [255, 255, 255], `${x}, ${y}`), transparent++;
        else if (alpha === 255) assert.deepEqual(shown, [red, green, blue], `${x}, ${y}`), opaque++;
      }
    }
    assert(transparent > 1000 && opaque > 1000);
  }
});

Deno.test("openViews keeps only the groups asked for", async () => {
  const dataset = await getDataset("emojinet-100");
  const source = await openViews(dataset, "dev", { groups: ["fxemoji"] });
  assert.equal(source.samples.length, 111);
  assert.throws(() => source.draw(111, 0, 16, new Uint8Array(768), 0), RangeError);
});

Deno.test("loadViews names every wrong option at once", async () => {
  const dataset = await getDataset("emojinet-100");
  await assert.rejects(
    loadViews(dataset, "dev", { views: 0, imageSize: 4, seed: -1 }),
    (error) =>
      error instanceof ConfigError &&
      /views is 0.*imageSize is 4.*seed is -1/.test(error.message),
  );
});
