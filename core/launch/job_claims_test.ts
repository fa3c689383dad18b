import assert from "node:assert/strict";
import { join } from "node:path";
import { WriteError } from "../errors.ts";
import { tryClaim } from "../store/claim.ts";
import type { Job, JobClaim, JobEvent } from "./executor.ts";
import { createLocalExecutor } from "./local_executor.ts";

const module = new URL("./testdata/answering_worker.ts", import.meta.url).href;

function answer(id: string, more: Partial<Job> & { milliseconds?: number } = {}): Job {
  const { milliseconds = 0, ...rest } = more;
  return { id, module, payload: { do: "answer", value: 1, milliseconds }, ...rest };
}

/** A claim that one job at a time may have. */
class Token {
  holder: string | undefined;
  taken = 0;

  readonly take = (by: string) => (): Promise<JobClaim | undefined> => {
    if (this.holder !== undefined) return Promise.resolve(undefined);
    this.holder = by;
    this.taken++;
    return Promise.resolve({ release: () => (this.holder = undefined) });
  };
}

const typesOf = (events: readonly JobEvent[]) =>
  events.filter(({ type }) => type !== "message").map(({ type, job }) => `${type} ${job.id}`);

Deno.test("a job whose claim another has is put off, others run first, and its result is found", async () => {
  const token = new Token();
  token.holder = "elsewhere";
  let made: unknown;
  let founds = 0;
  const events: JobEvent[] = [];
  const jobs = [
    answer("claimed", {
      claim: token.take("claimed"),
      holder: () => Promise.resolve(`process 7 ${token.holder}`),
      found: () => Promise.resolve((founds++, made)),
    }),
    answer("dependent", { after: ["claimed"] }),
    answer("other"),
  ];
  const outcomes = await createLocalExecutor({ jobs: 1, retryMilliseconds: 10 }).run(jobs, {
    onEvent: async (event) => {
      events.push(event);
      if (event.type !== "ended" || event.job.id !== "other") return;
      // The other process goes on for a while, then it is done and gone.
      await new Promise((resolve) => setTimeout(resolve, 50));
      made = { value: 42 };
      token.holder = undefined;
    },
  });
  assert.deepEqual(outcomes.get("claimed"), {
    status: "done",
    result: { value: 42 },
    found: true,
  });
  assert.equal(outcomes.get("dependent")!.status, "done");
  assert.deepEqual(typesOf(events), [
    "waiting claimed",
    "started other",
    "ended other",
    "ended claimed",
    "started dependent",
    "ended dependent",
  ]);
  const waiting = events.find((event) => event.type === "waiting");
  assert.equal(waiting?.type === "waiting" && waiting.holder, "process 7 elsewhere");
  assert.equal(founds, 1);
  assert.deepEqual([token.holder, token.taken], [undefined, 1]);
});

Deno.test("two jobs of one claim run one after the other, and the second finds what the first made", async () => {
  const folder = await Deno.makeTempDir();
  const claim = () => tryClaim(join(folder, "locks", "a.lock"));
  let made: unknown;
  let started = 0;
  const jobs = ["a", "b", "c"].map((id) =>
    answer(id, { milliseconds: 30, claim, found: () => Promise.resolve(made) })
  );
  const outcomes = await createLocalExecutor({ jobs: 3, retryMilliseconds: 5 }).run(jobs, {
    onEvent: async (event) => {
      if (event.type === "started") started++;
      if (event.type !== "ended" || event.outcome.status !== "done") return;
      // The claim is kept until the handler has put the result where others find it.
      await new Promise((resolve) => setTimeout(resolve, 30));
      made = event.outcome.result;
    },
  });
  assert.equal(started, 1);
  const results = [...outcomes.values()].map((outcome) =>
    outcome.status === "done" ? outcome.result : outcome
  );
  assert.deepEqual(results[1], results[0]);
  assert.deepEqual(results[2], results[0]);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(join(folder, "locks"))), []);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a claim is given back when its job fails, crashes or cannot be sent", async () => {
  const token = new Token();
  const cases: Partial<Job>[] = [
    { payload: { do: "fail" } },
    { payload: { do: "crash" } },
    { payload: () => {} },
    { found: () => Promise.reject(new WriteError("Cannot write x: disk full")) },
  ];
  for (const part of cases) {
    const outcomes = await createLocalExecutor().run([
      { ...answer("a"), claim: token.take("a"), ...part },
      answer("b", { after: ["a"] }),
    ]);
    assert.equal(outcomes.get("a")!.status, "failed");
    assert.deepEqual(outcomes.get("b"), { status: "skipped", because: "a" });
    assert.equal(token.holder, undefined);
  }
  assert.equal(token.taken, cases.length);
});

Deno.test("a claim that cannot be tried fails its job with the error's name", async () => {
  const claim = () => Promise.reject(new WriteError("Cannot write locks: read-only"));
  const outcomes = await createLocalExecutor().run([answer("a", { claim }), answer("b")]);
  assert.deepEqual(outcomes.get("a"), {
    status: "failed",
    error: { name: "WriteError", message: "Cannot write locks: read-only" },
  });
  assert.equal(outcomes.get("b")!.status, "done");
});

Deno.test("aborting gives claims back: of what runs, of what is being claimed, of what waits", async () => {
  const token = new Token();
  const controller = new AbortController();
  const reason = new Error("stop");
  let released = false;
  const slow = Promise.withResolvers<JobClaim>();
  const run = createLocalExecutor({ jobs: 2, retryMilliseconds: 5 }).run([
    { id: "hangs", module, payload: { do: "hang" }, claim: token.take("hangs") },
    answer("waits", { claim: token.take("waits") }),
    answer("slow", { claim: () => slow.promise }),
  ], {
    signal: controller.signal,
    onEvent: ({ type }) => void (type === "message" && controller.abort(reason)),
  });
  await assert.rejects(run, (error) => error === reason);
  assert.equal(token.holder, undefined);
  slow.resolve({ release: () => void (released = true) });
  await new Promise((resolve) => setTimeout(resolve));
  assert.ok(released);
  assert.equal(token.taken, 1);
});

Deno.test("a new holder is told of, the same one is not told of twice", async () => {
  const holders = ["one", "one", "two", "two"];
  const told: string[] = [];
  let tries = 0;
  await createLocalExecutor({ retryMilliseconds: 1 }).run([
    answer("a", {
      claim: () => Promise.resolve(tries++ < 4 ? undefined : { release: () => {} }),
      holder: () => Promise.resolve(holders[tries - 1]!),
    }),
  ], { onEvent: (event) => void (event.type === "waiting" && told.push(event.holder)) });
  assert.deepEqual(told, ["one", "two"]);
});
