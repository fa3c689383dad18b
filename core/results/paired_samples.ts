/**
 * The test beside a paired difference: on how many samples one model is better than the other, and how
 * likely that is by chance.
 *
 * @module
 */

import type { Evidence } from "./evidence.ts";
import { mcnemarAsymptotic, mcnemarExact } from "./mcnemar.ts";
import type { Metric } from "./metric.ts";

/** What the test found. It takes the trainings as given: it knows nothing of other seeds. */
export interface PairedTest {
  /**
   * `mcnemar`: each sample is right or wrong; `sign`: a sample has a share or another number, the mean of
   * its views and seeds, and the test looks at which model has more of it. One view and one seed make the
   * two the same.
   */
  readonly name: "mcnemar" | "sign";
  /** Samples on which the other model has more than the base. */
  readonly more: number;
  /** Samples on which it has less. */
  readonly less: number;
  /** Two-sided p-value by the binomial distribution. */
  readonly exact: number;
  /** Two-sided p-value by χ² with correction for continuity. */
  readonly asymptotic: number;
}

/** Differences below this are rounding errors. */
const tie = 1e-9;

/**
 * Compares two models sample by sample, the means over seeds.
 *
 * @param base The evidence of each seed of the one model.
 * @param other The same of the other model, with the same seeds and samples in the same order.
 * @returns undefined for a metric that is no mean of one number per sample, as an average precision.
 */
export function pairedTest(
  { sampleMean }: Metric,
  base: readonly Evidence[],
  other: readonly Evidence[],
): PairedTest | undefined {
  if (sampleMean === undefined) return undefined;
  const from = base.map((evidence) => sampleMean.values(evidence));
  const to = other.map((evidence) => sampleMean.values(evidence));
  let more = 0, less = 0;
  for (let sample = 0; sample < from[0]!.length; sample++) {
    let difference = 0;
    for (let seed = 0; seed < from.length; seed++) {
      difference += to[seed]![sample]! - from[seed]![sample]!;
    }
    if (difference > tie) more++;
    else if (difference < -tie) less++;
  }
  const isRightOrWrong = from.length === 1 &&
    [from[0]!, to[0]!].every((values) => values.every((value) => value === 0 || value === 1));
  const counts = { better: more, worse: less };
  return {
    name: isRightOrWrong ? "mcnemar" : "sign",
    more,
    less,
    exact: mcnemarExact(counts),
    asymptotic: mcnemarAsymptotic(counts),
  };
}
