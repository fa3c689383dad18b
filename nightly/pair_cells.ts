/**
 * The numbers that two nights of one table have in common, with their evidence.
 *
 * @module
 */

import { LgdBenchError } from "../core/errors.ts";
import type { Evidence } from "../core/results/evidence.ts";
import { decodeSplitEvidence } from "../core/results/evidence_file.ts";
import type { Metric } from "../core/results/metric.ts";
import type { ResultCell, ResultFile } from "../core/results/result.ts";
import { haveSameSamples } from "../core/results/statistics.ts";
import { tasks } from "../tasks/registry.ts";
import type { CellPair, CellRuns } from "./gate/comparison.ts";
import { metricReplicates } from "./gate/replicates.ts";

/** One night of a table. */
export interface TableRun {
  readonly result: ResultFile;
  /** Bytes of the evidence of an outcome; undefined where there is none. */
  readonly evidence: (outcome: string) => Uint8Array | undefined;
}

/** What two nights have in common, and what they have not. */
export interface PairedCells {
  readonly cells: readonly CellPair[];
  /** Numbers of the baseline that the night has not, with the reason. */
  readonly lost: readonly { readonly id: string; readonly reason: string }[];
  /** Numbers that the baseline has not. */
  readonly gained: readonly string[];
  /** Numbers without usable evidence, which are judged by their intervals. */
  readonly withoutEvidence: readonly string[];
}

/** Evidence of outcomes, each decoded once; of splits and metrics, each resampled once. */
class EvidenceReader {
  readonly #bytes: TableRun["evidence"];
  readonly #outcomes = new Map<string, Record<string, Evidence> | undefined>();
  readonly #replicates = new Map<string, Float64Array>();

  constructor(bytes: TableRun["evidence"]) {
    this.#bytes = bytes;
  }

  find(outcome: string, split: string): Evidence | undefined {
    if (!this.#outcomes.has(outcome)) {
      let splits: Record<string, Evidence> | undefined;
      try {
        const bytes = this.#bytes(outcome);
        splits = bytes && decodeSplitEvidence(bytes, `the evidence ${outcome.slice(0, 12)}`);
      } catch (error) {
        // Damaged: the intervals of the result, which has a checksum, stand for it.
        if (!(error instanceof LgdBenchError)) throw error;
      }
      this.#outcomes.set(outcome, splits);
    }
    return this.#outcomes.get(outcome)?.[split];
  }

  replicates(outcome: string, split: string, metric: Metric, evidence: Evidence): Float64Array {
    const key = `${outcome} ${split} ${metric.key}`;
    let found = this.#replicates.get(key);
    if (found === undefined) {
      this.#replicates.set(key, found = metricReplicates(metric, evidence));
    }
    return found;
  }
}

function isMeasured(cell: ResultCell | undefined): cell is ResultCell & { value: number } {
  return cell !== undefined && cell.status === "measured" && cell.value !== null;
}

/** The metric of a number; undefined where its task is not loaded. */
function metricOf({ columns }: ResultFile, { column, task }: ResultCell): Metric | undefined {
  const key = columns.find(({ id }) => id === column)?.metric.key;
  if (task === null || !tasks.names().includes(task)) return undefined;
  return tasks.get(task).metrics.find((metric) => metric.key === key);
}

/** Evidence of each seed of a number; undefined where that of one is missing. */
function evidenceOf(cell: ResultCell, reader: EvidenceReader): Evidence[] | undefined {
  const found = cell.sources.map(({ outcome }) =>
    outcome === undefined ? undefined : reader.find(outcome, cell.split)
  );
  return found.every((one) => one !== undefined) ? found : undefined;
}

function runsOf(
  cell: ResultCell,
  reader: EvidenceReader,
  metric: Metric | undefined,
  evidence: readonly Evidence[] | undefined,
): CellRuns {
  const runs = {
    seeds: cell.sources.map(({ seed }) => seed),
    values: cell.perSeed,
    samples: cell.n ?? 1,
    ci95: cell.ci95,
    ...(cell.error === undefined ? {} : { sampleError: cell.error.samples }),
  };
  if (metric === undefined || evidence === undefined) return runs;
  const replicates = evidence.map((one, index) =>
    reader.replicates(cell.sources[index]!.outcome!, cell.split, metric, one)
  );
  return { ...runs, replicates };
}

/** Why a number is there no more; a failure is written in one cell for all splits. */
function explainLoss(cell: ResultCell, next: ResultFile): string {
  const others = next.cells.filter((other) =>
    other.row === cell.row && other.column === cell.column && other.status !== "measured"
  );
  const exact = others.find((other) => other.id === cell.id) ?? others[0];
  return exact === undefined ? "there is no such cell" : exact.reason ?? exact.status;
}

/**
 * Pairs the numbers of two nights by the ids of their cells. Numbers of splits that are not for tests
 * are not judged, but may be lost.
 *
 * @param options.name Of the table and its size, e.g. `"table2-mini"`.
 * @param options.pairSeeds Whether seeds may be paired: not across machines.
 */
export function pairCells(
  base: TableRun,
  next: TableRun,
  { name: table, pairSeeds }: { name: string; pairSeeds: boolean },
): PairedCells {
  const [from, to] = [new EvidenceReader(base.evidence), new EvidenceReader(next.evidence)];
  const nextCells = new Map(next.result.cells.map((cell) => [cell.id, cell]));
  const baseCells = new Map(base.result.cells.map((cell) => [cell.id, cell]));
  const columns = new Map(base.result.columns.map((column) => [column.id, column]));
  const roles = new Map(next.result.splits.map(({ name, role }) => [name, role]));
  const cells: CellPair[] = [], lost: { id: string; reason: string }[] = [];
  const withoutEvidence: string[] = [];
  for (const cell of base.result.cells) {
    if (!isMeasured(cell)) continue;
    const other = nextCells.get(cell.id);
    if (!isMeasured(other)) {
      lost.push({ id: cell.id, reason: explainLoss(cell, next.result) });
      continue;
    }
    if ((roles.get(cell.split) ?? "test") !== "test") continue;
    const metric = metricOf(next.result, other);
    let [one, two] = [evidenceOf(cell, from), evidenceOf(other, to)];
    if (
      metric === undefined || !one?.[0] || !two?.[0] || !haveSameSamples(one[0], two[0])
    ) {
      one = two = undefined;
      withoutEvidence.push(cell.id);
    }
    cells.push({
      id: cell.id,
      table,
      row: cell.row,
      column: cell.column,
      split: cell.split,
      metric: columns.get(cell.column)!.metric,
      base: runsOf(cell, from, metric, one),
      next: runsOf(other, to, metric, two),
      pairSeeds,
    });
  }
  const gained = next.result.cells
    .filter((cell) => isMeasured(cell) && !isMeasured(baseCells.get(cell.id)))
    .map(({ id }) => id);
  return { cells, lost, gained, withoutEvidence };
}
