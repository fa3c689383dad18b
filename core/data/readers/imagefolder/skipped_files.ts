/**
 * What a listing leaves out: each file with its reason, and a sentence that counts them.
 *
 * @module
 */

import { extname } from "node:path";
import type { LeftOutUnit } from "../../../left_out.ts";
import { formatNames } from "../../decoding/image_header.ts";
import type { SkippedImage, SplitName } from "../../dataset.ts";

/** Files of one split and reason that are named one by one; the others are counted. */
const mostNamed = 200;
/** Kinds of files that one sentence counts. */
const mostKinds = 8;

/** Files that were left out of one split for one reason. */
interface Group {
  readonly unit: LeftOutUnit;
  readonly reason: string;
  readonly paths: string[];
  /** What stands for those that are not named. */
  readonly common: string;
  unnamed: number;
}

/** Gathers what is left out. */
export class SkippedFiles {
  readonly #bySplit = new Map<SplitName | null, Map<string, Group>>();
  readonly #kinds = new Map<string, number>();

  /** @param kind What the counting sentence calls it. */
  #add(
    split: SplitName | null,
    path: string,
    { reason, kind, unit, common = "*" }: {
      reason: string;
      kind: string;
      unit: LeftOutUnit;
      common?: string;
    },
  ): void {
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
    const groups = this.#bySplit.get(split) ?? new Map<string, Group>();
    this.#bySplit.set(split, groups);
    const key = `${unit} ${reason}`;
    const group = groups.get(key) ?? { unit, reason, paths: [], common, unnamed: 0 };
    groups.set(key, group);
    if (group.paths.length < mostNamed) group.paths.push(path);
    else group.unnamed++;
  }

  /** A file whose ending is not that of an image. */
  addEnding(split: SplitName, path: string): void {
    const ending = extname(path).toLowerCase();
    const what = ending === "" ? "files without an ending" : `files that end in ${ending}`;
    const reason = `${what} are not read, only ${formatNames}`;
    this.#add(split, path, { reason, kind: what, unit: "file", common: `*${ending}` });
  }

  /** A link that is not followed. */
  addLink(split: SplitName, path: string, reason: string): void {
    this.#add(split, path, { reason, kind: "links", unit: "file" });
  }

  /** Anything else; null where it belongs to no split. */
  add(split: SplitName | null, path: string, reason: string, unit: LeftOutUnit = "file"): void {
    this.#add(split, path, { reason, kind: unit === "file" ? "others" : `${unit}s`, unit });
  }

  #of(split: SplitName | null): SkippedImage[] {
    const groups = [...this.#bySplit.get(split)?.values() ?? []];
    return groups.flatMap(({ unit, reason, paths, common, unnamed }) => {
      const shared = { reason, unit, ...(split === null ? { everySplit: true as const } : {}) };
      const named = paths.map((path): SkippedImage => ({ path, ...shared }));
      return unnamed === 0 ? named : [...named, { path: common, ...shared, count: unnamed }];
    }).sort((a, b) => a.path < b.path ? -1 : 1);
  }

  /** What was left out of a split, and what belongs to none, sorted by path. */
  of(split: SplitName): SkippedImage[] {
    return [...this.#of(split), ...this.#of(null)];
  }

  /** Everything, sorted by path. */
  all(): SkippedImage[] {
    return [...this.#bySplit.keys()].flatMap((split) => this.#of(split))
      .map((image) => ({ ...image, everySplit: true as const }))
      .sort((a, b) => a.path < b.path ? -1 : 1);
  }

  /** How many files, by kind; undefined where nothing was left out. */
  summary(): string | undefined {
    const kinds = [...this.#kinds].sort(([, a], [, b]) => b - a);
    if (kinds.length === 0) return undefined;
    const total = kinds.reduce((sum, [, count]) => sum + count, 0);
    const listed = kinds.slice(0, mostKinds).map(([kind, count]) => `${count} ${kind}`);
    const more = kinds.length > mostKinds ? ", …" : "";
    return `${total} ${total === 1 ? "file is" : "files are"} left out: ${
      listed.join(", ")
    }${more}`;
  }
}
