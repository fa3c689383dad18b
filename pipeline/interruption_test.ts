import assert from "node:assert/strict";
import { join } from "node:path";
import { TryAgainError } from "../core/errors.ts";
import { projectFolder } from "../core/files.ts";
import { lockFolder } from "../core/store/lock.ts";
import { parseResult } from "../core/results/result_schema.ts";

const script = join(import.meta.dirname!, "testdata", "reproduce_dummy.ts");

interface Started {
  readonly process: Deno.ChildProcess;
  /** Resolves with all of standard error as soon as it holds the text. */
  waitFor(text: string): Promise<string>;
  /** Everything written, after the end. */
  end(): Promise<{ code: number; signal: Deno.Signal | null; output: string; errors: string }>;
}

/** Without what other tests of this process have just set. */
const quietEnvironment = {
  LGD_BENCH_LAUNCHER: "",
  LGD_BENCH_TEST_CRASH: "",
  LGD_BENCH_TEST_FAIL: "",
  LGD_BENCH_TEST_FULL: "",
  LGD_BENCH_TEST_PREPARE: "",
};

function start(folder: string, sleep: number, environment: Record<string, string> = {}): Started {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, folder, "1"],
    cwd: projectFolder,
    env: { ...quietEnvironment, LGD_BENCH_TEST_SLEEP: String(sleep), ...environment },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let errors = "";
  const waiting: { text: string; resolve: (errors: string) => void }[] = [];
  const reading = (async () => {
    for await (const part of process.stderr.pipeThrough(new TextDecoderStream())) {
      errors += part;
      for (const { text, resolve } of waiting) if (errors.includes(text)) resolve(errors);
    }
  })();
  const output = new Response(process.stdout).text();
  return {
    process,
    waitFor: (text) =>
      new Promise((resolve) => {
        waiting.push({ text, resolve });
        if (errors.includes(text)) resolve(errors);
      }),
    end: async () => {
      const { code, signal } = await process.status;
      await reading;
      return { code, signal, output: await output, errors };
    },
  };
}

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
    // One cell had ended: the longest go first, and the teacher last.
    assert.equal(JSON.parse(resumed.output).ran, 6);
    const whole = await start(join(folder, "b"), 0).end();
    assert.equal(JSON.parse(whole.output).ran, 7);
    assert.deepEqual(await readCells(join(folder, "a")), await readCells(join(folder, "b")));

    const startedAt = performance.now();
    const finished = await start(join(folder, "a"), 5000).end();
    assert.equal(JSON.parse(finished.output).ran, 0);
    assert.ok(performance.now() - startedAt < 2000);
  }));

Deno.test("Ctrl-C ends with 130, the command that resumes and a free folder", () =>
  withFolder(async (folder) => {
    const run = start(join(folder, "a"), 30_000);
    await run.waitFor("started good-seed.seed0");
    // While it runs, the folder is another process's.
    const second = start(join(folder, "a"), 0);
    const busy = await second.end();
    assert.equal(busy.code, 75, busy.errors);
    assert.match(busy.errors, new RegExp(`in use by process ${run.process.pid} on `));
    const startedAt = performance.now();
    run.process.kill("SIGINT");
    const { code, errors } = await run.end();
    assert.equal(code, 130);
    assert.match(errors, /Interrupted. To resume:\n {2}deno task /);
    assert.ok(performance.now() - startedAt < 2000);
    assert.equal((await start(join(folder, "a"), 0).end()).code, 0);
  }));

Deno.test("a failed cell ends with 1", () =>
  withFolder(async (folder) => {
    const run = await start(join(folder, "a"), 0, { LGD_BENCH_TEST_FAIL: "other.seed0" }).end();
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
        script,
        join(folder, "a"),
        "1",
      ],
      env: { ...quietEnvironment, LGD_BENCH_TEST_SLEEP: "30000" },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const started = async () =>
      await Deno.stat(join(folder, "a", "cells", "teacher.seed0")).then(() => true, () => false);
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
