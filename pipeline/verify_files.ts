/**
 * Checks the files of a run, an export or a bench, and those of the cache, by their checksums.
 *
 * @module
 */

import { basename, extname, join } from "node:path";
import { parseOwnJson } from "../core/checked_json.ts";
import { findIconFileProblem } from "../core/data/readers/emoji/icon_raster.ts";
import { findViewFileProblem } from "../core/data/views/view_file.ts";
import { DataError, LgdBenchError } from "../core/errors.ts";
import { explainReadError } from "../core/files.ts";
import { readSafetensors } from "../core/nn/safetensors.ts";
import { checkModelChecksum } from "../core/onnx/model_checksum.ts";
import { readModelOutline } from "../core/onnx/model_outline.ts";
import { decodeSplitEvidence } from "../core/results/evidence_file.ts";
import { isReportOf } from "../core/results/report_mark.ts";
import { parseResult } from "../core/results/result_schema.ts";
import { parseSpeedFile } from "../core/results/speed_result.ts";
import { readJsonLines } from "../core/store/json_lines.ts";
import { readManifest } from "../core/store/run_folder.ts";
import type { StoreProblem } from "../core/store/verify.ts";
import { findAlgorithmsProblem } from "../core/train/autotune/stored_algorithms.ts";
import { findEmbeddingFileProblem } from "../core/train/teacher_embeddings.ts";
import { findFiguresFileProblem } from "./figures/stored_figures.ts";
import { checkStudentChecksum, decodeStudentMetadata } from "./student_metadata.ts";

/** What was found in a folder. */
export interface FileReport {
  readonly folder: string;
  /** Files that are whole. */
  readonly whole: number;
  /** Files that are damaged; none of them is used. */
  readonly damaged: readonly StoreProblem[];
  /** Paths of files that carry no checksum: logs, lists for people, files from elsewhere. */
  readonly unchecked: readonly string[];
}

/** Whether a file is whole; undefined where it has no checksum. @throws what its reader throws */
type CheckFile = (path: string) => Promise<boolean | undefined>;

async function checkStudent(path: string): Promise<boolean | undefined> {
  const { tensors, metadata } = readSafetensors(await Deno.readFile(path), path);
  if (decodeStudentMetadata(path, metadata) === undefined) return undefined;
  checkStudentChecksum(path, tensors, metadata);
  return true;
}

async function checkModel(path: string): Promise<boolean | undefined> {
  const bytes = await Deno.readFile(path);
  return checkModelChecksum(bytes, readModelOutline(bytes, path), path) || undefined;
}

async function checkReport(path: string): Promise<boolean | undefined> {
  const resultPath = join(path, "..", "..", "result.json");
  const text = await Deno.readTextFile(resultPath).catch(() => undefined);
  if (text === undefined) return undefined;
  if (isReportOf(await Deno.readTextFile(path), [parseResult(text, resultPath)])) return true;
  throw new DataError("it is not whole, or not of the result beside it; run the command again");
}

/** Readers by the names of files. */
const checksByName: Readonly<Record<string, CheckFile>> = {
  "manifest.json": async (path) => (await readManifest(join(path, ".."))) !== undefined,
  "result.json": async (path) => Boolean(parseResult(await Deno.readTextFile(path), path)),
  "bench.json": async (path) => Boolean(parseSpeedFile(await Deno.readTextFile(path), path)),
  "algorithms.json": async (path) => Boolean(parseOwnJson(await Deno.readTextFile(path), path)),
  "index.html": checkReport,
  "journal.jsonl": async (path) => {
    const { damagedLines } = await readJsonLines(path, { checked: true });
    if (damagedLines.length === 0) return true;
    throw new DataError(
      `${damagedLines.length} lines are damaged, the first is ${damagedLines[0]}`,
    );
  },
};

const checksByEnding: Readonly<Record<string, CheckFile>> = {
  ".safetensors": checkStudent,
  ".onnx": checkModel,
  ".bin": async (path) => Boolean(decodeSplitEvidence(await Deno.readFile(path), path)),
};

/** Readers of the cache by folder: what is wrong with a file, or undefined. */
const cacheChecks: Readonly<Record<string, (path: string) => Promise<string | undefined>>> = {
  views: findViewFileProblem,
  icons: async (path) => findIconFileProblem(await Deno.readFile(path)),
  embeddings: findEmbeddingFileProblem,
  algorithms: findAlgorithmsProblem,
  figures: findFiguresFileProblem,
};

/** Every file below a folder, by path. */
async function* walkFiles(folder: string): AsyncGenerator<string> {
  let entries: Deno.DirEntry[];
  try {
    entries = await Array.fromAsync(Deno.readDir(folder));
  } catch (error) {
    throw explainReadError(folder, error);
  }
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  for (const { name, isDirectory } of entries) {
    const path = join(folder, name);
    if (isDirectory) yield* walkFiles(path);
    else yield path;
  }
}

async function verify(
  folder: string,
  choose: (path: string) => CheckFile | undefined,
): Promise<FileReport> {
  let whole = 0;
  const damaged: StoreProblem[] = [];
  const unchecked: string[] = [];
  for await (const path of walkFiles(folder)) {
    const check = choose(path);
    try {
      if (check !== undefined && await check(path)) whole++;
      else unchecked.push(path);
    } catch (error) {
      const explained = error instanceof LgdBenchError ? error : explainReadError(path, error);
      damaged.push({ path, reason: explained.message });
    }
  }
  return { folder, whole, damaged, unchecked };
}

/**
 * Checks a run folder, an export or a bench by its files' own checksums. Changes nothing.
 *
 * @throws {DataError} where the folder cannot be read.
 */
export async function verifyFolder(folder: string): Promise<FileReport> {
  return await verify(
    folder,
    (path) => checksByName[basename(path)] ?? checksByEnding[extname(path)],
  );
}

/**
 * Checks the cache. Changes nothing: what is damaged is made again by the next command that needs it.
 *
 * @param folder As `cacheFolder()` gives it; one that is not there yet is whole.
 * @throws {DataError} where it cannot be read.
 */
export async function verifyCache(folder: string): Promise<FileReport> {
  if (await Deno.stat(folder).then(() => false, (error) => error instanceof Deno.errors.NotFound)) {
    return { folder, whole: 0, damaged: [], unchecked: [] };
  }
  return await verify(folder, (path) => {
    const find = path.endsWith(".tmp") ? undefined : cacheChecks[basename(join(path, ".."))];
    return find && (async (path) => {
      const problem = await find(path);
      if (problem === undefined) return true;
      throw new DataError(problem);
    });
  });
}
