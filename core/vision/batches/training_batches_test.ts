import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import type { InstancesAnnotation } from "../../data/annotation.ts";
import type { Dataset } from "../../data/dataset.ts";
import { decodeImage } from "../../data/decoding/image_decoder.ts";
import { getDataset } from "../../data/registry.ts";
import { SampleList } from "../../data/sample_list.ts";
import { sha256 } from "../../files.ts";
import type { DetectionBatch } from "../detection_batch.ts";
import { batchOfImages } from "./batch_of_images.ts";
import { openTestBatches } from "./test_batches.ts";
import { type DetectionBatchesOptions, openDetectionBatches } from "./training_batches.ts";

/** A box in the left upper quarter of each image, of class `index % 3`; every fifth is empty. */
function annotate(index: number, [width, height]: readonly [number, number]): InstancesAnnotation {
  const count = index % 5 === 4 ? 0 : 1;
  const [right, bottom] = [width / 2, height / 2];
  return {
    kind: "instances",
    boxes: Float32Array.of(0, 0, right, bottom).subarray(0, 4 * count),
    categories: Uint32Array.of(index % 3).subarray(0, count),
    crowd: new Uint8Array(count),
    masks: [{
      kind: "polygons" as const,
      polygons: [Float64Array.of(0, 0, right, 0, right, bottom, 0, bottom)],
    }].slice(0, count),
  };
}

const imageSizes = [[60, 40], [40, 60], [64, 48], [50, 50], [100, 20]] as const;

/** Images of several shapes in a folder; some of them damaged. */
async function withImages<T>(
  count: number,
  damaged: readonly number[],
  work: (dataset: Dataset<InstancesAnnotation>) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    for (let index = 0; index < count; index++) {
      const [width, height] = imageSizes[index % imageSizes.length]!;
      const background = { r: index * 7 % 256, g: index * 13 % 256, b: 200 };
      const png = await sharp({ create: { width, height, channels: 3, background } }).png()
        .toBuffer();
      const bytes = damaged.includes(index) ? png.subarray(0, 60) : png;
      await Deno.writeFile(join(folder, `${index}.png`), bytes);
    }
    const sizeOf = (index: number) => imageSizes[index % imageSizes.length]!;
    return await work({
      name: "batch-images",
      title: "",
      credits: [],
      annotationKind: "instances",
      classNames: ["a", "b", "c"],
      splits: [{ name: "train", role: "train", title: "" }],
      samples: () =>
        Promise.resolve(
          SampleList.from(
            Array.from({ length: count }, (_, index) => ({ id: `${index}.png`, label: -1 })),
          ),
        ),
      annotation: (_, index) => Promise.resolve(annotate(index, sizeOf(index))),
      decode: (_, index) => decodeImage(join(folder, `${index}.png`)),
      fingerprint: () => Promise.resolve(folder),
      skipped: () => [],
      path: (_, index) => join(folder, `${index}.png`),
      imageSize: (_, index) => ({ width: sizeOf(index)[0], height: sizeOf(index)[1] }),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const options: DetectionBatchesOptions = {
  batchSize: 4,
  seed: 5,
  shortSides: [32, 48],
  longSide: 80,
  workers: 2,
  maximumDamaged: 3,
};

function digest({ images, width, height, sampleIndices, mirrored, truth }: DetectionBatch): string {
  return sha256(
    images,
    JSON.stringify([width, height, [...sampleIndices], [...mirrored]]),
    ...truth.flatMap(({ boxes, labels, mask }) => [
      `${boxes} ${labels}`,
      ...Array.from(labels, (_, object) => mask(object)),
    ]),
  );
}

async function digests(
  dataset: Dataset<InstancesAnnotation>,
  steps: readonly number[],
  own: DetectionBatchesOptions = options,
): Promise<string[]> {
  const batches = await openDetectionBatches(dataset, "train", own);
  try {
    const found: string[] = [];
    for (const step of steps) found.push(digest(await batches.batch(step)));
    return found;
  } finally {
    await batches.release();
  }
}

Deno.test("a step's batch depends on seed and step alone, not on Workers, resuming or damage met before", async () => {
  await withImages(23, [3, 11], async (dataset) => {
    const steps = Array.from({ length: 15 }, (_, step) => step);
    const straight = await digests(dataset, steps);
    assert.equal(new Set(straight).size, 15);
    assert.deepEqual(await digests(dataset, steps, { ...options, workers: 1, ahead: 5 }), straight);
    assert.deepEqual(await digests(dataset, steps.slice(6)), straight.slice(6));
    assert.deepEqual(
      await digests(dataset, [9, 2, 3, 14]),
      [9, 2, 3, 14].map((step) => straight[step]),
    );
    const { path: _, ...inThread } = dataset;
    assert.deepEqual(await digests(inThread, steps), straight);
    assert.notDeepEqual(await digests(dataset, steps, { ...options, seed: 6 }), straight);
  });
});

Deno.test("an epoch shows every image that is not damaged, each batch at one padded shape", async () => {
  await withImages(23, [3, 11], async (dataset) => {
    const batches = await openDetectionBatches(dataset, "train", options);
    try {
      // 5 lying ones of 3 : 2, 5 standing, 9 of at most 4 : 3, 4 long ones.
      assert.equal(batches.stepsPerEpoch, 2 + 2 + 3 + 1);
      assert.equal(batches.count, 23);
      const seen = new Set<number>();
      const shapes = new Set<string>();
      for (let step = 0; step < batches.stepsPerEpoch; step++) {
        const batch = await batches.batch(step);
        shapes.add(`${batch.width} × ${batch.height}`);
        assert.equal(batch.images.length, 4 * 3 * batch.width * batch.height);
        assert.ok(!(batch.images.buffer instanceof SharedArrayBuffer));
        batch.sampleIndices.forEach((sample, place) => {
          seen.add(sample);
          const { width, height } = batch.sizes[place]!;
          const [originalWidth, originalHeight] = imageSizes[sample % 5]!;
          assert.deepEqual(batch.originals[place], {
            width: originalWidth,
            height: originalHeight,
          });
          const plane = batch.width * batch.height;
          const pixel = batch.images[place * 3 * plane + (height - 1) * batch.width + width - 1];
          assert.equal(pixel, sample * 7 % 256);
          const { labels, boxes, mask } = batch.truth[place]!;
          if (sample % 5 === 4) return assert.equal(labels.length, 0);
          assert.equal(labels[0], sample % 3);
          const inside = mask(0).reduce((sum, value) => sum + value, 0);
          const area = (boxes[2]! - boxes[0]!) * (boxes[3]! - boxes[1]!);
          assert.ok(Math.abs(inside - area) < width + height);
          assert.equal(boxes[0]! > 0, batch.mirrored[place] === 1);
        });
      }
      assert.deepEqual(
        [...seen].sort((a, b) => a - b),
        Array.from({ length: 23 }, (_, index) => index).filter((index) => ![3, 11].includes(index)),
      );
      assert.ok(shapes.size >= 4);
      assert.deepEqual(batches.skipped.map(({ path }) => path).sort(), ["11.png", "3.png"]);
    } finally {
      await batches.release();
    }
    const strict = await openDetectionBatches(dataset, "train", { ...options, maximumDamaged: 1 });
    await assert.rejects(async () => {
      for (let step = 0; step < 8; step++) await strict.batch(step);
    }, /2 or more of 23 images.*allowed are 1/s);
    await strict.release();
  });
});

Deno.test("openDetectionBatches leaves out empty images and repeats rare ones where it is told to", async () => {
  await withImages(20, [], async (dataset) => {
    const own = { ...options, emptyImages: false };
    const full = await openDetectionBatches(dataset, "train", own);
    assert.equal(full.count, 16);
    const rare = await openDetectionBatches(
      {
        ...dataset,
        imageCategories: (_, index) =>
          Uint32Array.of(index === 0 ? 2 : 0).subarray(0, index % 5 === 4 ? 0 : 1),
      },
      "train",
      { ...own, oversampling: 0.25 },
    );
    // √(0.25 / (1 / 16)) = 2.
    assert.equal(rare.count, 17);
    assert.notEqual(full.hash, rare.hash);
    await assert.rejects(
      openDetectionBatches(
        { ...dataset, imageCategories: () => new Uint32Array(0) },
        "train",
        own,
      ),
      /none of its 20 images shows an object/,
    );
    await assert.rejects(
      openDetectionBatches(dataset, "train", { ...own, batchSize: 0, oversampling: 2 }),
      /batchSize is 0.*oversampling is 2/,
    );
    const { imageSize: _, ...unknown } = dataset;
    await assert.rejects(openDetectionBatches(unknown, "train", own), /how large its images are/);
  });
});

Deno.test("test batches have every image once, by window and shape; damaged ones are left out", async () => {
  await withImages(23, [3], async (dataset) => {
    const tests = await openTestBatches(dataset, "train", {
      batchSize: 3,
      shortSide: 32,
      longSide: 80,
      window: 12,
      maximumDamaged: 1,
    });
    const seen: number[] = [];
    let largest = -1;
    for await (const { sampleIndices, mirrored, sizes, originals, width } of tests) {
      assert.equal(sampleIndices.length, 3);
      assert.ok(mirrored.every((value) => value === 0));
      const found = [...sampleIndices].filter((index) => index >= 0);
      assert.deepEqual(found, found.toSorted((a, b) => a - b));
      // The first window is over before the second begins.
      if (found.some((index) => index < 12)) assert.ok(largest < 12);
      largest = Math.max(largest, ...found);
      seen.push(...found);
      sizes.forEach((size, place) => assert.ok(size.width <= width && originals[place]!.width > 0));
    }
    assert.deepEqual(
      seen.toSorted((a, b) => a - b),
      Array.from({ length: 23 }, (_, index) => index).filter((index) => index !== 3),
    );
    assert.deepEqual(tests.skipped.map(({ path }) => path), ["3.png"]);
  });
});

Deno.test("batches tell of an image whose size is not that of its annotations", async () => {
  await withImages(5, [], async (dataset) => {
    const turned = { ...dataset, imageSize: () => ({ width: 41, height: 60 }) };
    const batches = await openDetectionBatches(turned, "train", { ...options, maximumDamaged: 1 });
    await assert.rejects(
      batches.batch(0),
      /the image has \d+ × \d+ pixels, its annotations are for 41 × 60/,
    );
    await batches.release();
  });
});

Deno.test("scenes are read in the split's order, as they are", async () => {
  const dataset = await getDataset<InstancesAnnotation>("emojicoco-31");
  const tests = await openTestBatches(dataset, "dev", {
    batchSize: 8,
    shortSide: 128,
    longSide: 128,
    samples: Uint32Array.from({ length: 19 }, (_, index) => index),
  });
  const order: number[] = [];
  for await (const batch of tests) {
    order.push(...batch.sampleIndices);
    assert.deepEqual([batch.width, batch.height], [128, 128]);
    const { pixels } = await dataset.decode("dev", batch.sampleIndices[0]!);
    assert.deepEqual(
      [0, 1, 2].map((channel) => batch.images[channel * 128 * 128 + 77]),
      [...pixels.subarray(3 * 77, 3 * 77 + 3)],
    );
    const annotation = await dataset.annotation("dev", batch.sampleIndices[1]!);
    assert.deepEqual(batch.truth[1]!.boxes, annotation.boxes);
    const areas = Array.from(
      annotation.areas!,
      (_, object) => batch.truth[1]!.mask(object).reduce((sum, value) => sum + value, 0),
    );
    assert.deepEqual(areas, [...annotation.areas!]);
  }
  assert.deepEqual(order, [...Array(19).keys(), -1, -1, -1, -1, -1]);
  const training = await openDetectionBatches(dataset, "train", {
    batchSize: 8,
    seed: 0,
    shortSides: [128],
    longSide: 128,
  });
  assert.equal(training.stepsPerEpoch, 250);
  assert.equal((await training.batch(300)).truth.length, 8);
  await training.release();
});

Deno.test("batchOfImages puts images of any shape into one batch", () => {
  const image = (width: number, height: number) => ({
    width,
    height,
    pixels: new Uint8Array(3 * width * height).fill(10),
  });
  const batch = batchOfImages([image(50, 20), image(20, 50)], { shortSide: 40, longSide: 80 });
  assert.deepEqual([batch.width, batch.height], [96, 96]);
  // torchvision's scale is 80 times the float32 nearest to 1 / 50: a hair less than 1.6.
  assert.deepEqual(batch.sizes, [{ width: 79, height: 31 }, { width: 31, height: 79 }]);
  assert.deepEqual([batch.images[0], batch.images[80], batch.images.length], [
    10,
    124,
    2 * 3 * 96 ** 2,
  ]);
  assert.throws(() => batchOfImages([], { shortSide: 1, longSide: 1 }), /there are none/);
});
