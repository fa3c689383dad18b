import assert from "node:assert/strict";
import { join } from "node:path";
import { floatTensor, type HostTensor } from "../core/engine/session.ts";
import { buildDistillationStep } from "../core/methods/distillation_step.ts";
import { namedParts } from "../core/nn/parameters.ts";
import { sgd } from "../core/optim/optimizer.ts";
import { RandomStream } from "../core/random.ts";
import { type Feeds, fit } from "../core/train/fit.ts";
import { Trainer } from "../core/train/trainer.ts";
import type { TrainingStep } from "../core/train/training_step.ts";
import { mobilenetV2 } from "../students/mobilenet_v2.ts";
import { backboneOf } from "../students/testdata/parity_step.ts";
import plugin from "./mean_student_method.ts";

const { method } = plugin;
const batchSize = 8, imageSize = 32, dimension = 16, momentum = 0.9;

async function stepOf(settings: object = {}, replicas = 1): Promise<TrainingStep> {
  return buildDistillationStep({
    name: "mean student",
    batchSize,
    replicas,
    imageSize,
    backbone: backboneOf(mobilenetV2, { imageSize, widthMultiplier: 0.25 }),
    needs: method.needs,
    method: await method.prepare({
      settings: method.settings.parse({ momentum, ...settings }),
      seed: 1,
      batchSize,
      stepsPerEpoch: 1,
      classes: 0,
      teacher: { name: "noise", dimension },
      text: null,
      onWarning: assert.fail,
    }),
    optimizer: sgd({ weightDecay: 1e-4 }),
  });
}

/** Two views and a teacher's unit vectors, for each replica. */
function feedsOf(step: number, replicas = 1): Feeds[] {
  const random = new RandomStream(5, "batch", step), part = batchSize / replicas;
  return Array.from({ length: replicas }, () => {
    const images = (): HostTensor => ({
      dtype: "uint8",
      shape: [3, imageSize, imageSize, part],
      data: Uint8Array.from({ length: part * 3 * imageSize ** 2 }, () => random.integer(256)),
    });
    const rows = Array.from({ length: part }, () => {
      const row = Array.from({ length: dimension }, () => random.normal());
      return row.map((value) => value / Math.hypot(...row));
    });
    return {
      images: images(),
      images_1: images(),
      teacher: floatTensor(Float32Array.from(rows.flat()), [part, dimension]),
    };
  });
}

Deno.test("mean-student learns from one batch over and over", async () => {
  const result = await fit({
    step: await stepOf(),
    batches: { stepsPerEpoch: 1, batch: () => feedsOf(0) },
    steps: 40,
    schedule: () => 0.05,
    seed: 2,
  });
  const { loss, parts } = result.curve;
  assert(loss.at(-1)! < 0.7 * loss[0]!, `losses ${loss}`);
  assert.deepEqual(Object.keys(parts), ["teacher", "mean"]);
});

Deno.test("mean-student keeps a moving average of the student as it was before each step", async () => {
  const step = await stepOf();
  const trainer = await Trainer.create(step, { seed: 2 });
  const studentOf = () =>
    namedParts(
      Float32Array.from(trainer.state.tensors["parameters"]!.data as Float32Array),
      step.spec.parameters,
    );
  const mean = (name: string) =>
    trainer.state.tensors[`state/momentum/${name}`]!.data as Float32Array;
  const average = new Map([...studentOf()].map(([name, { data }]) => [name, data.slice()]));
  for (const [name, data] of average) assert.deepEqual(mean(name), data, `${name} begins alike`);
  for (let index = 0; index < 4; index++) {
    const before = studentOf();
    await trainer.step(feedsOf(index)[0]!, 0.05);
    for (const [name, data] of average) {
      before.get(name)!.data.forEach((value, place) => {
        data[place] = momentum * data[place]! + (1 - momentum) * value;
      });
      mean(name).forEach((value, place) =>
        assert(
          Math.abs(value - data[place]!) <= 1e-6 * Math.max(1, Math.abs(value)),
          `step ${index}, ${name}[${place}]: got ${value}, expected ${data[place]}`,
        )
      );
    }
  }
  // Its BatchNorm has seen the other view: running statistics of its own.
  const buffer = step.spec.buffers[0]!.name;
  const buffers = namedParts(
    trainer.state.tensors["buffers"]!.data as Float32Array,
    step.spec.buffers,
  );
  assert.notDeepEqual(mean(buffer), buffers.get(buffer)!.data);
  assert(mean(buffer).some((value) => value !== 0));
  assert(![...buffers.keys()].some((name) => name.startsWith("momentum/")));
  await trainer.release();
});

Deno.test("mean-student resumes to the same bits, and trains in replicas", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const step = await stepOf();
    const options = { step, steps: 12, schedule: () => 0.05, seed: 2 };
    const batches = { stepsPerEpoch: 4, batch: (index: number) => feedsOf(index) };
    const whole = await fit({ ...options, batches });
    const checkpoint = { path: join(folder, "c"), key: "k", everyMilliseconds: 0 };
    const stop = (index: number) => {
      if (index === 11) throw new Error("stopped");
      return feedsOf(index);
    };
    await assert.rejects(fit({ ...options, checkpoint, batches: { ...batches, batch: stop } }));
    const resumed = await fit({ ...options, checkpoint, batches });
    assert.equal(resumed.resumedFrom, 10);
    assert.deepEqual(resumed.state, whole.state);
    const replicated = await fit({
      ...options,
      step: await stepOf({}, 2),
      steps: 3,
      replicas: 2,
      batches: { stepsPerEpoch: 4, batch: (index) => feedsOf(index, 2) },
    });
    assert(replicated.curve.loss.every(Number.isFinite));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
