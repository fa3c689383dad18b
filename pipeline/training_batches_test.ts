import assert from "node:assert/strict";
import type { ViewSet } from "../core/data/dataset.ts";
import { fixedBatches } from "./training_batches.ts";

const count = 12, batchSize = 4;

/** Views of 8×8 pixels whose bytes are all their number. */
const views: ViewSet = {
  samples: Array.from({ length: count }, (_, label) => ({ id: `${label}`, label })),
  viewsPerSample: 1,
  imageSize: 8,
  pixels: Uint8Array.from({ length: count * 192 }, (_, index) => Math.floor(index / 192)),
  hash: "numbers",
  skipped: [],
};

/** Views of an epoch in their order, read from the batches themselves. */
async function epochOf(seed: number, epoch: number): Promise<number[]> {
  const source = fixedBatches({ views, batchSize, replicas: 1, seed });
  const order: number[] = [];
  for (let step = 0; step < source.stepsPerEpoch; step++) {
    const [feeds] = await source.batch(epoch * source.stepsPerEpoch + step);
    const batch = [...(feeds!["images"]!.data as Uint8Array).subarray(0, batchSize)];
    assert.deepEqual([...feeds!["labels"]!.data].map(Number), batch, "labels go with their views");
    order.push(...batch);
  }
  return order;
}

Deno.test("fixedBatches() brings every view once an epoch, in another order each epoch", async () => {
  const epochs = [await epochOf(1, 0), await epochOf(1, 1), await epochOf(1, 2)];
  const sorted = Array.from({ length: count }, (_, index) => index);
  for (const order of epochs) {
    assert.deepEqual(order.toSorted((a, b) => a - b), sorted);
    assert.notDeepEqual(order, sorted, "views are shuffled");
  }
  assert.equal(new Set(epochs.map(String)).size, 3, "an order is that of another epoch");
});

Deno.test("fixedBatches() gives a step the same batch however it is come to", async () => {
  assert.deepEqual(await epochOf(1, 1), await epochOf(1, 1));
  assert.notDeepEqual(await epochOf(2, 1), await epochOf(1, 1));
  const source = fixedBatches({ views, batchSize, replicas: 1, seed: 1 });
  const images = async (step: number) =>
    (await source.batch(step))[0]!["images"]!.data.slice() as Uint8Array;
  const fifth = await images(5);
  await images(0);
  assert.deepEqual(await images(5), fifth);
});
