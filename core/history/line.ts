/**
 * Lines: the numbers of one position over the nights, split where they would not be comparable.
 *
 * @module
 */

import type { StoredNight, StoredNumber } from "./history_content.ts";
import { type Basis, compareText, type NumberMeaning } from "./night_record.ts";

/** Which lines are wanted; all where nothing is said. */
export interface LineFilter {
  /** Whether a position is wanted, by its name. */
  readonly position?: (name: string) => boolean;
  /** Branch of the nights. */
  readonly branch?: string;
  /** Table of the nights. */
  readonly table?: string;
  /** Size of the nights. */
  readonly size?: string;
  /** Class of the machine. */
  readonly machine?: string;
}

/** One number of a line. */
export interface SeriesPoint {
  /** Id of the night. */
  readonly night: string;
  /** Place of the night among all nights of the history. */
  readonly order: number;
  /** Commit that was measured. */
  readonly commit: string | undefined;
  /** When the night began. */
  readonly time: string;
  /** Branch. */
  readonly branch: string | undefined;
  /** Class of the machine. */
  readonly machine: string;
  /** Size of the protocol. */
  readonly size: string;
  /** The number. */
  readonly value: number;
  /** Lower end of its interval. */
  readonly low?: number;
  /** Upper end of its interval. */
  readonly high?: number;
  /** Sampling units or runs. */
  readonly samples?: number;
  /** Seeds. */
  readonly seeds?: number;
  /**
   * What is not as it was the night before, so that the number is not comparable with those before:
   * `"pretrain.epochs is 8, was 6"`.
   */
  readonly changed?: readonly string[];
}

/** The numbers of one position, of nights whose conditions are named. */
export interface HistoryLine {
  /** The position. */
  readonly position: string;
  /** Table of the nights. */
  readonly table: string;
  /** Size of the protocol. */
  readonly size: string;
  /** Class of the machine, where the numbers tell of it. */
  readonly machine?: string;
  /** What the numbers are, by the latest night that says so. */
  readonly meaning: NumberMeaning;
  /** The numbers by time, at least one. */
  readonly points: readonly SeriesPoint[];
}

/** Differences that are named of one night. */
const mostNamed = 5;

/** A text that is short enough for a sentence. */
function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** What two nights do not share, of the scopes that a number depends on. */
export function compareBases(
  before: Basis | undefined,
  after: Basis | undefined,
  scope: string | undefined,
): string[] {
  if (before === after || before === undefined || after === undefined) return [];
  const differences: string[] = [];
  for (const name of scope === undefined || scope === "" ? [""] : ["", scope]) {
    const from = before[name] ?? {}, to = after[name] ?? {};
    for (const key of Object.keys(from).sort(compareText)) {
      if (!Object.hasOwn(to, key) || from[key] === to[key]) continue;
      differences.push(`${key} is ${shorten(to[key]!)}, was ${shorten(from[key]!)}`);
    }
  }
  const more = differences.length - mostNamed;
  return more <= 0 ? differences : [...differences.slice(0, mostNamed), `and ${more} more`];
}

const noMeaning: NumberMeaning = {};

/** Meanings by their JSON text: most numbers share a few. */
function meaningReader(): (text: string | null) => NumberMeaning {
  const known = new Map<string, NumberMeaning>();
  return (text) => {
    if (text === null) return noMeaning;
    let meaning = known.get(text);
    if (meaning === undefined) known.set(text, meaning = JSON.parse(text) as NumberMeaning);
    return meaning;
  };
}

/** The lines of one position. */
export function linesOfPosition(
  position: string,
  numbers: readonly StoredNumber[],
  nights: readonly StoredNight[],
  filter: Omit<LineFilter, "position">,
): HistoryLine[] {
  const readMeaning = meaningReader();
  const lines = new Map<string, { meaning: NumberMeaning; numbers: StoredNumber[] }>();
  for (const number of numbers) {
    const night = nights[number.night]!;
    if (
      (filter.branch ?? night.branch) !== night.branch ||
      (filter.table ?? night.table) !== night.table ||
      (filter.size ?? night.size) !== night.size ||
      (filter.machine ?? night.machine) !== night.machine
    ) continue;
    const meaning = readMeaning(number.meaning);
    const key = [night.size, meaning.ofMachine ? night.machine : "", night.table].join("\n");
    const line = lines.get(key);
    if (line === undefined) lines.set(key, { meaning, numbers: [number] });
    else {
      line.numbers.push(number);
      if (number.meaning !== null) line.meaning = meaning;
    }
  }
  return [...lines].sort(([a], [b]) => compareText(a, b)).map(([, line]) => {
    const first = nights[line.numbers[0]!.night]!;
    return {
      position,
      table: first.table,
      size: first.size,
      ...(line.meaning.ofMachine ? { machine: first.machine } : {}),
      meaning: line.meaning,
      points: pointsOf(line.numbers, nights, readMeaning),
    };
  });
}

const unchanged: readonly string[] = [];

/** What is not measured as it was. */
function compareMeanings(before: NumberMeaning, after: NumberMeaning): string[] {
  return (["metric", "unit", "higherIsBetter"] as const)
    .filter((key) => before[key] !== undefined && after[key] !== undefined)
    .filter((key) => before[key] !== after[key])
    .map((key) => `${key} is ${after[key]}, was ${before[key]}`);
}

/** The points of one line, each with what is not as it was before. */
function pointsOf(
  numbers: readonly StoredNumber[],
  nights: readonly StoredNight[],
  readMeaning: (text: string | null) => NumberMeaning,
): SeriesPoint[] {
  let before: { readonly basis: Basis | undefined; readonly meaning: NumberMeaning } | undefined;
  return numbers.map(({ night: order, value, low, high, samples, seeds, meaning: text }) => {
    const night = nights[order]!, meaning = readMeaning(text);
    const changed = before === undefined ||
        (before.basis === night.basis && before.meaning === meaning)
      ? unchanged
      : [
        ...compareBases(before.basis, night.basis, meaning.scope),
        ...compareMeanings(before.meaning, meaning),
      ];
    before = { basis: night.basis ?? before?.basis, meaning };
    // Not by spreading: a history has hundreds of thousands of points.
    const point: { -readonly [Key in keyof SeriesPoint]: SeriesPoint[Key] } = {
      night: night.id,
      order,
      commit: night.commit,
      time: night.time,
      branch: night.branch,
      machine: night.machine,
      size: night.size,
      value,
    };
    if (low !== null) point.low = low;
    if (high !== null) point.high = high;
    if (samples !== null) point.samples = samples;
    if (seeds !== null) point.seeds = seeds;
    if (changed.length > 0) point.changed = changed;
    return point;
  });
}
