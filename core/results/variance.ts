/**
 * Variances that are known from few numbers.
 *
 * @module
 */

/** A variance with its degrees of freedom. */
export interface Variance {
  /** The variance; any number where there are no degrees. */
  readonly value: number;
  /** Degrees of freedom, 0 where nothing is known; may be infinite. */
  readonly degrees: number;
}

/** Sum of independent variances; degrees of freedom by Satterthwaite (1946). */
export function addVariances(...parts: readonly Variance[]): Variance {
  const value = parts.reduce((sum, part) => sum + part.value, 0);
  if (value === 0) return { value, degrees: Infinity };
  const inverse = parts.reduce(
    (sum, part) => part.value === 0 ? sum : sum + (part.value / value) ** 2 / part.degrees,
    0,
  );
  return { value, degrees: inverse === 0 ? Infinity : 1 / inverse };
}

/**
 * How much larger the seeds' share of a sum is taken in the seeds' term of its degrees of freedom than it
 * is estimated, though never more than all of it: 1.6 for three seeds, 1.2 for five. The samples' term
 * has the share as estimated.
 *
 * Satterthwaite's formula takes the estimated share. Where three seeds lie near each other by chance,
 * the error, that share and with it the quantile of t are too small at once, so intervals hold the true
 * value in 92.2 to 95.0 %, by how large the share truly is. With this factor intervals of three seeds and
 * more hold it in 94.9 to 95.8 %, those of two in 93.9 to 96.4 %; `variance_test.ts` integrates it for
 * every share.
 */
const shareFactor = (degrees: number) => 1 + 2.5 / degrees ** 2;

/**
 * Sum of the variance by seeds, which few numbers tell, and that by samples: degrees of freedom as of
 * {@linkcode addVariances}, with a margin for few seeds.
 */
export function addSeedsAndSamples(seeds: Variance, samples: Variance): Variance {
  const value = seeds.value + samples.value;
  if (value === 0) return { value, degrees: Infinity };
  const share = seeds.value / value;
  const { degrees } = seeds;
  const bySeeds = share === 0 ? 0 : Math.min(1, shareFactor(degrees) * share) ** 2 / degrees;
  const bySamples = share === 1 ? 0 : (1 - share) ** 2 / samples.degrees;
  return { value, degrees: 1 / (bySeeds + bySamples) };
}
