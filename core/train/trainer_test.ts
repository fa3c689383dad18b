import assert from "node:assert/strict";
import { join } from "node:path";
import { mobilenetV2 } from "../../students/mobilenet_v2.ts";
import { resnet18 } from "../../students/resnet18.ts";
import type { Student } from "../../students/student.ts";
import { backboneOf } from "../../students/testdata/parity_step.ts";
import { floatTensor, type HostTensor } from "../engine/session.ts";
import { NonFiniteLossError } from "../errors.ts";
import { sha256 } from "../files.ts";
import { buildTrainingStep, type TrainingStep } from "./training_step.ts";
import { constantInitializer } from "../nn/initializers.ts";
import { mul, reduceSum } from "../onnx/build.ts";
import { adamW } from "../optim/optimizer.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { smallBatch, smallSizes, smallTrainingStep } from "./testdata/small_training.ts";
import { dropoutMasks, Trainer } from "./trainer.ts";
import { initialTrainingState, type TrainingState } from "./training_state.ts";

const curve = { steps: [], loss: [], parts: {} };

function stepOf(student: Student): TrainingStep {
  const options = { imageSize: smallSizes.imageSize, widthMultiplier: 0.25 };
  return smallTrainingStep(backboneOf(student, options));
}

/** Goes on from the trainer's step up to another. */
async function train(trainer: Trainer, until: number): Promise<number[]> {
  const losses: number[] = [];
  while (trainer.state.step < until) {
    const { step } = trainer.state;
    losses.push((await trainer.step(smallBatch(step), 0.05)).loss);
  }
  return losses;
}

/** Hashes of all tensors: equal only where every bit is. */
function bitsOf(state: TrainingState): Record<string, string> {
  return Object.fromEntries(
    Object.entries(state.tensors).map(([name, { data }]) => [
      name,
      sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
    ]),
  );
}

Deno.test("Trainer stopped, saved and loaded goes on to the same bits", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const step = stepOf(mobilenetV2);
    assert(step.spec.dropouts.length > 0, "the student has no dropout");
    const whole = await Trainer.create(step, { seed: 4 });
    const losses = await train(whole, 6);
    await whole.release();

    const first = await Trainer.create(step, { seed: 4 });
    const before = await train(first, 2);
    const path = join(folder, "checkpoint.safetensors");
    await saveCheckpoint(path, { state: first.state, curve, seconds: 1.5 }, "hash");
    await first.release();

    // A new step, as another process would build it.
    const again = stepOf(mobilenetV2);
    const shapes = Object.fromEntries(
      Object.entries(initialTrainingState(again, 4).tensors).map(([name, t]) => [name, t.shape]),
    );
    const { state } = (await loadCheckpoint(path, "hash", shapes))!;
    assert.equal(state.step, 2);
    const second = await Trainer.create(again, { seed: 4, state });
    const after = await train(second, 6);
    await second.release();

    assert.deepEqual([...before, ...after], losses);
    assert.equal(second.state.step, 6);
    assert.deepEqual(bitsOf(second.state), bitsOf(whole.state));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Trainer repeats its bits with two threads, and is within rounding of one", async () => {
  const step = stepOf(resnet18);
  const runs: { losses: readonly number[]; bits: Record<string, string> }[] = [];
  for (const threads of [1, 2, 2]) {
    const trainer = await Trainer.create(step, { seed: 4, session: { threads } });
    const losses = await train(trainer, 3);
    await trainer.release();
    runs.push({ losses, bits: bitsOf(trainer.state) });
  }
  const [one, two, again] = runs;
  assert.deepEqual(again, two);
  // With more threads a matrix product is cut into narrower pieces and may be summed in another
  // order, so the number of threads belongs to what a resumed run must not change.
  one!.losses.forEach((loss, index) => {
    const error = Math.abs(two!.losses[index]! / loss - 1);
    assert(error < 1e-4, `step ${index}: ${two!.losses[index]}, not ${loss}`);
  });
});

Deno.test("Trainer learns, moves all that it should and keeps the text bank", async () => {
  const step = stepOf(mobilenetV2);
  const trainer = await Trainer.create(step, { seed: 4 });
  const start = bitsOf(trainer.state);
  assert.deepEqual(
    Object.keys(start).sort(),
    ["buffers", "momentum", "parameters", "state/bank", "state/text", "state/visited"],
  );
  // The same batch over and over: the loss must fall.
  const losses: number[] = [];
  for (let count = 0; count < 6; count++) {
    const report = await trainer.step(smallBatch(0), 0.05);
    assert.deepEqual(Object.keys(report.parts), ["visual", "textual"]);
    losses.push(report.parts["textual"]!);
  }
  assert(losses.at(-1)! < 0.9 * losses[0]!, `losses ${losses}`);
  const end = bitsOf(trainer.state);
  for (const name of Object.keys(start)) {
    if (name === "state/text") assert.equal(end[name], start[name]);
    else assert.notEqual(end[name], start[name], name);
  }
  await trainer.release();
});

Deno.test("dropoutMasks() keeps the expected size of each number", () => {
  const spec = {
    parameters: [],
    buffers: [],
    dropouts: [{ name: "head", shape: [100, 80], probability: 0.2 }],
  };
  const maskOf = (seed: number, step: number) => {
    const masks = dropoutMasks({ spec }, seed, step);
    assert.deepEqual(Object.keys(masks), ["dropout/head"]);
    assert.deepEqual(masks["dropout/head"]!.shape, [100, 80]);
    return masks["dropout/head"]!.data as Float32Array;
  };
  const mask = maskOf(1, 0);
  assert.deepEqual(new Set(mask), new Set([0, 1.25]));
  const dropped = mask.filter((value) => value === 0).length / mask.length;
  // Four standard deviations of 8,000 draws.
  assert(Math.abs(dropped - 0.2) < 0.018, `${dropped} are dropped`);
  assert.deepEqual(maskOf(1, 0), mask, "a resumed run repeats its masks");
  assert.notDeepEqual(maskOf(1, 1), mask, "steps differ");
  assert.notDeepEqual(maskOf(2, 0), mask, "seeds differ");
});

Deno.test("Trainer stops at a loss that is no number and keeps the state of before", async () => {
  const trainer = await Trainer.create(stepOf(resnet18), { seed: 4 });
  await train(trainer, 2);
  const { state } = trainer;
  const bits = bitsOf(state);
  for (const value of [NaN, Infinity]) {
    const batch = smallBatch(2);
    const teacher: HostTensor = {
      ...batch["teacher"]!,
      data: (batch["teacher"]!.data as Float32Array).with(3, value),
    };
    await assert.rejects(trainer.step({ ...batch, teacher }, 0.05), (error) => {
      assert(error instanceof NonFiniteLossError);
      assert.equal(error.step, 2);
      assert.match(error.message, /NaN|Infinity/);
      assert.match(error.message, /step 2/);
      return true;
    });
    assert.equal(trainer.state, state);
    assert.deepEqual(bitsOf(trainer.state), bits);
  }
  // A good batch goes on from there.
  await trainer.step(smallBatch(2), 0.05);
  assert.equal(trainer.state.step, 3);
  await trainer.release();
});

Deno.test("Trainer counts from 1 for AdamW, whose first step has the length of the rate", async () => {
  // loss = Σ w · slope: the gradient is the slope. With m̂ = g and v̂ = g², AdamW moves by rate · sign.
  const step = buildTrainingStep({
    name: "two numbers",
    layout: "nchw",
    optimizer: adamW({ weightDecay: 0 }),
    initialState: {},
    forward(context) {
      const { graph } = context;
      const weight = context.parameter("weight", [2], constantInitializer(1));
      const slope = graph.input("slope", "float32", [2]);
      const loss = reduceSum(graph, mul(graph, weight, slope), [0], false);
      return { loss, parts: {}, nextState: {} };
    },
  });
  const trainer = await Trainer.create(step, { seed: 0 });
  const report = await trainer.step({ slope: floatTensor(Float32Array.of(5, -0.01), [2]) }, 0.125);
  assert(Math.abs(report.loss - 4.99) < 1e-5, `loss ${report.loss}`);
  const [first, second] = trainer.state.tensors["parameters"]!.data as Float32Array;
  assert(Math.abs(first! - 0.875) < 1e-5 && Math.abs(second! - 1.125) < 1e-5, `${first} ${second}`);
  assert.deepEqual(
    Object.keys(trainer.state.tensors),
    ["parameters", "first_moment", "second_moment"],
  );
  await trainer.release();
});
