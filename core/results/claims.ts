/**
 * Claims of papers, held against what was measured: holds, does not hold, cannot be told.
 *
 * @module
 */

import type { ClaimPart, ClaimVerdict, ResultClaim } from "./claim.ts";
import { seedsToSee } from "./power.ts";
import type { ResultComparison, ResultMetric, ResultSplit } from "./result.ts";

export type { ClaimPart, ClaimVerdict, ResultClaim } from "./claim.ts";

/** A claim that a table judges. */
export interface TableClaim {
  readonly id: string;
  /** The claim as a sentence: the second row of each comparison is better than the first. */
  readonly claim: string;
  /** Labels of the comparisons that must all have the claimed sign. */
  readonly comparisons: readonly string[];
  /** Columns in which it is claimed; those of the comparisons where absent. */
  readonly columns?: readonly string[] | undefined;
  /**
   * Size of the effect that seeds are counted for where the paper prints no difference of the claim's
   * own, always above 0; null where none is known.
   */
  readonly effect: number | null;
}

/**
 * Fewest seeds with which a claim about methods is judged: with fewer the spread between trainings is not
 * known, or only from one distance.
 */
export const fewestSeedsForClaims = 3;

/** What judging needs to know of a table. */
export interface JudgedTable {
  readonly size: string;
  readonly splits: readonly ResultSplit[];
  readonly columns: readonly { readonly id: string; readonly metric: ResultMetric }[];
  readonly comparisons: readonly ResultComparison[];
}

/** Whether the interval lies on the claimed side, on the other, or on both; and why it is not looked at. */
function judge(
  { difference, ci95, perSeed }: ResultComparison,
  { size, higherIsBetter }: { size: string; higherIsBetter: boolean },
): Pick<ClaimPart, "verdict" | "reason"> {
  const open = (reason: string) => ({ verdict: "cannot-be-told" as const, reason });
  if (difference === null) return open("not measured");
  if (ci95 === null) return open("one image, which says nothing of others");
  if (size === "smoke") return open("size smoke, whose numbers mean nothing");
  if (perSeed.length < fewestSeedsForClaims) {
    return open(
      `${perSeed.length === 1 ? "one seed" : `${perSeed.length} seeds`}, fewer than ` +
        `${fewestSeedsForClaims}: the spread between trainings is not known`,
    );
  }
  const [low, high] = higherIsBetter ? ci95 : [-ci95[1], -ci95[0]];
  if (low > 0) return { verdict: "holds" };
  if (high < 0) return { verdict: "does-not-hold" };
  return open("the interval holds 0");
}

/** Of all parts: holds where all hold, does not hold where one does not. */
function together(parts: readonly ClaimPart[]): ClaimVerdict {
  const verdicts = new Set(parts.map(({ verdict }) => verdict));
  if (verdicts.has("does-not-hold")) return "does-not-hold";
  return verdicts.size === 1 && verdicts.has("holds") ? "holds" : "cannot-be-told";
}

/**
 * Judges claims on the first split for tests, by the 95 % intervals of their differences. An interval
 * that holds 0 tells nothing, and neither do fewer than {@linkcode fewestSeedsForClaims} seeds. A claim
 * of several differences holds where every one does, so it needs no correction for their number; that
 * it does not hold is said where one of them is on the other side, without such a correction.
 */
export function judgeClaims(claims: readonly TableClaim[], table: JudgedTable): ResultClaim[] {
  const split = table.splits.find(({ role }) => role === "test") ?? table.splits[0];
  if (split === undefined) return [];
  const metrics = new Map(table.columns.map(({ id, metric }) => [id, metric]));
  return claims.map(({ id, claim, comparisons, columns, effect }) => {
    const own = table.comparisons.filter((comparison) =>
      comparison.split === split.name && comparisons.includes(comparison.label) &&
      (columns?.includes(comparison.column) ?? true)
    );
    const parts = own.map((comparison): ClaimPart => {
      const { higherIsBetter = true } = metrics.get(comparison.column) ?? {};
      const { paper, power } = comparison;
      const size = paper === null || paper === 0 ? effect : Math.abs(paper);
      const seedDeviation = power?.seedDeviation ?? null;
      return {
        comparison: comparison.id,
        ...judge(comparison, { size: table.size, higherIsBetter }),
        seedsNeeded: size === null || power === undefined || seedDeviation === null
          ? null
          : seedsToSee(size, { samplingError: power.samplingError, seedDeviation }),
        effectFrom: size === null ? null : size === effect && !paper ? "claim" : "paper",
      };
    });
    return { id, claim, split: split.name, verdict: together(parts), parts };
  });
}
