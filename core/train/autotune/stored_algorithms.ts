/**
 * Which algorithms a training takes: the rules', those that this machine measured to be fastest, or
 * those of a file.
 *
 * @module
 */

import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { formatCheckedJson, parseCheckedJson } from "../../checked_json.ts";
import { runtimeVersion } from "../../engine/session.ts";
import { ConfigError, GraphError } from "../../errors.ts";
import { keepInCache } from "../../cache.ts";
import { cacheFolder, hashJson, readTextIfPresent, writeFileAtomic } from "../../files.ts";
import type { ChosenAlgorithm } from "../../onnx/graph.ts";
import type { ChooseAlgorithm } from "../../onnx/algorithm.ts";
import { type AlgorithmTable, autotune, followTable } from "./autotune.ts";

const mostCharacters = 4_000_000;

const tableSchema = z.record(z.string().max(1000), z.string().max(100));
const cacheSchema = z.record(
  z.string().max(1000),
  z.strictObject({
    chosen: z.string().max(100),
    milliseconds: z.record(z.string().max(100), z.number().nonnegative()),
  }),
);

/** A parsed file, or what is wrong with it. */
type TableFile<T> = { content: T; isChecked: boolean } | { problem: string };

/** Reads a file; undefined where there is none. */
async function readTable<T>(
  path: string,
  schema: z.ZodType<T>,
): Promise<TableFile<T> | undefined> {
  let text: string | undefined;
  try {
    text = await readTextIfPresent(path);
  } catch (error) {
    return { problem: `it cannot be read: ${(error as Error).message}` };
  }
  if (text === undefined) return undefined;
  if (text.length > mostCharacters) return { problem: `it has ${text.length} characters` };
  try {
    const { value, isChecked } = parseCheckedJson(text, path);
    const parsed = schema.safeParse(value);
    return parsed.success
      ? { content: parsed.data, isChecked }
      : { problem: z.prettifyError(parsed.error).slice(0, 500) };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

/** {@linkcode readTable} of a file that was written here: without a checksum it is damaged. */
async function readOwnTable<T>(
  path: string,
  schema: z.ZodType<T>,
): Promise<TableFile<T> | undefined> {
  const read = await readTable(path, schema);
  return read && "content" in read && !read.isChecked ? { problem: "it has no checksum" } : read;
}

/**
 * What is wrong with a file of the cache that keeps measured algorithms; undefined where all is well.
 */
export async function findAlgorithmsProblem(path: string): Promise<string | undefined> {
  const read = await readOwnTable(path, cacheSchema);
  return read && "problem" in read ? read.problem : undefined;
}

/** Measurements of one machine with one number of threads stay together. */
function cachePath(threads: number): string {
  const machine = {
    processor: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    runtime: runtimeVersion,
    threads,
  };
  return join(cacheFolder(), "algorithms", `${hashJson(machine).slice(0, 32)}.json`);
}

/** What decides the algorithms of a training. */
export interface ResolveAlgorithmsOptions {
  /** `rules`, `measured` or `file:PATH`. */
  readonly source: string;
  /**
   * File of the training's own folder that keeps the algorithms: a training that goes on takes
   * those that it began with, whatever is measured by then.
   */
  readonly path: string;
  readonly threads: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly onWarning?: (message: string) => void;
}

/** The measured algorithms, from this machine's cache and for the rest by measurement. */
async function measuredTable(
  build: (chooseAlgorithm: ChooseAlgorithm) => ReadonlyMap<string, ChosenAlgorithm>,
  { threads, onProgress, onWarning }: ResolveAlgorithmsOptions,
): Promise<AlgorithmTable> {
  const path = cachePath(threads);
  const cached = await readOwnTable(path, cacheSchema);
  if (cached && "problem" in cached) {
    onWarning?.(`${path} is damaged (${cached.problem}): the algorithms are measured again`);
  }
  const before = cached && "content" in cached ? cached.content : {};
  const known = Object.fromEntries(
    Object.entries(before).map(([key, { chosen }]) => [key, chosen]),
  );
  const { table, measured } = await autotune(build, {
    known,
    threads,
    ...(onProgress ? { onProgress } : {}),
  });
  if (Object.keys(measured).length > 0) {
    // Others may have measured meanwhile: theirs stay.
    const now = await readOwnTable(path, cacheSchema);
    const others = now && "content" in now ? now.content : {};
    const text = formatCheckedJson({ ...others, ...measured });
    await keepInCache(() => writeFileAtomic(path, text));
  }
  return table;
}

/** Why a table does not fit a training; undefined where it does. */
function misfit(
  table: AlgorithmTable,
  build: (chooseAlgorithm: ChooseAlgorithm) => ReadonlyMap<string, ChosenAlgorithm>,
): string | undefined {
  let taken: ReadonlyMap<string, ChosenAlgorithm>;
  try {
    taken = build(followTable(table));
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    return error.message;
  }
  const unknown = Object.keys(table).filter((key) => !taken.has(key));
  if (unknown.length === 0) return undefined;
  return `this training has no "${unknown[0]}"` +
    (unknown.length > 1 ? ` nor ${unknown.length - 1} more` : "") +
    `; it has ${[...taken.keys()].slice(0, 3).map((key) => `"${key}"`).join(", ")}, …`;
}

/** The algorithms of a file of the user, which may be those of another training. */
async function readTableOfUser(path: string): Promise<AlgorithmTable> {
  const read = await readTable(path, tableSchema);
  if (!read) throw new ConfigError(`pretrain.algorithms: there is no file ${path}`);
  if ("problem" in read) throw new ConfigError(`pretrain.algorithms: ${path}: ${read.problem}`);
  return read.content;
}

const filePrefix = "file:";

/**
 * Reads the file that a setting names, before anything long begins.
 *
 * @param source `rules`, `measured` or `file:PATH`.
 * @throws {ConfigError} where there is no such file, or it is not a table of algorithms.
 */
export async function checkAlgorithmsFile(source: string): Promise<void> {
  if (source.startsWith(filePrefix)) await readTableOfUser(source.slice(filePrefix.length));
}

/** The algorithms of a file of the user, which fit a training. */
async function tableOfUser(
  source: string,
  build: (chooseAlgorithm: ChooseAlgorithm) => ReadonlyMap<string, ChosenAlgorithm>,
): Promise<AlgorithmTable> {
  const path = source.slice(filePrefix.length);
  const table = await readTableOfUser(path);
  const problem = misfit(table, build);
  if (problem !== undefined) throw new ConfigError(`pretrain.algorithms: ${path}: ${problem}`);
  return table;
}

/**
 * The algorithms that a training takes, kept in its folder.
 *
 * @param build Builds its graph with a chooser and gives the algorithms that were taken.
 * @returns A chooser, undefined where the rules decide.
 * @throws {ConfigError} for a file that is not a table of algorithms, or of another training.
 */
export async function resolveAlgorithms(
  build: (chooseAlgorithm: ChooseAlgorithm) => ReadonlyMap<string, ChosenAlgorithm>,
  options: ResolveAlgorithmsOptions,
): Promise<{ choose: ChooseAlgorithm; table: AlgorithmTable } | undefined> {
  const { source, path, onWarning } = options;
  if (source === "rules") return undefined;
  const stored = await readOwnTable(path, tableSchema);
  if (stored) {
    const problem = "problem" in stored ? stored.problem : misfit(stored.content, build);
    if (problem === undefined) {
      const table = (stored as { content: AlgorithmTable }).content;
      return { choose: followTable(table), table };
    }
    onWarning?.(`${path} is damaged (${problem}): the algorithms are chosen again`);
  }
  const table = source === "measured"
    ? await measuredTable(build, options)
    : await tableOfUser(source, build);
  await writeFileAtomic(path, formatCheckedJson(table));
  return { choose: followTable(table), table };
}
