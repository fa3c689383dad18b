import assert from "node:assert/strict";
import { floatTensor } from "../../engine/session.ts";
import { ConfigError } from "../../errors.ts";
import { RandomStream } from "../../random.ts";
import { assertNear, MethodRunner, unitRows } from "../testdata/method_step.ts";
import { numericGradient, PlainSeed, toRows } from "../testdata/plain_reference.ts";
import { seed } from "./seed.ts";

const dimension = 8, batchSize = 4;

for (
  const { title, queueSize, temperatures } of [
    { title: "the temperatures of LGD", queueSize: 12, temperatures: [0.2, 0.01] },
    { title: "softer targets", queueSize: 8, temperatures: [0.1, 0.05] },
    { title: "a queue of one batch", queueSize: 4, temperatures: [0.2, 0.01] },
  ] as const
) {
  Deno.test(`seed() equals the plain reference over six steps: ${title}`, async () => {
    const [student, teacher] = temperatures;
    const method = seed({
      dimension,
      batchSize,
      queueSize,
      temperatures: { student, teacher },
      seed: 3,
    });
    const runner = await MethodRunner.create(method, batchSize);
    const start = toRows(method.initialState()["queue"]!.data, dimension);
    // The ring overwrites its first batch first, the queue drops its last.
    const batches = Array.from(
      { length: queueSize / batchSize },
      (_, index) => start.slice(index * batchSize, (index + 1) * batchSize),
    );
    const ring = new PlainSeed(batches.reverse().flat(), { student, teacher });
    const random = new RandomStream(4, title);
    for (let step = 0; step < 6; step++) {
      const zT = unitRows(random, batchSize, dimension);
      const zS = unitRows(random, batchSize, dimension, { anchors: zT, pull: 2 });
      const actual = await runner.step(zS, { teacher: floatTensor(zT, [batchSize, dimension]) });
      const teacherRows = toRows(zT, dimension), studentRows = toRows(zS, dimension);
      assertNear([actual.loss], [ring.loss(studentRows, teacherRows)], 1e-5, `loss ${step}`);
      const gradient = numericGradient((z) => ring.loss(z, teacherRows), studentRows).flat();
      assertNear(actual.gradient, gradient, 1e-5, `gradient ${step}`);
      ring.enqueue(teacherRows);
      const queue = toRows(runner.state["queue"]!.data as Float32Array, dimension);
      assert.deepEqual(queue, ring.newestFirst(batchSize), `queue ${step}`);
    }
    await runner.release();
  });
}

Deno.test("seed() keeps the newest embeddings and forgets the oldest batch", async () => {
  const method = seed({
    dimension: 2,
    batchSize: 1,
    queueSize: 2,
    temperatures: { student: 0.2, teacher: 0.01 },
    seed: 0,
  });
  const runner = await MethodRunner.create(method, 1);
  for (const teacher of [Float32Array.of(1, 0), Float32Array.of(0, 1), Float32Array.of(-1, 0)]) {
    await runner.step(teacher, { teacher: floatTensor(teacher, [1, 2]) });
  }
  assert.deepEqual([...runner.state["queue"]!.data], [-1, 0, 0, 1]);
  await runner.release();
});

Deno.test("seed() starts from unit noise that only its seed decides", () => {
  const start = (number: number) =>
    seed({
      dimension,
      batchSize,
      queueSize: 8,
      temperatures: { student: 0.2, teacher: 0.01 },
      seed: number,
    }).initialState()["queue"]!;
  assert.deepEqual(start(1).shape, [8, dimension]);
  for (const row of toRows(start(1).data, dimension)) {
    assert(Math.abs(Math.hypot(...row) - 1) < 1e-6);
  }
  assert.deepEqual(start(1).data, start(1).data);
  assert.notDeepEqual(start(1).data, start(2).data);
});

Deno.test("seed() refuses a queue that is not a whole number of batches", () => {
  const temperatures = { student: 0.2, teacher: 0.01 };
  for (const queueSize of [10, 2, 0]) {
    assert.throws(
      () => seed({ dimension, batchSize, queueSize, temperatures, seed: 0 }),
      (error) => error instanceof ConfigError && error.message.includes(`in ${queueSize} places`),
      `queueSize ${queueSize}`,
    );
  }
});
