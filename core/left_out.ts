/**
 * The ledger of what was left out: images, files, classes, lines and words that took no part, with the
 * reason, the stage and the count. Every stage writes into it, every output shows it.
 *
 * @module
 */

/** Kinds of things that can be left out. */
export const leftOutUnits = ["image", "file", "folder", "class", "object", "line", "word"] as const;

/** What is counted. */
export type LeftOutUnit = typeof leftOutUnits[number];

/** One thing that was left out, as the stage that leaves it out says it. */
export interface LeftOutItem {
  /** Path of the file, name of the class, text of the line. */
  readonly path: string;
  readonly reason: string;
  /** @default {"image"} */
  readonly unit?: LeftOutUnit;
  /** How many things stand behind it, where they are not named one by one. @default {1} */
  readonly count?: number;
}

/** Things of one kind that took no part, for one reason, at one stage. */
export interface LeftOut {
  /** The one thing (path of a file, name of a class), or what several have in common: `"*.gif"`. */
  what: string;
  /** Why, e.g. `"Premature end of JPEG data"`. */
  reason: string;
  /** Where, e.g. `"emojinet-100, train"`. */
  stage: string;
  /** How many. */
  count: number;
  /** What is counted. @default {"image"} */
  unit?: LeftOutUnit;
  /** The first of several, in order. */
  examples?: string[];
}

/** Images of a split: those that are listed are used, or left out when they are decoded. */
export interface ImageCount {
  /** Name of the data set. */
  readonly data: string;
  readonly split: string;
  /** Images that the data set lists. */
  readonly listed: number;
  /** Images that were used: what every number of this split is about. */
  readonly used: number;
}

/** Things that one entry names. */
const mostExamples = 20;
/** Entries of one stage: further reasons share one. */
const mostReasons = 100;
const otherReasons = "further reasons";

/** What names have in common. */
function commonName(names: readonly string[]): string {
  const ending = (name: string) => /[^/]\.([^./]+)$/.exec(name)?.[1]?.toLowerCase();
  const first = ending(names[0]!);
  return first !== undefined && names.every((name) => ending(name) === first) ? `*.${first}` : "*";
}

interface Group {
  readonly stage: string;
  readonly reason: string;
  readonly unit: LeftOutUnit;
  /** Things behind it, where they are all named. */
  readonly names: Set<string>;
  /** What they have in common, as far as names were dropped. */
  common: string | undefined;
  count: number;
}

/** Gathers what was left out; the same thing told twice counts once. */
export class LeftOutLedger {
  readonly #groups = new Map<string, Group>();
  readonly #reasons = new Map<string, number>();

  #group(stage: string, reason: string, unit: LeftOutUnit): Group {
    const key = JSON.stringify([stage, unit, reason]);
    const found = this.#groups.get(key);
    if (found !== undefined) return found;
    const reasons = (this.#reasons.get(stage) ?? 0) + 1;
    if (reasons > mostReasons && reason !== otherReasons) {
      return this.#group(stage, otherReasons, unit);
    }
    this.#reasons.set(stage, reasons);
    const group = { stage, reason, unit, names: new Set<string>(), common: undefined, count: 0 };
    this.#groups.set(key, group);
    return group;
  }

  /**
   * Adds what a stage left out.
   *
   * @param stage For the reader: `"imagefolder:photos, val, decoding"`.
   */
  add(stage: string, items: Iterable<LeftOutItem>): void {
    for (const { path, reason, unit = "image", count = 1 } of items) {
      const group = this.#group(stage, reason, unit);
      if (count === 1) {
        if (group.names.has(path)) continue;
        group.names.add(path);
      } else group.common = path;
      group.count += count;
    }
  }

  /** Adds entries of other ledgers, e.g. of other trainings on the same data. */
  merge(entries: Iterable<LeftOut>): void {
    for (const { what, reason, stage, count, unit = "image", examples } of entries) {
      const group = this.#group(stage, reason, unit);
      const names = examples ?? [what];
      const before = group.count;
      for (const name of names) group.names.add(name);
      if (count > names.length) group.common = what;
      // Where not all are named, nobody can tell which are the same: the larger count is a fair one.
      group.count = group.common === undefined ? group.names.size : Math.max(before, count);
    }
  }

  /** Everything, a reason an entry, in the order in which it was first told. */
  get entries(): LeftOut[] {
    return [...this.#groups.values()].map(({ stage, reason, unit, names, common, count }) => {
      const known = [...names];
      const single = count === 1 && known.length === 1;
      return {
        what: single ? known[0]! : common ?? commonName(known),
        reason,
        stage,
        count,
        ...(unit === "image" ? {} : { unit }),
        ...(single ? {} : { examples: known.slice(0, mostExamples) }),
      };
    });
  }
}

const plurals: Readonly<Record<LeftOutUnit, string>> = {
  image: "images",
  file: "files",
  folder: "folders",
  class: "classes",
  object: "objects",
  line: "lines",
  word: "words",
};

/** Counts by unit: `3 images, 2 files and 1 class`; empty where nothing was left out. */
export function countLeftOut(entries: Iterable<Pick<LeftOut, "unit" | "count">>): string {
  const counts = new Map<LeftOutUnit, number>();
  for (const { unit = "image", count } of entries) {
    counts.set(unit, (counts.get(unit) ?? 0) + count);
  }
  const parts = leftOutUnits.flatMap((unit) => {
    const count = counts.get(unit) ?? 0;
    return count === 0 ? [] : [`${count} ${count === 1 ? unit : plurals[unit]}`];
  });
  const last = parts.pop();
  return parts.length === 0 ? last ?? "" : `${parts.join(", ")} and ${last}`;
}

/** Examples that one line shows. */
const mostShown = 3;

/** One line for people: `3 files *.bmp (photos, train, listing): … (a.bmp, b.bmp, c.bmp)`. */
export function describeLeftOut(entry: LeftOut): string {
  const { what, reason, stage, count, unit = "image", examples } = entry;
  if (count === 1) return `${unit} ${what} (${stage}): ${reason}`;
  const shown = examples?.slice(0, mostShown) ?? [];
  const more = shown.length < count ? ", …" : "";
  const list = shown.length === 0 ? "" : ` (${shown.join(", ")}${more})`;
  return `${count} ${plurals[unit]} ${what} (${stage}): ${reason}${list}`;
}
