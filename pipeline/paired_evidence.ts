/**
 * Differences between two runs, paired by seed and sample: from the evidence that lies in their
 * folders.
 *
 * @module
 */

import { readFileIfPresent } from "../core/files.ts";
import type { Evidence } from "../core/results/evidence.ts";
import { decodeSplitEvidence } from "../core/results/evidence_file.ts";
import type { Metric } from "../core/results/metric.ts";
import type { ResultCell, ResultFile } from "../core/results/result.ts";
import { haveSameSamples, metricDifference } from "../core/results/statistics.ts";
import { evidencePath } from "../core/store/run_folder.ts";
import { LgdBenchError } from "../core/errors.ts";
import { tasks } from "../tasks/registry.ts";

/** A run folder with its result. */
export interface Run {
  /** Path of the folder. */
  readonly folder: string;
  readonly result: ResultFile;
}

/** Evidence of each seed of a number. */
interface SeedEvidence {
  readonly seeds: readonly number[];
  readonly evidence: readonly Evidence[];
}

/** Keys are read from a file: one that leads out of the folder is not followed. */
const keyPattern = /^[0-9a-f]{16,128}$/;

/** Reads evidence of a run folder, each file once. */
class EvidenceReader {
  readonly #folder: string;
  readonly #onDamaged: (message: string) => void;
  readonly #read = new Map<string, Promise<Record<string, Evidence> | undefined>>();

  constructor(folder: string, onDamaged: (message: string) => void) {
    this.#folder = folder;
    this.#onDamaged = onDamaged;
  }

  async #open(key: string): Promise<Record<string, Evidence> | undefined> {
    if (!keyPattern.test(key)) return undefined;
    const path = evidencePath(this.#folder, key);
    const bytes = await readFileIfPresent(path);
    if (bytes === undefined) return undefined;
    try {
      return decodeSplitEvidence(bytes, path);
    } catch (error) {
      if (!(error instanceof LgdBenchError)) throw error;
      this.#onDamaged(error.message);
      return undefined;
    }
  }

  /** The evidence of a number; undefined where that of a seed is not there. */
  async find({ sources, split }: ResultCell): Promise<SeedEvidence | undefined> {
    const evidence: Evidence[] = [];
    for (const { outcome } of sources) {
      if (outcome === undefined) return undefined;
      let splits = this.#read.get(outcome);
      if (splits === undefined) this.#read.set(outcome, splits = this.#open(outcome));
      const found = (await splits)?.[split];
      if (found === undefined) return undefined;
      evidence.push(found);
    }
    return evidence.length === 0 ? undefined : { seeds: sources.map(({ seed }) => seed), evidence };
  }
}

/** The metric of a number; undefined where its task is not loaded. */
function metricOf({ columns }: ResultFile, { column, task }: ResultCell): Metric | undefined {
  const key = columns.find(({ id }) => id === column)?.metric.key;
  if (task === null || !tasks.names().includes(task)) return undefined;
  return tasks.get(task).metrics.find((metric) => metric.key === key);
}

/**
 * The differences next − base of all numbers that both runs have, by the cells' ids. Numbers of other
 * seeds or samples, of tasks that are not loaded, or without evidence are left out.
 *
 * @param onDamaged Told why a file of evidence is not used.
 */
export async function pairRuns(
  base: Run,
  next: Run,
  onDamaged: (message: string) => void,
): Promise<Map<string, { difference: number; ci95: [number, number] }>> {
  const pairs = new Map<string, { difference: number; ci95: [number, number] }>();
  const [from, to] = [base, next].map(({ folder }) => new EvidenceReader(folder, onDamaged));
  const nextCells = new Map(next.result.cells.map((cell) => [cell.id, cell]));
  for (const cell of base.result.cells) {
    const other = nextCells.get(cell.id);
    if (cell.value === null || other === undefined || other.value === null) continue;
    const metric = metricOf(base.result, cell);
    if (metric === undefined || cell.task !== other.task) continue;
    const [one, two] = [await from!.find(cell), await to!.find(other)];
    if (one === undefined || two === undefined) continue;
    if (one.seeds.join() !== two.seeds.join()) continue;
    if (!haveSameSamples(one.evidence[0]!, two.evidence[0]!)) continue;
    const { difference, ci95, n } = metricDifference(metric, one.evidence, two.evidence, {
      owner: `task "${cell.task}" in ${cell.id}`,
    });
    // One sample says nothing of others.
    if (n > 1) pairs.set(cell.id, { difference, ci95 });
  }
  return pairs;
}
