/**
 * Measures how often the nightly gate raises a false alarm, and how often it finds a loss, in simulated
 * nights: trainings, answers and samples with the noise that real ones have.
 *
 *     deno run --allow-read nightly/testdata/simulate_gate.ts --pairs 400
 *
 * @module
 */

import { parseArgs } from "node:util";
import { judgeCells } from "../gate/judge.ts";
import { miniTable, pairNights, type SimulatedTable, simulateNight } from "./simulated_night.ts";

/** A kind of table, with as many seeds in the baseline and in the night. */
export interface SimulatedKind {
  readonly name: string;
  readonly table: SimulatedTable;
  readonly base: number;
  readonly next: number;
  /** Whether the night has seeds of the baseline. */
  readonly paired: boolean;
}

const tables: readonly (readonly [string, SimulatedTable])[] = [
  ["as table2", miniTable],
  ["noisy seeds", { ...miniTable, rows: 6, seedSpread: 0.3 }],
  ["noise that rows share", { ...miniTable, sharedSpread: 0.15 }],
  ["few samples", { ...miniTable, samples: 30, columns: 4 }],
  ["few rows", { ...miniTable, rows: 4, columns: 3 }],
];

/** All kinds that are simulated. */
export const simulatedKinds: readonly SimulatedKind[] = tables.flatMap(([name, table]) =>
  ([[2, 2], [3, 3], [5, 3], [5, 5]] as const).flatMap(([base, next]) =>
    [false, true].map((paired): SimulatedKind => ({
      name: `${name}, ${base} against ${next} seeds, ${paired ? "the same" : "others"}`,
      table,
      base,
      next,
      paired,
    }))
  )
);

/** What the gate says of one pair of nights; the trainings of both are new in any case. */
function judgePair({ table, base, next, paired }: SimulatedKind, pair: number, loss: number) {
  const seedsOf = (night: number, count: number) =>
    Array.from({ length: count }, (_, seed) => 1000 * (2 * pair + night + 1) + seed);
  const before = simulateNight(table, seedsOf(0, base));
  // A seed trained again by other code is another student: another seed of the simulation, by its name.
  const after = simulateNight(table, seedsOf(1, next), () => loss)
    .map((columns) => columns.map((runs) => paired ? { ...runs, seeds: seedsOf(0, next) } : runs));
  return judgeCells(pairNights(before, after));
}

/**
 * Judges pairs of nights of one kind.
 *
 * @param options.loss Points that every number of the second night has lost.
 * @returns In how many the gate failed, and in how many a corrected p-value was 0.05 or less.
 */
export function simulateGate(
  kind: SimulatedKind,
  { pairs, loss }: { readonly pairs: number; readonly loss: number },
): { readonly failed: number; readonly below: number } {
  let failed = 0, below = 0;
  for (let pair = 0; pair < pairs; pair++) {
    const judged = judgePair(kind, pair, loss);
    if (judged.some(({ verdict }) => verdict === "loss")) failed++;
    if (judged.some(({ adjustedP }) => adjustedP <= 0.05)) below++;
  }
  return { failed, below };
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: [...Deno.args],
    options: {
      pairs: { type: "string", default: "20" },
      loss: { type: "string", default: "0" },
    },
  });
  const pairs = Number(values.pairs), loss = Number(values.loss);
  if (!(pairs > 0 && loss >= 0)) throw new Error("expected --pairs above 0 and --loss from 0");
  let all = 0, failed = 0, below = 0;
  for (const kind of simulatedKinds) {
    const counts = simulateGate(kind, { pairs, loss });
    console.log(
      `${kind.name}: ${counts.failed} of ${pairs} failed; p of 0.05 or less in ${counts.below}`,
    );
    all += pairs;
    failed += counts.failed;
    below += counts.below;
  }
  console.log(`${failed} of ${all} pairs failed; corrected p of 0.05 or less in ${below}`);
}
