/**
 * Kills runs with -9 at random moments, in trainings of students and of what measures them, and looks
 * whether they end with the same bits as an unbroken one.
 *
 *     deno run -A scripts/kill_runs.ts --kills 20
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { projectFolder, sha256 } from "../core/files.ts";
import { RandomStream } from "../core/random.ts";
import { parseResult } from "../core/results/result_schema.ts";
import { Store } from "../core/store/store.ts";

const script = join(projectFolder, "pipeline", "testdata", "reproduce_killed.ts");

/** A run folder and its store. */
interface Place {
  readonly out: string;
  readonly store: string;
}

function start({ out, store }: Place): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, out, store],
    cwd: projectFolder,
    env: { LGD_BENCH_LAUNCHER: "" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
}

async function end(process: Deno.ChildProcess): Promise<{ killed: boolean; errors: string }> {
  const [{ success, signal }, errors] = await Promise.all([
    process.status,
    new Response(process.stderr).text(),
  ]);
  assert.ok(success || signal === "SIGKILL", errors);
  return { killed: signal === "SIGKILL", errors };
}

/** Hashes of everything that a run made. */
async function contentsOf({ out, store }: Place): Promise<Record<string, unknown>> {
  const path = join(out, "result.json");
  const { cells, curves } = parseResult(await Deno.readTextFile(path), path);
  const entries: Record<string, unknown> = {};
  const opened = await Store.open(store);
  for await (const { kind, key, fileNames } of opened.list()) {
    const entry = await opened.find(kind, key, { load: fileNames });
    assert.ok(entry, `${kind} ${key} is damaged`);
    entries[`${kind} ${key}`] = Object.entries(entry.contents)
      .map(([name, bytes]) => [name, sha256(bytes)]).sort();
  }
  const { damaged } = await opened.verify();
  assert.deepEqual(damaged, []);
  return { cells, curves, entries };
}

/**
 * Kills runs with -9 and compares what they end with.
 *
 * @param kills How many are killed.
 * @param seed Of the moments.
 * @param onRun Told of every kill, and of every run that came to its end.
 */
export async function killRuns(
  kills: number,
  { seed = 0, onRun = () => {} }: { seed?: number; onRun?: (message: string) => void } = {},
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const place = (name: string): Place => ({
    out: join(folder, name),
    store: join(folder, `${name}-store`),
  });
  try {
    await end(start(place("first")));
    const startedAt = performance.now();
    const whole = place("whole");
    await end(start(whole));
    const milliseconds = performance.now() - startedAt;
    onRun(`unbroken: ${Math.round(milliseconds)} ms`);
    const expected = await contentsOf(whole);
    const random = new RandomStream(seed, "kills");
    let done = 0;
    for (let round = 0; done < kills; round++) {
      const broken = place(`broken-${round}`);
      for (let inRound = 0;; inRound++) {
        // A few kills in each round, so that it comes to its end.
        const wait = done < kills && inRound < 4 ? random.uniform() * milliseconds : Infinity;
        const process = start(broken);
        const timer = wait === Infinity ? undefined : setTimeout(() => {
          try {
            process.kill("SIGKILL");
          } catch {
            // It has ended.
          }
        }, wait);
        const { killed } = await end(process);
        clearTimeout(timer);
        if (!killed) break;
        done++;
        onRun(`killed after ${Math.round(wait)} ms`);
      }
      assert.deepEqual(await contentsOf(broken), expected);
      onRun(`round ${round + 1}: the same bits`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: [...Deno.args],
    options: { kills: { type: "string", default: "20" }, seed: { type: "string", default: "0" } },
  });
  await killRuns(Number(values.kills), {
    seed: Number(values.seed),
    onRun: (message) => console.error(message),
  });
  console.error(`${values.kills} kills: models, evidence and numbers are the same to the last bit`);
}
