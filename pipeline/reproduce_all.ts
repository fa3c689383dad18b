/**
 * Rebuilds several tables, one after another, with one store: a student that two tables need is trained
 * once. A table that fails does not stop the others.
 *
 * @module
 */

import { join } from "node:path";
import { ConfigError, LgdBenchError, WriteError } from "../core/errors.ts";
import { userPathOr } from "../core/paths.ts";
import { defaultRunFolder } from "../core/recipe/default_folder.ts";
import { tableNames } from "../core/recipe/recipe.ts";
import { sizeNames } from "../core/recipe/recipe_schema.ts";
import { unknownNameMessage } from "../core/registry.ts";
import { reproduce, type ReproduceOptions, type ReproduceOutcome } from "./reproduce.ts";

/** What the command line calls all tables. */
export const allTables = "all";

/** Options of {@linkcode reproduceAll}. */
export interface ReproduceAllOptions extends Omit<ReproduceOptions, "table" | "out" | "cells"> {
  /** Names of tables. @default {every table that ships with the project} */
  readonly tables?: readonly string[];
  /** Folder of the tables' run folders; default `runs/all-<size>`. */
  readonly out?: string;
  /** Told before each table. */
  readonly onTable?: (table: string, index: number, count: number) => void;
}

/** What became of one table. */
export interface TableOutcome {
  readonly table: string;
  /** Run folder. */
  readonly folder: string;
  readonly seconds: number;
  /** What was done; absent where the table could not be made. */
  readonly outcome?: ReproduceOutcome;
  /** Why it could not be made. */
  readonly error?: LgdBenchError;
}

/** What {@linkcode reproduceAll} did. */
export interface AllOutcome {
  /** Folder of the run folders. */
  readonly folder: string;
  readonly size: string;
  readonly tables: readonly TableOutcome[];
  readonly seconds: number;
}

/** Where the run folders are, each by the name of its table. */
export function allFolder(out: string | undefined, size: string): string {
  return userPathOr(out, defaultRunFolder(allTables, size));
}

/** Whether everything that was asked for is there. */
export function isComplete({ tables }: Pick<AllOutcome, "tables">): boolean {
  return tables.every(({ outcome }) => outcome !== undefined && outcome.failures.size === 0);
}

/**
 * Rebuilds tables. What is in the store is neither trained nor measured again, so that a run that was
 * stopped goes on where it was.
 *
 * @throws {ConfigError} for an unknown size, or where every table is refused for the same reason.
 * {WriteError} where something cannot be written. The reason of `signal` when it is aborted.
 */
export async function reproduceAll(options: ReproduceAllOptions): Promise<AllOutcome> {
  const { size = "mini", recipeFolder, signal } = options;
  const { tables = tableNames(recipeFolder), out, onTable, ...shared } = options;
  if (!(sizeNames as readonly string[]).includes(size)) {
    throw new ConfigError(unknownNameMessage("size", size, sizeNames));
  }
  const folder = allFolder(out, size);
  const startedAt = performance.now();
  const outcomes: TableOutcome[] = [];
  for (const [index, table] of tables.entries()) {
    onTable?.(table, index, tables.length);
    const tableStartedAt = performance.now();
    const place = join(folder, table);
    const finished = (): Pick<TableOutcome, "table" | "folder" | "seconds"> => ({
      table,
      folder: place,
      seconds: (performance.now() - tableStartedAt) / 1000,
    });
    try {
      const outcome = await reproduce({ ...shared, table, out: place });
      outcomes.push({ ...finished(), outcome });
    } catch (error) {
      // A full disk, or somebody who wants it to end, ends all of them; a fault of the program is told.
      const isOwn = error instanceof LgdBenchError && !(error instanceof WriteError);
      if (signal?.aborted || !isOwn) throw error;
      outcomes.push({ ...finished(), error });
    }
  }
  const [first] = outcomes;
  const reasons = new Set(outcomes.map(({ table, error }) => error?.message.replaceAll(table, "")));
  if (first?.error instanceof ConfigError && reasons.size === 1) throw first.error;
  return { folder, size, tables: outcomes, seconds: (performance.now() - startedAt) / 1000 };
}
