import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import { ConfigError, DataError } from "../../../errors.ts";
import { cacheFolder, moveCacheFolder } from "../../../files.ts";
import { getDataset } from "../../registry.ts";
import { splitNames } from "../../dataset.ts";
import { loadViews as load, type LoadViewsOptions } from "../../views/load_views.ts";
import type { Dataset } from "../../dataset.ts";
import { isInMemory, type MemoryViewSet } from "../../views/view_set.ts";
import { openViews } from "../../views/open_views.ts";
import { takeDataWarnings } from "../../warnings.ts";
import { classNameOfFolder } from "./folder_names.ts";

type Colour = [number, number, number];
const colours: Record<string, Colour> = { sports_car: [200, 30, 30], "fire-engine": [20, 40, 220] };

function encode(format: "jpeg" | "png" | "webp", [r, g, b]: Colour): Promise<Uint8Array> {
  return sharp({ create: { width: 40, height: 30, channels: 3, background: { r, g, b } } })
    .toFormat(format).toBuffer();
}

/** A folder of flat images, `perClass` in each class; the format changes from image to image. */
async function writeImages(folder: string, perClass: number): Promise<void> {
  const formats = ["jpeg", "png", "webp"] as const;
  for (const [name, colour] of Object.entries(colours)) {
    await Deno.mkdir(join(folder, name), { recursive: true });
    for (let index = 0; index < perClass; index++) {
      const format = formats[index % 3]!;
      const path = join(folder, name, `${index}.${format === "jpeg" ? "JPG" : format}`);
      await Deno.writeFile(path, await encode(format, colour));
    }
  }
}

async function loadViews(
  dataset: Dataset,
  split: string,
  options: LoadViewsOptions,
): Promise<MemoryViewSet> {
  const views = await load(dataset, split, options);
  assert.ok(isInMemory(views));
  return views;
}

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  moveCacheFolder(join(folder, "cache"));
  try {
    await Deno.mkdir(join(folder, "images"));
    await work(join(folder, "images"));
    assert.ok(cacheFolder().startsWith(folder));
  } finally {
    moveCacheFolder(undefined);
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("classNameOfFolder turns underscores and hyphens into spaces", () => {
  assert.equal(classNameOfFolder("sports_car"), "sports car");
  assert.equal(classNameOfFolder("fire-engine__red"), "fire engine red");
});

Deno.test("imagefolder divides classes 80 / 10 / 10 and draws views of the right class", async () => {
  await withFolder(async (folder) => {
    await writeImages(folder, 20);
    const dataset = await getDataset(`imagefolder:${folder}`);
    assert.deepEqual(dataset.classNames, ["fire engine", "sports car"]);
    assert.deepEqual(splitNames(dataset), ["train", "dev", "val"]);
    const ids = new Set<string>();
    for (const [split, count] of [["train", 32], ["dev", 4], ["val", 4]] as const) {
      const samples = await dataset.samples(split);
      assert.equal(samples.length, count);
      for (const { id } of samples) ids.add(id);
    }
    assert.equal(ids.size, 40);
    const again = await getDataset(`imagefolder:${folder}`);
    assert.deepEqual([...await again.samples("val")], [...await dataset.samples("val")]);

    const views = await loadViews(dataset, "val", { views: 2, imageSize: 16, seed: 0 });
    for (const [sample, { label }] of [...views.samples].entries()) {
      const wanted = label === 0 ? colours["fire-engine"]! : colours.sports_car!;
      for (let channel = 0; channel < 3; channel++) {
        // JPEG and WebP may be off by a little.
        const value = views.pixels[sample * 2 * 768 + channel]!;
        assert.ok(Math.abs(value - wanted[channel]!) <= 4, `${value} ${wanted[channel]}`);
      }
    }
    const train = await loadViews(dataset, "train", { views: 2, imageSize: 16, seed: 0 });
    // Colour jitter leaves 16 % of the views alone, but not all of them.
    const looks = new Set(
      Array.from({ length: 64 }, (_, view) => train.pixels.subarray(view * 768).slice(0, 3).join()),
    );
    assert.ok(looks.size > 20, `${looks.size} different colours`);
    const source = await openViews(dataset, "train");
    source.draw(0, 1, 16, new Uint8Array(768), 0);
    await assert.rejects(openViews(dataset, "train", { groups: ["noto"] }), ConfigError);
  });
});

Deno.test("imagefolder takes split folders as they are", async () => {
  await withFolder(async (folder) => {
    await writeImages(join(folder, "train"), 4);
    await writeImages(join(folder, "val"), 2);
    await Deno.mkdir(join(folder, "test"));
    const dataset = await getDataset(`imagefolder:${folder}`);
    assert.deepEqual(splitNames(dataset), ["train", "val"]);
    assert.equal((await dataset.samples("train")).length, 8);
    assert.equal((await dataset.samples("val")).id(0), "val/fire-engine/0.JPG");
    await Deno.mkdir(join(folder, "val", "boat"));
    await assert.rejects(getDataset(`imagefolder:${folder}`), /has not: boat/);
  });
});

Deno.test("imagefolder skips damaged images within the budget and stops beyond it", async () => {
  await withFolder(async (folder) => {
    await writeImages(join(folder, "train"), 5);
    await writeImages(join(folder, "val"), 1);
    const whole = await Deno.readFile(join(folder, "train/sports_car/0.JPG"));
    const damaged = join(folder, "train/sports_car/0.JPG");
    await Deno.writeFile(damaged, whole.subarray(0, whole.length >> 1));
    const dataset = await getDataset(`imagefolder:${folder}`);
    const options = { views: 1, imageSize: 16, seed: 0 };
    for (let round = 0; round < 2; round++) {
      const views = await loadViews(dataset, "train", options);
      assert.equal(views.samples.length, 9);
      assert.equal(views.pixels.length, 9 * 768);
      assert.deepEqual(views.skipped.map(({ path }) => path), ["train/sports_car/0.JPG"]);
      assert.ok(views.skipped[0]!.reason.length > 0);
      assert.ok(![...views.samples].some(({ id }) => id === "train/sports_car/0.JPG"));
    }
    await openViews(dataset, "train");
    assert.match(takeDataWarnings().join(), /Left out train\/sports_car\/0\.JPG/);
    await assert.rejects(
      loadViews(dataset, "train", { ...options, maximumDamaged: 0 }),
      (error) =>
        error instanceof DataError && error.exitCode === 3 &&
        /1 of 10 images .* allowed are 0:\n {2}train\/sports_car\/0\.JPG: /.test(error.message),
    );
    // A drawing that calls itself a PNG is never read as SVG.
    await Deno.writeTextFile(
      join(folder, "train/sports_car/1.png"),
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
    );
    await assert.rejects(
      loadViews(dataset, "train", options),
      /1\.png: not a JPEG, PNG or WebP file/,
    );
  });
});

Deno.test("imagefolder does not follow links out of the folder", async () => {
  await withFolder(async (folder) => {
    await writeImages(join(folder, "train"), 3);
    await writeImages(join(folder, "val"), 1);
    const outside = join(folder, "..", "outside.png");
    await Deno.writeFile(outside, await encode("png", [1, 2, 3]));
    await Deno.symlink(outside, join(folder, "train", "sports_car", "link.png"));
    await Deno.symlink(join(folder, ".."), join(folder, "train", "elsewhere"));
    const dataset = await getDataset(`imagefolder:${folder}`);
    assert.deepEqual(dataset.classNames, ["fire engine", "sports car"]);
    assert.equal((await dataset.samples("train")).length, 6);
    const views = await loadViews(dataset, "train", { views: 1, imageSize: 16, seed: 0 });
    assert.deepEqual(
      views.skipped.map(({ path, reason }) => `${path}: ${reason}`).sort(),
      [
        "train/elsewhere: link leaves the folder",
        "train/sports_car/link.png: link leaves the folder",
      ],
    );
  });
});

Deno.test("imagefolder explains folders that cannot serve", async () => {
  await withFolder(async (folder) => {
    const open = () => getDataset(`imagefolder:${folder}`);
    await assert.rejects(getDataset("imagefolder:/no/such/folder"), DataError);
    await assert.rejects(getDataset("imagefolder:"), ConfigError);
    await assert.rejects(open(), /has no class folders/);
    await writeImages(folder, 2);
    await assert.rejects(open(), /class folder "fire-engine" has 2 images.*at least 3/);
    await writeImages(folder, 3);
    await Deno.mkdir(join(folder, "sports-car"));
    await assert.rejects(open(), /"sports-car" and "sports_car".*same class name/);
  });
});
