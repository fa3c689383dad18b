/**
 * Nights made of what runs write: `result.json` and `bench.json`.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { median } from "../results/quantile.ts";
import type { ResultFile, ResultRow } from "../results/result.ts";
import { machineClass } from "./machine_class.ts";
import { type Basis, makeNight, type NightNumber, type NightRecord } from "./night_record.ts";

/** What a result does not know of the night it was made in. */
export interface NightContext {
  /** When the night began, ISO 8601. The same night must give the same time again. */
  readonly time: string;
  /** Commit that was measured. @default {the one of the environment} */
  readonly commit?: string;
  /** Branch that it was on. */
  readonly branch?: string;
  /** Class of the machine. @default {`machineClass` of the environment} */
  readonly machine?: string;
}

type Environment = ResultFile["environment"];

/** What both kinds of night have in common. */
function describeNight(environment: Environment, context: NightContext) {
  const commit = context.commit ??
    (typeof environment.gitCommit === "string" ? environment.gitCommit : undefined);
  return {
    time: context.time,
    machine: context.machine ?? machineClass(environment),
    ...(commit === undefined ? {} : { commit }),
    ...(context.branch === undefined ? {} : { branch: context.branch }),
  };
}

/** Leaves of a nested value by dotted path, as JSON. */
function addLeaves(value: unknown, path: string, output: Map<string, string>): void {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    for (const [key, inner] of Object.entries(value)) {
      addLeaves(inner, path === "" ? key : `${path}.${key}`, output);
    }
  } else output.set(path, JSON.stringify(value) ?? "null");
}

/** Settings that choose what is measured, and change no number. */
const choosingSettings = new Set(["evaluation.splits"]);

/** What the numbers of a table depend on: settings, data, teachers, and versions of tasks. */
function basisOfResult(result: ResultFile): Basis {
  const basis = new Map<string, Map<string, string>>([["", new Map()]]);
  const scope = (name: string) => basis.get(name) ?? basis.set(name, new Map()).get(name)!;
  const { tasks, ...settings } = result.protocol;
  addLeaves(settings, "", scope(""));
  for (const key of choosingSettings) scope("").delete(key);
  if (tasks !== null && typeof tasks === "object") {
    for (const [task, own] of Object.entries(tasks)) addLeaves(own, `tasks.${task}`, scope(task));
  }
  for (const { id, name, hash } of result.sources) scope("").set(id, `${name} ${hash}`);
  for (const { task, taskVersion } of result.cells) {
    if (task !== null && taskVersion !== null) {
      scope(task).set(`version of ${task}`, String(taskVersion));
    }
  }
  return Object.fromEntries([...basis].map(([name, keys]) => [name, Object.fromEntries(keys)]));
}

/** Name of a row that tells it from the others of its table, by no more than it must. */
function describeRow(row: ResultRow, rows: readonly ResultRow[]): string {
  const alike = rows.filter(({ block, method }) => block === row.block && method === row.method);
  const details = ([
    ["data", row.data],
    ["text", row.text],
    ["epochs", row.epochs === null ? null : `${row.epochs} epochs`],
  ] as const).flatMap(([key, text]) =>
    text !== null && alike.some((other) => other[key] !== row[key]) ? [text] : []
  );
  const isAlone = alike.every((other) =>
    other === row || (["data", "text", "epochs"] as const).some((key) => other[key] !== row[key])
  );
  const parts = [row.block, row.method, ...details, ...isAlone ? [] : [row.id]];
  return parts.filter((part) => part !== "").join(" · ");
}

/**
 * The night of a table: every measured number under `table/row/column/split`, with its 95 % interval.
 *
 * @throws {DataError} where nothing was measured.
 */
export function nightOfResult(result: ResultFile, context: NightContext): NightRecord {
  const rows = new Map(result.rows.map((row) => [row.id, row]));
  const columns = new Map(result.columns.map((column) => [column.id, column]));
  const splits = new Map(result.splits.map((split) => [split.name, split]));
  const numbers = result.cells.flatMap((cell): NightNumber[] => {
    const row = rows.get(cell.row), column = columns.get(cell.column);
    if (cell.value === null || cell.status !== "measured" || !row || !column) return [];
    const { metric } = column;
    const split = splits.get(cell.split);
    return [{
      position: [result.table, cell.row, cell.column, cell.split].join("/"),
      value: cell.value,
      ...(cell.ci95 === null ? {} : { low: cell.ci95[0], high: cell.ci95[1] }),
      ...(cell.n === null ? {} : { samples: cell.n }),
      seeds: cell.perSeed.length,
      meaning: {
        title: describeRow(row, result.rows),
        group: `${column.group}: ${column.header}, ${split?.title ?? cell.split}`,
        metric: metric.title,
        unit: metric.unit,
        higherIsBetter: metric.higherIsBetter,
        ...(metric.decimals === undefined ? {} : { decimals: metric.decimals }),
        ...(cell.task === null ? {} : { scope: cell.task }),
      },
    }];
  });
  if (numbers.length === 0) {
    throw new DataError(
      `Cannot make a night of ${result.table} (${result.size}): nothing was measured. Run it again ` +
        "until at least one cell is",
    );
  }
  return makeNight({
    ...describeNight(result.environment, context),
    table: result.table,
    size: result.size,
    basis: basisOfResult(result),
    numbers,
  });
}

/** What a night takes of one run of `bench.json`. */
export interface BenchRun {
  /** Wall time of every timed step. */
  readonly seconds: readonly number[];
  /** CPU time of all threads, mean over the steps. */
  readonly cpuSeconds: number;
  /** Largest resident set of the process. */
  readonly peakBytes: number;
  /** Images of one step. */
  readonly images: number;
}

/** Median, least and greatest of the ratios of alternating pairs, ours / peer. */
export interface BenchRatio {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly pairs: readonly number[];
}

/** What a night takes of one case of `bench.json`. */
export interface BenchCase {
  readonly name: string;
  readonly title: string;
  readonly threads: number;
  readonly status: "measured" | "skipped" | "failed";
  readonly runs: readonly BenchRun[];
  readonly peers: readonly {
    readonly name: string;
    readonly title: string;
    readonly status: "measured" | "missing" | "failed";
    readonly timeRatio: BenchRatio | null;
    readonly memoryRatio: BenchRatio | null;
  }[];
}

/** What a night takes of `bench.json`; what `parseSpeedFile` reads is one. */
export interface Bench {
  readonly environment: Environment;
  readonly cases: readonly BenchCase[];
}

/** A quantity of a run, and how it is told. */
interface Quantity {
  readonly key: string;
  readonly metric: string;
  readonly unit: string;
  readonly decimals: number;
  readonly pick: (run: BenchRun) => number;
}

const quantities: readonly Quantity[] = [
  {
    key: "seconds",
    metric: "time of a step",
    unit: "s",
    decimals: 4,
    pick: ({ seconds }) => median(seconds),
  },
  {
    key: "cpuSeconds",
    metric: "CPU time of a step",
    unit: "s",
    decimals: 4,
    pick: ({ cpuSeconds }) => cpuSeconds,
  },
  {
    key: "peakGigabytes",
    metric: "peak memory",
    unit: "GB",
    decimals: 3,
    pick: ({ peakBytes }) => peakBytes / 1e9,
  },
];

/** Threads of a case, in words. */
function describeThreads(count: number): string {
  return `${count} ${count === 1 ? "thread" : "threads"}`;
}

/** Our own numbers of one case, and its ratios to peers. */
function numbersOfCase(speedCase: BenchCase): NightNumber[] {
  const { name, title, threads, runs, peers } = speedCase;
  if (speedCase.status !== "measured" || runs.length === 0) return [];
  const place = ["speed", name, `threads=${threads}`];
  const meaning = { title, scope: name, higherIsBetter: false };
  const own = quantities.map(({ key, metric, unit, decimals, pick }): NightNumber => {
    const values = runs.map(pick);
    return {
      position: [...place, key].join("/"),
      value: median(values),
      low: Math.min(...values),
      high: Math.max(...values),
      samples: runs.length,
      meaning: {
        ...meaning,
        group: `${metric}, ${describeThreads(threads)}`,
        metric,
        unit,
        decimals,
        ofMachine: true,
      },
    };
  });
  const ratios = peers.flatMap((peer) =>
    (["timeRatio", "memoryRatio"] as const).flatMap((key): NightNumber[] => {
      const ratio = peer[key];
      if (peer.status !== "measured" || ratio === null) return [];
      const metric = key === "timeRatio" ? "time, ours / peer" : "peak memory, ours / peer";
      return [{
        position: [...place, key, peer.name].join("/"),
        value: ratio.median,
        low: ratio.low,
        high: ratio.high,
        samples: ratio.pairs.length,
        meaning: {
          ...meaning,
          title: `${title}, beside ${peer.title}`,
          group: `${metric}, ${describeThreads(threads)}`,
          metric,
          unit: "",
          decimals: 3,
          ofMachine: true,
        },
      }];
    })
  );
  return [...own, ...ratios];
}

/**
 * The night of the speed cases: time, CPU time and peak memory under
 * `speed/case/threads=1/seconds|cpuSeconds|peakGigabytes`, and ratios to peers under
 * `…/timeRatio|memoryRatio/peer`. The value is the median of the runs; its range, not an interval,
 * goes from the least run to the greatest. Sizes of batches are the basis: a case that was changed
 * starts a new line.
 *
 * @throws {DataError} where nothing was measured.
 */
export function nightOfBench(bench: Bench, context: NightContext): NightRecord {
  const numbers = bench.cases.flatMap(numbersOfCase);
  if (numbers.length === 0) {
    throw new DataError(
      "Cannot make a night of the speed cases: none was measured. Run bench again until at least " +
        "one case is",
    );
  }
  const basis = Object.fromEntries(
    bench.cases.flatMap(({ name, runs }) =>
      runs[0] === undefined ? [] : [[name, { "images of a step": String(runs[0].images) }]]
    ),
  );
  return makeNight({
    ...describeNight(bench.environment, context),
    table: "speed",
    size: "bench",
    basis,
    numbers,
  });
}
