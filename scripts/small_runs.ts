/**
 * Commands of small trainings as processes of their own, to be killed or to race, and what they end
 * with.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { z } from "zod";
import { projectFolder, sha256 } from "../core/files.ts";
import { parseResult } from "../core/results/result_schema.ts";
import { Store } from "../core/store/store.ts";

const script = join(projectFolder, "pipeline", "testdata", "run_small.ts");

/** What is run: a table, a student by hand, a measurement that trains. */
export type SmallCommand = "table" | "distill" | "evaluate";

/** Where a command writes. */
export interface Place {
  readonly out: string;
  readonly store: string;
  readonly cache: string;
}

/** A command that was started, the first of a process group of its own. */
export interface StartedRun {
  readonly pid: number;
  /** Ends the process group with -9; nothing where it has ended. */
  kill(): void;
  /** Resolves when the process has ended. */
  readonly ended: Promise<RunEnd>;
}

/** How a command ended. */
export interface RunEnd {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly output: string;
  readonly errors: string;
}

/** Starts a command. */
export function startSmall(command: SmallCommand, place: Place, student?: string): StartedRun {
  const { out, store, cache } = place;
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", script, command, out, store],
      ...(student === undefined ? [] : [student]),
    ],
    cwd: projectFolder,
    env: { LGD_BENCH_LAUNCHER: "", LGD_BENCH_CACHE: cache },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    // So that the group can be killed by its id, and nothing else with it.
    detached: true,
  }).spawn();
  const output = new Response(process.stdout).text();
  const errors = new Response(process.stderr).text();
  let hasEnded = false;
  const ended = process.status.then(async ({ code, signal }) => {
    hasEnded = true;
    return { code, signal, output: await output, errors: await errors };
  });
  const kill = () => {
    if (hasEnded) return;
    try {
      Deno.kill(Deno.build.os === "windows" ? process.pid : -process.pid, "SIGKILL");
    } catch {
      // It has just ended.
    }
  };
  return { pid: process.pid, kill, ended };
}

const doneSchema = z.object({
  trained: z.number(),
  measured: z.number(),
  failures: z.array(z.unknown()).length(0),
});

/** What a command that ended well says that it did. */
export function readDone({ code, output, errors }: RunEnd): { trained: number; measured: number } {
  assert.equal(code, 0, errors);
  return doneSchema.parse(JSON.parse(output));
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await Deno.readTextFile(path));
}

/** What the folder of a command shows, without times. */
async function contentsOfFolder(command: SmallCommand, out: string): Promise<unknown> {
  if (command === "table") {
    const path = join(out, "result.json");
    const { cells, curves, warnings } = parseResult(await Deno.readTextFile(path), path);
    return { cells, curves, warnings };
  }
  if (command === "distill") {
    const student = sha256(await Deno.readFile(join(out, "student.safetensors")));
    const { seconds: _, ...summary } = await readJson(join(out, "summary.json"));
    return { student, curve: await readJson(join(out, "curve.json")), summary };
  }
  const evidence = sha256(await Deno.readFile(join(out, "evidence.bin")));
  const labels = await Deno.readTextFile(join(out, "labels-train.tsv"));
  const evaluation = await readJson(join(out, "evaluation.json"));
  const { model: _model, seconds: _seconds, ran: _ran, ...rest } = evaluation;
  return { evidence, labels, rest };
}

/** Everything that a command made, times left out: the same bits give equal values. */
export async function contentsOf(command: SmallCommand, place: Place): Promise<unknown> {
  const { out } = place;
  return { folder: await contentsOfFolder(command, out), entries: await entriesOf(place.store) };
}

/** Every entry of a store, verified. */
export async function entriesOf(folder: string): Promise<Record<string, unknown>> {
  const entries: Record<string, unknown> = {};
  const store = await Store.open(folder);
  for await (const { kind, key, fileNames } of store.list()) {
    const entry = await store.find(kind, key, { load: fileNames });
    assert.ok(entry, `${kind} ${key} is damaged`);
    const { seconds: _, ...info } = entry.info;
    const files = Object.entries(entry.contents).map(([name, bytes]) => [name, sha256(bytes)]);
    entries[`${kind} ${key}`] = { info, files: files.sort() };
  }
  const { damaged } = await store.verify();
  assert.deepEqual(damaged, []);
  return entries;
}

function listFiles(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
      isDirectory ? listFiles(join(folder, name)) : [join(folder, name)]
    );
  } catch {
    return [];
  }
}

/** What is half-written, locked or unfinished in a place: nothing after a command that ended well. */
export function leftoversOf({ out, store, cache }: Place): string[] {
  const own = ["temporary", "work", "locks", "damaged"].map((name) => join(store, name));
  const unfinished = own.flatMap((folder) => {
    try {
      return [...Deno.readDirSync(folder)].map(({ name }) => join(folder, name));
    } catch {
      return [];
    }
  });
  const halfWritten = [out, store, cache].flatMap(listFiles)
    .filter((path) => /\.tmp$|\.damaged$/.test(path));
  return [...new Set([...unfinished, ...halfWritten])];
}
