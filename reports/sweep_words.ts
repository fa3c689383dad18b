/**
 * What sweeps show, in words that are made of their numbers: no more than their intervals allow.
 *
 * @module
 */

import { fewestSeedsForClaims } from "../core/results/claims.ts";
import type { ResultFile } from "../core/results/result.ts";
import type { SweepDifference } from "../core/results/sweeps.ts";
import { countOf, formatNumber, formatRange, formatSigned } from "./format.ts";
import { buildPanels, type SweepPanel } from "./sweep_model.ts";
import { decimalsOf, differenceUnit, headlineSplits, splitHeading } from "./table_model.ts";

/** What was found along one axis. */
export interface SweepFinding {
  /** Id of the sweep. */
  readonly sweep: string;
  readonly title: string;
  readonly sentences: readonly string[];
}

/** Everything that was found along axes. */
export interface SweepFindings {
  /** How to read the sentences. */
  readonly note: string;
  readonly findings: readonly SweepFinding[];
}

/** The places of a list: `0.1, 0.2 and 0.3`. */
function listPlaces(labels: readonly string[]): string {
  return labels.length < 2
    ? labels.join("")
    : `${labels.slice(0, -1).join(", ")} and ${labels.at(-1)}`;
}

/** On which side of 0 a difference is at each place. */
function describeSides({ points }: SweepDifference): string {
  const above = points.filter(({ ci95 }) => ci95[0] > 0).map(({ label }) => label);
  const below = points.filter(({ ci95 }) => ci95[1] < 0).map(({ label }) => label);
  const open = points.length - above.length - below.length;
  if (open === points.length) return "cannot be told from 0 at any place";
  return [
    ...(above.length === 0 ? [] : [
      above.length === points.length
        ? "is above 0 at every place"
        : `is above 0 at ${listPlaces(above)}`,
    ]),
    ...(below.length === 0 ? [] : [
      below.length === points.length
        ? "is below 0 at every place"
        : `is below 0 at ${listPlaces(below)}`,
    ]),
    ...(open === 0 ? [] : [
      `cannot be told from 0 at ${
        listPlaces(
          points.filter(({ ci95 }) => ci95[0] <= 0 && ci95[1] >= 0).map(({ label }) => label),
        )
      }`,
    ]),
  ].join(", ");
}

function describeTrend(difference: SweepDifference, panel: SweepPanel): string {
  const { trend, points } = difference;
  if (trend === null) return "";
  const unit = differenceUnit(panel.metric);
  const options = { signed: true, digits: decimalsOf(panel.metric) };
  const size = `${formatSigned(trend.change, options.digits)} ${unit} ${
    formatRange(trend.ci95, options)
  }`;
  const way = `from ${points[0]!.label} to ${points.at(-1)!.label}`;
  const own = seedsOf(difference);
  const line = "along a straight line" +
    (points.every(({ perSeed }) => perSeed.length === own)
      ? ""
      : ", over the seeds that all places have");
  if (trend.ci95[0] > 0) return ` It rises ${way}, by ${size} ${line}.`;
  if (trend.ci95[1] < 0) return ` It falls ${way}, by ${size} ${line}.`;
  return ` Whether it changes ${way} cannot be told: ${size} ${line}.`;
}

/** Seeds that every place of a difference has. */
function seedsOf({ points }: SweepDifference): number {
  return Math.min(...points.map(({ perSeed }) => perSeed.length));
}

/** How many seeds there are where that is fewer than the run has: ` (1 seed)`. */
function fewerSeeds(own: number, ofRun: number): string {
  return own < ofRun ? ` (${countOf(own, "seed")})` : "";
}

/** @param seeds Those of the run, of which rows that were not run again may have fewer. */
function describeDifference(
  difference: SweepDifference,
  panel: SweepPanel,
  seeds: number,
): string {
  const few = fewerSeeds(seedsOf(difference), seeds);
  const digits = decimalsOf(panel.metric);
  const numbers = difference.points.map(({ label, difference: value, ci95 }) =>
    `${formatSigned(value, digits)} ${formatRange(ci95, { signed: true, digits })} at ${label}`
  );
  return `${panel.title}${few}: ${difference.label} ${describeSides(difference)} (${
    numbers.join(", ")
  }).` +
    describeTrend(difference, panel);
}

/** Where a series that is compared with nothing is highest and lowest. */
function describeSeries(panel: SweepPanel, split: string, seeds: number): string[] {
  const digits = decimalsOf(panel.metric);
  return panel.series.flatMap(({ label, points }) => {
    const found = points.flatMap(({ label, cells }) => {
      const cell = cells.get(split);
      return cell?.value == null
        ? []
        : [{ label, value: cell.value, ci95: cell.ci95, seeds: cell.perSeed.length }];
    });
    // Places of one seed beside those of several would be compared by luck.
    const most = Math.max(...found.map((place) => place.seeds));
    const measured = found.filter((place) => place.seeds === most)
      .toSorted((a, b) => a.value - b.value);
    const low = measured[0], high = measured.at(-1);
    if (low === undefined || high === undefined || measured.length < 2) return [];
    const number = ({ label, value, ci95 }: typeof low) =>
      `${formatNumber(value, digits)} ${formatRange(ci95, { digits })} at ${label}`;
    return [
      `${panel.title}${fewerSeeds(most, seeds)}: ${label} is highest with ${number(high)}, ` +
      `lowest with ${number(low)}.`,
    ];
  });
}

/**
 * What the sweeps of a result show on its first split for tests; undefined where it has none, or where its
 * size is smoke, whose numbers mean nothing.
 */
export function describeSweeps(result: ResultFile): SweepFindings | undefined {
  const [split] = headlineSplits(result);
  if (split === undefined || result.size === "smoke") return undefined;
  const panels = buildPanels(result);
  if (panels.length === 0) return undefined;
  const { length: seeds } = result.seeds;
  const bySweep = Map.groupBy(panels, ({ sweep }) => sweep.id);
  let fewest = seeds;
  const findings = [...bySweep].flatMap(([sweep, own]): SweepFinding[] => {
    const sentences = own.flatMap((panel) => {
      const differences = panel.differences.filter((one) =>
        one.split === split.name && one.points.length > 0
      );
      fewest = Math.min(fewest, ...differences.map(seedsOf));
      return differences.length === 0
        ? describeSeries(panel, split.name, seeds)
        : differences.map((difference) => describeDifference(difference, panel, seeds));
    });
    return sentences.length === 0 ? [] : [{ sweep, title: own[0]!.sweep.title, sentences }];
  });
  if (findings.length === 0) return undefined;
  return {
    note: `On ${splitHeading(split)}, with ${countOf(seeds, "seed")}. ` +
      (seeds < fewestSeedsForClaims
        ? "The intervals do not know the spread between trainings: what follows is of these " +
          "trainings, and not yet of the methods. "
        : fewest < fewestSeedsForClaims
        ? `Where there are fewer, the number is told: with fewer than ${fewestSeedsForClaims} the intervals ` +
          "do not know the spread between trainings. "
        : "") +
      "Intervals are 95 %, paired by seed and image, and not corrected for the number of places: of " +
      "twenty differences that are truly 0, one is expected to leave out 0.",
    findings,
  };
}
