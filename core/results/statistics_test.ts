import assert from "node:assert/strict";
import { join } from "node:path";
import { RandomStream } from "../random.ts";
import {
  clusterInterval,
  mcnemarExact,
  median,
  pairedDifference,
  quantile,
  wilsonInterval,
} from "./statistics.ts";

interface Reference {
  wilson: { hits: number; n: number; ci95: [number, number] }[];
  mcnemar: { onlyBase: number; onlyOther: number; p: number }[];
  quantiles: { values: number[]; probability: number; value: number }[];
  bootstrap: {
    base: number[];
    other: number[];
    value: number;
    ci95: [number, number];
    difference: number;
    differenceCi95: [number, number];
  };
}

// Made by testdata/make_statistics_reference.py with SciPy and NumPy.
const reference = JSON.parse(
  await Deno.readTextFile(join(import.meta.dirname!, "testdata", "statistics_reference.json")),
) as Reference;

function near(actual: number, wanted: number, tolerance: number): void {
  assert.ok(Math.abs(actual - wanted) <= tolerance, `${actual} is not near ${wanted}`);
}

Deno.test("wilsonInterval equals SciPy", () => {
  for (const { hits, n, ci95 } of reference.wilson) {
    const [low, high] = wilsonInterval(hits, n);
    near(low, ci95[0], 1e-9);
    near(high, ci95[1], 1e-9);
  }
  assert.throws(() => wilsonInterval(3, 2), RangeError);
  assert.throws(() => wilsonInterval(0, 0), RangeError);
  assert.throws(() => wilsonInterval(0.5, 2), RangeError);
});

Deno.test("mcnemarExact equals SciPy's exact binomial test", () => {
  for (const { onlyBase, onlyOther, p } of reference.mcnemar) {
    const actual = mcnemarExact(onlyBase, onlyOther);
    near(actual / p, 1, 1e-8);
  }
  assert.throws(() => mcnemarExact(-1, 2), RangeError);
});

Deno.test("quantile and median equal NumPy", () => {
  for (const { values, probability, value } of reference.quantiles) {
    near(quantile(values, probability), value, 1e-12);
  }
  assert.equal(median([5, 1, 4, 2]), 3);
  assert.throws(() => quantile([], 0.5), RangeError);
  assert.throws(() => quantile([1], 1.5), RangeError);
  assert.throws(() => quantile([1, NaN], 0.5), RangeError);
});

Deno.test("clusterInterval and pairedDifference agree with SciPy's percentile bootstrap", () => {
  const base = [Float64Array.from(reference.bootstrap.base)];
  const other = [Float64Array.from(reference.bootstrap.other)];
  const interval = clusterInterval(base, { resamples: 20_000 });
  near(interval.value, reference.bootstrap.value, 1e-9);
  near(interval.ci95[0], reference.bootstrap.ci95[0], 0.1);
  near(interval.ci95[1], reference.bootstrap.ci95[1], 0.1);
  const paired = pairedDifference(base, other, { resamples: 20_000 });
  near(paired.difference, reference.bootstrap.difference, 1e-9);
  near(paired.ci95[0], reference.bootstrap.differenceCi95[0], 0.1);
  near(paired.ci95[1], reference.bootstrap.differenceCi95[1], 0.1);
});

Deno.test("clusterInterval gives the mean, each seed and the number of samples", () => {
  const result = clusterInterval([Float64Array.of(1, 0, 0.5, 0.5), Float64Array.of(1, 1, 1, 0)]);
  assert.equal(result.value, 62.5);
  assert.deepEqual(result.perSeed, [50, 75]);
  assert.equal(result.n, 4);
  assert.ok(result.ci95[0] < 62.5 && result.ci95[1] > 62.5);
});

Deno.test("clusterInterval of outcomes that do not vary is a point", () => {
  assert.deepEqual(clusterInterval([new Float64Array(7).fill(1)]).ci95, [100, 100]);
  assert.deepEqual(clusterInterval([new Float64Array(7)]).ci95, [0, 0]);
  // Seeds that differ but have no spread between samples: the seeds are what is drawn.
  const { ci95 } = clusterInterval([new Float64Array(7), new Float64Array(7).fill(1)]);
  assert.deepEqual(ci95, [0, 100]);
});

Deno.test("clusterInterval is the same on every call, kept indices or not", () => {
  const stream = new RandomStream(3, "outcomes");
  const draw = () => Float64Array.from({ length: 60 }, () => stream.integer(5) / 4);
  const outcomes = [draw(), draw(), draw()];
  const first = clusterInterval(outcomes);
  for (let n = 50; n < 59; n++) clusterInterval(outcomes.map((values) => values.slice(0, n)));
  assert.deepEqual(clusterInterval(outcomes), first);
  assert.notDeepEqual(clusterInterval(outcomes, { seed: 1 }).ci95, first.ci95);
  // 60 × 80,000 indices are too many to keep; the first 2,000 rows are those of the kept table.
  near(clusterInterval(outcomes, { resamples: 80_000 }).ci95[0], first.ci95[0], 1);
});

Deno.test("clusterInterval covers the true value in about 95 % of synthetic runs", () => {
  // Icons differ in difficulty and four views of an icon share it: views are not independent.
  const stream = new RandomStream(11, "coverage");
  const trials = 200;
  let covered = 0;
  let coveredWithSeeds = 0;
  let naiveCovered = 0;
  for (let trial = 0; trial < trials; trial++) {
    // Hit rate of an icon: uniform in [0.2, 1) → mean 0.6.
    const rates = Float64Array.from({ length: 121 }, () => stream.uniform(0.2, 1));
    const draw = () =>
      rates.map((rate) => {
        let hits = 0;
        for (let view = 0; view < 4; view++) hits += stream.uniform() < rate ? 0.25 : 0;
        return hits;
      });
    const contains = ([low, high]: [number, number]) => low <= 60 && high >= 60;
    const seeds = [draw(), draw(), draw()];
    if (contains(clusterInterval([seeds[0]!], { resamples: 500 }).ci95)) covered++;
    if (contains(clusterInterval(seeds, { resamples: 500 }).ci95)) coveredWithSeeds++;
    const hits = Math.round(4 * seeds.flatMap((values) => [...values]).reduce((a, b) => a + b));
    if (contains(wilsonInterval(hits, 4 * 3 * 121))) naiveCovered++;
  }
  assert.ok(covered >= 0.9 * trials && covered <= 0.995 * trials, `${covered} of ${trials}`);
  assert.ok(coveredWithSeeds >= 0.9 * trials, `${coveredWithSeeds} of ${trials}`);
  // Views counted as independent trials give an interval that is too narrow.
  assert.ok(naiveCovered < 0.9 * trials, `${naiveCovered} of ${trials}`);
});

Deno.test("pairedDifference is narrower than the two intervals when errors are shared", () => {
  const stream = new RandomStream(5, "paired");
  const base = [Float64Array.from({ length: 300 }, () => stream.integer(5) / 4)];
  const other = [base[0]!.map((value) => Math.min(1, value + (stream.uniform() < 0.2 ? 0.25 : 0)))];
  const { difference, ci95, perSeed, n } = pairedDifference(base, other);
  assert.equal(n, 300);
  near(difference, clusterInterval(other).value - clusterInterval(base).value, 1e-9);
  near(perSeed[0]!, difference, 1e-12);
  assert.ok(ci95[0] > 0);
  const alone = clusterInterval(base).ci95;
  assert.ok(ci95[1] - ci95[0] < (alone[1] - alone[0]) / 2);
  const back = pairedDifference(other, base);
  near(back.ci95[0], -ci95[1], 1e-9);
  near(back.ci95[1], -ci95[0], 1e-9);
});

Deno.test("clusterInterval and pairedDifference refuse outcomes that do not fit", () => {
  assert.throws(() => clusterInterval([]), /no seeds or no samples/);
  assert.throws(() => clusterInterval([new Float64Array(0)]), /no seeds or no samples/);
  assert.throws(() => clusterInterval([new Float64Array(2), new Float64Array(3)]), /wanted 2/);
  assert.throws(() => clusterInterval([Float64Array.of(0, 1.5)]), /1\.5 for sample 1 of seed 0/);
  assert.throws(() => clusterInterval([Float64Array.of(NaN)]), /NaN for sample 0/);
  assert.throws(() => clusterInterval([new Float64Array(2)], { resamples: 0 }), /resamples is 0/);
  assert.throws(
    () => pairedDifference([new Float64Array(2)], [new Float64Array(3)]),
    /base has 1 seeds of 2 samples, the other 1 of 3/,
  );
});

Deno.test("clusterInterval is fast enough for a table", () => {
  const stream = new RandomStream(2, "speed");
  const draw = () => Float64Array.from({ length: 604 }, () => stream.integer(5) / 4);
  const outcomes = [draw(), draw(), draw()];
  const start = performance.now();
  for (let cell = 0; cell < 20; cell++) clusterInterval(outcomes);
  // 20 cells take about 0.1 s; a table has about 100 and may take 5 s.
  assert.ok(performance.now() - start < 2000);
});
