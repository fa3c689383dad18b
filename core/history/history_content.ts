/**
 * What a history holds, in memory, in its canonical order: nights by time, positions by name. Two
 * histories of the same nights have the same content, however they came to it.
 *
 * @module
 */

import { compareText, hashNumbers, type NightNumber, type NightRecord } from "./night_record.ts";

/** A night without its numbers, with their hash. */
export interface StoredNight extends Omit<NightRecord, "numbers"> {
  /** Hash of the numbers, from which the id is made. */
  readonly numbersHash: string;
  /** How many numbers there are. */
  readonly count: number;
}

/** One number at one position; null where a night does not tell. */
export interface StoredNumber {
  /** Place of the night in {@linkcode HistoryContent.nights}. */
  readonly night: number;
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly samples: number | null;
  readonly seeds: number | null;
  /** JSON text of the number's meaning. */
  readonly meaning: string | null;
}

/** Everything that a history holds. */
export interface HistoryContent {
  /** Nights by time, then by id. */
  readonly nights: readonly StoredNight[];
  /** Numbers of every position, by night; positions sorted by name. */
  readonly positions: ReadonlyMap<string, readonly StoredNumber[]>;
}

/** A history without nights. */
export const emptyContent: HistoryContent = { nights: [], positions: new Map() };

/** The order of nights. */
export function compareNights(
  a: { readonly time: string; readonly id: string },
  b: { readonly time: string; readonly id: string },
): number {
  return compareText(a.time, b.time) || compareText(a.id, b.id);
}

/** The content that nights have. */
export function contentOfNights(records: readonly NightRecord[]): HistoryContent {
  const unique = [...new Map(records.map((record) => [record.id, record])).values()]
    .sort(compareNights);
  const nights = unique.map(({ numbers, ...header }) => ({
    ...header,
    numbersHash: hashNumbers(numbers),
    count: numbers.length,
  }));
  const positions = new Map<string, StoredNumber[]>();
  unique.forEach(({ numbers }, night) => {
    for (const { position, value, low, high, samples, seeds, meaning } of numbers) {
      const row: StoredNumber = {
        night,
        value,
        low: low ?? null,
        high: high ?? null,
        samples: samples ?? null,
        seeds: seeds ?? null,
        meaning: meaning === undefined ? null : canonicalJson(meaning),
      };
      const rows = positions.get(position);
      if (rows === undefined) positions.set(position, [row]);
      else rows.push(row);
    }
  });
  return { nights, positions: sortByName(positions) };
}

/** JSON with the keys of every object sorted. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner) => {
    if (inner === null || typeof inner !== "object" || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => compareText(a, b)));
  });
}

function sortByName<T>(map: ReadonlyMap<string, T>): Map<string, T> {
  return new Map([...map].sort(([a], [b]) => compareText(a, b)));
}

/**
 * The union of two histories: every night once. It does not depend on the order, and a union with
 * what is there already changes nothing.
 */
export function uniteContents(a: HistoryContent, b: HistoryContent): HistoryContent {
  const known = new Set(a.nights.map(({ id }) => id));
  const added = b.nights.filter(({ id }) => !known.has(id));
  if (added.length === 0) return a;
  const nights = [...a.nights, ...added].sort(compareNights);
  const places = new Map(nights.map(({ id }, place) => [id, place]));
  const positions = new Map<string, StoredNumber[]>();
  const take = (from: HistoryContent, isWanted: (id: string) => boolean) => {
    const moved = from.nights.map(({ id }) => isWanted(id) ? places.get(id)! : -1);
    for (const [name, rows] of from.positions) {
      const kept = rows.flatMap((row) => {
        const night = moved[row.night]!;
        return night < 0 ? [] : [{ ...row, night }];
      });
      if (kept.length === 0) continue;
      positions.set(name, [...positions.get(name) ?? [], ...kept]);
    }
  };
  take(a, () => true);
  take(b, (id) => !known.has(id));
  for (const rows of positions.values()) rows.sort((left, right) => left.night - right.night);
  return { nights, positions: sortByName(positions) };
}

/** The numbers of a night as it was made. */
export function toNightNumber(
  position: string,
  { value, low, high, samples, seeds, meaning }: StoredNumber,
): NightNumber {
  return {
    position,
    value,
    ...(low === null ? {} : { low }),
    ...(high === null ? {} : { high }),
    ...(samples === null ? {} : { samples }),
    ...(seeds === null ? {} : { seeds }),
    ...(meaning === null ? {} : { meaning: JSON.parse(meaning) }),
  };
}
