/**
 * Nights without trainings: rows, columns, seeds and samples with the noise that real ones have.
 */

import { RandomStream } from "../../core/random.ts";
import { accuracy, accuracyEvidence } from "../../core/results/metric.ts";
import type { CellPair, CellRuns } from "../gate/comparison.ts";
import { metricReplicates } from "../gate/replicates.ts";

/** A table that is simulated. */
export interface SimulatedTable {
  readonly rows: number;
  readonly columns: number;
  /** Samples of each column. */
  readonly samples: number;
  /** Views of each sample. */
  readonly views: number;
  /** Spread of a training's logits: about 25 points of accuracy each. */
  readonly seedSpread: number;
  /** Spread that all rows of a column share by the seed, as by a draw of labels. */
  readonly sharedSpread: number;
}

/** As table2 at size mini. */
export const miniTable: SimulatedTable = {
  rows: 10,
  columns: 6,
  samples: 100,
  views: 4,
  seedSpread: 0.08,
  sharedSpread: 0.04,
};

/** Answers of one night: right views of each sample, by row, column and seed. */
export function simulateNight(
  table: SimulatedTable,
  seeds: readonly number[],
  /** Points that are lost in a cell. */
  loss: (row: number, column: number) => number = () => 0,
): CellRuns[][] {
  const difficulty = Array.from({ length: table.columns }, (_, column) => {
    const random = new RandomStream(1, "samples", column);
    return Float64Array.from({ length: table.samples }, () => 1.2 * random.normal());
  });
  const ids = difficulty.map((_, column) =>
    Array.from({ length: table.samples }, (_, sample) => `c${column}-${sample}`)
  );
  return Array.from({ length: table.rows }, (_, row) =>
    difficulty.map((hard, column): CellRuns => {
      // Rows from bad to good, as in a real table.
      const level = -1.5 + 2.5 * row / table.rows + 0.2 * column;
      const evidence = seeds.map((seed) => {
        const own = new RandomStream(seed, "training", row);
        const training = table.seedSpread * own.normal();
        const shared = table.sharedSpread * new RandomStream(seed, "column", column).normal();
        const answers = new RandomStream(seed, "answers", row, column);
        const lost = loss(row, column) / 100;
        const right = Array.from(hard, (offset) => {
          const logit = level + offset + training + shared + 0.5 * answers.normal();
          const p = Math.max(0, 1 / (1 + Math.exp(-logit)) - lost);
          let count = 0;
          for (let view = 0; view < table.views; view++) if (answers.uniform() < p) count++;
          return count;
        });
        return accuracyEvidence(ids[column]!, right, table.views);
      });
      return {
        seeds,
        values: evidence.map((one) => accuracy.value(one, new Float64Array(table.samples).fill(1))),
        replicates: evidence.map((one) => metricReplicates(accuracy, one, 200)),
        samples: table.samples,
        ci95: null,
      };
    }));
}

/** Pairs the numbers of two nights. */
export function pairNights(base: CellRuns[][], next: CellRuns[][]): CellPair[] {
  return base.flatMap((columns, row) =>
    columns.map((runs, column): CellPair => ({
      id: `r${row}.c${column}.val`,
      table: "simulated",
      row: `r${row}`,
      column: `c${column}`,
      split: "val",
      metric: accuracy,
      base: runs,
      next: next[row]![column]!,
    }))
  );
}
