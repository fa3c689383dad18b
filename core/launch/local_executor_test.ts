import assert from "node:assert/strict";
import { ConfigError } from "../errors.ts";
import { checkExecutorName, checkJobs, type Job, type JobEvent } from "./executor.ts";
import { createLocalExecutor } from "./local_executor.ts";

const module = new URL("./testdata/answering_worker.ts", import.meta.url).href;

interface Answer {
  value: number;
  startedAt: number;
  endedAt: number;
}

function answer(id: string, options: { milliseconds?: number; after?: string[] } = {}): Job {
  const { milliseconds = 0, after = [] } = options;
  return { id, module, payload: { do: "answer", value: 1, milliseconds }, after };
}

Deno.test("the local executor runs jobs after those they wait for, in the order given", async () => {
  const jobs = [answer("c", { after: ["a", "b"] }), answer("a", { milliseconds: 60 }), answer("b")];
  const outcomes = await createLocalExecutor({ jobs: 2 }).run(jobs);
  assert.deepEqual([...outcomes.keys()], ["c", "a", "b"]);
  const times = Object.fromEntries([...outcomes].map(([id, outcome]) => {
    assert.equal(outcome.status, "done");
    return [id, (outcome as { result: Answer }).result];
  }));
  assert.ok(times["c"]!.startedAt >= times["a"]!.endedAt);
  assert.ok(times["c"]!.startedAt >= times["b"]!.endedAt);
});

Deno.test("the local executor never runs more jobs at a time than it may", async () => {
  for (const most of [1, 3]) {
    let running = 0;
    let seen = 0;
    const jobs = ["a", "b", "c", "d", "e"].map((id) => answer(id, { milliseconds: 20 }));
    await createLocalExecutor({ jobs: most }).run(jobs, {
      onEvent: ({ type }) => {
        if (type === "started") seen = Math.max(seen, ++running);
        if (type === "ended") running--;
      },
    });
    assert.equal(seen, most);
  }
});

Deno.test("a job that fails or crashes stops only those that wait for it", async () => {
  const events: JobEvent[] = [];
  const outcomes = await createLocalExecutor({ jobs: 2 }).run([
    { id: "fails", module, payload: { do: "fail" } },
    { id: "crashes", module, payload: { do: "crash" } },
    { id: "missing", module: new URL("./testdata/none.ts", import.meta.url).href, payload: {} },
    answer("after", { after: ["fails"] }),
    answer("after that", { after: ["after"] }),
    answer("good"),
  ], { onEvent: (event) => void events.push(event) });
  assert.deepEqual(outcomes.get("fails"), {
    status: "failed",
    error: { name: "RangeError", message: "too big", step: 5 },
  });
  const crash = outcomes.get("crashes")!;
  assert.ok(crash.status === "failed" && /crashed/.test(crash.error.message));
  const missing = outcomes.get("missing")!;
  // With type checks on, the message is the checker's.
  assert.ok(
    missing.status === "failed" && /none\.ts|Type checking/.test(missing.error.message),
  );
  assert.deepEqual(outcomes.get("after"), { status: "skipped", because: "fails" });
  assert.deepEqual(outcomes.get("after that"), { status: "skipped", because: "after" });
  assert.equal(outcomes.get("good")!.status, "done");
  assert.equal(events.filter(({ type }) => type === "ended").length, 6);
  assert.equal(events.filter(({ type }) => type === "started").length, 4);
});

Deno.test("aborting ends every job at once with the reason", async () => {
  const controller = new AbortController();
  const reason = new Error("stop");
  const startedAt = performance.now();
  const run = createLocalExecutor({ jobs: 2 }).run(
    [{ id: "hangs", module, payload: { do: "hang" } }, answer("waits", { after: ["hangs"] })],
    {
      signal: controller.signal,
      onEvent: ({ type }) => void (type === "message" && controller.abort(reason)),
    },
  );
  await assert.rejects(run, (error) => error === reason);
  assert.ok(performance.now() - startedAt < 3000);
  await assert.rejects(
    createLocalExecutor().run([answer("a")], { signal: controller.signal }),
    (error) => error === reason,
  );
});

Deno.test("an error of the event handler ends the run with it", async () => {
  const jobs = [answer("a"), { id: "hangs", module, payload: { do: "hang" } }];
  for (const type of ["started", "ended"]) {
    await assert.rejects(
      createLocalExecutor({ jobs: 2 }).run(jobs, {
        onEvent: (event) => {
          if (event.type === type) throw new Error(`no space at ${type}`);
        },
      }),
      { message: `no space at ${type}` },
    );
  }
});

Deno.test("wrong numbers of jobs, executors and circles are refused", async () => {
  assert.throws(() => createLocalExecutor({ jobs: 0 }), ConfigError);
  assert.throws(() => createLocalExecutor({ jobs: 1.5 }), ConfigError);
  assert.throws(() => checkExecutorName("lokal"), /Did you mean "local"/);
  assert.throws(() => checkExecutorName("slurm"), /not available yet/);
  checkExecutorName("local");
  assert.throws(() => checkJobs([answer("a"), answer("a")]), /same id/);
  assert.throws(() => checkJobs([answer("a", { after: ["z"] })]), /unknown z/);
  const circle = [answer("a", { after: ["b"] }), answer("b", { after: ["a"] })];
  assert.throws(() => checkJobs(circle), /waits for itself/);
  await assert.rejects(createLocalExecutor().run(circle), /waits for itself/);
  assert.equal((await createLocalExecutor().run([])).size, 0);
});
