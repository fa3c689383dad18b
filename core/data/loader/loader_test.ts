import assert from "node:assert/strict";
import { join } from "node:path";
import { moveCacheFolder, sha256 } from "../../files.ts";
import sharp from "sharp";
import { ConfigError, DataError } from "../../errors.ts";
import { fillBatch } from "../batches.ts";
import { getDataset } from "../registry.ts";
import { loadViews } from "../views/load_views.ts";
import { interleaveImages } from "./interleave.ts";
import { createLoader } from "./loader.ts";
import type { LoaderOptions } from "./loader_options.ts";

/** A folder of two classes with noisy JPEGs of differing sizes; image 3 may be cut short. */
async function writeImages(folder: string, perClass: number, damaged: readonly string[] = []) {
  for (const name of ["cat", "dog"]) {
    await Deno.mkdir(join(folder, "train", name), { recursive: true });
    for (let index = 0; index < perClass; index++) {
      const width = 40 + index * 3, height = 60 - index * 2;
      const pixels = Uint8Array.from(
        { length: width * height * 3 },
        (_, at) => (at * (name === "cat" ? 7 : 11) + index * 53) % 256,
      );
      const bytes: Uint8Array = await sharp(pixels, { raw: { width, height, channels: 3 } })
        .jpeg().toBuffer();
      const cut = damaged.includes(`train/${name}/${index}.jpg`) ? bytes.length >> 1 : bytes.length;
      await Deno.writeFile(join(folder, "train", name, `${index}.jpg`), bytes.subarray(0, cut));
    }
  }
  await Deno.mkdir(join(folder, "val"));
  await Deno.rename(join(folder, "train", "cat"), join(folder, "cat"));
  await Deno.mkdir(join(folder, "val", "cat"));
  await Deno.copyFile(join(folder, "cat", "0.jpg"), join(folder, "val", "cat", "0.jpg"));
  await Deno.rename(join(folder, "cat"), join(folder, "train", "cat"));
}

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  moveCacheFolder(join(folder, "cache"));
  try {
    await Deno.mkdir(join(folder, "images"));
    await work(join(folder, "images"));
  } finally {
    moveCacheFolder(undefined);
    await Deno.remove(folder, { recursive: true });
  }
}

/** The files of a split of a folder. */
async function listFolderFiles(folder: string, split: string) {
  const dataset = await getDataset(`imagefolder:${folder}`);
  const samples = await dataset.samples(split);
  const files = samples.ids().map((id, index) => ({ id, path: dataset.path!(split, index) }));
  return { files };
}

const common = { recipe: "mocov2", imageSize: 32, batchSize: 8, seed: 3 } as const;

/** Copies of the first batches of a loader, and the images that it left out. */
async function take(options: LoaderOptions, steps: number) {
  await using loader = createLoader(options);
  const batches = [];
  for (let step = 0; step < steps; step++) {
    const { pixels, samples, epoch } = await loader.next();
    // By their hash: what differs is told at once, and not as a difference of a million numbers.
    batches.push({ pixels: sha256(pixels), samples: [...samples], epoch });
  }
  // The decoder's reasons are not compared: its threads share one buffer for messages.
  assert.ok(loader.skipped.every(({ reason }) => reason.length > 0));
  return { batches, skipped: loader.skipped.map(({ path }) => path).sort() };
}

Deno.test("createLoader gives the same batches whatever the number of workers", async () => {
  await withFolder(async (folder) => {
    const damaged = ["train/cat/3.jpg", "train/dog/9.jpg"];
    await writeImages(folder, 10, damaged);
    const { files } = await listFolderFiles(folder, "train");
    const options = { ...common, images: files, maximumDamaged: 2 };
    // 20 images are two batches of 8 an epoch: five steps end in the third epoch.
    const one = await take({ ...options, workers: 1 }, 5);
    assert.deepEqual(one.batches.map(({ epoch }) => epoch), [0, 0, 1, 1, 2]);
    assert.notDeepEqual(one.batches[0]!.samples, one.batches[2]!.samples);
    for (const { samples } of one.batches) {
      for (const sample of samples) assert.ok(!damaged.includes(files[sample]!.id));
    }
    assert.deepEqual(one.skipped, damaged);
    for (const workers of [2, 3]) {
      assert.deepEqual(await take({ ...options, workers, ahead: workers }, 5), one);
    }
    const late = await take({ ...options, workers: 2, firstStep: 3 }, 2);
    assert.deepEqual(late.batches, one.batches.slice(3));
  });
});

Deno.test("createLoader draws the views of loadViews, in both layouts", async () => {
  await withFolder(async (folder) => {
    await writeImages(folder, 6);
    const { files } = await listFolderFiles(folder, "train");
    const dataset = await getDataset(`imagefolder:${folder}`);
    const views = await loadViews(dataset, "train", { views: 2, imageSize: 32, seed: 3 });
    for (const layout of ["nchw", "chwn"] as const) {
      const options = {
        ...common,
        images: files,
        layout,
        fixedViews: 2,
        workers: 2,
        batchSize: 12,
      };
      const { batches } = await take(options, 3);
      for (const [epoch, { pixels, samples }] of batches.entries()) {
        const wanted = new Uint8Array(12 * 3 * 32 ** 2);
        fillBatch(views, samples.map((sample) => sample * 2 + epoch % 2), wanted, layout);
        assert.equal(pixels, sha256(wanted), `${layout}, epoch ${epoch}`);
      }
    }
  });
});

Deno.test("createLoader stops where too many images are damaged, and says which", async () => {
  await withFolder(async (folder) => {
    await writeImages(folder, 10, ["train/cat/3.jpg", "train/dog/9.jpg"]);
    const { files } = await listFolderFiles(folder, "train");
    await assert.rejects(
      take({ ...common, images: files, workers: 2, maximumDamaged: 1 }, 4),
      (error) =>
        error instanceof DataError && /train\/cat\/3\.jpg: .*\n.*train\/dog\/9\.jpg/.test(
          error.message.split("\n").sort().join("\n"),
        ) && /2 or more of 20 images .* allowed are 1/.test(error.message),
    );
    const gone = files.map(({ id }) => ({ id, path: join(folder, "nowhere", id) }));
    await assert.rejects(take({ ...common, images: gone }, 1), /No such file/);
  });
});

Deno.test("createLoader ends a waiting next() when it is stopped, and explains wrong options", async () => {
  await withFolder(async (folder) => {
    await writeImages(folder, 4);
    const { files } = await listFolderFiles(folder, "train");
    const loader = createLoader({ ...common, images: files, workers: 2 });
    const waiting = assert.rejects(loader.next(), /is stopped/);
    await assert.rejects(loader.next(), /an earlier call/);
    await Promise.all([loader.stop(), loader.stop()]);
    await waiting;
    await assert.rejects(loader.next(), /is stopped/);
    assert.throws(
      () => createLoader({ ...common, images: files, imageSize: 4, workers: 0 }),
      (error) => error instanceof ConfigError && /imageSize is 4.*workers is 0/.test(error.message),
    );
    assert.throws(
      () => createLoader({ ...common, images: files, batchSize: 9 }),
      /fewer than the batch/,
    );
    assert.throws(
      () => createLoader({ ...common, images: files, recipe: "mocov3" }),
      /mean "mocov2"/,
    );
    await assert.rejects(listFolderFiles(folder, "ood"), ConfigError);
  });
});

Deno.test("createLoader fails where a worker dies", async () => {
  await withFolder(async (folder) => {
    await writeImages(folder, 4);
    const { files } = await listFolderFiles(folder, "train");
    // A recipe that the workers cannot draw: the crop has no scale.
    const recipe = { name: "broken", crop: { kind: "random" }, steps: [] } as never;
    await assert.rejects(
      take({ ...common, images: files, recipe, workers: 2 }, 1),
      (error) => error instanceof DataError && /worker of the image loader/.test(error.message),
    );
  });
});

Deno.test("interleaveImages puts images side by side", () => {
  const length = 300;
  for (const [count, batch, first] of [[8, 8, 0], [5, 12, 4], [3, 7, 2], [4, 8, 3]] as const) {
    const images = Uint8Array.from({ length: count * length }, (_, index) => index * 31 % 251);
    const target = new Uint8Array(length * batch).fill(255);
    interleaveImages(images, count, length, target, batch, first);
    for (let pixel = 0; pixel < length; pixel++) {
      for (let column = 0; column < batch; column++) {
        const image = column - first;
        const wanted = image >= 0 && image < count ? images[image * length + pixel] : 255;
        assert.equal(target[pixel * batch + column], wanted, `${count} of ${batch} from ${first}`);
      }
    }
  }
});
