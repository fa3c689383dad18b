import assert from "node:assert/strict";
import { join } from "node:path";
import { RandomStream } from "../../core/random.ts";
import { rightOf, runToy, toyCost, type ToyOptions } from "../testdata/toy_task.ts";
import { nearestNeighbours } from "./k_nn.ts";
import { findNeighbours, unitRows, vote } from "./neighbours.ts";
import { nearestNeighboursSettings } from "./settings.ts";

interface Reference {
  classes: number;
  train: number[][];
  labels: number[];
  test: number[][];
  cases: { k: number; temperature: number | null; predictions: number[] }[];
}

// Made by testdata/make_reference.py with scikit-learn.
const reference = JSON.parse(
  await Deno.readTextFile(join(import.meta.dirname!, "testdata", "reference.json")),
) as Reference;

Deno.test("nearestNeighbours predicts as scikit-learn, with equal and with weighted votes", async () => {
  const { classes, labels, cases } = reference;
  const width = reference.train[0]!.length;
  const train = unitRows(Float32Array.from(reference.train.flat()), width);
  const test = unitRows(Float32Array.from(reference.test.flat()), width);
  for (const { k, temperature, predictions } of cases) {
    const neighbours = await findNeighbours(train, test, { width, k, threads: 1 });
    const predicted = predictions.map((_, query) =>
      vote(neighbours, query, {
        labels,
        classes,
        weighted: temperature !== null,
        temperature: temperature ?? 1,
      })
    );
    assert.deepEqual(predicted, predictions, `k ${k}, temperature ${temperature}`);
  }
});

Deno.test("findNeighbours() sorts by cosine, over blocks too, the earlier of equal ones first", async () => {
  const width = 3, count = 16_390, k = 5;
  const random = new RandomStream(4, "rows");
  const rows = Float32Array.from({ length: count * width }, () => random.normal());
  // Equal rows on both sides of a block's end.
  for (const row of [3, 16_388]) rows.set([1, 2, 3], row * width);
  const train = unitRows(rows, width);
  const query = unitRows(Float32Array.of(1, 2, 3, -1, 0, 4), width);
  const found = await findNeighbours(train, query, { width, k, threads: 1 });
  assert.deepEqual([...found.rows.subarray(0, 2)], [3, 16_388]);
  for (let index = 0; index < 2; index++) {
    const cosines = Array.from({ length: count }, (_, row) => {
      let dot = 0;
      for (let column = 0; column < width; column++) {
        dot += train[row * width + column]! * query[index * width + column]!;
      }
      return dot;
    });
    const best = cosines.toSorted((a, b) => b - a).slice(0, k);
    found.cosines.subarray(index * k, (index + 1) * k).forEach((cosine, place) =>
      assert(Math.abs(cosine - best[place]!) < 1e-6, `place ${place}: ${cosine}`)
    );
  }
});

Deno.test("findNeighbours() takes all rows where there are fewer than k", async () => {
  const rows = unitRows(Float32Array.of(1, 0, 0, 1), 2);
  const { k, rows: found } = await findNeighbours(rows, rows, { width: 2, k: 10, threads: 1 });
  assert.equal(k, 2);
  assert.deepEqual([...found], [0, 1, 1, 0]);
});

Deno.test("vote() takes the lower class of equal votes and bears a tiny temperature", () => {
  const neighbours = {
    k: 3,
    rows: Uint32Array.of(0, 1, 2),
    cosines: Float32Array.of(0.9, 0.8, 0.8),
  };
  const options = { labels: [2, 1, 0], classes: 3, weighted: false, temperature: 1 };
  assert.equal(vote(neighbours, 0, options), 0);
  assert.equal(vote(neighbours, 0, { ...options, weighted: true, temperature: 1e-4 }), 2);
  const wide = { ...options, labels: [2, 1, 1], weighted: true, temperature: 10 };
  assert.equal(vote(neighbours, 0, wide), 1);
});

const toy: ToyOptions = {
  classNames: ["owl", "fox"],
  labels: { train: [0, 0, 1], val: [0, 1], ood: [1] },
  viewsPerSample: 1,
  rows: {
    train: [[1, 0], [0.9, 0.1], [0, 1]],
    val: [[2, 0.1], [0.1, 3]],
    ood: [[1, 0.2]],
  },
};

Deno.test("nearestNeighbours measures every split by the training views", async () => {
  const nearest = await runToy(nearestNeighbours, { ...toy, settings: { k: 1 } });
  assert.deepEqual(rightOf(nearest.evidence["val"]!), [1, 1]);
  assert.deepEqual(rightOf(nearest.evidence["ood"]!), [0]);
  // Of three votes two are for owls, whatever the query.
  const three = await runToy(nearestNeighbours, { ...toy, settings: { k: 3 } });
  assert.deepEqual(rightOf(three.evidence["val"]!), [1, 0]);
  const weighted = { k: 3, weighted: true, temperature: 0.07 };
  const sharp = await runToy(nearestNeighbours, { ...toy, settings: weighted });
  assert.deepEqual(rightOf(sharp.evidence["val"]!), [1, 1]);
});

Deno.test("nearestNeighbours lets all views vote where there are fewer than k, and says what that means", async () => {
  const enough = await runToy(nearestNeighbours, { ...toy, settings: { k: 3 } });
  assert.deepEqual(enough.log.warnings, []);
  const equal = await runToy(nearestNeighbours, { ...toy, settings: { k: 1000 } });
  assert.deepEqual(rightOf(equal.evidence["val"]!), [1, 0]);
  assert.deepEqual(equal.log.warnings, [
    "tasks.k-nn.k is 1000, and there are 3 training views: all of them vote on every image, so that every " +
    "image is given the most frequent class",
  ]);
  const weighted = { k: 1000, weighted: true, temperature: 0.07 };
  const sharp = await runToy(nearestNeighbours, { ...toy, settings: weighted });
  assert.deepEqual(rightOf(sharp.evidence["val"]!), [1, 1]);
  assert.deepEqual(sharp.log.warnings, [
    "tasks.k-nn.k is 1000, and there are 3 training views: all of them vote on every image",
  ]);
});

Deno.test("nearestNeighbours has SEED's settings by default and plans its images", async () => {
  assert.deepEqual(nearestNeighboursSettings.parse({}), {
    k: 10,
    weighted: false,
    temperature: 0.07,
    viewsPerImage: 1,
  });
  assert.deepEqual(await toyCost(nearestNeighbours, toy, 5), {
    images: 6,
    steps: 0,
    macs: 6 * 5 + 3 * 3 * 2,
  });
  assert.equal(nearestNeighboursSettings.safeParse({ k: 0 }).success, false);
});
