/**
 * Change points: the nights from which on a number is another one.
 *
 * The steps are those of MongoDB's (Daly et al., "The use of change point detection to identify
 * software performance regressions in a continuous integration system", ICPE 2020) and Hunter's
 * (Fleming et al., "Hunter: using change point detection to hunt for performance regressions", ICPE
 * 2023): split the series where its mean moves, then keep only what a test confirms. Candidates are
 * the optimal segmentation of PELT (Killick, Fearnhead and Eckley, JASA 2012), which unlike binary
 * segmentation sees a short move and its end at once. Each is tested by the permutation test of
 * E-divisive (Matteson and James, "A nonparametric approach for multiple change point analysis of
 * multivariate data", JASA 2014) with the exponent α = 2, by which its statistic is that of the
 * CUSUM of means and takes linear time.
 *
 * @module
 */

import { quantile } from "../results/quantile.ts";
import { studentQuantile } from "../results/student_t.ts";
import { optimalSegments } from "./pelt.ts";
import { fastIntegers, shuffle } from "./random_words.ts";

/** Settings of {@linkcode changePoints}. */
export interface ChangePointOptions {
  /** Largest probability of a change point where nothing has changed. @default {0.001} */
  readonly level?: number;
  /** Most permutations of one test; the smallest p-value is 1 / (permutations + 1). @default {1999} */
  readonly permutations?: number;
  /** Fewest nights on either side of a change point, and between two. @default {3} */
  readonly minimumNights?: number;
  /** Seed of the permutations. @default {0} */
  readonly seed?: number;
}

/** A night from which on a number is another one. */
export interface ChangePoint {
  /** The first night of the new level, as an index of the series. */
  readonly index: number;
  /** 95 % interval of `index`, [earliest, latest]. */
  readonly indexInterval: readonly [number, number];
  /** Mean of the level before. */
  readonly before: number;
  /** Mean of the level from there on. */
  readonly after: number;
  /** `after − before`. */
  readonly difference: number;
  /** 95 % interval of the difference (Welch), for levels that hold still. */
  readonly ci95: readonly [number, number];
  /** Probability of such a move where nothing has changed, by permutations. */
  readonly pValue: number;
}

/** Cost of one more change point, in logarithms of the length. */
const penaltyFactor = 3;

/** Most nights on either side that the interval of a change point is drawn from. */
const nightsAround = 100;

/** Resamples for that interval. */
const placeResamples = 199;

/** A test ends when so many permutations were at least as large: the p-value is not small. */
const enoughExceedances = 12;

/**
 * Variance of the noise, from differences of neighbours: few moves of the level hardly count, and
 * tails that are heavier than a normal distribution's count in full.
 */
function noiseVariance(values: Float64Array): number {
  let sum = 0;
  for (let index = 1; index < values.length; index++) {
    sum += (values[index]! - values[index - 1]!) ** 2;
  }
  return sum / (2 * (values.length - 1));
}

/** The best split of the first `count` values and its statistic, the squared CUSUM of means. */
function bestSplit(
  values: Float64Array,
  count: number,
  minimum: number,
  total: number,
): { readonly at: number; readonly statistic: number } {
  let left = 0, at = 0, statistic = -1;
  for (let size = 1; size <= count - minimum; size++) {
    left += values[size - 1]!;
    if (size < minimum) continue;
    const deviation = left - total * size / count;
    const candidate = deviation * deviation * count / (size * (count - size));
    if (candidate > statistic) {
      statistic = candidate;
      at = size;
    }
  }
  return { at, statistic };
}

/** Probability of so large a split where the order of the values says nothing. */
function permutationTest(
  series: Float64Array,
  minimum: number,
  options: Required<Pick<ChangePointOptions, "permutations" | "level" | "seed">>,
): number {
  const count = series.length;
  const mean = series.reduce((sum, value) => sum + value, 0) / count;
  const values = series.map((value) => value - mean);
  const total = values.reduce((sum, value) => sum + value, 0);
  const { statistic } = bestSplit(values, count, minimum, total);
  const range = Math.max(...values) - Math.min(...values);
  if (range === 0) return 1;
  // Serfling's bound for means of draws without replacement (1974), over all splits: where it is far
  // below the level already, permutations would only cost time.
  const bound = 2 * count * Math.exp(-2 * statistic / (range * range) * count / (count + 1));
  const smallest = 1 / (options.permutations + 1);
  if (bound < Math.min(smallest, options.level) / 10) return smallest;
  const integer = fastIntegers(options.seed, "change points", count);
  // Sums of the same values in another order differ in their last bits.
  const least = statistic * (1 - 1e-9);
  let exceedances = 0;
  for (let done = 1; done <= options.permutations; done++) {
    shuffle(values, count, integer);
    if (bestSplit(values, count, minimum, total).statistic >= least) exceedances++;
    // Besag and Clifford, "Sequential Monte Carlo p-values", 1991.
    if (exceedances === enoughExceedances) return exceedances / done;
  }
  return (exceedances + 1) / (options.permutations + 1);
}

/** Mean and variance of the mean. */
function describeMean(values: Float64Array): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: squares / (values.length - 1) / values.length };
}

/** 95 % interval of the difference of two means (Welch 1947). */
function welchInterval(before: Float64Array, after: Float64Array): [number, number] {
  const from = describeMean(before), to = describeMean(after);
  const difference = to.mean - from.mean, variance = from.variance + to.variance;
  if (variance === 0) return [difference, difference];
  const degrees = variance ** 2 /
    (from.variance ** 2 / (before.length - 1) + to.variance ** 2 / (after.length - 1));
  const half = studentQuantile(0.975, degrees) * Math.sqrt(variance);
  return [difference - half, difference + half];
}

/**
 * 95 % interval of the place of a change: both levels are resampled night by night, and the best
 * split is looked for again (Hušková and Kirch, "Bootstrapping confidence intervals for the change-point
 * of time series", 2008, without their blocks).
 */
function placeInterval(
  before: Float64Array,
  after: Float64Array,
  seed: number,
): [number, number] {
  const near = before.subarray(Math.max(0, before.length - nightsAround));
  const far = after.subarray(0, nightsAround);
  const count = near.length + far.length;
  const integer = fastIntegers(seed, "place of a change", count);
  const values = new Float64Array(count);
  const places = new Float64Array(placeResamples);
  for (let resample = 0; resample < placeResamples; resample++) {
    let total = 0;
    for (let index = 0; index < count; index++) {
      const from = index < near.length ? near : far;
      const value = from[integer(from.length)]!;
      values[index] = value;
      total += value;
    }
    places[resample] = bestSplit(values, count, 1, total).at - near.length;
  }
  places.sort();
  return [
    Math.min(0, Math.floor(quantile(places, 0.025))),
    Math.max(0, Math.ceil(quantile(places, 0.975))),
  ];
}

/**
 * Finds the nights from which on a number is another one.
 *
 * The result depends on nothing but the numbers and the settings. A thousand nights take some
 * milliseconds.
 *
 * @param values The number of each night, in order; finite.
 * @returns Change points in order; none where there are too few nights to tell.
 * @throws {RangeError} where a value is not finite, or a setting is out of range.
 */
export function changePoints(
  values: ArrayLike<number>,
  options: ChangePointOptions = {},
): ChangePoint[] {
  const { level = 0.001, permutations = 1999, minimumNights: minimum = 3, seed = 0 } = options;
  if (!(level > 0 && level < 1) || !(permutations >= 1) || !(minimum >= 2)) {
    throw new RangeError(
      "Cannot look for change points: expected a level between 0 and 1, at least 1 permutation and " +
        `at least 2 nights, got ${level}, ${permutations} and ${minimum}`,
    );
  }
  const series = Float64Array.from(values);
  const wrong = series.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new RangeError(`Cannot look for change points: value ${wrong} is ${series[wrong]}`);
  }
  if (series.length < 2 * minimum) return [];
  const penalty = penaltyFactor * Math.log(series.length) * noiseVariance(series);
  const changes = penalty === 0 ? [] : optimalSegments(series, { penalty, minimum });
  const test = (at: number) => {
    const start = changes[at - 1] ?? 0, end = changes[at + 1] ?? series.length;
    return permutationTest(series.subarray(start, end), minimum, { permutations, level, seed });
  };
  const pValues = changes.map((_, at) => test(at));
  // The least certain one goes first; its neighbours are tested again without it.
  for (;;) {
    const worst = pValues.indexOf(Math.max(...pValues));
    if (worst < 0 || pValues[worst]! <= level) break;
    changes.splice(worst, 1);
    pValues.splice(worst, 1);
    for (const at of [worst - 1, worst]) if (at in changes) pValues[at] = test(at);
  }
  return changes.map((index, at) => {
    const before = series.subarray(changes[at - 1] ?? 0, index);
    const after = series.subarray(index, changes[at + 1] ?? series.length);
    const [early, late] = placeInterval(before, after, seed);
    const means = { before: describeMean(before).mean, after: describeMean(after).mean };
    return {
      index,
      indexInterval: [index + early, index + late],
      ...means,
      difference: means.after - means.before,
      ci95: welchInterval(before, after),
      pValue: pValues[at]!,
    };
  });
}
