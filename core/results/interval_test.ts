import assert from "node:assert/strict";
import { TaskError } from "../errors.ts";
import { RandomStream } from "../random.ts";
import { intervalOfMoments, standardError } from "./interval.ts";
import { type Moments, momentsOfMeans, momentsOfWeights } from "./moments.ts";
import { studentQuantile } from "./student_t.ts";
import { near, reference } from "./testdata/interval_reference.ts";

const fail = (got: string): never => assert.fail(got);

Deno.test("intervalOfMoments has the variances of statsmodels' analysis of seeds and samples", () => {
  for (const { values, mean, bySeeds, bySamples, hillisDegrees, skewness } of reference.crossed) {
    const moments = momentsOfMeans(values.map((row) => Float64Array.from(row)), 100);
    const { value, ci95, error } = intervalOfMoments(moments, [-1e9, 1e9]);
    near(value, 100 * mean);
    near(error.seeds! ** 2, 1e4 * bySeeds);
    near(error.samples ** 2, 1e4 * bySamples);
    near(standardError(error) ** 2, 1e4 * (bySeeds + bySamples));
    // Hillis' degrees, with the margin of few seeds and those of the samples.
    const n = values[0]!.length, seedDegrees = values.length - 1;
    const share = bySeeds / (bySeeds + bySamples);
    near(hillisDegrees, seedDegrees / share ** 2);
    near(
      1 / error.degrees,
      Math.min(1, (1 + 2.5 / seedDegrees ** 2) * share) ** 2 / seedDegrees +
        (1 - share) ** 2 / (n - 1),
    );
    const half = studentQuantile(0.975, error.degrees) * standardError(error);
    near(ci95[1] - ci95[0], 2 * half);
    // Moved by the skewness of the mean, as far as samples are what moves it.
    const ofMean = momentsOfMeans([
      Float64Array.from(
        values[0]!,
        (_, sample) => values.reduce((sum, row) => sum + row[sample]!, 0) / values.length,
      ),
    ], 100);
    const third = skewness / Math.sqrt(n) * (ofMean.ofSamples * (n - 1) / n) ** 1.5;
    near(
      (ci95[0] + ci95[1]) / 2 - value,
      third / standardError(error) ** 2 * (1 + 2 * 1.959963984540054 ** 2) / 6,
    );
  }
});

Deno.test("intervalOfMoments of one seed is that of a mean of samples, near Wilson's of a share", () => {
  const right = Float64Array.from({ length: 100 }, (_, sample) => sample < 90 ? 1 : 0);
  const { ci95, error } = intervalOfMoments(momentsOfMeans([right], 1), [0, 1]);
  assert.equal(error.seeds, null);
  near(error.samples, Math.sqrt(0.9 * 0.1 / 99));
  near(error.degrees, 99);
  // statsmodels' proportion_confint(90, 100, method="wilson"): 0.8256, 0.9448.
  near(ci95[0], 0.8256, 0.005);
  near(ci95[1], 0.9448, 0.005);
});

Deno.test("intervalOfMoments ends where the number does, and never leaves out the number", () => {
  const rows = [Float64Array.of(1, 1, 1, 0.5), Float64Array.of(1, 1, 1, 1)];
  const { value, ci95 } = intervalOfMoments(momentsOfMeans(rows, 100), [0, 100]);
  assert.equal(ci95[1], 100);
  assert.ok(ci95[0] < value && value < 100);
  const one = intervalOfMoments(momentsOfMeans([Float64Array.of(0, 0, 0, 0, 9)], 1), [-50, 50]);
  assert.ok(one.ci95[0] < one.value && one.value < one.ci95[1]);
  // Moved upwards: a large value may have been missed.
  assert.ok(one.ci95[1] - one.value > one.value - one.ci95[0]);
  // Without ends it stays where it is.
  const open = intervalOfMoments(momentsOfMeans([Float64Array.of(0, 0, 0, 0, 9)], 1));
  near(open.ci95[0] + open.ci95[1], 2 * open.value);
});

Deno.test("intervalOfMoments takes what seeds have in common by samples for 0 where it is below", () => {
  // Two seeds that are right on different samples.
  const moments = momentsOfMeans([Float64Array.of(1, 0, 1, 0), Float64Array.of(0, 1, 0, 1)], 1);
  assert.equal(moments.ofSamples, 0);
  // Tied, and not certain: each seed alone has a variance of 1/12, by three degrees.
  const { ci95, error } = intervalOfMoments(moments);
  near(error.seeds!, Math.sqrt(1 / 12 / 2));
  near(ci95[0], 0.5 - studentQuantile(0.975, 3) * Math.sqrt(1 / 24));
});

Deno.test("intervalOfMoments of seeds that tie is that of their mean over samples", () => {
  // Seeds with 60 right of 100, thirds and tenths whose sums are rounded: not the same samples.
  const tied = (seeds: number, unit: number) =>
    Array.from(
      { length: seeds },
      (_, seed) =>
        Float64Array.from(
          { length: 100 },
          (_, sample) => (sample + 7 * seed) % 100 < 60 ? unit : 0,
        ),
    );
  for (const seeds of [2, 3, 5]) {
    for (const unit of [1, 1 / 3, 0.1]) {
      const rows = tied(seeds, unit);
      const mean = Float64Array.from(
        rows[0]!,
        (_, sample) => rows.reduce((sum, row) => sum + row[sample]!, 0) / seeds,
      );
      const found = intervalOfMoments(momentsOfMeans(rows, 100));
      const wanted = intervalOfMoments(momentsOfMeans([mean], 100));
      found.ci95.forEach((end, index) => near(end, wanted.ci95[index]!));
      near(standardError(found.error), standardError(wanted.error));
      assert.ok(found.error.seeds! > 0 && found.error.degrees === 99);
    }
  }
  // The gains of two seeds by two samples each, not the same ones, are no certain gain.
  const gains = [0, 50].map((first) =>
    Float64Array.from(
      { length: 100 },
      (_, sample) => sample === first || sample === first + 1 ? 1 : 0,
    )
  );
  const { value, ci95 } = intervalOfMoments(momentsOfMeans(gains, 100));
  near(value, 2);
  assert.ok(ci95[0] < 0.5 && ci95[1] > 3.5, `${ci95}`);
  // Where they agree on every sample other seeds add nothing; a point is left where samples agree too.
  const [same] = tied(1, 1);
  const one = intervalOfMoments(momentsOfMeans([same!], 100));
  const three = intervalOfMoments(momentsOfMeans([same!, same!, same!], 100));
  assert.equal(three.error.seeds, 0);
  three.ci95.forEach((end, index) => near(end, one.ci95[index]!));
  const ones = new Float64Array(9).fill(1);
  assert.deepEqual(intervalOfMoments(momentsOfMeans([ones, ones], 100)).ci95, [100, 100]);
});

Deno.test("intervalOfMoments of two seeds of few discrete answers holds the truth in 95 %", () => {
  // Paired differences without a true one: half of the samples are sure, most of the others right.
  for (const [samples, rate] of [[100, 0.95], [20, 0.9], [30, 0.6]] as const) {
    const random = new RandomStream(3, "ties", samples);
    const trials = 1000;
    let held = 0, points = 0;
    for (let trial = 0; trial < trials; trial++) {
      const rates = Float64Array.from(
        { length: samples },
        () => random.uniform() < 0.5 ? rate : random.uniform() < rate ? 1 : 0,
      );
      const draw = () => rates.map((own) => random.uniform() < own ? 1 : 0);
      const differences = [0, 1].map(() => {
        const base = draw();
        return draw().map((right, sample) => right - base[sample]!);
      });
      const { ci95: [low, high] } = intervalOfMoments(momentsOfMeans(differences, 100));
      if (low <= 0 && high >= 0) held++;
      else if (low === high) points++;
    }
    assert.equal(points, 0);
    assert.ok(held / trials > 0.94, `${samples} samples at ${rate}: ${held / trials}`);
  }
});

Deno.test("intervalOfMoments names what is not finite", () => {
  const wrong: [Moments, RegExp][] = [
    [momentsOfMeans([Float64Array.of(0, 1), Float64Array.of(NaN, 1)], 1), /got NaN for seed 1/],
    [momentsOfMeans([new Float64Array(0)], 1), /got NaN for seed 0/],
    [
      { ...momentsOfMeans([Float64Array.of(0, 1)], 1), ofSamples: Infinity },
      /got Infinity for the covariance by the samples/,
    ],
    [{ ...momentsOfMeans([Float64Array.of(0, 1)], 1), perSeed: [] }, /got no seed/],
  ];
  for (const [moments, message] of wrong) {
    assert.throws(
      () => intervalOfMoments(moments),
      (error) => error instanceof TaskError && message.test(error.message),
    );
  }
});

Deno.test("momentsOfWeights tends to the moments of means", () => {
  for (const { values } of reference.crossed) {
    const rows = values.map((row) => Float64Array.from(row));
    const n = rows[0]!.length;
    const means = momentsOfMeans(rows, 1);
    const drawn = momentsOfWeights(
      n,
      rows.map((row) => (weights: Float64Array) =>
        row.reduce((sum, value, sample) => sum + weights[sample]! * value, 0) / n
      ),
      { resamples: 20_000, seed: 1, fail },
    );
    near(drawn.betweenSeeds, means.betweenSeeds);
    assert.ok(Math.abs(drawn.ofSamplesOfOne / means.ofSamplesOfOne - 1) < 0.05);
    assert.ok(Math.abs(drawn.ofSamples / means.ofSamples - 1) < 0.05);
    const scale = means.ofSamples ** 1.5;
    assert.ok(Math.abs(drawn.thirdOfSamples - means.thirdOfSamples) / scale < 0.1);
  }
});
