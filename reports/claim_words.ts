/**
 * Claims and their verdicts in words, for every kind of report.
 *
 * @module
 */

import { type ClaimVerdict, fewestSeedsForClaims } from "../core/results/claims.ts";
import type { ResultFile } from "../core/results/result.ts";
import { formatRange, formatSigned, noValue } from "./format.ts";
import { decimalsOf, differenceUnit, splitHeading } from "./table_model.ts";

/** One difference that a claim is about. */
export interface ClaimPartWords {
  /** What is compared and where: `LGD − SEED, RN18 · Zero-shot, IN-1k`. */
  readonly name: string;
  /** The paper's difference. */
  readonly paper: string;
  /** The measured difference with its unit. */
  readonly measured: string;
  /** Its interval. */
  readonly interval: string;
  readonly verdict: ClaimVerdict;
  /** The verdict in words, with the reason where it cannot be told. */
  readonly found: string;
  /** Seeds with which an effect of the paper's size would be seen. */
  readonly seeds: string;
}

/** A claim in words. */
export interface ClaimWords {
  readonly claim: string;
  readonly verdict: ClaimVerdict;
  readonly parts: readonly ClaimPartWords[];
}

/** All claims of a result in words. */
export interface ClaimsWords {
  /** How many hold, and how many do not, in a sentence, and the reason where one explains all. */
  readonly summary: string;
  /** Why none of them can be told, where it is one reason for all. */
  readonly reason?: string;
  /** How verdicts come about. */
  readonly note: string;
  /** Those that do not hold first, then those that cannot be told. */
  readonly claims: readonly ClaimWords[];
}

/** Verdicts as they are printed. */
export const verdictWords: Readonly<Record<ClaimVerdict, string>> = {
  "holds": "holds",
  "does-not-hold": "does not hold",
  "cannot-be-told": "cannot be told",
};

/** What matters first: what contradicts a paper. */
const order: Readonly<Record<ClaimVerdict, number>> = {
  "does-not-hold": 0,
  "cannot-be-told": 1,
  "holds": 2,
};

function seedsText(seedsNeeded: number | null, effectFrom: "paper" | "claim" | null): string {
  if (seedsNeeded === null) return noValue;
  if (seedsNeeded === 0) return "never";
  return effectFrom === "claim" ? `${seedsNeeded} *` : `${seedsNeeded}`;
}

/** How many claims hold and how many do not, those that do not by name. */
function summarize(claims: readonly ClaimWords[]): string {
  const { length: all } = claims;
  const count = (verdict: ClaimVerdict) => claims.filter((one) => one.verdict === verdict).length;
  const contradicted = claims.filter(({ verdict }) => verdict === "does-not-hold");
  const open = count("cannot-be-told"), held = count("holds");
  const names = contradicted.map(({ claim }) => claim).join("; ");
  if (open === all) {
    return `Whether ${all === 1 ? "the claim holds" : `the ${all} claims hold`} cannot be told.`;
  }
  if (held === all) {
    return all === 1
      ? "The claim holds."
      : all === 2
      ? "Both claims hold."
      : `All ${all} claims hold.`;
  }
  if (contradicted.length === all) {
    return all === 1
      ? `The claim does not hold here (${names}).`
      : `${all === 2 ? "Neither" : "None"} of the ${all} claims holds here (${names}).`;
  }
  const parts = [
    ...(contradicted.length === 0 ? [] : [
      `${contradicted.length} ${
        contradicted.length === 1 ? "does" : "do"
      } not hold here (${names})`,
    ]),
    ...(open === 0 ? [] : [`${open} cannot be told`]),
    ...(held === 0 ? [] : [`${held} ${held === 1 ? "holds" : "hold"}`]),
  ];
  return `Of ${all} claims ${parts.join(", ")}.`;
}

/** The claims of a result in words; undefined where it judges none. */
export function describeClaims(
  result: Pick<ResultFile, "claims" | "comparisons" | "columns" | "splits">,
): ClaimsWords | undefined {
  const { claims = [], comparisons, columns, splits } = result;
  if (claims.length === 0) return undefined;
  const found = new Map(comparisons.map((comparison) => [comparison.id, comparison]));
  const columnOf = new Map(columns.map((column) => [column.id, column]));
  const reasons = new Set(claims.flatMap(({ parts }) => parts.map((part) => part.reason)));
  // One reason for everything, such as a single seed, is told once.
  const reason = reasons.size === 1 ? [...reasons][0] : undefined;
  const words = claims.map(({ claim, verdict, parts }): ClaimWords => ({
    claim,
    verdict,
    parts: parts.flatMap((part) => {
      const comparison = found.get(part.comparison);
      if (comparison === undefined) return [];
      const column = columnOf.get(comparison.column);
      const digits = decimalsOf(column?.metric);
      const { difference, ci95, paper, label } = comparison;
      const unit = column === undefined ? "" : ` ${differenceUnit(column.metric)}`.trimEnd();
      return [{
        name: `${label} · ${column === undefined ? "?" : `${column.group}, ${column.header}`}`,
        paper: formatSigned(paper, digits),
        measured: difference === null ? noValue : `${formatSigned(difference, digits)}${unit}`,
        interval: formatRange(ci95, { signed: true, digits }),
        verdict: part.verdict,
        found: verdictWords[part.verdict] +
          (part.reason === undefined || part.reason === reason ? "" : ` (${part.reason})`),
        seeds: seedsText(part.seedsNeeded, part.effectFrom),
      }];
    }),
  }));
  const sorted = words.toSorted((a, b) => order[a.verdict] - order[b.verdict]);
  const split = splits.find(({ name }) => name === claims[0]!.split);
  const borrows = claims.some(({ parts }) =>
    parts.some(({ effectFrom, seedsNeeded }) => effectFrom === "claim" && (seedsNeeded ?? 0) > 0)
  );
  return {
    summary: summarize(sorted) + (reason === undefined ? "" : ` The reason: ${reason}.`),
    ...(reason === undefined ? {} : { reason }),
    note: `Judged on ${split === undefined ? claims[0]!.split : splitHeading(split)}, by 95 % ` +
      `intervals, from ${fewestSeedsForClaims} seeds on: a claim holds where every interval lies on ` +
      "its side of 0, it does not hold where one lies on the other side, and an interval that holds 0 " +
      "tells nothing. Seeds: how many would show an effect of the size of the paper's nine times in " +
      "ten, never where these images are too few." +
      (borrows
        ? " *: the paper prints no such difference; counted for one that it prints elsewhere."
        : ""),
    claims: sorted,
  };
}
