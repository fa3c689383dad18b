/**
 * How large a loss a night may have without failing, per metric.
 *
 * @module
 */

import { ConfigError } from "../../core/errors.ts";
import type { ResultMetric } from "../../core/results/result.ts";

/** Points for metrics in percent. */
export const tolerancePoints = 2;

/** Share of the baseline's value for other metrics. */
export const toleranceShare = 0.05;

/** Spread of seeds that is assumed where nothing is known: points, and share of the value. */
export const assumedSpread = { points: 3, share: 0.1 } as const;

/** Tolerances that the user chose, by the key of the metric, in its unit. */
export type Tolerances = Readonly<Record<string, number>>;

/** Tolerated loss of a number, in the metric's unit. */
export function toleranceOf(
  { key, unit }: ResultMetric,
  base: number,
  chosen: Tolerances = {},
): number {
  if (Object.hasOwn(chosen, key)) return chosen[key]!;
  return unit === "%" ? tolerancePoints : toleranceShare * Math.abs(base);
}

/** Standard deviation of one training's value that is assumed where nothing is known. */
export function assumedSpreadOf({ unit }: ResultMetric, base: number): number {
  return unit === "%" ? assumedSpread.points : assumedSpread.share * Math.abs(base);
}

/**
 * Reads `METRIC=NUMBER` of the command line.
 *
 * @throws {ConfigError} where one of them is not that.
 */
export function parseTolerances(texts: readonly string[]): Tolerances {
  return Object.fromEntries(texts.map((text) => {
    const [, key, number = ""] = /^([\w-]+)=(.+)$/.exec(text) ?? [];
    const value = Number(number);
    if (key !== undefined && number.trim() !== "" && Number.isFinite(value) && value >= 0) {
      return [key, value];
    }
    throw new ConfigError(
      `--tolerance ${text}: expected METRIC=NUMBER with a number from 0, such as top1=1.5; time=0.1 ` +
        "and memory=0.1 are shares",
    );
  }));
}
