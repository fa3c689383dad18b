import assert from "node:assert/strict";
import type { SegmentationAnnotation } from "../../data/annotation.ts";
import { getDataset } from "../../data/registry.ts";
import { DataError } from "../../errors.ts";
import { sha256 } from "../../files.ts";
import {
  openSegmentationBatches,
  type SegmentationBatch,
  type SegmentationBatchesOptions,
} from "./segmentation_batches.ts";
import {
  damagedImages,
  drawnCount,
  drawnLabels,
  unlabelledImage,
} from "./testdata/drawn_labels.ts";

const options: SegmentationBatchesOptions = {
  batchSize: 4,
  seed: 5,
  crop: { width: 16, height: 12 },
  workers: 2,
  maximumDamaged: 2,
};

const openSet = (name: string) => getDataset<SegmentationAnnotation>(name);

function digest({ images, labels, sampleIndices }: SegmentationBatch): string {
  assert.ok(!(images.buffer instanceof SharedArrayBuffer));
  return sha256(images, labels, `${sampleIndices}`);
}

async function digests(
  steps: readonly number[],
  own: Partial<SegmentationBatchesOptions> & { isInThread?: boolean } = {},
): Promise<string[]> {
  const { isInThread, ...changes } = own;
  const dataset = await openSet(drawnLabels);
  const batches = await openSegmentationBatches(
    isInThread ? { ...dataset, isInMemory: true } : dataset,
    "train",
    { ...options, ...changes },
  );
  try {
    const found: string[] = [];
    for (const step of steps) found.push(digest(await batches.batch(step)));
    return found;
  } finally {
    await batches.release();
  }
}

Deno.test("a step's crops depend on seed and step alone, not on Workers, resuming or damage met before", async () => {
  const steps = Array.from({ length: 14 }, (_, step) => step);
  const straight = await digests(steps);
  assert.equal(new Set(straight).size, steps.length);
  assert.deepEqual(await digests(steps, { workers: 1, ahead: 5 }), straight);
  assert.deepEqual(await digests(steps, { isInThread: true }), straight);
  assert.deepEqual(await digests(steps.slice(6)), straight.slice(6));
  assert.deepEqual(await digests([9, 2, 3, 13]), [9, 2, 3, 13].map((step) => straight[step]));
  assert.notDeepEqual(await digests(steps, { seed: 6 }), straight);
});

Deno.test("an epoch shows every image that is not damaged, in crops with their labels", async () => {
  const dataset = await openSet(drawnLabels);
  const batches = await openSegmentationBatches(dataset, "train", {
    ...options,
    photometric: false,
    batchSize: 1,
  });
  assert.deepEqual([batches.stepsPerEpoch, batches.count], [drawnCount, drawnCount]);
  const seen = new Set<number>();
  try {
    for (let step = 0; step < drawnCount; step++) {
      const { images, labels, sampleIndices, width, height } = await batches.batch(step);
      assert.deepEqual([width, height, images.length], [16, 12, 3 * 16 * 12]);
      const [sample] = sampleIndices;
      seen.add(sample!);
      assert.equal(images[0], 10 * sample!);
      const judged = labels.filter((label) => label !== 255);
      assert.ok(judged.every((label) => label < 2));
      assert.equal(judged.length === 0, sample === unlabelledImage);
    }
  } finally {
    await batches.release();
  }
  const whole = Array.from({ length: drawnCount }, (_, index) => index);
  assert.deepEqual(
    [...seen].sort((a, b) => a - b),
    whole.filter((index) => !damagedImages.includes(index)),
  );
  assert.deepEqual(batches.skipped.map(({ path }) => path).sort(), ["11.png", "3.png"]);
});

Deno.test("crops of one class are drawn again, up to a share that is wanted", async () => {
  const dataset = await openSet("emojiscapes-19");
  const largest = async (maximumClassShare: number) => {
    const batches = await openSegmentationBatches(dataset, "dev", {
      batchSize: 40,
      seed: 1,
      crop: { width: 24, height: 24 },
      scales: [1, 2],
      maximumClassShare,
    });
    const { labels } = await batches.batch(0);
    await batches.release();
    const shares = Array.from({ length: 40 }, (_, place) => {
      const counts = new Uint32Array(256);
      for (const label of labels.subarray(place * 576, (place + 1) * 576)) counts[label]!++;
      return Math.max(...counts.subarray(0, 19)) / 576;
    });
    return shares.filter((share) => share >= 0.75).length;
  };
  assert.ok(await largest(0.75) < await largest(1));
});

Deno.test("batches refuse wrong labels by image, value and place, out of Workers too", async () => {
  const messages = {
    value:
      /image \d+\.png: expected classes from 0 to 2 or 255 \(not judged\), got 3 at x = \d+, y = \d+$/,
    size: /image \d+\.png: the image has \d+ × \d+ pixels, its annotations are for \d+ × \d+$/,
    map: /image \d+\.png: expected a map of \d+ × \d+ = \d+ pixels, got \d+$/,
  };
  for (const [wrong, message] of Object.entries(messages)) {
    const dataset = await openSet(`${drawnLabels}-${wrong}`);
    for (const own of [dataset, { ...dataset, isInMemory: true as const }]) {
      const batches = await openSegmentationBatches(own, "train", {
        ...options,
        scales: [1, 1],
        crop: { width: 40, height: 30 },
      });
      await assert.rejects(batches.batch(0), (error) => {
        assert.ok(error instanceof DataError, `${error}`);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /worker/i);
        return true;
      });
      await batches.release();
    }
  }
});

Deno.test("openSegmentationBatches names every wrong option, and tells of too many damaged images", async () => {
  const dataset = await openSet(drawnLabels);
  await assert.rejects(
    openSegmentationBatches(dataset, "train", {
      ...options,
      batchSize: 0,
      crop: { width: 0, height: 8 },
      scales: [2, 1],
      maximumClassShare: 2,
    }),
    /batchSize is 0.*crop\.width is 0.*maximumClassShare is 2.*scales is \[2,1\]/,
  );
  await assert.rejects(
    openSegmentationBatches(
      { ...dataset, classNames: Array.from({ length: 256 }, (_, index) => `${index}`) },
      "train",
      options,
    ),
    /256 classes, possible are 255/,
  );
  const strict = await openSegmentationBatches(dataset, "train", { ...options, maximumDamaged: 1 });
  await assert.rejects(async () => {
    for (let step = 0; step < 6; step++) await strict.batch(step);
  }, /2 or more of 23 images.*allowed are 1.*is cut off/s);
  await strict.release();
  const other = await openSegmentationBatches(dataset, "train", { ...options, photometric: false });
  assert.notEqual(other.hash, strict.hash);
});
