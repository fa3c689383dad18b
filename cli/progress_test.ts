import assert from "node:assert/strict";
import type { Job } from "../core/launch/executor.ts";
import type { Unit } from "../pipeline/units.ts";
import { formatSeconds, ProgressDisplay } from "./progress.ts";

Deno.test("formatSeconds speaks as people do", () => {
  assert.deepEqual([0.4, 45, 200, 7500].map(formatSeconds), [
    "0 s",
    "45 s",
    "3 min 20 s",
    "2 h 5 min",
  ]);
});

Deno.test("without a terminal there is a line per start and end, and one in 15 s between", () => {
  const lines: string[] = [];
  let now = 0;
  const display = new ProgressDisplay({
    terminal: false,
    writeLine: (line) => lines.push(line),
    now: () => now,
  });
  const unit = (id: string): Unit => ({ id, model: null, trains: true, measures: [] });
  const job: Job = { id: "a", module: "", payload: null };
  const progress = (step: number) =>
    display.handle({
      type: "message",
      job,
      message: {
        type: "progress",
        phase: "train",
        step,
        steps: 100,
        loss: 2.5,
        imagesPerSecond: 640,
      },
    });
  display.handle({
    type: "planned",
    folder: "runs/x",
    units: [unit("a"), unit("b")],
    finished: { models: 3, outcomes: 1 },
    work: new Map([["a", { images: 10, steps: 100 }], ["b", { images: 10, steps: 100 }]]),
  });
  display.handle({ type: "started", job });
  now = 1000;
  progress(1);
  now = 21_000;
  progress(40);
  progress(41);
  now = 30_000;
  display.handle({ type: "ended", job, outcome: { status: "done", result: null } });
  display.handle({
    type: "ended",
    job: { ...job, id: "b" },
    outcome: { status: "failed", error: { name: "E", message: "loss is NaN at step 3" } },
  });
  display.handle({ type: "warning", message: "look" });
  display.stop();
  assert.deepEqual(lines, [
    "2 students to train, 0 measurements to make; in the store already: 3 students, 1 measurement; run folder runs/x",
    "a: started",
    "a: train 40/100, loss 2.500, 640 images/s, 30 s left; total 0/2 jobs, 21 s, about 1 min 43 s left",
    "a: done in 30 s",
    "b: failed: loss is NaN at step 3",
    "warning: look",
  ]);
});
