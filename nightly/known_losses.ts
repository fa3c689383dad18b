/**
 * Losses that were accepted, with their reasons: a file that is reviewed like code.
 *
 * @module
 */

import { z } from "zod";
import { ConfigError } from "../core/errors.ts";
import { explainIssues } from "../core/explain_schema.ts";
import { compileGlob } from "../core/recipe/glob.ts";
import { configError, readYaml } from "../core/recipe/read_yaml.ts";

const reason = z.string().trim().min(10, "expected a reason that a reader understands");
/** A glob, refused when the file is read and not after the work of a night. */
const glob = z.string().superRefine((text, context) => {
  try {
    compileGlob(text);
  } catch (error) {
    context.addIssue({ code: "custom", message: (error as Error).message });
  }
});
const until = z.iso.date().optional().describe("last day on which it counts");

const cellLossSchema = z.strictObject({
  table: glob.default("*").describe("table, or a glob over tables"),
  size: glob.default("*"),
  cells: glob.describe("glob over row.column.split"),
  upTo: z.number().positive().optional().describe("largest accepted loss, in the metric's unit"),
  lost: z.boolean().default(false).describe("whether the number may be missing"),
  until,
  reason,
}).refine(({ upTo, lost }) => upTo !== undefined || lost, {
  message: "expected upTo, or lost: true",
});

const speedLossSchema = z.strictObject({
  case: glob.describe("glob over speed cases"),
  quantity: z.enum(["time", "memory"]),
  upTo: z.number().positive().describe("largest accepted growth, a share of the baseline"),
  until,
  reason,
});

const fileSchema = z.strictObject({
  losses: z.array(z.record(z.string(), z.unknown())).nullable(),
});

/** One accepted loss of numbers of a table. */
export type KnownCellLoss = z.infer<typeof cellLossSchema>;
/** One accepted loss of speed or memory. */
export type KnownSpeedLoss = z.infer<typeof speedLossSchema>;

/** The accepted losses of a night. */
export class KnownLosses {
  readonly #cells: {
    entry: KnownCellLoss;
    fits: (table: string, size: string, id: string) => boolean;
  }[] = [];
  readonly #speed: { entry: KnownSpeedLoss; fits: (id: string) => boolean }[] = [];
  readonly #used = new Set<object>();
  /** Entries whose last day has passed: they accept nothing any more. */
  readonly expired: readonly (KnownCellLoss | KnownSpeedLoss)[];

  /** @param day The night's, `2026-11-28`. */
  constructor(losses: readonly (KnownCellLoss | KnownSpeedLoss)[], day: string) {
    const isOver = ({ until }: { until?: string | undefined }) =>
      until !== undefined && until < day;
    this.expired = losses.filter(isOver);
    for (const entry of losses) {
      if (isOver(entry)) continue;
      if ("cells" in entry) {
        const [table, size, cells] = [entry.table, entry.size, entry.cells].map(compileGlob);
        this.#cells.push({
          entry,
          fits: (ofTable, ofSize, id) => table!(ofTable) && size!(ofSize) && cells!(id),
        });
      } else this.#speed.push({ entry, fits: compileGlob(entry.case) });
    }
  }

  #find(table: string, size: string, id: string): KnownCellLoss[] {
    return this.#cells.filter(({ fits }) => fits(table, size, id)).map(({ entry }) => entry);
  }

  /** The largest accepted loss of a number; undefined where none is. */
  ofCell(table: string, size: string, id: string): KnownCellLoss & { upTo: number } | undefined {
    const found = this.#find(table, size, id)
      .filter((entry): entry is KnownCellLoss & { upTo: number } => entry.upTo !== undefined)
      .sort((a, b) => b.upTo - a.upTo)[0];
    if (found !== undefined) this.#used.add(found);
    return found;
  }

  /** Why a number may be missing; undefined where it may not. */
  ofLostCell(table: string, size: string, id: string): KnownCellLoss | undefined {
    const found = this.#find(table, size, id).find(({ lost }) => lost);
    if (found !== undefined) this.#used.add(found);
    return found;
  }

  /** The largest accepted growth of a case. */
  ofSpeed(name: string, quantity: "time" | "memory"): KnownSpeedLoss | undefined {
    const found = this.#speed
      .filter(({ entry, fits }) => entry.quantity === quantity && fits(name))
      .map(({ entry }) => entry).sort((a, b) => b.upTo - a.upTo)[0];
    if (found !== undefined) this.#used.add(found);
    return found;
  }

  /** Entries that no number of the night fitted, so far: they may be removed. */
  unused(): (KnownCellLoss | KnownSpeedLoss)[] {
    return [...this.#cells, ...this.#speed].map(({ entry }) => entry)
      .filter((entry) => !this.#used.has(entry));
  }
}

/** An entry in a few words. */
export function describeKnownLoss(entry: KnownCellLoss | KnownSpeedLoss): string {
  const what = "cells" in entry
    ? `${entry.table}, ${entry.cells}`
    : `${entry.case}, ${entry.quantity}`;
  const until = entry.until === undefined ? "" : `, until ${entry.until}`;
  return `${what}${until}: ${entry.reason}`;
}

/**
 * Reads the file of accepted losses. No file is none.
 *
 * @param isNamed Whether the user named the file, which must be there then.
 * @throws {ConfigError} where it cannot be read, with every problem.
 */
export async function readKnownLosses(
  path: string,
  { day, isNamed }: { day: string; isNamed: boolean },
): Promise<KnownLosses> {
  const value = await readYaml(path, path);
  if (value === undefined) {
    if (!isNamed) return new KnownLosses([], day);
    throw new ConfigError(`Cannot read known losses from ${path}: there is no such file`);
  }
  // A file whose entries are all comments is empty.
  if (value === null) return new KnownLosses([], day);
  const checked = fileSchema.safeParse(value);
  if (!checked.success) {
    throw configError(path, explainIssues(checked.error, { schema: fileSchema, value }));
  }
  const losses: (KnownCellLoss | KnownSpeedLoss)[] = [], problems: string[] = [];
  for (const [index, entry] of (checked.data.losses ?? []).entries()) {
    const schema = "case" in entry ? speedLossSchema : cellLossSchema;
    const { data, error } = schema.safeParse(entry);
    if (data !== undefined) {
      losses.push(data);
      continue;
    }
    const prefix = `losses.${index}`;
    problems.push(...explainIssues(error, { schema, value: entry, prefix }));
  }
  if (problems.length > 0) throw configError(path, problems);
  return new KnownLosses(losses, day);
}
