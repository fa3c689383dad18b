/**
 * Intervals and tests for accuracies: bootstrap over seeds and samples, Wilson, McNemar, quantiles.
 * All of it is deterministic. Rates and differences are in percent.
 *
 * @module
 */

import { RandomStream } from "../random.ts";

/** A mean with its interval. */
export interface ClusterInterval {
  /** Mean over seeds and samples, percent. */
  readonly value: number;
  /** 95 % interval, percent. */
  readonly ci95: [number, number];
  /** Mean over samples for each seed, percent. */
  readonly perSeed: number[];
  /** Number of samples: the clusters, e.g. icons, not their views. */
  readonly n: number;
}

/** A paired difference with its interval. */
export interface PairedDifference {
  /** Mean of other − base over seeds and samples, percentage points. */
  readonly difference: number;
  /** 95 % interval, percentage points. */
  readonly ci95: [number, number];
  /** Difference for each seed, percentage points. */
  readonly perSeed: number[];
  /** Number of samples. */
  readonly n: number;
}

/** Settings of the bootstrap. */
export interface BootstrapOptions {
  /**
   * How many resamples are drawn.
   *
   * @default {2000}
   */
  readonly resamples?: number;
  /**
   * Seed of the resampling.
   *
   * @default {0}
   */
  readonly seed?: number;
}

/** 97.5 % point of the standard normal distribution. */
const normalQuantile975 = 1.959963984540054;

/** Largest number of resampled indices that is kept for the next cell of equal size (16 MiB). */
const mostKeptIndices = 2 ** 22;

/** Most tables of resampled indices that are kept. */
const mostKeptTables = 4;

const keptTables = new Map<string, Uint32Array>();

/** Fills `output` with sample indices drawn with replacement from 0 … n − 1. */
function drawIndices(stream: RandomStream, n: number, output: Uint32Array): void {
  // ⌊u·n / 2³²⌋: the bias is below n / 2³², far under the bootstrap's own noise.
  const factor = n / 2 ** 32;
  for (let index = 0; index < output.length; index++) {
    output[index] = Math.floor(stream.uint32() * factor);
  }
}

/**
 * The sample indices of every resample: from the kept table where all of them fit into it, else
 * drawn row by row; both give the same numbers.
 */
function indexRows(n: number, resamples: number, seed: number): () => Uint32Array {
  const stream = new RandomStream(seed, "bootstrap samples", n);
  if (n * resamples > mostKeptIndices) {
    const row = new Uint32Array(n);
    return () => {
      drawIndices(stream, n, row);
      return row;
    };
  }
  const key = `${n} ${resamples} ${seed}`;
  let table = keptTables.get(key);
  if (table === undefined) {
    table = new Uint32Array(n * resamples);
    drawIndices(stream, n, table);
    const oldest = keptTables.keys().next();
    if (keptTables.size >= mostKeptTables && !oldest.done) keptTables.delete(oldest.value);
    keptTables.set(key, table);
  }
  const kept = table;
  let start = 0;
  return () => kept.subarray(start, start += n);
}

function mean(values: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]!;
  return sum / values.length;
}

/** Throws where the seeds do not all have the same samples, or a value is out of range. */
function checkOutcomes(perSeed: readonly Float64Array[], name: string): void {
  const n = perSeed[0]?.length ?? 0;
  if (n === 0) {
    throw new RangeError(`Cannot compute an interval: ${name} has no seeds or no samples`);
  }
  for (const [seed, values] of perSeed.entries()) {
    if (values.length !== n) {
      throw new RangeError(
        `Cannot compute an interval: ${name} has ${values.length} samples for seed ${seed}, ` +
          `wanted ${n} as for seed 0`,
      );
    }
    const wrong = values.findIndex((value) => !(value >= 0 && value <= 1));
    if (wrong >= 0) {
      throw new RangeError(
        `Cannot compute an interval: ${name} is ${values[wrong]} for sample ${wrong} of seed ` +
          `${seed}, wanted a fraction from 0 to 1`,
      );
    }
  }
}

/** Mean, per-seed means and percentile interval of any numbers per seed and sample, not scaled. */
function bootstrap(
  perSeed: readonly Float64Array[],
  options: BootstrapOptions,
): { mean: number; low: number; high: number; perSeed: number[] } {
  const { resamples = 2000, seed = 0 } = options;
  if (!Number.isSafeInteger(resamples) || resamples < 1) {
    throw new RangeError(
      `Cannot compute an interval: resamples is ${resamples}, wanted a whole number ≥ 1`,
    );
  }
  const n = perSeed[0]!.length;
  const seeds = perSeed.length;
  const nextRow = indexRows(n, resamples, seed);
  const seedStream = new RandomStream(seed, "bootstrap seeds", seeds);
  const timesDrawn = new Uint32Array(seeds);
  const means = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    timesDrawn.fill(0);
    if (seeds === 1) timesDrawn[0] = 1;
    else for (let draw = 0; draw < seeds; draw++) timesDrawn[seedStream.integer(seeds)]!++;
    const row = nextRow();
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
    mean: mean(Float64Array.from(seedMeans)),
    low: sortedQuantile(means, 0.025),
    high: sortedQuantile(means, 0.975),
    perSeed: seedMeans,
  };
}

/**
 * Accuracy with its 95 % percentile-bootstrap interval over seeds and samples. Every resample draws
 * seeds and, independently, samples with replacement and crosses the two, since all seeds answer
 * the same samples (Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 2007). The views
 * of one sample are never drawn apart: they are not independent.
 *
 * With one seed only samples are drawn: the interval then says nothing about the spread between
 * trainings. With two or three seeds that spread is in the interval but estimated from two or three
 * numbers, and drawing with replacement underestimates a variance by (seeds − 1) / seeds.
 *
 * @param perSeed For each seed, the fraction (0 to 1) of the views of each sample that were right;
 * the same samples, in the same order, for each seed.
 * @throws {RangeError} where there is no sample, the seeds differ in length or a value is no fraction.
 */
export function clusterInterval(
  perSeed: readonly Float64Array[],
  options: BootstrapOptions = {},
): ClusterInterval {
  checkOutcomes(perSeed, "the outcome");
  const result = bootstrap(perSeed, options);
  return {
    value: 100 * result.mean,
    ci95: [100 * result.low, 100 * result.high],
    perSeed: result.perSeed.map((value) => 100 * value),
    n: perSeed[0]!.length,
  };
}

/**
 * Difference other − base between two models on the same samples, paired by sample and by seed,
 * with its 95 % percentile-bootstrap interval; resampled as in {@linkcode clusterInterval}.
 *
 * @param base Fractions of each seed and sample of the one model.
 * @param other The same of the other model, with the same seeds and samples in the same order.
 * @throws {RangeError} where seeds or samples do not match or a value is no fraction.
 */
export function pairedDifference(
  base: readonly Float64Array[],
  other: readonly Float64Array[],
  options: BootstrapOptions = {},
): PairedDifference {
  checkOutcomes(base, "the base");
  checkOutcomes(other, "the other");
  if (base.length !== other.length || base[0]!.length !== other[0]!.length) {
    throw new RangeError(
      `Cannot pair the outcomes: the base has ${base.length} seeds of ${
        base[0]!.length
      } samples, ` +
        `the other ${other.length} of ${other[0]!.length}`,
    );
  }
  const differences = base.map((values, seed) => {
    const otherValues = other[seed]!;
    return values.map((value, sample) => otherValues[sample]! - value);
  });
  const result = bootstrap(differences, options);
  return {
    difference: 100 * result.mean,
    ci95: [100 * result.low, 100 * result.high],
    perSeed: result.perSeed.map((value) => 100 * value),
    n: base[0]!.length,
  };
}

/**
 * Wilson's 95 % score interval of a rate, percent (Wilson, JASA 1927):
 * (p̂ + z²/2n ± z √(p̂(1 − p̂)/n + z²/4n²)) / (1 + z²/n). It holds for independent trials only.
 *
 * @throws {RangeError} unless both are whole numbers, 0 ≤ hits ≤ n and n ≥ 1.
 */
export function wilsonInterval(hits: number, n: number): [number, number] {
  if (!Number.isSafeInteger(hits) || !Number.isSafeInteger(n) || n < 1 || hits < 0 || hits > n) {
    throw new RangeError(
      `Cannot compute an interval: ${hits} hits of ${n}, wanted whole numbers, 0 ≤ hits ≤ n, n ≥ 1`,
    );
  }
  const rate = hits / n;
  const z2 = normalQuantile975 ** 2;
  const center = rate + z2 / (2 * n);
  const half = normalQuantile975 * Math.sqrt(rate * (1 - rate) / n + z2 / (4 * n * n));
  const scale = 100 / (1 + z2 / n);
  // At the ends the formula gives 0 and 100 up to rounding.
  return [
    hits === 0 ? 0 : scale * (center - half),
    hits === n ? 100 : scale * (center + half),
  ];
}

/**
 * Two-sided p-value of McNemar's exact test: with b and c samples that only one of two models got
 * right, twice the binomial probability (½) of at most min(b, c) of b + c, at most 1.
 *
 * @param onlyBase Samples that only the base got right.
 * @param onlyOther Samples that only the other got right.
 * @throws {RangeError} unless both are whole numbers ≥ 0.
 */
export function mcnemarExact(onlyBase: number, onlyOther: number): number {
  for (const count of [onlyBase, onlyOther]) {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new RangeError(`Cannot test: a count is ${count}, wanted a whole number ≥ 0`);
    }
  }
  const trials = onlyBase + onlyOther;
  const smaller = Math.min(onlyBase, onlyOther);
  if (2 * smaller >= trials) return 1;
  // Terms C(n, k) / 2ⁿ relative to the largest one, k = smaller: C(n, k−1) = C(n, k) k / (n−k+1).
  let logLargest = -trials * Math.LN2;
  for (let k = 1; k <= smaller; k++) logLargest += Math.log((trials - k + 1) / k);
  let sum = 0;
  let term = 1;
  for (let k = smaller; k >= 0 && term > sum * Number.EPSILON / 4; k--) {
    sum += term;
    term *= k / (trials - k + 1);
  }
  return Math.min(1, 2 * Math.exp(logLargest) * sum);
}

/** Quantile of sorted numbers, linear between neighbours. */
function sortedQuantile(sorted: Float64Array, probability: number): number {
  const position = probability * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}

/**
 * Quantile of numbers, linear between neighbours (type 7 of Hyndman and Fan 1996, the default of
 * NumPy and R).
 *
 * @param probability 0 to 1.
 * @throws {RangeError} where there are no values, one is NaN, or the probability is out of range.
 */
export function quantile(values: ArrayLike<number>, probability: number): number {
  if (values.length === 0) throw new RangeError("Cannot compute a quantile: there are no values");
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(
      `Cannot compute a quantile: probability is ${probability}, wanted 0 to 1`,
    );
  }
  const sorted = Float64Array.from(values).sort();
  if (sorted.some(Number.isNaN)) throw new RangeError("Cannot compute a quantile: a value is NaN");
  return sortedQuantile(sorted, probability);
}

/**
 * Median of numbers; between the two middle ones where their count is even.
 *
 * @throws {RangeError} where there are no values or one is NaN.
 */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}
