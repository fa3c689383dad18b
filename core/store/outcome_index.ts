/**
 * The per-sample outcomes of a run folder by row, column and split: what a paired comparison of two
 * runs needs.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { readJsonLines } from "./json_lines.ts";
import { readStoredCell, type StoredCell } from "./stored_cell.ts";

/** Outcomes of one number of a table, by seed. */
export interface SeedOutcomes {
  /** The seeds, rising. */
  readonly seeds: readonly number[];
  /** The sampling units, the same for every seed. */
  readonly sampleIds: readonly string[];
  /** For each seed, the fraction of each sample's views that were right. */
  readonly hits: readonly Float64Array[];
}

/** Finds the outcomes of a number; undefined where they are not there. */
export type OutcomeIndex = (row: string, column: string, split: string) => SeedOutcomes | undefined;

const taskLineSchema = z.object({
  type: z.literal("task"),
  cell: z.string(),
  rows: z.array(z.string()),
  seed: z.number().nullable(),
  column: z.string(),
});
const cellLineSchema = z.object({ type: z.literal("cell"), cell: z.string(), hash: z.string() });

/** Reads the outcomes of a run folder, through the lines of its `results.jsonl`. */
export async function loadOutcomes(folder: string): Promise<OutcomeIndex> {
  const { values } = await readJsonLines(join(folder, "results.jsonl"));
  const hashes = new Map<string, string>();
  const tasks = new Map<string, Map<string, number>>();
  for (const value of values) {
    const cell = cellLineSchema.safeParse(value);
    if (cell.success) hashes.set(cell.data.cell, cell.data.hash);
    const task = taskLineSchema.safeParse(value);
    if (!task.success) continue;
    for (const row of task.data.rows) {
      const key = JSON.stringify([row, task.data.column]);
      const cells = tasks.get(key) ?? new Map<string, number>();
      tasks.set(key, cells.set(task.data.cell, task.data.seed ?? 0));
    }
  }
  const stored = new Map<string, StoredCell>();
  for (const [id, hash] of hashes) {
    // Ids come from a file: one that leads out of the folder is not followed.
    if (!/^[a-z0-9][a-z0-9._-]*$/.test(id)) continue;
    const entry = await readStoredCell(folder, { id, hash });
    if (entry !== undefined) stored.set(id, entry);
  }
  return (row, column, split) => {
    const cells = [...tasks.get(JSON.stringify([row, column])) ?? []].sort((a, b) => a[1] - b[1]);
    const seeds: number[] = [];
    const hits: Float64Array[] = [];
    let sampleIds: readonly string[] | undefined;
    for (const [id, seed] of cells) {
      const outcome = stored.get(id)?.result.outcomes.find((candidate) =>
        candidate.column === column && (candidate.row === undefined || candidate.row === row)
      )?.splits[split];
      if (outcome === undefined) continue;
      sampleIds ??= outcome.sampleIds;
      if (sampleIds.join("\n") !== outcome.sampleIds.join("\n")) return undefined;
      seeds.push(seed);
      hits.push(Float64Array.from(outcome.hits));
    }
    return sampleIds === undefined ? undefined : { seeds, sampleIds, hits };
  };
}
