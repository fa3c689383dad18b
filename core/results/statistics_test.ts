import assert from "node:assert/strict";
import { join } from "node:path";
import { RandomStream } from "../random.ts";
import { TaskError } from "../errors.ts";
import type { Evidence } from "./evidence.ts";
import { accuracy, accuracyEvidence, type Metric, onePerSample } from "./metric.ts";
import { sampleDraws } from "./resampling.ts";
import { type BootstrapOptions, metricDifference, metricInterval } from "./statistics.ts";
import { plainInterval } from "./testdata/plain_interval.ts";

interface Reference {
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

/** Evidence of fractions of `views` views, the same samples for each seed. */
function evidenceOf(perSeed: readonly Float64Array[], views = 4): Evidence[] {
  return perSeed.map((fractions) =>
    accuracyEvidence(
      Array.from(fractions, (_, sample) => `icon/${sample}`),
      fractions.map((fraction) => fraction * views),
      views,
    )
  );
}

function accuracyInterval(perSeed: readonly Float64Array[], options?: BootstrapOptions) {
  return metricInterval(accuracy, evidenceOf(perSeed), options);
}

function accuracyDifference(
  base: readonly Float64Array[],
  other: readonly Float64Array[],
  options?: BootstrapOptions,
) {
  return metricDifference(accuracy, evidenceOf(base), evidenceOf(other), options);
}

/** How often the first of two samples is in the first resample of a seed. */
function drawnFirst(seed: number): number {
  return [...sampleDraws(2, 1, seed)()].filter((index) => index === 0).length;
}

/** The accuracy as a metric that offers nothing but its value. */
const plainAccuracy: Metric = {
  key: "plain",
  title: "accuracy",
  unit: "%",
  higherIsBetter: true,
  value(evidence, weights) {
    const hits = onePerSample(evidence, "images", ["right", "views"], (a, b) => a / b);
    let sum = 0, total = 0;
    for (const [sample, hit] of hits.entries()) {
      sum += weights[sample]! * hit;
      total += weights[sample]!;
    }
    return 100 * sum / total;
  },
};

/** The accuracy by weights alone: its moments are drawn. */
const { sampleMean: _mean, ...weightedAccuracy } = accuracy;

Deno.test("metricInterval and metricDifference agree with SciPy's percentile bootstrap", () => {
  const base = [Float64Array.from(reference.bootstrap.base)];
  const other = [Float64Array.from(reference.bootstrap.other)];
  const interval = accuracyInterval(base, { resamples: 20_000 });
  near(interval.value, reference.bootstrap.value, 1e-9);
  near(interval.ci95[0], reference.bootstrap.ci95[0], 0.1);
  near(interval.ci95[1], reference.bootstrap.ci95[1], 0.1);
  const paired = accuracyDifference(base, other, { resamples: 20_000 });
  near(paired.difference, reference.bootstrap.difference, 1e-9);
  near(paired.ci95[0], reference.bootstrap.differenceCi95[0], 0.1);
  near(paired.ci95[1], reference.bootstrap.differenceCi95[1], 0.1);
});

Deno.test("metricInterval gives the mean, each seed and the number of samples", () => {
  const result = accuracyInterval([Float64Array.of(1, 0, 0.5, 0.5), Float64Array.of(1, 1, 1, 0)]);
  assert.equal(result.value, 62.5);
  assert.deepEqual(result.perSeed, [50, 75]);
  assert.equal(result.n, 4);
  assert.ok(result.ci95[0] < 62.5 && result.ci95[1] > 62.5);
});

Deno.test("metricInterval of outcomes that do not vary is a point", () => {
  assert.deepEqual(accuracyInterval([new Float64Array(7).fill(1)]).ci95, [100, 100]);
  assert.deepEqual(accuracyInterval([new Float64Array(7)]).ci95, [0, 0]);
  // Seeds that differ but have no spread between samples: the seeds are what is drawn.
  const { ci95 } = accuracyInterval([new Float64Array(7), new Float64Array(7).fill(1)]);
  assert.deepEqual(ci95, [0, 100]);
});

Deno.test("metricDifference ends where the metric's range lets a difference end", () => {
  // Two seeds with differences of 60 and −20 points.
  const share = (right: number) => Float64Array.from({ length: 10 }, (_, i) => i < right ? 1 : 0);
  const base = [share(2), share(7)], other = [share(8), share(5)];
  assert.deepEqual(accuracyDifference(base, other).ci95, [-100, 100]);
  const { range: _range, ...open } = accuracy;
  const free = metricDifference(open, evidenceOf(base), evidenceOf(other)).ci95;
  assert.ok(free[0] < -400 && free[1] > 400);
  // A difference is not moved, though it has ends.
  const [one, two] = [[share(2), share(2)], [share(3), share(4)]];
  const { difference, ci95 } = accuracyDifference(one!, two!);
  near(ci95[0] + ci95[1], 2 * difference, 1e-9);
});

Deno.test("metricInterval is the same on every call, kept indices or not", () => {
  const stream = new RandomStream(3, "outcomes");
  const draw = () => Float64Array.from({ length: 60 }, () => stream.integer(5) / 4);
  const outcomes = [draw(), draw(), draw()];
  const interval = (of: readonly Float64Array[], options?: BootstrapOptions) =>
    metricInterval(weightedAccuracy, evidenceOf(of), options);
  const first = interval(outcomes);
  for (let n = 50; n < 59; n++) interval(outcomes.map((values) => values.slice(0, n)));
  assert.deepEqual(interval(outcomes), first);
  assert.notDeepEqual(interval(outcomes, { seed: 1 }).ci95, first.ci95);
  // 60 × 80,000 indices are too many to keep; the first 2,000 rows are those of the kept table.
  const one = outcomes.slice(0, 1);
  near(interval(one, { resamples: 80_000 }).ci95[0], interval(one).ci95[0], 1);
  // Of a mean nothing is drawn.
  assert.deepEqual(accuracyInterval(outcomes, { seed: 1 }), accuracyInterval(outcomes));
});

Deno.test("metricInterval covers the true value in about 95 % of synthetic runs", () => {
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
    if (contains(accuracyInterval([seeds[0]!], { resamples: 500 }).ci95)) covered++;
    if (contains(accuracyInterval(seeds, { resamples: 500 }).ci95)) coveredWithSeeds++;
    const hits = Math.round(4 * seeds.flatMap((values) => [...values]).reduce((a, b) => a + b));
    // The normal interval of 4 · 3 · 121 independent trials.
    const trialCount = 4 * 3 * 121, rate = hits / trialCount;
    const half = 196 * Math.sqrt(rate * (1 - rate) / trialCount);
    if (contains([100 * rate - half, 100 * rate + half])) naiveCovered++;
  }
  assert.ok(covered >= 0.9 * trials && covered <= 0.995 * trials, `${covered} of ${trials}`);
  assert.ok(coveredWithSeeds >= 0.9 * trials, `${coveredWithSeeds} of ${trials}`);
  // Views counted as independent trials give an interval that is too narrow.
  assert.ok(naiveCovered < 0.9 * trials, `${naiveCovered} of ${trials}`);
});

Deno.test("metricDifference is narrower than the two intervals when errors are shared", () => {
  const stream = new RandomStream(5, "paired");
  const base = [Float64Array.from({ length: 300 }, () => stream.integer(5) / 4)];
  const other = [base[0]!.map((value) => Math.min(1, value + (stream.uniform() < 0.2 ? 0.25 : 0)))];
  const { difference, ci95, perSeed, n } = accuracyDifference(base, other);
  assert.equal(n, 300);
  near(difference, accuracyInterval(other).value - accuracyInterval(base).value, 1e-9);
  near(perSeed[0]!, difference, 1e-12);
  assert.ok(ci95[0] > 0);
  const alone = accuracyInterval(base).ci95;
  assert.ok(ci95[1] - ci95[0] < (alone[1] - alone[0]) / 2);
  const back = accuracyDifference(other, base);
  near(back.ci95[0], -ci95[1], 1e-9);
  near(back.ci95[1], -ci95[0], 1e-9);
});

Deno.test("metricInterval and metricDifference refuse evidence that does not fit", () => {
  const fractions = (...values: number[]) => Float64Array.from(values);
  assert.throws(() => accuracyInterval([]), /no seeds or no samples/);
  assert.throws(() => accuracyInterval([new Float64Array(0)]), /no seeds or no samples/);
  assert.throws(
    () => accuracyInterval([new Float64Array(2), new Float64Array(3)]),
    /expected the 2 samples of run 0 .* got 3 samples for run 1/,
  );
  assert.throws(() => accuracyInterval([fractions(0, 1.5)]), /got 6 right of 4 views/);
  assert.throws(() => accuracyInterval([fractions(NaN)]), /got NaN right/);
  assert.throws(
    () => accuracyInterval([new Float64Array(2)], { resamples: 0 }),
    /whole number ≥ 1, got 0/,
  );
  assert.throws(
    () => accuracyDifference([new Float64Array(2)], [new Float64Array(3)]),
    /base has 1 seeds of 2 samples, the other 1 of 3/,
  );
  const one = evidenceOf([fractions(0, 1)]), other = evidenceOf([fractions(0, 1)]);
  const renamed = [{ ...other[0]!, sampleIds: ["icon/0", "icon/7"] }];
  assert.throws(
    () => metricDifference(accuracy, one, renamed),
    /expected the same seeds and samples/,
  );
});

Deno.test("metricInterval and metricDifference of accuracies equal the plain loops", () => {
  for (const views of [1, 4, 16]) {
    for (let seeds = 1; seeds <= 5; seeds++) {
      const stream = new RandomStream(views, "bits", seeds);
      const hard = Float64Array.from({ length: 83 }, () => stream.integer(views + 1) / views);
      const draw = () =>
        Array.from(
          { length: seeds },
          // Half of the answers are those of all seeds.
          () =>
            hard.map((own) => stream.integer(2) === 0 ? own : stream.integer(views + 1) / views),
        );
      const base = draw(), other = draw();
      const gains = base.map((values, seed) =>
        values.map((value, sample) => other[seed]![sample]! - value)
      );
      const evidence = evidenceOf(base, views), otherEvidence = evidenceOf(other, views);
      for (
        const [expected, found, drawn] of [
          [
            plainInterval(base, { scale: 100, range: [0, 100] }),
            metricInterval(accuracy, evidence),
            metricInterval(weightedAccuracy, evidence, { resamples: 4000, seed: seeds }),
          ],
          [
            plainInterval(gains, { scale: 100 }),
            ...[accuracy, weightedAccuracy].map((metric) => {
              const options = { resamples: 4000, seed: seeds };
              const { difference: value, ...rest } = metricDifference(
                metric,
                evidence,
                otherEvidence,
                options,
              );
              return { value, ...rest };
            }),
          ] as const,
        ] as const
      ) {
        near(found!.value, expected.value, 1e-9);
        found!.ci95.forEach((end, index) => near(end, expected.ci95[index]!, 1e-5));
        found!.perSeed.forEach((value, seed) => near(value, expected.perSeed[seed]!, 1e-9));
        near(found!.error.samples, expected.samples, 1e-5);
        near(found!.error.seeds ?? 0, expected.seeds, 1e-7);
        // The same by draws of weights, without the quicker way.
        near(drawn!.value, expected.value, 1e-9);
        const variance = expected.samples ** 2 + expected.seeds ** 2;
        near(drawn!.error.samples ** 2, expected.samples ** 2, 0.25 * variance);
        near(drawn!.error.seeds ?? 0, expected.seeds, 1e-7);
        drawn!.perSeed.forEach((value, seed) => near(value, expected.perSeed[seed]!, 1e-9));
      }
    }
  }
});

Deno.test("metricInterval takes a metric that has nothing but its value", () => {
  const evidence = evidenceOf([Float64Array.of(1, 0, 0.5, 1), Float64Array.of(1, 1, 0.5, 0)]);
  const [plain, compiled] = [plainAccuracy, weightedAccuracy].map((metric) =>
    metricInterval({ ...metric, range: [0, 100] }, evidence, { resamples: 300 })
  );
  [plain!.value, ...plain!.ci95].forEach((value, index) =>
    near(value, [compiled!.value, ...compiled!.ci95][index]!, 1e-9)
  );
});

Deno.test("metricInterval takes any metric: a ratio of sums over tables with many rows", () => {
  // As an intersection over union: rows of several classes, samples without a row.
  const evidence: Evidence = {
    sampleIds: ["a", "b", "c"],
    tables: {
      classes: {
        sample: Uint32Array.of(0, 0, 1),
        columns: { intersection: Float32Array.of(3, 1, 2), union: Float32Array.of(4, 4, 8) },
      },
    },
  };
  let compiled = 0;
  const ratio: Metric = {
    key: "iou",
    title: "IoU",
    unit: "%",
    higherIsBetter: true,
    range: [0, 100],
    value: (own, weights) => ratio.compile!(own)(weights),
    compile({ tables }) {
      compiled++;
      const { sample, columns } = tables["classes"]!;
      return (weights) => {
        // A draw without a row has no union: such a metric must say what it is then.
        let intersection = 0, union = 0;
        sample.forEach((index, row) => {
          intersection += weights[index]! * columns["intersection"]![row]!;
          union += weights[index]! * columns["union"]![row]!;
        });
        return union === 0 ? 0 : 100 * intersection / union;
      };
    },
  };
  const { value, ci95, error, n } = metricInterval(ratio, [evidence]);
  near(value, 100 * 6 / 16, 1e-12);
  assert.equal(n, 3);
  // By hand: 1 of 27 draws gives 0 ("c" alone), 7 give 50 (no "b"), 7 give 25 (no "a"), 6 give
  // 37.5 (one of each), 3 give 41.67 (two of "a", one of "b"), 3 give 33.33: variance × 3 / 2.
  near(error.samples, 14.23, 0.7);
  assert.ok(ci95[0] >= 0 && ci95[0] < value && value < ci95[1] && ci95[1] <= 100);
  assert.equal(compiled, 1);
  assert.deepEqual(metricDifference(ratio, [evidence], [evidence]), {
    difference: 0,
    ci95: [0, 0],
    error: { samples: 0, seeds: null, degrees: 2 },
    perSeed: [0],
    n: 3,
  });
});

Deno.test("metricInterval names metric and owner of a number that is not finite", () => {
  const evidence = evidenceOf([Float64Array.of(0, 1)]);
  const broken = (value: Metric["value"]): Metric => ({ ...plainAccuracy, key: "broken", value });
  assert.throws(
    () => metricInterval(broken(() => NaN), evidence, { owner: 'task "mine"' }),
    (error) =>
      error instanceof TaskError &&
      /metric "broken" of task "mine".*got NaN over all samples/.test(error.message),
  );
  assert.throws(
    () =>
      metricInterval(broken((_, weights) => weights[0] === 1 ? 1 : Infinity), evidence, {
        resamples: 1,
        seed: [0, 1, 2, 3, 4, 5].find((seed) => drawnFirst(seed) !== 1)!,
      }),
    /got none in any resample/,
  );
  assert.throws(
    () => metricInterval(broken(() => JSON.parse("{")), evidence, { owner: 'task "mine"' }),
    (error) =>
      error instanceof TaskError && error.cause instanceof SyntaxError &&
      /Cannot compute metric "broken" of task "mine"/.test(error.message),
  );
});

Deno.test("metricInterval leaves resamples without a value out of the interval and counts them", () => {
  const evidence = evidenceOf([Float64Array.of(0, 1, 1, 0)]);
  // A ratio whose denominator is the number of times that the first sample is drawn.
  const ratio: Metric = {
    ...plainAccuracy,
    key: "ratio",
    value: (_, weights) => weights[1]! / weights[0]!,
  };
  const { value, ci95, undefinedResamples } = metricInterval(ratio, evidence);
  assert.equal(value, 1);
  // (3 / 4)⁴ of the resamples do not have the sample.
  assert.ok(Math.abs(undefinedResamples! / 2000 - 0.316) < 0.03);
  assert.ok(ci95.every(Number.isFinite) && ci95[0] < 1 && ci95[1] > 1);
  assert.equal("undefinedResamples" in metricInterval(plainAccuracy, evidence), false);
  const difference = metricDifference(ratio, evidence, evidence);
  assert.ok(difference.undefinedResamples! > 0 && difference.difference === 0);
});

Deno.test("metricInterval is fast enough for a table", () => {
  const stream = new RandomStream(2, "speed");
  const draw = () => Float64Array.from({ length: 604 }, () => stream.integer(5) / 4);
  const outcomes = [draw(), draw(), draw()];
  const start = performance.now();
  for (let cell = 0; cell < 20; cell++) accuracyInterval(outcomes);
  // 20 cells take about 0.1 s; a table has about 100 and may take 5 s.
  assert.ok(performance.now() - start < 2000);
});
