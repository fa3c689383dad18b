/** Answers as its payload says. */

import { answerRun } from "../messages.ts";

interface Payload {
  do: "answer" | "fail" | "crash" | "hang";
  value?: number;
  milliseconds?: number;
}

answerRun<Payload>(async ({ do: what, value, milliseconds = 0 }, port) => {
  port.progress({ phase: "test", step: 1, steps: 1 });
  const startedAt = performance.timeOrigin + performance.now();
  await new Promise((done) => setTimeout(done, milliseconds));
  if (what === "fail") throw Object.assign(new RangeError("too big"), { step: 5 });
  if (what === "crash") setTimeout(() => Promise.reject(new Error("crashed")));
  if (what !== "answer") await new Promise(() => {});
  return { value, startedAt, endedAt: performance.timeOrigin + performance.now() };
});
