/**
 * What a listing leaves out: each file with its reason, and a sentence that counts them.
 *
 * @module
 */

import { extname } from "node:path";
import { formatNames } from "../../decoding/image_header.ts";
import type { SkippedImage, SplitName } from "../../dataset.ts";

/** Files that are named one by one; the others are counted. */
const mostNamed = 10_000;
/** Kinds of files that one sentence counts. */
const mostKinds = 8;

/** Gathers what is left out. */
export class SkippedFiles {
  readonly #bySplit = new Map<SplitName, SkippedImage[]>();
  readonly #kinds = new Map<string, number>();
  #named = 0;

  /** @param kind What the counting sentence calls it. */
  #add(split: SplitName, path: string, reason: string, kind: string): void {
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
    if (this.#named >= mostNamed) return;
    this.#named++;
    const list = this.#bySplit.get(split);
    if (list === undefined) this.#bySplit.set(split, [{ path, reason }]);
    else list.push({ path, reason });
  }

  /** A file whose ending is not that of an image. */
  addEnding(split: SplitName, path: string): void {
    const ending = extname(path).toLowerCase();
    const what = ending === "" ? "files without an ending" : `files that end in ${ending}`;
    this.#add(split, path, `${what} are not read, only ${formatNames}`, what);
  }

  /** A link that is not followed. */
  addLink(split: SplitName, path: string, reason: string): void {
    this.#add(split, path, reason, "links");
  }

  /** Anything else. */
  add(split: SplitName, path: string, reason: string): void {
    this.#add(split, path, reason, "others");
  }

  /** What was left out of a split, sorted by path. */
  of(split: SplitName): SkippedImage[] {
    return (this.#bySplit.get(split) ?? []).sort((a, b) => a.path < b.path ? -1 : 1);
  }

  /** Everything, sorted by path. */
  all(): SkippedImage[] {
    return [...this.#bySplit.values()].flat().sort((a, b) => a.path < b.path ? -1 : 1);
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
