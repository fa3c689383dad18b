/**
 * Simulates how often the 95 % intervals hold the true value:
 *
 *     deno run scripts/bootstrap_coverage.ts --trials 4000
 *
 * Icons and their views differ in difficulty, which all trainings share; single icons are easier for one
 * training than for another. A trial draws icons, views and trainings anew, and makes the intervals of one
 * accuracy and of a paired difference as a table does. Their coverage stands with Wilson's interval of
 * the simulation itself.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { RandomStream } from "../core/random.ts";
import { accuracy, accuracyEvidence } from "../core/results/metric.ts";
import { metricDifference, metricInterval } from "../core/results/statistics.ts";
import { wilsonInterval } from "../core/results/wilson.ts";
import { readOptions, wholeNumberOption } from "./script_options.ts";

/** What is simulated. */
export interface CoverageOptions {
  readonly trials: number;
  /** Icons of the split; those of the embedded data are about 120. */
  readonly icons: number;
  readonly views: number;
  /** Trainings of each of the two models. */
  readonly seeds: number;
  /** Standard deviation of the accuracy between trainings, as a share. */
  readonly seedDeviation: number;
  readonly resamples: number;
}

/** How often an interval held the true value. */
export interface Coverage {
  /** Share of the trials. */
  readonly share: number;
  /** 95 % interval of that share. */
  readonly ci95: [number, number];
}

const coverageOf = (held: number, trials: number): Coverage => ({
  share: held / trials,
  ci95: wilsonInterval(held, trials),
});

/** The true accuracies of the two models, in percent. */
const truth = { base: 50, other: 54 };

/** Simulates trials; the same for the same options. */
export function simulateCoverage(
  { trials, icons, views, seeds, seedDeviation, resamples }: CoverageOptions,
): { readonly accuracy: Coverage; readonly difference: Coverage } {
  const random = new RandomStream(17, "coverage");
  const ids = Array.from({ length: icons }, (_, icon) => `icon/${icon}`);
  let accuracies = 0, differences = 0;
  for (let trial = 0; trial < trials; trial++) {
    const difficulty = ids.map(() => random.uniform(-0.1, 0.1));
    const ofView = ids.map(() => Array.from({ length: views }, () => random.uniform()));
    // The gain differs between icons too.
    const gain = ids.map(() => random.uniform(-0.2, 0.2));
    const train = (mean: number, own: readonly number[]) => {
      const level = mean + seedDeviation * random.normal();
      const right = difficulty.map((icon, index) => {
        // What this training makes of this icon.
        const rate = level + icon + own[index]! + random.uniform(-0.15, 0.15);
        return ofView[index]!.filter((threshold) => threshold < rate).length;
      });
      return accuracyEvidence(ids, right, views);
    };
    const base = Array.from({ length: seeds }, () => train(truth.base / 100, ids.map(() => 0)));
    const other = Array.from({ length: seeds }, () => train(truth.other / 100, gain));
    const holds = ([low, high]: [number, number], value: number) => low <= value && value <= high;
    const options = { resamples };
    if (holds(metricInterval(accuracy, base, options).ci95, truth.base)) accuracies++;
    const { ci95 } = metricDifference(accuracy, base, other, options);
    if (holds(ci95, truth.other - truth.base)) differences++;
  }
  return {
    accuracy: coverageOf(accuracies, trials),
    difference: coverageOf(differences, trials),
  };
}

const percent = (value: number) => (100 * value).toFixed(1);

if (import.meta.main) {
  const trials = readOptions(() => {
    const { values } = parseArgs({ options: { trials: { type: "string", default: "4000" } } });
    return wholeNumberOption("--trials", values.trials, 1);
  });
  for (const icons of [120, 600]) {
    for (const [seeds, seedDeviation] of [[1, 0], [3, 0.01], [5, 0.01]] as const) {
      const found = simulateCoverage({
        trials,
        icons,
        views: 4,
        seeds,
        seedDeviation,
        resamples: 500,
      });
      const texts = Object.entries(found).map(([name, { share, ci95 }]) =>
        `${name} ${percent(share)} % [${ci95.map(percent).join(", ")}]`
      );
      console.log(`${icons} icons, ${seeds} seeds: ${texts.join(", ")}`);
    }
  }
}
