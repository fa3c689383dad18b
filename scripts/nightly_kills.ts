/**
 * Kills nights with -9 and looks whether baseline and history are whole after each, and whether the next
 * command goes on.
 *
 *     deno run -A scripts/nightly_kills.ts --kills 10
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { projectFolder, readTextIfPresent } from "../core/files.ts";
import { openHistory } from "../core/history/history.ts";
import { readTableBaseline } from "../nightly/baseline.ts";
import { readOptions, wholeNumberOption } from "./script_options.ts";

const table = join(projectFolder, "scripts", "nightly", "trial_table.yaml");

/** Starts a night of one training; `moment`: seconds after which it is killed. */
async function runOnce(folder: string, moment?: number): Promise<{
  code: number;
  killed: boolean;
  seconds: number;
  errors: string;
}> {
  const startedAt = performance.now();
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", join(projectFolder, "cli.ts"), "nightly", "--tables", table],
      ...["--size", "smoke", "--seeds", "1", "--cells", "rn18-seed", "--speed", "none"],
      ...["--jobs", "1", "--folder", folder, "--history", join(folder, "history.sqlite")],
    ],
    cwd: projectFolder,
    env: { LGD_BENCH_LAUNCHER: "", LGD_BENCH_CACHE: join(folder, "..", "cache") },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    // So that the group can be killed by its id, and nothing else with it.
    detached: true,
  }).spawn();
  const errors = new Response(process.stderr).text();
  let killed = false;
  const timer = moment === undefined ? undefined : setTimeout(() => {
    try {
      Deno.kill(-process.pid, "SIGKILL");
      killed = true;
    } catch {
      // It has ended.
    }
  }, moment * 1000);
  const { code, signal } = await process.status;
  clearTimeout(timer);
  killed &&= signal === "SIGKILL";
  return { code, killed, seconds: (performance.now() - startedAt) / 1000, errors: await errors };
}

/** Fails where baseline or history cannot be read. */
async function checkWhole(
  folder: string,
): Promise<{ nights: number; hasBaseline: boolean; time: string; isFinished: boolean }> {
  const path = join(folder, "baseline", "trial_table-smoke.json");
  const baseline = await readTableBaseline(path, { table: "trial", size: "smoke" });
  using history = await openHistory(join(folder, "history.sqlite"));
  const records = await history.records();
  const times = new Set(records.map(({ time }) => time));
  assert.equal(times.size, records.length, "a night is in the history twice");
  const journal = await readTextIfPresent(join(folder, "night.json"));
  const { time = "", finished = true } = JSON.parse(journal ?? "{}") as {
    time?: string;
    finished?: boolean;
  };
  return {
    nights: records.length,
    hasBaseline: baseline !== undefined,
    time,
    isFinished: finished,
  };
}

/**
 * Kills nights at moments that are spread over their length.
 *
 * @returns How many were killed, and how many came to their end.
 */
export async function killNights(
  kills: number,
  onEvent: (message: string) => void = () => {},
): Promise<{ kills: number; nights: number }> {
  const root = await Deno.makeTempDir();
  try {
    const whole = await runOnce(join(root, "whole"));
    assert.equal(whole.code, 0, whole.errors);
    const warm = await runOnce(join(root, "whole"));
    assert.equal(warm.code, 0, warm.errors);
    onEvent(
      `a night takes ${whole.seconds.toFixed(1)} s, one without trainings ${
        warm.seconds.toFixed(1)
      } s`,
    );
    const folder = join(root, "killed");
    let killed = 0, ended = 0;
    for (let turn = 0; killed < kills; turn++) {
      // The first kills hit trainings; later ones what is written at the end of a night.
      const share = (killed + 0.5) / kills;
      const length = ended === 0 ? whole.seconds : warm.seconds;
      const moment = killed < kills / 2 ? share * length : (0.3 + 0.6 * share) * length;
      const before = await checkWhole(folder);
      const run = await runOnce(folder, moment);
      const state = await checkWhole(folder);
      assert.ok(state.nights >= before.nights, "a night was lost");
      if (!before.isFinished) assert.equal(state.time, before.time, "the night goes on");
      if (run.killed) {
        killed++;
        onEvent(
          `kill ${killed} after ${moment.toFixed(1)} s: ${state.nights} nights, ` +
            `${state.hasBaseline ? "a" : "no"} baseline, both whole`,
        );
      } else {
        assert.equal(run.code, 0, run.errors);
        ended++;
        assert.ok(state.isFinished && state.hasBaseline);
      }
      assert.ok(turn < 20 * kills, "nights end before they are killed");
    }
    const last = await runOnce(folder);
    assert.equal(last.code, 0, last.errors);
    const { nights } = await checkWhole(folder);
    assert.ok(nights > ended, "every night that came to its end is in the history");
    const left = await Array.fromAsync(Deno.readDir(join(folder, "baseline")));
    assert.ok(
      left.every(({ name }) => !name.endsWith(".tmp")),
      left.map(({ name }) => name).join(),
    );
    assert.match(await readTextIfPresent(join(folder, "summary.md")) ?? "", /^## Passed/);
    return { kills: killed, nights };
  } finally {
    await new Promise((resolve) => setTimeout(resolve, 500));
    await Deno.remove(root, { recursive: true });
  }
}

if (import.meta.main) {
  const kills = readOptions(() => {
    const { values } = parseArgs({
      args: [...Deno.args],
      options: { kills: { type: "string", default: "10" } },
    });
    return wholeNumberOption("--kills", values.kills, 1);
  });
  const counts = await killNights(kills, (message) => console.error(message));
  console.error(`${counts.kills} kills, ${counts.nights} nights: baseline and history stay whole`);
}
