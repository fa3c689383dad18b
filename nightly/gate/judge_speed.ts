/**
 * The gate for speed and memory: ratios of two commits, measured in turns on one machine in one night.
 *
 * @module
 */

import { studentQuantile, studentTail } from "../../core/results/student_t.ts";
import type { Variance } from "../../core/results/variance.ts";
import { adjustByHolm } from "./holm.ts";
import { falseAlarmRate } from "./judge.ts";
import type { Tolerances } from "./tolerance.ts";
import { fitVariancePrior, moderate } from "./variance_prior.ts";

/** What is measured of a case. */
export type SpeedQuantity = "time" | "memory";

/** Tolerated growth: a share of the baseline. */
export const speedTolerance = 0.1;

/** Ratios of one quantity of one case. */
export interface SpeedPairs {
  /** Case and threads, e.g. `"resnet18-64, 1 thread"`. */
  readonly place: string;
  /** Name of the case. */
  readonly name: string;
  readonly quantity: SpeedQuantity;
  /** `commits`: new / old in one night; `peer`: the ratio to a peer, against the baseline's. */
  readonly by: "commits" | "peer";
  /**
   * New / old, one for each pair of processes that ran one after the other; by a peer, this night's
   * ratios to it.
   */
  readonly ratios: readonly number[];
  /** By a peer: the baseline's ratios to it. */
  readonly baseRatios?: readonly number[];
}

/** One judged quantity of one case. */
export interface SpeedJudgement {
  readonly pairs: SpeedPairs;
  /** Geometric mean of the ratios, new / old. */
  readonly ratio: number;
  /** 95 % interval of the ratio, not corrected for the number of comparisons. */
  readonly ci95: readonly [number, number];
  /** Tolerated ratio, e.g. 1.1. */
  readonly tolerance: number;
  readonly adjustedP: number;
  readonly verdict: "noise" | "tolerated" | "loss" | "known" | "gain" | "not judged";
  /** Smallest ratio that would have been found in eight of ten such nights. */
  readonly smallestRatio: number;
}

/** Mean and variance of logarithms. */
function describeLogs(ratios: readonly number[]): { mean: number; variance: Variance } {
  const logs = ratios.map(Math.log);
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const sum = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0);
  const degrees = Math.max(0, logs.length - 1);
  return { mean, variance: { value: degrees === 0 ? 0 : sum / degrees, degrees } };
}

/** The logarithm of new / old, the variance of one ratio, and by what it is multiplied. */
function estimate({ ratios, baseRatios }: SpeedPairs) {
  const next = describeLogs(ratios);
  if (baseRatios === undefined) {
    return { log: next.mean, variance: next.variance, factor: 1 / ratios.length };
  }
  const base = describeLogs(baseRatios);
  const degrees = next.variance.degrees + base.variance.degrees;
  const sum = next.variance.degrees * next.variance.value +
    base.variance.degrees * base.variance.value;
  return {
    log: next.mean - base.mean,
    variance: { value: degrees === 0 ? 0 : sum / degrees, degrees },
    factor: 1 / ratios.length + 1 / baseRatios.length,
  };
}

/**
 * Least variance of the logarithm of a ratio: that of half a percent. Memory is nearly the same in every
 * process, and a few equal numbers must not make a last page significant.
 */
const leastVariance = 0.005 ** 2;

/**
 * Judges all ratios of a night together. Ratios that are not positive, and fewer than two of a
 * quantity, are not judged.
 *
 * @param options.tolerances `time` and `memory`, shares of the baseline.
 * @param options.rate Probability of a false alarm. @default {falseAlarmRate}
 */
export function judgeSpeed(
  all: readonly SpeedPairs[],
  options: { readonly tolerances?: Tolerances; readonly rate?: number } = {},
): SpeedJudgement[] {
  const { rate = falseAlarmRate, tolerances = {} } = options;
  const isUsable = ({ ratios, baseRatios = ratios }: SpeedPairs) =>
    [ratios, baseRatios].every((list) => list.length >= 2 && list.every((ratio) => ratio > 0));
  const usable = all.filter(isUsable);
  const estimates = new Map(usable.map((pairs) => [pairs, estimate(pairs)]));
  const priors = new Map(
    [...Map.groupBy(usable, ({ quantity, by }) => `${quantity} ${by}`)].map(([key, members]) => {
      const own = members.map((pairs) => estimates.get(pairs)!.variance);
      const most = own.reduce((sum, { degrees }) => sum + degrees, 0);
      return [key, fitVariancePrior(own, most)!];
    }),
  );
  const tested = usable.map((pairs) => {
    const { log, variance, factor } = estimates.get(pairs)!;
    const { value, degrees } = moderate(
      variance,
      priors.get(`${pairs.quantity} ${pairs.by}`)!,
    );
    const error = Math.sqrt(Math.max(value, leastVariance) * factor);
    return { log, error, degrees, p: studentTail(log / error, degrees) };
  });
  const losses = adjustByHolm(tested.map(({ p }) => p));
  const gains = adjustByHolm(tested.map(({ p }) => 1 - p));
  return all.map((pairs): SpeedJudgement => {
    const tolerance = 1 + (tolerances[pairs.quantity] ?? speedTolerance);
    const place = usable.indexOf(pairs);
    if (place < 0) {
      return {
        pairs,
        ratio: NaN,
        ci95: [NaN, NaN],
        tolerance,
        adjustedP: 1,
        verdict: "not judged",
        smallestRatio: Infinity,
      };
    }
    const { log, error, degrees } = tested[place]!;
    const ratio = Math.exp(log);
    const half = error * studentQuantile(0.975, degrees);
    const needed = Math.max(
      Math.log(tolerance),
      error * studentQuantile(1 - rate / usable.length, degrees),
    ) + error * studentQuantile(0.8, degrees);
    const adjustedP = losses[place]!;
    const verdict = adjustedP <= rate
      ? ratio > tolerance ? "loss" : "tolerated"
      : gains[place]! <= rate
      ? "gain"
      : "noise";
    return {
      pairs,
      ratio,
      ci95: [Math.exp(log - half), Math.exp(log + half)],
      tolerance,
      adjustedP,
      verdict,
      smallestRatio: Math.exp(needed),
    };
  });
}
