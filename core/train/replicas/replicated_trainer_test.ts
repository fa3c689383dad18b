import assert from "node:assert/strict";
import { backboneOf } from "../../../students/testdata/parity_step.ts";
import { mobilenetV2 } from "../../../students/mobilenet_v2.ts";
import { floatTensor, type HostTensor, Session } from "../../engine/session.ts";
import { ConfigError, EngineError, NonFiniteLossError } from "../../errors.ts";
import type { Backbone } from "../../methods/distillation_step.ts";
import { eachGradient, parameterFeeds } from "../parameter_tensors.ts";
import type { TrainingStep } from "../training_step.ts";
import { conv2d, globalAveragePool } from "../../nn/layers.ts";
import { smallBatch, smallSizes, smallTrainingStep } from "../testdata/small_training.ts";
import { dropoutMasks, Trainer } from "../trainer.ts";
import { initialTrainingState, type TrainingState } from "../training_state.ts";
import { sumInto } from "./gradient_sum.ts";
import { ReplicatedTrainer } from "./replicated_trainer.ts";

const replicas = 2;
const learningRate = 0.05;

/** With BatchNorm and dropout. */
const mobilenet = backboneOf(mobilenetV2, {
  imageSize: smallSizes.imageSize,
  widthMultiplier: 0.25,
});

/** Without BatchNorm: a batch over replicas is then the same as a whole one. */
const plainBackbone: Backbone = {
  headName: "fc",
  headDropout: 0,
  preprocess: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
  features(context, images) {
    const map = conv2d(context, "conv", images, { outChannels: 8, kernel: 3, stride: 4 });
    return { c2: map, c3: map, c4: map, c5: map, pooled: globalAveragePool(context, map) };
  },
};

/** The batch of a step, split. */
function smallReplicas(step: number): Record<string, HostTensor>[] {
  const { images, teacher } = smallBatch(step) as Record<"images" | "teacher", HostTensor>;
  const { batch, imageSize, dimension } = smallSizes, part = batch / replicas;
  return Array.from({ length: replicas }, (_, replica) => {
    const pixels = images.data.length / batch;
    const data = Uint8Array.from(
      { length: pixels * part },
      (_, index) =>
        images.data[Math.floor(index / part) * batch + replica * part + index % part] as number,
    );
    const rows = (teacher.data as Float32Array)
      .slice(replica * part * dimension, (replica + 1) * part * dimension);
    return {
      images: { dtype: "uint8", shape: [3, imageSize, imageSize, part], data },
      teacher: floatTensor(rows, [part, dimension]),
      teacher_batch: teacher,
    };
  });
}

async function trainReplicated(
  step: TrainingStep,
  steps: number,
  state?: TrainingState,
): Promise<{ state: TrainingState; losses: number[] }> {
  const trainer = await ReplicatedTrainer.create(step, {
    replicas,
    seed: 4,
    ...(state ? { state } : {}),
  });
  try {
    const losses: number[] = [];
    while (trainer.stepsDone < steps) {
      losses.push((await trainer.step(smallReplicas(trainer.stepsDone), learningRate)).loss);
    }
    return { state: trainer.state, losses };
  } finally {
    trainer.release();
  }
}

Deno.test("ReplicatedTrainer does what its replicas do one after the other, to the bit", async () => {
  const step = smallTrainingStep(mobilenet, { replicas });
  const { tensors } = structuredClone(initialTrainingState(step, 4));
  const floats = (name: string) => tensors[name]!.data as Float32Array;
  const session = await Session.create(step.graph);
  const wantedLosses: number[] = [];
  for (let index = 0; index < 3; index++) {
    const results: Record<string, HostTensor>[] = [];
    for (const [replica, feeds] of smallReplicas(index).entries()) {
      results.push(
        await session.run({
          ...tensors,
          ...parameterFeeds(step.spec.parameters, floats("parameters")),
          ...feeds,
          ...dropoutMasks(step, 4, index, replica),
        }),
      );
    }
    const all = (name: string) => results.map((result) => result[name]!.data as Float32Array);
    wantedLosses.push((all("loss")[0]![0]! + all("loss")[1]![0]!) / 2);
    const gradient = new Float32Array(floats("parameters").length);
    const flat = results.map((outputs) => {
      const whole = new Float32Array(gradient.length);
      eachGradient(step.spec.parameters, outputs, (part, begin) => whole.set(part, begin));
      return whole;
    });
    sumInto(gradient, flat, 1 / replicas);
    sumInto(floats("buffers"), all("next/buffers"), 1 / replicas);
    step.optimizer.update({
      parameters: floats("parameters"),
      gradient,
      state: [floats("momentum")],
      learningRate,
      step: index + 1,
    });
    for (const name of ["state/bank", "state/visited"]) {
      // The method's state is made of the whole batch, so it is the same in all replicas.
      assert.deepEqual(all(`next/${name}`)[0], all(`next/${name}`)[1], name);
      floats(name).set(all(`next/${name}`)[0]!);
    }
  }
  await session.release();
  const { state, losses } = await trainReplicated(step, 3);
  assert.deepEqual(losses, wantedLosses);
  assert.equal(state.step, 3);
  for (const name of Object.keys(tensors)) {
    assert.deepEqual(state.tensors[name]!.data, floats(name), name);
  }
});

Deno.test("ReplicatedTrainer without BatchNorm trains as the whole batch does", async () => {
  const whole = await Trainer.create(smallTrainingStep(plainBackbone), { seed: 4 });
  const losses: number[] = [];
  for (let step = 0; step < 4; step++) {
    losses.push((await whole.step(smallBatch(step), learningRate)).loss);
  }
  await whole.release();
  const replicated = await trainReplicated(smallTrainingStep(plainBackbone, { replicas }), 4);
  losses.forEach((loss, index) => assert(Math.abs(loss / replicated.losses[index]! - 1) < 1e-5));
  for (const [name, { data }] of Object.entries(whole.state.tensors)) {
    const found = replicated.state.tensors[name]!.data as Float32Array;
    (data as Float32Array).forEach((value, index) =>
      assert(Math.abs(found[index]! - value) < 1e-5, `${name}[${index}]: ${found[index]}, ${value}`)
    );
  }
});

Deno.test("ReplicatedTrainer goes on from a state to the same bits", async () => {
  const step = smallTrainingStep(mobilenet, { replicas });
  const unbroken = await trainReplicated(step, 4);
  const first = await trainReplicated(step, 2);
  const second = await trainReplicated(step, 4, first.state);
  assert.deepEqual([...first.losses, ...second.losses], unbroken.losses);
  assert.deepEqual(second.state, unbroken.state);
});

Deno.test("ReplicatedTrainer keeps its state where the loss is no number, and says what a replica lacks", async () => {
  const step = smallTrainingStep(plainBackbone, { replicas });
  const trainer = await ReplicatedTrainer.create(step, { replicas, seed: 4 });
  try {
    const before = trainer.state;
    const batch = smallReplicas(0);
    (batch[1]!["teacher"]!.data as Float32Array).fill(NaN);
    await assert.rejects(trainer.step(batch, learningRate), NonFiniteLossError);
    assert.deepEqual(trainer.state, before);
    await assert.rejects(
      trainer.step([smallReplicas(0)[0]!, {}], learningRate),
      (error: Error) => error instanceof EngineError && /replica 1 has nothing/.test(error.message),
    );
    await trainer.step(smallReplicas(0), learningRate);
    assert.equal(trainer.stepsDone, 1);
  } finally {
    trainer.release();
  }
});

Deno.test("buildDistillationStep() refuses a batch that replicas do not divide", () => {
  for (const replicas of [3, 0, 1.5]) {
    assert.throws(
      () => smallTrainingStep(plainBackbone, { replicas }),
      (error: Error) => error instanceof ConfigError && /must divide the batch/.test(error.message),
    );
  }
});
