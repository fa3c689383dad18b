/**
 * Tries the nightly gate on real trainings: pairs of nights that differ in seeds alone, and nights with
 * planted losses.
 *
 *     deno run -A scripts/nightly_trials.ts --pairs 60 --trainings 24
 *
 * The trainings are those of one run with many seeds. Every night takes some of the seeds, drawn anew; the
 * two nights of a pair have none in common. A loss is planted into the evidence: the baseline has wrong
 * answers made right, so that the night measures worse, however little these short trainings have to lose.
 *
 * @module
 */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { projectFolder } from "../core/files.ts";
import { RandomStream } from "../core/random.ts";
import type { Evidence } from "../core/results/evidence.ts";
import { decodeSplitEvidence, encodeSplitEvidence } from "../core/results/evidence_file.ts";
import type { ResultFile } from "../core/results/result.ts";
import { evidencePath } from "../core/store/run_folder.ts";
import { judgeCells, type Judgement } from "../nightly/gate/judge.ts";
import { pairCells, type TableRun } from "../nightly/pair_cells.ts";
import { reproduce } from "../pipeline/reproduce.ts";
import { readOptions, wholeNumberOption } from "./script_options.ts";

/** Gives right answers to evidence until the accuracy has risen by some points, as far as it can. */
export function plantGain(evidence: Evidence, points: number, random: RandomStream): Evidence {
  const table = evidence.tables["images"];
  if (table === undefined || points === 0) return evidence;
  const right = Float32Array.from(table.columns["right"]!), views = table.columns["views"]!;
  const all = views.reduce((sum, count) => sum + count, 0);
  let left = Math.round(points / 100 * all);
  const order = [...right.keys()]
    .flatMap((row) => new Array<number>(views[row]! - right[row]!).fill(row));
  for (let index = order.length - 1; index > 0; index--) {
    const other = random.integer(index + 1);
    [order[index], order[other]] = [order[other]!, order[index]!];
  }
  for (const row of order) {
    if (left-- <= 0) break;
    right[row]!++;
  }
  return {
    ...evidence,
    tables: { ...evidence.tables, images: { ...table, columns: { ...table.columns, right } } },
  };
}

/** A night of some of the seeds of a run. */
function nightOf(
  folder: string,
  result: ResultFile,
  seeds: readonly number[],
  gain: number,
): TableRun {
  const evidence = new Map<string, Uint8Array>();
  const read = (outcome: string) => {
    let bytes = evidence.get(outcome);
    if (bytes === undefined) {
      const path = evidencePath(folder, outcome);
      const splits = decodeSplitEvidence(Deno.readFileSync(path), path);
      bytes = encodeSplitEvidence(Object.fromEntries(
        Object.entries(splits).map(([split, one]) => [
          split,
          plantGain(one, gain, new RandomStream(0, outcome, split)),
        ]),
      ));
      evidence.set(outcome, bytes);
    }
    return bytes;
  };
  const cells = result.cells.map((cell) => {
    if (cell.value === null) return cell;
    const places = seeds.map((seed) => cell.sources.findIndex((source) => source.seed === seed));
    const sources = places.map((place) => cell.sources[place]!);
    const perSeed = sources.map(({ outcome }, index) => {
      if (gain === 0) return cell.perSeed[places[index]!]!;
      const { columns } = decodeSplitEvidence(read(outcome!), outcome!)[cell.split]!
        .tables["images"]!;
      const right = columns["right"]!, views = columns["views"]!;
      return 100 * right.reduce((sum, count, row) => sum + count / views[row]!, 0) / right.length;
    });
    const value = perSeed.reduce((sum, one) => sum + one, 0) / perSeed.length;
    return { ...cell, sources, perSeed, value };
  });
  return { result: { ...result, seeds: [...seeds], cells }, evidence: read };
}

/** What a kind of pair ended with. */
export interface TrialCounts {
  readonly name: string;
  readonly pairs: number;
  /** Pairs in which the gate failed. */
  readonly failed: number;
  /** Least corrected p-value of a pair. */
  readonly least: number;
}

/** Runs trials. */
export async function tryGate(
  { pairs, planted, trainings, seeds, folder, onEvent }: {
    pairs: number;
    /** Nights with a planted loss, of each size. */
    planted: number;
    /** Seeds that are trained. */
    trainings: number;
    /** Seeds of a night; the baseline of a planted loss has five, where there are enough. */
    seeds: number;
    folder: string;
    onEvent: (message: string) => void;
  },
): Promise<TrialCounts[]> {
  const { result, folder: run, failures } = await reproduce({
    table: join(projectFolder, "scripts", "nightly", "trial_table.yaml"),
    size: "smoke",
    seeds: trainings,
    out: join(folder, "run"),
    store: join(folder, "store"),
    renderReport: ({ title }) => Promise.resolve(title),
    onEvent: (event) => {
      if (event.type === "started") onEvent(`started ${event.job.id}`);
    },
  });
  if (failures.size > 0) throw new Error(`A training failed: ${[...failures.values()][0]}`);
  const counts: TrialCounts[] = [];
  const kinds: [string, number, number, number][] = [
    ["seeds alone", pairs, 0, seeds],
    ["5 points lost", planted, 5, Math.min(5, trainings - seeds)],
    ["1 point lost", planted, 1, seeds],
  ];
  for (const [name, count, loss, baseSeeds] of kinds) {
    const random = new RandomStream(1, name);
    let failed = 0, least = 1;
    for (let pair = 0; pair < count; pair++) {
      const order = Array.from({ length: trainings }, (_, seed) => seed);
      for (let index = order.length - 1; index > 0; index--) {
        const other = random.integer(index + 1);
        [order[index], order[other]] = [order[other]!, order[index]!];
      }
      const base = nightOf(run, result, order.slice(0, baseSeeds), loss);
      const next = nightOf(run, result, order.slice(baseSeeds, baseSeeds + seeds), 0);
      const { cells } = pairCells(base, next, { name: "trial", pairSeeds: true });
      const judged: Judgement[] = judgeCells(cells);
      if (judged.some(({ verdict }) => verdict === "loss")) failed++;
      least = Math.min(least, ...judged.map(({ adjustedP }) => adjustedP));
    }
    counts.push({ name, pairs: count, failed, least });
    onEvent(`${name}: ${failed} of ${count} failed, least corrected p ${least.toPrecision(2)}`);
  }
  return counts;
}

if (import.meta.main) {
  const options = readOptions(() => {
    const { values } = parseArgs({
      args: [...Deno.args],
      options: {
        pairs: { type: "string", default: "3" },
        planted: { type: "string", default: "20" },
        trainings: { type: "string", default: "10" },
        seeds: { type: "string", default: "3" },
        folder: { type: "string", default: join("runs", "nightly-trials") },
      },
    });
    const seeds = wholeNumberOption("--seeds", values.seeds, 2);
    return {
      pairs: wholeNumberOption("--pairs", values.pairs, 1),
      planted: wholeNumberOption("--planted", values.planted, 1),
      trainings: wholeNumberOption("--trainings", values.trainings, 2 * seeds),
      seeds,
      folder: values.folder,
    };
  });
  const [none, five, one] = await tryGate({
    ...options,
    onEvent: (message) => console.error(message),
  });
  const passed = none!.failed === 0 && five!.failed === five!.pairs && one!.failed === 0;
  console.error(passed ? "no false alarm, every loss of 5 points found" : "not as it should be");
  if (!passed) Deno.exit(1);
}
