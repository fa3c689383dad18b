import assert from "node:assert/strict";
import type { MeasureJob, TrainJob } from "../core/recipe/jobs.ts";
import type { Unit } from "../pipeline/units.ts";
import { TimeLeft } from "./time_left.ts";

const model = (student: string) => ({ spec: { student } }) as TrainJob;
const measures = (task: string) => [{ spec: { task } } as MeasureJob];

const training = (id: string, student = "RN18"): Unit => ({
  id,
  model: model(student),
  trains: true,
  measures: [],
});

const long = (id: string, task: string, student = "RN18"): Unit => ({
  id,
  model: model(student),
  trains: false,
  isLong: true,
  measures: measures(task),
});

const round = (rest: { seconds: number; share: number } | undefined) =>
  rest && { seconds: Math.round(rest.seconds), share: Number(rest.share.toFixed(3)) };

Deno.test("TimeLeft counts trainings by their steps", () => {
  const steps = (count: number) => ({ images: 10, steps: count });
  const left = new TimeLeft(
    [training("a"), training("b")],
    new Map([["a", steps(100)], ["b", steps(300)]]),
  );
  assert.equal(left.rest(0), undefined);
  left.start("a", 0);
  left.progress("a", { phase: "teacher", step: 9, steps: 10 });
  assert.equal(left.rest(5000), undefined);
  left.progress("a", { phase: "train", step: 40, steps: 100 });
  // 34 % of it took 34 s: 66 s of it are left, and three times 100 s of the other.
  assert.deepEqual(round(left.rest(34_000)), { seconds: 366, share: 0.085 });
  left.progress("a", { phase: "zero-shot", step: 1, steps: 2 });
  assert.deepEqual(round(left.rest(85_000)), { seconds: 315, share: 0.213 });
  left.end("a", 100_000, true);
  assert.deepEqual(round(left.rest(100_000)), { seconds: 300, share: 0.25 });
});

Deno.test("TimeLeft knows what tasks take that train on stored students", () => {
  const units = [
    long("a", "detection"),
    long("b", "detection"),
    long("c", "semantic-segmentation"),
    long("d", "detection", "MNv2"),
    training("e"),
  ];
  // The training has far more steps than a unit of the others would be given.
  const left = new TimeLeft(units, new Map([["e", { images: 10, steps: 5000 }]]));
  left.start("a", 0);
  left.progress("a", { phase: "detection", step: 50, steps: 100 });
  // Nothing is known of the others: each is taken to be like it.
  assert.deepEqual(round(left.rest(42_500)), { seconds: 458, share: 0.085 });
  left.end("a", 100_000, true);
  left.start("c", 100_000);
  left.progress("c", { phase: "semantic-segmentation", step: 100, steps: 100 });
  left.progress("c", { phase: "semantic-segmentation, val", step: 1, steps: 9 });
  left.end("c", 120_000, true);
  // The detections take what the first took; the training what a task took, 60 s on average.
  assert.deepEqual(round(left.rest(120_000)), { seconds: 260, share: 0.316 });
});

Deno.test("TimeLeft divides by the units that run at a time, and leaves out what failed", () => {
  const units = ["a", "b", "c", "d"].map((id) => long(id, "detection"));
  const left = new TimeLeft(units, new Map());
  left.start("a", 0);
  left.start("b", 0);
  left.progress("a", { phase: "detection", step: 1, steps: 2 });
  assert.deepEqual(round(left.rest(42_500)), { seconds: 158, share: 0.213 });
  left.end("b", 43_000, false);
  left.end("a", 100_000, true);
  assert.deepEqual(round(left.rest(100_000)), { seconds: 100, share: 0.333 });
});

Deno.test("TimeLeft does not take the first steps of a training for its speed", () => {
  const steps = { images: 10, steps: 400 };
  const stored: Unit = { ...training("stored"), trains: false, measures: measures("zero-shot") };
  const left = new TimeLeft(
    [training("a"), training("b"), stored],
    new Map([["a", steps], ["b", steps]]),
  );
  left.start("a", 0);
  left.end("a", 100_000, true);
  // A measurement of a stored student is no training.
  assert.deepEqual(round(left.rest(100_000)), { seconds: 105, share: 0.488 });
  left.start("b", 100_000);
  // Its data are read for 4 s; by itself the first of 400 steps would make it 31 min.
  left.progress("b", { phase: "train", step: 1, steps: 400 });
  assert.deepEqual(round(left.rest(104_000)), { seconds: 101, share: 0.507 });
  // Half as fast as the other: the further it is, the more its own speed counts.
  left.progress("b", { phase: "train", step: 47, steps: 400 });
  const early = left.rest(120_000)!.seconds;
  assert.ok(early > 100 && early < 200, `${early}`);
  left.progress("b", { phase: "train", step: 200, steps: 400 });
  assert.deepEqual(round(left.rest(185_000)), { seconds: 123, share: 0.602 });
});
