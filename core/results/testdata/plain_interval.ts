/**
 * Intervals of means as plain loops over numbers per seed and sample, by the mean squares of a two-way
 * analysis of variance without replication: what the intervals of any metric are compared with.
 *
 * @module
 */

import { studentQuantile } from "../student_t.ts";

/** Mean, per-seed means, variance parts and interval of numbers per seed and sample, times `scale`. */
export function plainInterval(
  perSeed: readonly Float64Array[],
  { scale = 1, range = [-Infinity, Infinity] }: {
    scale?: number;
    range?: [number, number];
  } = {},
): { value: number; ci95: [number, number]; perSeed: number[]; samples: number; seeds: number } {
  const seeds = perSeed.length, n = perSeed[0]!.length;
  let grand = 0;
  const seedMeans = new Array<number>(seeds).fill(0), sampleMeans = new Array<number>(n).fill(0);
  perSeed.forEach((values, seed) =>
    values.forEach((value, sample) => {
      seedMeans[seed]! += value / n;
      sampleMeans[sample]! += value / seeds;
      grand += value / (n * seeds);
    })
  );
  let bySeed = 0, bySample = 0, rest = 0, third = 0;
  for (let seed = 0; seed < seeds; seed++) bySeed += n * (seedMeans[seed]! - grand) ** 2;
  for (let sample = 0; sample < n; sample++) {
    bySample += seeds * (sampleMeans[sample]! - grand) ** 2;
    third += (sampleMeans[sample]! - grand) ** 3 / n;
    for (let seed = 0; seed < seeds; seed++) {
      rest += (perSeed[seed]![sample]! - seedMeans[seed]! - sampleMeans[sample]! + grand) ** 2;
    }
  }
  const meanSquareOfSamples = bySample / (n - 1);
  const meanSquareOfSeeds = seeds === 1 ? 0 : bySeed / (seeds - 1);
  const meanSquareOfRest = seeds === 1 ? 0 : rest / ((n - 1) * (seeds - 1));
  // As of readers and cases: (MS(seeds) + max(MS(samples) − MS(both), 0)) / (seeds × samples).
  const ofSeeds = meanSquareOfSeeds / (seeds * n);
  const ofSamples = Math.max(0, meanSquareOfSamples - meanSquareOfRest) / (seeds * n);
  const variance = ofSeeds + ofSamples, share = ofSeeds / variance;
  const degrees = 1 /
    ((seeds === 1 ? 0 : Math.min(1, (1 + 2.5 / (seeds - 1) ** 2) * share) ** 2 / (seeds - 1)) +
      (1 - share) ** 2 / (n - 1));
  const skewness = range[1] - range[0] === Infinity
    ? 0
    : Math.max(-1, Math.min(1, third / n ** 2 / variance ** 1.5));
  const z = studentQuantile(0.975, Infinity), error = Math.sqrt(variance);
  const middle = grand + error * skewness * (1 + 2 * z ** 2) / 6;
  const half = studentQuantile(0.975, degrees) * error;
  return {
    value: scale * grand,
    ci95: [
      Math.max(range[0], scale * (middle - half)),
      Math.min(range[1], scale * (middle + half)),
    ],
    perSeed: seedMeans.map((mean) => scale * mean),
    samples: scale * Math.sqrt(ofSamples),
    seeds: scale * Math.sqrt(ofSeeds),
  };
}
