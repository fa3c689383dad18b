import assert from "node:assert/strict";
import { join } from "node:path";
import { DataError } from "../errors.ts";
import { sha256 } from "../files.ts";
import type { Dataset } from "./dataset.ts";
import { freshViewBatches, type FreshViewBatchesOptions } from "./fresh_view_batches.ts";
import { getDataset } from "./registry.ts";
import { withImageFolder, withMegapixels, writeClasses } from "./testdata/image_folder.ts";
import { decodeImage } from "./decoding/image_decoder.ts";
import { drawImageView, recipeOfRole } from "./views/image_views.ts";
import { openViews } from "./views/open_views.ts";
import { seedOfFreshView } from "./views/view_seed.ts";

const common = { sizes: [16, 24], batchSize: 8, replicas: 2, seed: 3, viewsPerStep: 2 } as const;

/** Copies of some batches. */
async function take(
  dataset: Dataset,
  split: string,
  options: FreshViewBatchesOptions,
  steps: readonly number[],
) {
  const batches = await freshViewBatches(dataset, split, options);
  const taken = [];
  for (const step of steps) {
    const { images, rows, labels } = await batches.batch(step);
    // ONNX Runtime takes no shared memory.
    assert.ok(images.flat(2).every(({ buffer }) => buffer instanceof ArrayBuffer));
    taken.push({
      images: images.map((sizes) =>
        sizes.map((replicas) => replicas.map((bytes) => bytes.slice()))
      ),
      rows: rows.map((row) => [...row]),
      labels: [...labels],
    });
  }
  await batches.release();
  const skipped = batches.skipped.map(({ path }) => path).sort();
  return { taken, skipped };
}

/**
 * Batches with the hash of their pixels: what differs is told at once, and not as a difference of a
 * hundred thousand numbers.
 */
function digest({ taken, skipped }: Awaited<ReturnType<typeof take>>) {
  const batches = taken.map((batch) => ({ ...batch, images: sha256(...batch.images.flat(2)) }));
  return { batches, skipped };
}

/** A view of a batch as planes. */
function planesOf(images: readonly Uint8Array[], place: number, part: number): number[] {
  const block = images[Math.floor(place / part)]!;
  return Array.from({ length: block.length / part }, (_, at) => block[at * part + place % part]!);
}

Deno.test("freshViewBatches gives the same batches whatever the workers, from any step on", async () => {
  await withImageFolder(async (folder) => {
    await writeClasses(folder, ["train/cat", "train/dog", "val/cat"], 11);
    const damaged = ["train/cat/3.jpg", "train/dog/9.jpg"];
    for (const name of damaged) await Deno.writeTextFile(join(folder, name), "no image");
    const dataset = await getDataset(`imagefolder:${folder}`);
    const options = { ...common, maximumDamaged: 2 };
    const steps = [0, 1, 2, 3, 4];
    const one = await take(dataset, "train", { ...options, workers: 1 }, steps);
    assert.deepEqual(one.skipped, damaged);
    assert.deepEqual(
      digest(await take(dataset, "train", { ...options, workers: 3, ahead: 1 }, steps)),
      digest(one),
    );
    const late = await take(dataset, "train", { ...options, workers: 2 }, [3, 4, 1]);
    const { batches } = digest(one);
    assert.deepEqual(digest(late).batches, [batches[3], batches[4], batches[1]]);
    const { labels, rows } = one.taken[0]!;
    const samples = await dataset.samples("train");
    assert.deepEqual(labels, rows[0]!.map((sample) => samples.label(sample)));
    assert.deepEqual(rows[1], rows[0]);
  });
});

Deno.test("freshViewBatches draws views and sizes of one image by its id, epoch and view", async () => {
  await withImageFolder(async (folder) => {
    await writeClasses(folder, ["train/cat", "train/dog", "val/cat"], 8);
    const dataset = await getDataset(`imagefolder:${folder}`);
    // Sixteen images are two batches an epoch.
    const { taken } = await take(dataset, "train", { ...common, workers: 2 }, [3]);
    const samples = await dataset.samples("train");
    for (const place of [0, 3, 4, 7]) {
      const sample = taken[0]!.rows[0]![place]!;
      const image = await decodeImage(dataset.path!("train", sample));
      for (const view of [0, 1]) {
        for (const [size, imageSize] of common.sizes.entries()) {
          const output = new Uint8Array(3 * imageSize ** 2);
          const target = { imageSize, layout: "planes", output, offset: 0 } as const;
          const seed = seedOfFreshView(3, 1, view);
          drawImageView(image, seed, samples.id(sample), recipeOfRole("train"), target);
          assert.deepEqual(planesOf(taken[0]!.images[view]![size]!, place, 4), [...output]);
        }
      }
    }
  });
});

Deno.test("freshViewBatches composes icons in workers as this thread does", async () => {
  const dataset = await getDataset("emojitech-126");
  const options = { sizes: [16], batchSize: 16, seed: 5 };
  const { taken } = await take(dataset, "dev", { ...options, workers: 2 }, [0, 6]);
  const source = await openViews(dataset, "dev");
  for (const [index, epoch] of [[0, 0], [1, 1]] as const) {
    const { rows, images } = taken[index]!;
    for (const place of [0, 9, 15]) {
      const output = new Uint8Array(768);
      source.draw(rows[0]![place]!, seedOfFreshView(5, epoch), 16, output, 0);
      const planes = planesOf(images[0]![0]!, place, 16);
      assert.deepEqual(planes.map((_, at) => output[at % 256 * 3 + Math.floor(at / 256)]), planes);
    }
  }
});

Deno.test("freshViewBatches composes by the role that it is told, in workers too", async () => {
  const dataset = await getDataset("emojitech-126");
  const options = { sizes: [16], batchSize: 16, seed: 5, role: "test" } as const;
  const { taken: [batch] } = await take(dataset, "train", { ...options, workers: 1 }, [0]);
  const source = await dataset.composer!.open("train", { role: "test" });
  const strong = { test: { role: "test", strong: true }, train: { strong: true } } as const;
  const draw = (from: typeof source) => {
    const output = new Uint8Array(768);
    from.draw(batch!.rows[0]![0]!, seedOfFreshView(5, 0), 16, output, 0);
    return Array.from(output, (_, at) => output[at % 256 * 3 + Math.floor(at / 256)]);
  };
  const planes = planesOf(batch!.images[0]![0]!, 0, 16);
  assert.deepEqual(planes, draw(source));
  // The views of the data set have no colour jitter; those that have it have it in training alone.
  const [test, train] = [
    await dataset.composer!.open("train", strong.test),
    await dataset.composer!.open("train", strong.train),
  ];
  assert.notDeepEqual(planes, draw(test));
  assert.notDeepEqual(draw(test), draw(train));
});

Deno.test("freshViewBatches has other keys where images are decoded by another limit", async () => {
  await withImageFolder(async (folder) => {
    await writeClasses(folder, ["train/cat", "train/dog", "val/cat"], 4);
    const dataset = await getDataset(`imagefolder:${folder}`);
    const hashOf = async () => (await freshViewBatches(dataset, "train", common)).hash;
    await withMegapixels(undefined, async () => {
      const hash = await hashOf(), fingerprint = await dataset.fingerprint("train");
      await withMegapixels("64", async () => assert.equal(await hashOf(), hash));
      await withMegapixels("8", async () => {
        assert.notEqual(await hashOf(), hash);
        assert.notEqual(await dataset.fingerprint("train"), fingerprint);
      });
    });
  });
});

Deno.test("freshViewBatches draws in this thread where no worker can open the data set", async () => {
  await withImageFolder(async (folder) => {
    await writeClasses(folder, ["train/cat", "train/dog", "val/cat"], 8);
    const files = await getDataset(`imagefolder:${folder}`);
    const own: Dataset = {
      name: "nowhere registered",
      title: "",
      credits: [],
      annotationKind: "label",
      classNames: files.classNames,
      splits: files.splits,
      samples: (split) => files.samples(split),
      annotation: (split, index) => files.annotation(split, index),
      decode: (split, index) => files.decode(split, index),
      fingerprint: (split) => files.fingerprint(split),
      skipped: () => [],
    };
    const steps = [0, 1, 2];
    assert.deepEqual(
      digest(await take(own, "train", common, steps)),
      digest(await take(files, "train", common, steps)),
    );
  });
});

Deno.test("freshViewBatches stops where too many images are damaged", async () => {
  await withImageFolder(async (folder) => {
    await writeClasses(folder, ["train/cat", "train/dog", "val/cat"], 8);
    for (let index = 0; index < 8; index++) {
      await Deno.writeTextFile(join(folder, "train/cat", `${index}.jpg`), "no image");
    }
    const dataset = await getDataset(`imagefolder:${folder}`);
    await assert.rejects(
      take(dataset, "train", { ...common, workers: 2 }, [0, 1]),
      (error) =>
        error instanceof DataError &&
        /of 16 images of split "train" of imagefolder:.* cannot be decoded, allowed are 1/.test(
          error.message,
        ),
    );
  });
});
