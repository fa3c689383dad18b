/**
 * Tries mutations of a parser's files and judges what comes of each.
 *
 * @module
 */

import { LgdBenchError } from "../../core/errors.ts";
import { RandomStream } from "../../core/random.ts";
import { digest } from "./digest.ts";
import { mutate } from "./mutate.ts";
import type { FuzzParser, FuzzSeed, OpenedParser } from "./parser.ts";

/** Longest time that a mutation may take, and most memory that it may take besides. */
export const limits = { milliseconds: 5_000, bytes: 2 ** 30 };

/** How often each thing happened. */
export interface FuzzCounts {
  tried: number;
  /** Refused with an error that explains it. */
  refused: number;
  /** Read, with the content of the original. */
  same: number;
  /** Read, with another content, in a format that has no checksum. */
  other: number;
  /** Ended the process, where that is known (`FuzzParser.mayEndProcess`). */
  ended: number;
  /** Anything else. */
  failed: number;
}

/** Something that must not happen. */
export interface FuzzFailure {
  readonly parser: string;
  readonly seed: number;
  /** Number of the mutation: with the seed it gives the same one again. */
  readonly index: number;
  readonly file: string;
  readonly kind: string;
  readonly reason: string;
}

/** What {@linkcode fuzzParser} found. */
export interface FuzzReport {
  readonly counts: FuzzCounts;
  readonly failures: readonly FuzzFailure[];
  readonly seconds: number;
}

/** What {@linkcode fuzzParser} is told. */
export interface FuzzOptions {
  readonly seed: number;
  /** Number of the first mutation. @default {0} */
  readonly first?: number;
  /** Ends after so many mutations. */
  readonly count: number;
  /** Ends after so long, at least one mutation. @default {Infinity} */
  readonly milliseconds?: number;
  /** Told before every mutation. */
  readonly onMutation?: (index: number) => void;
}

/** Most address space that the process has taken so far, and most memory; 0 where nobody tells. */
function peakBytes(): { space: number; memory: number } {
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    const read = (name: string) =>
      1024 * Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]);
    return { space: read("VmPeak"), memory: read("VmHWM") };
  } catch {
    return { space: 0, memory: Deno.memoryUsage().rss };
  }
}

class Fuzzing {
  readonly counts: FuzzCounts = { tried: 0, refused: 0, same: 0, other: 0, ended: 0, failed: 0 };
  readonly failures: FuzzFailure[] = [];
  readonly #parser: FuzzParser;
  readonly #opened: OpenedParser;
  readonly #digests = new Map<FuzzSeed, string>();

  constructor(parser: FuzzParser, opened: OpenedParser) {
    this.#parser = parser;
    this.#opened = opened;
  }

  /** Reads the good files: they must be read, and give the same every time. */
  async readSeeds(): Promise<void> {
    for (const seed of this.#opened.seeds) {
      const content = digest(await this.#opened.parse(seed.bytes, seed));
      const known = this.#digests.get(seed) ?? content;
      if (known !== content) throw new Error(`${this.#parser.name}: ${seed.name} has changed`);
      this.#digests.set(seed, content);
    }
  }

  /** What became of one file. */
  async #judge(bytes: Uint8Array, file: FuzzSeed): Promise<keyof FuzzCounts | { reason: string }> {
    let value: unknown;
    try {
      value = await this.#opened.parse(bytes, file);
    } catch (error) {
      if (error instanceof LgdBenchError && !error.message.startsWith("internal")) return "refused";
      const text = error instanceof Error ? `${error.name}: ${error.stack}` : String(error);
      return { reason: `untyped error: ${text.slice(0, 1000)}` };
    }
    if (digest(value) === this.#digests.get(file)) return "same";
    return this.#parser.isChecked ? { reason: "silent change of content" } : "other";
  }

  async try(seed: number, index: number): Promise<void> {
    const { name } = this.#parser;
    const random = new RandomStream(seed, "fuzz", name, index);
    const file = random.choose(this.#opened.seeds);
    let { bytes, kind } = file.rewrite !== undefined && random.uniform() < 0.5
      ? { bytes: file.rewrite(random), kind: "content" }
      : mutate(file.bytes, random, file.header);
    if (bytes.length === file.bytes.length && bytes.every((byte, at) => byte === file.bytes[at])) {
      bytes = bytes.slice();
      bytes[random.integer(bytes.length)]! ^= 1;
      kind = "bit flip";
    }
    const before = peakBytes();
    const startedAt = performance.now();
    let verdict = await this.#judge(bytes, file);
    const milliseconds = performance.now() - startedAt;
    const after = peakBytes();
    if (milliseconds > limits.milliseconds) {
      verdict = { reason: `it took ${Math.round(milliseconds)} ms` };
    } else if (after.memory - before.memory > limits.bytes) {
      verdict = { reason: `it took ${after.memory - before.memory} bytes of memory` };
    } else if (after.space - before.space > limits.bytes) {
      verdict = { reason: `it asked for ${after.space - before.space} bytes of memory` };
    }
    this.counts.tried++;
    if (typeof verdict === "string") this.counts[verdict]++;
    else {
      this.counts.failed++;
      this.failures.push({ parser: name, seed, index, file: file.name, kind, ...verdict });
    }
  }
}

/**
 * Tries mutations of one parser.
 *
 * @throws where a good file is not read, before or after: then nothing that is found would mean
 * anything.
 */
export async function fuzzParser(parser: FuzzParser, options: FuzzOptions): Promise<FuzzReport> {
  const { seed, first = 0, count, milliseconds = Infinity, onMutation } = options;
  const folder = await Deno.makeTempDir();
  const startedAt = performance.now();
  try {
    const fuzzing = new Fuzzing(parser, await parser.open(folder));
    await fuzzing.readSeeds();
    const deadline = performance.now() + milliseconds;
    for (let index = first; index < first + count; index++) {
      if (index > first && performance.now() > deadline) break;
      onMutation?.(index);
      await fuzzing.try(seed, index);
    }
    // Nothing that was tried may have left a trace.
    await fuzzing.readSeeds();
    const { counts, failures } = fuzzing;
    return { counts, failures, seconds: (performance.now() - startedAt) / 1000 };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
