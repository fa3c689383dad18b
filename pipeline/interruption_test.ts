import assert from "node:assert/strict";
import { join } from "node:path";
import { TryAgainError } from "../core/errors.ts";
import { lockFolder } from "../core/store/lock.ts";
import { killRuns } from "../scripts/kill_runs.ts";
import { raceRuns } from "../scripts/race_runs.ts";
import { parseResult } from "../core/results/result_schema.ts";
import { countsOf, dummyScript, quietEnvironment, start } from "./testdata/dummy_run.ts";

async function readCells(folder: string): Promise<unknown> {
  const path = join(folder, "result.json");
  return parseResult(await Deno.readTextFile(path), path).cells;
}

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a run that is killed with -9 goes on where it was and ends with the same numbers", () =>
  withFolder(async (folder) => {
    const killed = start(join(folder, "a"), 150);
    await killed.waitFor("ended good-seed.seed0");
    killed.process.kill("SIGKILL");
    await killed.end();
    const resumed = await start(join(folder, "a"), 0).end();
    assert.equal(resumed.code, 0, resumed.errors);
    // The baseline and one student had ended: the longest go first, and the teacher last.
    assert.deepEqual(countsOf(resumed.output), [5, 11]);
    const whole = await start(join(folder, "b"), 0).end();
    assert.deepEqual(countsOf(whole.output), [6, 14]);
    assert.deepEqual(await readCells(join(folder, "a")), await readCells(join(folder, "b")));

    const finished = await start(join(folder, "a"), 0).end();
    assert.deepEqual(countsOf(finished.output), [0, 0]);
  }));

Deno.test("Ctrl-C ends with 130, the command that resumes and a free folder", () =>
  withFolder(async (folder) => {
    const run = start(join(folder, "a"), 30_000);
    await run.waitFor("started pixel");
    // While it runs, the folder is another process's.
    const second = start(join(folder, "a"), 0);
    const busy = await second.end();
    assert.equal(busy.code, 75, busy.errors);
    assert.match(busy.errors, new RegExp(`in use by process ${run.process.pid} on `));
    const startedAt = performance.now();
    run.process.kill("SIGINT");
    const { code, errors } = await run.end();
    assert.equal(code, 130);
    assert.match(errors, /Interrupted. To resume:\n {2}(npx -y )?deno task /);
    // Without waiting for the job, which takes 30 s.
    assert.ok(performance.now() - startedAt < 30_000);
    assert.equal((await start(join(folder, "a"), 0).end()).code, 0);
  }));

Deno.test("a failed job ends with 1", () =>
  withFolder(async (folder) => {
    const run = await start(join(folder, "a"), 0, {
      environment: { LGD_BENCH_TEST_FAIL: "other.seed0" },
    }).end();
    assert.equal(run.code, 1);
    assert.deepEqual(JSON.parse(run.output).failures, [
      ["other.seed0", "Cannot continue training: loss is NaN at step 7"],
    ]);
  }));

Deno.test("a command whose launcher was killed stops by itself", () =>
  withFolder(async (folder) => {
    // A shell stands for the launcher: it starts the command and waits.
    const launcher = new Deno.Command("sh", {
      args: [
        "-c",
        'LGD_BENCH_LAUNCHER=$$ "$@" & wait',
        "sh",
        Deno.execPath(),
        "run",
        "-A",
        "--no-check",
        dummyScript,
        join(folder, "a"),
        join(folder, "store"),
        "1",
      ],
      env: { ...quietEnvironment, LGD_BENCH_TEST_SLEEP: "30000" },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const started = async () =>
      await Deno.stat(join(folder, "a", "manifest.json")).then(() => true, () => false);
    for (let turn = 0; turn < 200 && !await started(); turn++) await sleep(50);
    assert.ok(await started());
    await assert.rejects(lockFolder(join(folder, "a"), { waitSeconds: 0 }), TryAgainError);
    launcher.kill("SIGKILL");
    await launcher.status;
    // The lock goes with the process that held it.
    (await lockFolder(join(folder, "a"), { waitSeconds: 2 })).release();
  }));

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

Deno.test("two runs at once train every student once, and each takes what the other made", () =>
  withFolder(async (folder) => {
    const runs = ["a", "b"].map((name) => start(join(folder, name), 300, { store: "store" }));
    const ended = await Promise.all(runs.map((run) => run.end()));
    const counts = ended.map(({ code, output, errors }) => {
      assert.equal(code, 0, errors);
      return countsOf(output);
    });
    assert.deepEqual(counts[0]!.map((count, index) => count + counts[1]![index]!), [6, 14]);
    // A job that the other one works on is put off, and it is said who that is.
    const pids = runs.map(({ process }) => process.pid);
    const errors = ended.map(({ errors }) => errors).join("\n");
    assert.match(errors, new RegExp(`waiting .* for process (${pids.join("|")}) on `));
    assert.deepEqual(await readCells(join(folder, "a")), await readCells(join(folder, "b")));
  }));

Deno.test("runs that are killed at ten moments end with the same bits and leave nothing", async () => {
  const counts = await killRuns(10);
  assert.deepEqual(counts.map(({ command, kills }) => [command, kills]), [
    ["evaluate", 3],
    ["distill", 3],
    ["table", 4],
  ]);
  assert.ok(counts.every(({ compared }) => compared > 0));
});

Deno.test("two commands on one run folder or for one student lose nothing and do nothing twice", async () => {
  const counts = await raceRuns(1, { kinds: ["folder", "student"] });
  assert.deepEqual(counts.map(({ trained, measured }) => [trained, measured]), [[1, 3], [1, 3]]);
});
