import assert from "node:assert/strict";
import { ConfigError } from "../errors.ts";
import { epochOrder, fillBatch } from "./batches.ts";
import { fixedViewBatches } from "./fixed_view_batches.ts";
import { SampleList } from "./sample_list.ts";
import type { MemoryViewSet } from "./views/view_set.ts";

function viewsAt(imageSize: number, viewsPerSample = 3, samples = 7): MemoryViewSet {
  const bytes = samples * viewsPerSample * 3 * imageSize ** 2;
  return {
    samples: SampleList.from(
      Array.from({ length: samples }, (_, index) => ({ id: `${index}`, label: index % 4 })),
    ),
    viewsPerSample,
    imageSize,
    pixels: Uint8Array.from({ length: bytes }, (_, at) => (at * 31 + (at >> 6)) % 256),
    hash: `views of ${imageSize}`,
    skipped: [],
  };
}

Deno.test("fixedViewBatches follows epochOrder and fillBatch, at any step in any order", async () => {
  const views = viewsAt(4);
  const options = { batchSize: 4, replicas: 2, seed: 9 };
  const batches = fixedViewBatches(views, options);
  assert.equal(batches.count, 21);
  assert.equal(batches.stepsPerEpoch, 5);
  for (const step of [0, 1, 4, 5, 17, 3]) {
    const { images, rows, labels } = await batches.batch(step);
    const epoch = Math.floor(step / 5), first = step % 5 * 4;
    const order = epochOrder({ count: 21, batchSize: 4, seed: 9, epoch });
    const indices = order.subarray(first, first + 4);
    assert.deepEqual(rows, [Uint32Array.from(indices)]);
    assert.deepEqual([...labels], Array.from(indices, (index) => Math.floor(index / 3) % 4));
    for (const replica of [0, 1]) {
      const wanted = new Uint8Array(2 * 48);
      fillBatch(views, indices.subarray(replica * 2, replica * 2 + 2), wanted, "chwn");
      assert.deepEqual(images[0]![0]![replica], wanted);
    }
  }
  await batches.release();
});

Deno.test("fixedViewBatches gives the same views at several sizes", async () => {
  const sets = [viewsAt(4), viewsAt(8)];
  const batches = fixedViewBatches(sets, { batchSize: 6, seed: 1 });
  assert.deepEqual(batches.imageSizes, [4, 8]);
  const { images, rows } = await batches.batch(2);
  for (const [size, set] of sets.entries()) {
    const wanted = new Uint8Array(6 * 3 * set.imageSize ** 2);
    fillBatch(set, rows[0]!, wanted, "chwn");
    assert.deepEqual(images[0]![size], [wanted]);
  }
});

Deno.test("fixedViewBatches shows different views of the same image, other pairs each epoch", async () => {
  const batches = fixedViewBatches(viewsAt(4), { batchSize: 7, seed: 1, viewsPerStep: 3 });
  const pairs = new Set<string>();
  for (let step = 0; step < 30; step++) {
    const { rows } = await batches.batch(step);
    for (let place = 0; place < 7; place++) {
      const own = rows.map((row) => row[place]!);
      assert.equal(new Set(own).size, 3);
      assert.equal(new Set(own.map((row) => Math.floor(row / 3))).size, 1);
      pairs.add(own.slice(0, 2).join());
    }
  }
  // Of each of seven images, every ordered pair of three views.
  assert.equal(pairs.size, 7 * 6);
});

Deno.test("fixedViewBatches explains what does not fit", () => {
  const refuses = (message: RegExp, ...args: Parameters<typeof fixedViewBatches>) =>
    assert.throws(
      () => fixedViewBatches(...args),
      (error) => error instanceof ConfigError && message.test(error.message),
    );
  const views = viewsAt(4);
  refuses(/21 views, fewer than the batch size of 22/, views, { batchSize: 22, seed: 0 });
  refuses(/4 views of an image, of which there are 3/, views, {
    batchSize: 4,
    seed: 0,
    viewsPerStep: 4,
  });
  refuses(/replicas is 3, expected a divisor/, views, { batchSize: 4, seed: 0, replicas: 3 });
  refuses(/are others than at 4/, [views, viewsAt(8, 2)], { batchSize: 4, seed: 0 });
  refuses(/there are no views/, [], { batchSize: 4, seed: 0 });
});

Deno.test("fixedViewBatches() takes an order of one's own, which must be whole batches", async () => {
  const views = viewsAt(4);
  const inOrder = (
    { count, batchSize, epoch }: { count: number; batchSize: number; epoch: number },
  ) =>
    Uint32Array.from(
      { length: Math.floor(count / batchSize) * batchSize },
      (_, index) => (index + epoch) % count,
    );
  const batches = fixedViewBatches(views, { batchSize: 3, seed: 1, order: inOrder });
  assert.deepEqual([...(await batches.batch(0)).rows[0]!], [0, 1, 2]);
  assert.deepEqual([...(await batches.batch(batches.stepsPerEpoch)).rows[0]!], [1, 2, 3]);
  for (const order of [() => new Uint32Array(2), () => Uint32Array.of(0, 1, 10_000)]) {
    assert.throws(
      () => fixedViewBatches(views, { batchSize: 3, seed: 1, order }),
      /the sampler gave (2 indices|index 10000)/,
    );
  }
});

Deno.test("fixedViewBatches shows neighbours of an image, drawn anew in each epoch", async () => {
  const samples = 7, viewsPerSample = 3, count = 2;
  // The two samples after a sample, in a ring.
  const indices = Uint32Array.from(
    { length: samples * count },
    (_, place) => (Math.floor(place / count) + 1 + place % count) % samples,
  );
  const batches = fixedViewBatches(viewsAt(4, viewsPerSample, samples), {
    batchSize: 7,
    seed: 1,
    viewsPerStep: 4,
    neighbours: { views: 2, indices, count },
  });
  const shifts = new Set<number>(), drawn = new Map<number, Set<number>>();
  for (let step = 0; step < 30; step++) {
    const { rows } = await batches.batch(step);
    for (let place = 0; place < 7; place++) {
      const [own, other, first, second] = rows.map((row) => row[place]!) as [
        number,
        number,
        number,
        number,
      ];
      const sampleOf = (index: number) => Math.floor(index / viewsPerSample);
      assert.equal(sampleOf(own), sampleOf(other));
      assert.notEqual(own, other);
      assert.equal(sampleOf(first), sampleOf(second));
      assert.notEqual(first, second);
      shifts.add((sampleOf(first) - sampleOf(own) + samples) % samples);
      drawn.set(own, (drawn.get(own) ?? new Set()).add(sampleOf(first)));
    }
  }
  assert.deepEqual([...shifts].sort(), [1, 2]);
  assert([...drawn.values()].some((neighbours) => neighbours.size === 2));
});
