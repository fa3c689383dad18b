/**
 * What variances of few numbers have in common: a scaled inverse χ² distribution, fitted to them.
 *
 * @module
 */

import { incompleteBeta } from "../../core/results/incomplete_functions.ts";
import type { Variance } from "../../core/results/variance.ts";

/** ψ(x), x > 0. */
function digamma(x: number): number {
  let shift = 0;
  for (; x < 8; x++) shift -= 1 / x;
  const y = 1 / (x * x);
  return shift + Math.log(x) - 0.5 / x - y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y / 240)));
}

/** ψ′(x), x > 0. */
function trigamma(x: number): number {
  let shift = 0;
  for (; x < 8; x++) shift += 1 / (x * x);
  const y = 1 / (x * x);
  return shift + 1 / x + y / 2 + y / x * (1 / 6 - y * (1 / 30 - y * (1 / 42 - y / 30)));
}

/** x with ψ′(x) = y, by halving: ψ′ falls from ∞ to 0. */
function inverseTrigamma(y: number): number {
  let low = 1e-8, high = 1e8;
  for (let step = 0; step < 200; step++) {
    const middle = Math.sqrt(low * high);
    if (trigamma(middle) > y) low = middle;
    else high = middle;
  }
  return Math.sqrt(low * high);
}

/** Share of the mean below which a variance counts as that share: its logarithm must be finite. */
const leastShare = 1e-3;

/**
 * Fits the distribution that the true variances have: its scale and its degrees of freedom, by the
 * first two moments of the logarithms (Smyth 2004, "Linear models and empirical Bayes methods for
 * assessing differential expression", section 6.2). The more alike they are, the more degrees.
 *
 * @param most Largest degrees of freedom, where the variances are not independent witnesses.
 * @returns Undefined where none of them has degrees of freedom.
 */
export function fitVariancePrior(
  variances: readonly Variance[],
  most = Infinity,
): Variance | undefined {
  const known = variances.filter(({ degrees }) => degrees > 0);
  if (known.length === 0) return undefined;
  const mean = known.reduce((sum, { value }) => sum + value, 0) / known.length;
  if (mean === 0) return { value: 0, degrees: most };
  const logs = known.map(({ value, degrees }) => {
    const half = degrees / 2;
    return Math.log(Math.max(value, leastShare * mean)) - digamma(half) + Math.log(half);
  });
  const center = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  if (known.length < 3) return { value: mean, degrees: Math.min(most, known[0]!.degrees) };
  const spread = logs.reduce((sum, log) => sum + (log - center) ** 2, 0) / (logs.length - 1) -
    known.reduce((sum, { degrees }) => sum + trigamma(degrees / 2), 0) / known.length;
  if (spread <= 0) return { value: Math.max(mean, Math.exp(center)), degrees: most };
  const half = inverseTrigamma(spread);
  const scale = Math.exp(center + digamma(half) - Math.log(half));
  return { value: scale, degrees: Math.min(most, 2 * half) };
}

/** Probability at which a variance is larger than its like can explain. */
const outlierLevel = 0.05;

/** Probability that a variance of the like of `prior` is estimated as large as `own`, by an F-test. */
function outlierTail(own: Variance, prior: Variance): number {
  if (prior.value === 0) return own.value === 0 ? 1 : 0;
  // From 1e7 on it is the χ² distribution to six digits.
  const [from, to] = [own.degrees, prior.degrees].map((degrees) => Math.min(degrees, 1e7));
  return incompleteBeta(
    to! / (to! + from! * own.value / prior.value),
    to! / 2,
    from! / 2,
  );
}

/**
 * A variance drawn towards what is known of its like. One that is far larger than they are is not one of
 * them, as of a training that collapses now and then, and stands for itself: drawn towards the others it
 * would be too small (the outliers of Phipson et al. 2016, "Robust hyperparameter estimation protects
 * against hypervariable genes").
 */
export function moderate(own: Variance, prior: Variance): Variance {
  const degrees = own.degrees + prior.degrees;
  if (degrees === 0) return own;
  if (own.degrees === 0) return prior;
  if (prior.degrees > 0 && outlierTail(own, prior) < outlierLevel) return own;
  if (prior.degrees === Infinity) return prior;
  return {
    value: (own.degrees * own.value + prior.degrees * prior.value) / degrees,
    degrees,
  };
}
