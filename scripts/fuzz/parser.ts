/**
 * What the fuzzer knows of a parser.
 *
 * @module
 */

import type { RandomStream } from "../../core/random.ts";

/** A good file. */
export interface FuzzSeed {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Where a text in it begins and ends: the whole of a text file, the header of others. */
  readonly header?: readonly [number, number];
  /** Changes the content and writes it well: half of the changes are made by it. */
  readonly rewrite?: (random: RandomStream) => Uint8Array;
}

/** A parser that is ready. */
export interface OpenedParser {
  /** Good files, made by the program itself. */
  readonly seeds: readonly FuzzSeed[];
  /**
   * Reads a file and gives a plain value by which contents are compared; where a reader does not
   * refuse what is damaged but makes it again, that must give the same value.
   *
   * @throws {LgdBenchError} where the file is refused.
   */
  parse(bytes: Uint8Array, seed: FuzzSeed): Promise<unknown> | unknown;
}

/** One parser. */
export interface FuzzParser {
  readonly name: string;
  /** Whether a checksum covers the file: then another content than the original's is a failure. */
  readonly isChecked: boolean;
  /**
   * Whether native code that is not ours is known to end the process on some files, and nobody can tell
   * before: it is only tried in a process of its own, and such ends are counted. @default {false}
   */
  readonly mayEndProcess?: boolean;
  /** @param folder A folder of its own, removed afterwards. */
  open(folder: string): Promise<OpenedParser>;
}

/** A seed that is a text. */
export function textSeed(name: string, text: string | Uint8Array): FuzzSeed {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return { name, bytes, header: [0, bytes.length] };
}

/** Writes a file, whatever lies in its place, also one that is read-only. */
export async function overwrite(path: string, bytes: Uint8Array): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch(() => {});
  await Deno.writeFile(path, bytes);
}
