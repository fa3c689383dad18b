import assert from "node:assert/strict";
import { floatTensor } from "../../engine/session.ts";
import { ConfigError } from "../../errors.ts";
import { RandomStream } from "../../random.ts";
import { assertNear, MethodRunner, unitRows } from "../testdata/method_step.ts";
import { numericGradient, PlainSeed, toRows } from "../testdata/plain_reference.ts";
import { prepareSeed, seed, seedSettings } from "./seed.ts";

const dimension = 8, batchSize = 4;

/** The published settings with a queue of a size. */
function withQueue(queueSize: number) {
  return seedSettings.parse({ queueSize });
}

for (
  const { title, queueSize, temperatures } of [
    { title: "the temperatures of LGD", queueSize: 12, temperatures: [0.2, 0.01] },
    { title: "softer targets", queueSize: 8, temperatures: [0.1, 0.05] },
    { title: "a queue of one batch", queueSize: 4, temperatures: [0.2, 0.01] },
  ] as const
) {
  Deno.test(`prepareSeed() equals the plain reference over six steps: ${title}`, async () => {
    const [student, teacher] = temperatures;
    const settings = { queueSize, temperatureStudent: student, temperatureTeacher: teacher };
    const method = prepareSeed({ settings, dimension, batchSize, seed: 3 });
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

Deno.test("prepareSeed() keeps the newest embeddings and forgets the oldest batch", async () => {
  const method = prepareSeed({ settings: withQueue(2), dimension: 2, batchSize: 1, seed: 0 });
  const runner = await MethodRunner.create(method, 1);
  for (const teacher of [Float32Array.of(1, 0), Float32Array.of(0, 1), Float32Array.of(-1, 0)]) {
    await runner.step(teacher, { teacher: floatTensor(teacher, [1, 2]) });
  }
  assert.deepEqual([...runner.state["queue"]!.data], [-1, 0, 0, 1]);
  await runner.release();
});

Deno.test("prepareSeed() starts from unit noise that only its seed decides", () => {
  const start = (number: number) =>
    prepareSeed({ settings: withQueue(8), dimension, batchSize, seed: number })
      .initialState()["queue"]!;
  assert.deepEqual(start(1).shape, [8, dimension]);
  for (const row of toRows(start(1).data, dimension)) {
    assert(Math.abs(Math.hypot(...row) - 1) < 1e-6);
  }
  assert.deepEqual(start(1).data, start(1).data);
  assert.notDeepEqual(start(1).data, start(2).data);
});

Deno.test("prepareSeed() refuses a queue that is not a whole number of batches", () => {
  for (const queueSize of [10, 2, 0]) {
    const settings = { ...seedSettings.parse({}), queueSize };
    assert.throws(
      () => prepareSeed({ settings, dimension, batchSize, seed: 0 }),
      (error) => error instanceof ConfigError && error.message.includes(`in ${queueSize} places`),
      `queueSize ${queueSize}`,
    );
  }
});

Deno.test("seed takes the length of the teacher's embeddings, and refuses to work without one", async () => {
  const context = {
    settings: withQueue(8),
    seed: 0,
    batchSize,
    stepsPerEpoch: 1,
    classes: 3,
    teacher: { name: "toy", dimension: 5 },
    text: null,
    onWarning: () => {},
  };
  const { head } = await seed.prepare(context);
  assert.deepEqual(head, { output: "embedding", dimension: 5 });
  await assert.rejects(seed.prepare({ ...context, teacher: null }), /no teacher/);
});
