/**
 * Options of a night that cannot be meant: refused at once, not after the work of a night.
 *
 * @module
 */

import { chooseCases } from "../benchmarks/speed/cases.ts";
import { ConfigError } from "../core/errors.ts";
import { sizeNames } from "../core/recipe/recipe_schema.ts";
import { unknownNameMessage } from "../core/registry.ts";
import { nameOfTable } from "./night_report.ts";

/** What of a night's options can be checked before it. */
export interface NightChoice {
  readonly tables: readonly string[];
  readonly size: string;
  readonly speed?: { readonly cases: string };
  readonly branch?: string;
  readonly fresh?: boolean;
  readonly store?: string;
}

/** Longest name of a branch that the history takes. */
const longestBranch = 500;

/**
 * Checks what can be known of the options of a night before anything is run.
 *
 * @throws {ConfigError} where they ask for nothing, for an unknown size, for two tables of one name, for
 *   both a fresh start and a store to be trusted, for a branch without a name, or for speed cases that
 *   there are not.
 */
export function checkNightOptions(
  { tables, size, speed, branch, fresh = false, store }: NightChoice,
): void {
  if (tables.length === 0 && speed === undefined) {
    throw new ConfigError("The night has nothing to do: expected --tables, --speed or both");
  }
  if (!sizeNames.some((name) => name === size)) {
    throw new ConfigError(unknownNameMessage("size", size, sizeNames));
  }
  const byName = Map.groupBy(tables, (table) => nameOfTable(table, size));
  for (const [name, same] of byName) {
    if (same.length === 1) continue;
    throw new ConfigError(
      `--tables: ${
        same.join(" and ")
      } are both called ${name}, and would share a baseline. Rename one ` +
        "of the files, or run it with another --folder and --history",
    );
  }
  if (fresh && store !== undefined) {
    throw new ConfigError(
      "--fresh and --store cannot be combined: a store that is named is trusted and not emptied. Leave " +
        "one of them out, or name an empty folder",
    );
  }
  if (branch !== undefined && (branch.trim() === "" || branch.length > longestBranch)) {
    throw new ConfigError(
      `--branch: expected a name of 1 to ${longestBranch} characters, got ${
        branch.trim() === "" ? "an empty one" : `${branch.length}`
      }. Leave the option out for the branch that is checked out`,
    );
  }
  if (speed !== undefined) chooseCases(speed.cases);
}
