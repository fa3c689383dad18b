/**
 * The bootstrap of accuracies as plain loops over fractions: what the intervals of any metric are
 * compared with, to the last bit.
 *
 * @module
 */

import { RandomStream } from "../../random.ts";

function mean(values: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]!;
  return sum / values.length;
}

function sortedQuantile(sorted: Float64Array, probability: number): number {
  const position = probability * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}

/** Mean, interval and per-seed means in percent of numbers per seed and sample. */
export function fractionBootstrap(
  perSeed: readonly Float64Array[],
  { resamples = 2000, seed = 0 }: { resamples?: number; seed?: number } = {},
): { value: number; ci95: [number, number]; perSeed: number[]; n: number } {
  const n = perSeed[0]!.length;
  const seeds = perSeed.length;
  const stream = new RandomStream(seed, "bootstrap samples", n);
  const seedStream = new RandomStream(seed, "bootstrap seeds", seeds);
  const timesDrawn = new Uint32Array(seeds);
  const row = new Uint32Array(n);
  const means = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    timesDrawn.fill(0);
    if (seeds === 1) timesDrawn[0] = 1;
    else for (let draw = 0; draw < seeds; draw++) timesDrawn[seedStream.integer(seeds)]!++;
    for (let index = 0; index < n; index++) {
      row[index] = Math.floor(stream.uint32() * (n / 2 ** 32));
    }
    let sum = 0;
    for (let which = 0; which < seeds; which++) {
      const times = timesDrawn[which]!;
      if (times === 0) continue;
      const values = perSeed[which]!;
      let seedSum = 0;
      for (let index = 0; index < n; index++) seedSum += values[row[index]!]!;
      sum += times * seedSum;
    }
    means[resample] = sum / (seeds * n);
  }
  means.sort();
  const seedMeans = perSeed.map(mean);
  return {
    value: 100 * mean(Float64Array.from(seedMeans)),
    ci95: [100 * sortedQuantile(means, 0.025), 100 * sortedQuantile(means, 0.975)],
    perSeed: seedMeans.map((value) => 100 * value),
    n,
  };
}
