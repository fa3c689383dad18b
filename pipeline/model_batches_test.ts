import assert from "node:assert/strict";
import { getDataset } from "../core/data/registry.ts";
import { withImageFolder, writeClasses } from "../core/data/testdata/image_folder.ts";
import type { TrainSpec } from "../core/recipe/jobs.ts";
import { type ModelBatches, type ModelBatchesOptions, openModelBatches } from "./model_batches.ts";

const batchSize = 8;

/** Runs a test with the batches of a folder of eight classes, two images each: two steps an epoch. */
async function withBatches(
  kind: "fixed" | "fresh",
  sampler: ModelBatchesOptions["sampler"],
  test: (opened: ModelBatches) => Promise<void>,
): Promise<void> {
  await withImageFolder(async (folder) => {
    const classes = Array.from({ length: 8 }, (_, label) => `train/${label}`);
    await writeClasses(folder, [...classes, "val/0"], 2);
    const pretrain = { batchSize, replicas: 1, views: kind, viewsPerImage: 1, imageSize: 16 };
    const opened = await openModelBatches({ pretrain } as TrainSpec, {
      dataset: await getDataset(`imagefolder:${folder}`),
      teacher: null,
      seed: 3,
      needs: { views: 1, labels: true },
      sampler,
      onProgress: () => {},
      onWarning: () => {},
    });
    try {
      await test(opened);
    } finally {
      await opened.batches.release?.();
    }
  });
}

/** Labels of an epoch, in its order. */
async function labelsOf({ batches }: ModelBatches, epoch: number): Promise<number[]> {
  const labels: number[] = [];
  for (const place of [0, 1]) {
    const [feeds] = await batches.batch(2 * epoch + place);
    labels.push(...Array.from(feeds!["labels"]!.data as BigInt64Array, Number));
  }
  return labels;
}

for (const kind of ["fixed", "fresh"] as const) {
  Deno.test(`openModelBatches shuffles ${kind} views in another order each epoch`, async () => {
    await withBatches(kind, undefined, async (opened) => {
      assert.deepEqual([opened.count, opened.listed, opened.batches.stepsPerEpoch], [16, 16, 2]);
      const epochs = [];
      for (const epoch of [0, 1, 2]) epochs.push(await labelsOf(opened, epoch));
      const everyClassTwice = Array.from({ length: 16 }, (_, index) => index >> 1);
      for (const labels of epochs) {
        assert.deepEqual([...labels].sort((a, b) => a - b), everyClassTwice);
        assert.notDeepEqual(labels, everyClassTwice);
      }
      assert.equal(new Set(epochs.map(String)).size, 3);
    });
  });

  Deno.test(`openModelBatches takes ${kind} views in the order of a method's sampler`, async () => {
    const backwards: ModelBatchesOptions["sampler"] = ({ count, epoch }) =>
      Uint32Array.from({ length: count }, (_, index) => (count - 1 - index + 2 * epoch) % count);
    await withBatches(kind, backwards, async (opened) => {
      const expected = (epoch: number) =>
        Array.from({ length: 16 }, (_, index) => (15 - index + 2 * epoch) % 16 >> 1);
      for (const epoch of [0, 1]) assert.deepEqual(await labelsOf(opened, epoch), expected(epoch));
    });
  });
}
