import assert from "node:assert/strict";
import { join } from "node:path";
import { intervalOfMoments, standardError } from "./interval.ts";
import { momentsOfMeans, momentsOfWeights } from "./moments.ts";
import { studentQuantile } from "./student_t.ts";

interface Reference {
  crossed: {
    values: number[][];
    mean: number;
    bySeeds: number;
    bySamples: number;
    hillisDegrees: number;
    skewness: number;
  }[];
}

// Made by testdata/make_interval_reference.py with statsmodels' analysis of variance.
const reference = JSON.parse(
  await Deno.readTextFile(join(import.meta.dirname!, "testdata", "interval_reference.json")),
) as Reference;

function near(actual: number, expected: number, tolerance = 1e-9): void {
  const distance = Math.abs(actual - expected) / Math.max(1, Math.abs(expected));
  assert.ok(distance <= tolerance, `expected ${expected}, got ${actual}`);
}

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
  assert.deepEqual(intervalOfMoments(moments).ci95, [0.5, 0.5]);
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
    assert.ok(Math.abs(drawn.ofSamples / means.ofSamples - 1) < 0.05);
    const scale = means.ofSamples ** 1.5;
    assert.ok(Math.abs(drawn.thirdOfSamples - means.thirdOfSamples) / scale < 0.1);
  }
});
