/**
 * One night: the numbers that one table, or the speed cases, had at one time, and where they are
 * from. A night is named by the hash of its content, so that histories can be merged as sets.
 *
 * @module
 */

import { z } from "zod";
import { DataError } from "../errors.ts";
import { hashJson } from "../files.ts";

/** What a number is, for the reader, and what else it depends on. */
export interface NumberMeaning {
  /** Name of the line among those of its group, e.g. `"RN18 · LGD"`. */
  readonly title?: string;
  /** What lines of one group have in common, e.g. `"Zero-shot, EmojiNet-100, val"`. */
  readonly group?: string;
  /** Name of the metric, e.g. `"top-1 accuracy"`. */
  readonly metric?: string;
  /** Unit, e.g. `"%"`; empty where there is none. */
  readonly unit?: string;
  /** Direction of the metric. */
  readonly higherIsBetter?: boolean;
  /** Decimals to print. */
  readonly decimals?: number;
  /** Part of {@linkcode NightRecord.basis} that the number depends on besides `""`: its task. */
  readonly scope?: string;
  /** Whether the number tells of the machine, as times do: other machines are other lines. */
  readonly ofMachine?: boolean;
}

/** One number of a night. */
export interface NightNumber {
  /** The same in every night: `"table2/rn18-lgd-200/zs_in1k/val"`. */
  readonly position: string;
  /** The number; finite. */
  readonly value: number;
  /** Lower end of its interval. */
  readonly low?: number;
  /** Upper end of its interval. */
  readonly high?: number;
  /** Sampling units (images, icons) or repeated runs behind it. */
  readonly samples?: number;
  /** Seeds behind it. */
  readonly seeds?: number;
  /** What it is. */
  readonly meaning?: NumberMeaning;
}

/**
 * What numbers of different nights must share to be comparable: settings, versions and data, by scope
 * (`""` is for all numbers of the night, others are named by {@linkcode NumberMeaning.scope}) and
 * key. A key that only one of two nights has is no difference.
 */
export type Basis = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** One night of one table, or of the speed cases. */
export interface NightRecord {
  /** SHA-256 of everything else, 64 hex digits. */
  readonly id: string;
  /** When the night began, ISO 8601 in UTC: `"2026-11-28T02:00:00.000Z"`. */
  readonly time: string;
  /** Commit that was measured. */
  readonly commit?: string;
  /** Branch that it was on. */
  readonly branch?: string;
  /** Class of the machine, e.g. `"AMD EPYC, 2 cores"`. */
  readonly machine: string;
  /** Table, or `"speed"`. */
  readonly table: string;
  /** Size of the protocol, e.g. `"mini"`. */
  readonly size: string;
  /** What the numbers depend on, where it is known. */
  readonly basis?: Basis;
  /** The numbers, sorted by position, each position once. */
  readonly numbers: readonly NightNumber[];
}

/** Longest name of anything, characters. */
const longest = 500;
/** Most numbers of one night. */
const mostNumbers = 100_000;

const name = z.string().min(1).max(longest);
const text = z.string().max(longest);

const meaningSchema = z.strictObject({
  title: text.optional(),
  group: text.optional(),
  metric: text.optional(),
  unit: text.optional(),
  higherIsBetter: z.boolean().optional(),
  decimals: z.number().int().min(0).max(10).optional(),
  scope: text.optional(),
  ofMachine: z.boolean().optional(),
});

const count = z.number().int().nonnegative();

const numberSchema = z.strictObject({
  position: name,
  value: z.number(),
  low: z.number().optional(),
  high: z.number().optional(),
  samples: count.optional(),
  seeds: count.optional(),
  meaning: meaningSchema.optional(),
}).refine(({ low, high }) => low === undefined || high === undefined || low <= high, {
  message: "expected low ≤ high",
});

const contentSchema = z.strictObject({
  time: z.iso.datetime({ offset: true }),
  commit: name.optional(),
  branch: name.optional(),
  machine: name,
  table: name,
  size: name,
  basis: z.record(text, z.record(z.string(), z.string())).optional(),
  numbers: z.array(numberSchema).min(1).max(mostNumbers),
});

/** A copy without keys whose value is undefined; `-0` is the number 0. */
function clean<T extends object>(value: T): T {
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .map(([key, inner]) => [key, Object.is(inner, -0) ? 0 : inner]);
  return Object.fromEntries(entries) as T;
}

/** Hash of the numbers of a night; with that of what else it holds, its id. */
export function hashNumbers(numbers: readonly NightNumber[]): string {
  return hashJson(numbers);
}

/** Id of a night of which the numbers' hash is known. */
export function hashNight(
  { time, commit, branch, machine, table, size, basis }: Omit<NightRecord, "id" | "numbers">,
  numbersHash: string,
): string {
  return hashJson(clean({ time, commit, branch, machine, table, size, basis, numbersHash }));
}

/** Texts in the order of their UTF-16 code units, the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Makes a night of its content: checked, in canonical order and form, with its id.
 *
 * @throws {DataError} where something is missing, not finite, or a position is there twice.
 */
export function makeNight(content: Omit<NightRecord, "id">): NightRecord {
  const fail = (what: string) => {
    const of = `the night of ${String(content?.time)} (${String(content?.table)})`;
    return new DataError(`Cannot keep ${of} in the history: ${what}`);
  };
  const checked = contentSchema.safeParse(content);
  if (!checked.success) throw fail(z.prettifyError(checked.error).slice(0, 500));
  const { numbers, basis, ...rest } = checked.data;
  const sorted = numbers.map(({ meaning, ...number }) =>
    clean({ ...number, meaning: meaning && clean(meaning) }) as NightNumber
  ).sort((a, b) => compareText(a.position, b.position));
  for (const [index, { position }] of sorted.entries()) {
    if (sorted[index + 1]?.position === position) throw fail(`"${position}" is there twice`);
  }
  const header = clean({
    ...rest,
    time: new Date(rest.time).toISOString(),
    basis,
  }) as Omit<NightRecord, "id" | "numbers">;
  return { id: hashNight(header, hashNumbers(sorted)), ...header, numbers: sorted };
}

/**
 * Reads a night from elsewhere and checks that its id is the hash of its content.
 *
 * @throws {DataError} where it is not.
 */
export function checkNight(night: NightRecord): NightRecord {
  const { id, ...content } = night;
  const made = makeNight(content);
  if (made.id === id) return made;
  throw new DataError(
    `Cannot keep the night of ${night.time} (${night.table}) in the history: its id is ${id}, ` +
      `expected the hash of its content, ${made.id}. Make nights by makeNight, nightOfResult or ` +
      "nightOfBench",
  );
}
