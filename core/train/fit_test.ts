import assert from "node:assert/strict";
import { join } from "node:path";
import { floatTensor } from "../engine/session.ts";
import { ConfigError, DataError, NonFiniteLossError } from "../errors.ts";
import { constantInitializer, normalInitializer } from "../nn/initializers.ts";
import { add, mul, reduceSum, reshape } from "../onnx/build.ts";
import { adamW, type Optimizer, sgd } from "../optim/optimizer.ts";
import { RandomStream } from "../random.ts";
import { checkpointKey } from "./checkpoint.ts";
import { fit, type FitOptions, type FitResult } from "./fit.ts";
import { type ParameterGroups, withoutDecay } from "./parameter_groups.ts";
import { buildTrainingStep, type TrainingStep } from "./training_step.ts";

const size = 4;

/** loss = Σ x·(w ⊙ w) + Σ x·b, w a matrix and b a vector: gradients are 2·x·w and x. */
function quadraticStep(
  { optimizer = sgd({ momentum: 0 }), groups }: {
    optimizer?: Optimizer;
    groups?: ParameterGroups;
  } = {},
): TrainingStep {
  return buildTrainingStep({
    name: "quadratic",
    layout: "nchw",
    optimizer,
    groups,
    forward(context) {
      const { graph } = context;
      const w = context.parameter("w", [2, 2], normalInitializer(1));
      const b = context.parameter("b", [size], constantInitializer(0.5));
      const x = graph.input("x", "float32", [size]);
      const flat = reshape(graph, w, [size]);
      const squares = reduceSum(graph, mul(graph, x, mul(graph, flat, flat)), [0], false);
      const linear = reduceSum(graph, mul(graph, x, b), [0], false);
      return { loss: add(graph, squares, linear), parts: { linear }, nextState: {} };
    },
  });
}

/** Numbers of a step from 0. */
function numbersOf(step: number): Float32Array {
  const random = new RandomStream(1, "x", step);
  return Float32Array.from({ length: size }, () => random.uniform());
}

function optionsOf(step: TrainingStep, others: Partial<FitOptions> = {}): FitOptions {
  return {
    step,
    batches: { stepsPerEpoch: 5, batch: (index) => [{ x: floatTensor(numbersOf(index), [size]) }] },
    steps: 25,
    schedule: () => 0.05,
    seed: 3,
    ...others,
  };
}

function numbers({ weights }: FitResult, name: string): number[] {
  return [...weights.get(name)!.data];
}

async function inFolder(use: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(join(folder, "work", "checkpoint.safetensors"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("fit() trains all steps at the schedule's rates, as computed on the host", async () => {
  const rates: number[] = [];
  const schedule = (step: number) => (rates.push(step), 0.05 / (1 + step));
  let released = 0;
  const options = optionsOf(quadraticStep(), { schedule });
  const batches = { ...options.batches, release: () => Promise.resolve(void released++) };
  const result = await fit({ ...options, batches });
  const start = await fit({ ...options, steps: 0 });
  assert.deepEqual(numbers(start, "b"), [0.5, 0.5, 0.5, 0.5]);
  const w = numbers(start, "w"), b = numbers(start, "b");
  for (let step = 0; step < 25; step++) {
    numbersOf(step).forEach((x, index) => {
      w[index]! -= 0.05 / (1 + step) * 2 * x * w[index]!;
      b[index]! -= 0.05 / (1 + step) * x;
    });
  }
  for (const [name, expected] of [["w", w], ["b", b]] as const) {
    numbers(result, name).forEach((value, index) =>
      assert(Math.abs(value - expected[index]!) < 1e-5, `${name}[${index}]`)
    );
  }
  assert.deepEqual(rates, Array.from({ length: 25 }, (_, step) => step));
  assert.deepEqual([result.steps, result.resumedFrom, released], [25, null, 1]);
});

Deno.test("fit() tells a curve of means over ten steps, parts beside the loss", async () => {
  const losses: number[] = [], points: number[] = [];
  const step = quadraticStep();
  const result = await fit(optionsOf(step, {
    onProgress: ({ loss }) => losses.push(loss),
    onPoint(point, current) {
      points.push(point.step);
      assert.equal(current.weights().size, 2);
    },
  }));
  assert.deepEqual(result.curve.steps, [10, 20, 25]);
  assert.deepEqual(points, [10, 20, 25]);
  assert.equal(result.curve.parts["linear"]!.length, 3);
  // With a rate of 0 every step of a fixed batch has the same loss: so has every point.
  const fixed = await fit(optionsOf(step, {
    schedule: () => 0,
    batches: { stepsPerEpoch: 1, batch: () => [{ x: floatTensor(numbersOf(0), [size]) }] },
    onProgress: ({ loss }) => losses.push(loss),
  }));
  for (const loss of fixed.curve.loss) assert(Math.abs(loss - losses.at(-1)!) < 1e-6);
});

Deno.test("fit() stopped anywhere goes on to the same bits and the same curve", async () => {
  for (const optimizer of [sgd(), adamW()]) {
    await inFolder(async (path) => {
      const step = quadraticStep({ optimizer });
      const whole = await fit(optionsOf(step));
      const checkpoint = { path, key: "25 steps", everyMilliseconds: 0 };
      const stopped = new Error("stopped");
      await assert.rejects(
        fit(optionsOf(step, {
          checkpoint,
          batches: {
            stepsPerEpoch: 5,
            batch(index) {
              if (index === 17) throw stopped;
              return [{ x: floatTensor(numbersOf(index), [size]) }];
            },
          },
        })),
        stopped,
      );
      const resumed = await fit(optionsOf(step, { checkpoint }));
      assert.equal(resumed.resumedFrom, 10);
      assert.deepEqual(resumed.state, whole.state);
      assert.deepEqual(resumed.curve, whole.curve);
      const again = await fit(optionsOf(step, { checkpoint }));
      assert.equal(again.resumedFrom, 25);
      assert.deepEqual(again.weights, whole.weights);
      const other = await fit(optionsOf(step, { checkpoint: { ...checkpoint, key: "other" } }));
      assert.equal(other.resumedFrom, null);
    });
  }
});

Deno.test("fit() calls beforeSave before each checkpoint, and saves nothing where it fails", async () => {
  await inFolder(async (path) => {
    const step = quadraticStep();
    let calls = 0;
    const beforeSave = async () => {
      // What it keeps is never older than the checkpoint.
      assert.equal(await checkpointKey(path), calls === 0 ? undefined : "key");
      calls++;
    };
    await fit(optionsOf(step, {
      checkpoint: { path, key: "key", everyMilliseconds: 0, beforeSave },
    }));
    assert(calls > 0);
    const fail = () => Promise.reject(new Error("disk full"));
    const checkpoint = { path, key: "other", everyMilliseconds: 0, beforeSave: fail };
    await assert.rejects(fit(optionsOf(step, { checkpoint })), /disk full/);
    assert.equal(await checkpointKey(path), "key");
  });
});

Deno.test("fit() moves a damaged checkpoint aside, warns and starts again", async () => {
  await inFolder(async (path) => {
    const step = quadraticStep(), checkpoint = { path, key: "key" };
    const whole = await fit(optionsOf(step, { checkpoint }));
    const bytes = await Deno.readFile(path);
    bytes[bytes.length - 3]! ^= 1;
    await Deno.writeFile(path, bytes);
    const warnings: string[] = [];
    const again = await fit(
      optionsOf(step, { checkpoint, onWarning: (text) => warnings.push(text) }),
    );
    assert.equal(again.resumedFrom, null);
    assert.deepEqual(again.state, whole.state);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /checksum.*\.damaged, and the training starts again/s);
    assert.match(warnings[0]!, /to keep it: it is removed with the job's working folder$/);
    assert(!warnings[0]!.includes("delete"));
    assert.deepEqual(await Deno.readFile(`${path}.damaged`), bytes);
  });
});

Deno.test("fit() obeys groups: rate factors, decay, frozen parameters", async () => {
  const decayed = sgd({ momentum: 0, weightDecay: 0.5 });
  const plain = await fit(optionsOf(quadraticStep({ optimizer: decayed })));
  const start = await fit(optionsOf(quadraticStep(), { steps: 0 }));
  const frozen = quadraticStep({
    optimizer: decayed,
    groups: (name) => name === "w" ? { frozen: true } : {},
  });
  assert.deepEqual(
    frozen.graph.outputs.filter(({ name }) => name.startsWith("gradient/")).map((o) => o.name),
    ["gradient/b"],
  );
  const frozenResult = await fit(optionsOf(frozen));
  assert.deepEqual(numbers(frozenResult, "w"), numbers(start, "w"));
  assert.deepEqual(numbers(frozenResult, "b"), numbers(plain, "b"));

  const slow = await fit(optionsOf(
    quadraticStep({ groups: (name) => name === "b" ? { learningRateFactor: 0.1 } : {} }),
  ));
  const fast = await fit(optionsOf(quadraticStep()));
  assert.deepEqual(numbers(slow, "w"), numbers(fast, "w"));
  numbers(slow, "b").forEach((value, index) =>
    assert(Math.abs((0.5 - value) * 10 - (0.5 - numbers(fast, "b")[index]!)) < 1e-5)
  );

  const halfDecayed = await fit(optionsOf(
    quadraticStep({ optimizer: decayed, groups: withoutDecay() }),
  ));
  assert.deepEqual(numbers(halfDecayed, "w"), numbers(plain, "w"));
  assert.deepEqual(numbers(halfDecayed, "b"), numbers(fast, "b"));
});

Deno.test("withoutDecay() keeps what other groups say", () => {
  const groups = withoutDecay(() => ({ learningRateFactor: 3, weightDecay: 1 }));
  assert.deepEqual(groups("bn.weight", [8]), { learningRateFactor: 3, weightDecay: 0 });
  assert.deepEqual(groups("conv.weight", [8, 3, 3, 3]), { learningRateFactor: 3, weightDecay: 1 });
});

Deno.test("fit() clips by the global norm as PyTorch", async () => {
  const start = await fit(optionsOf(quadraticStep(), { steps: 0 }));
  for (const clipNorm of [0.5, 1e6]) {
    const result = await fit(optionsOf(quadraticStep(), { steps: 1, clipNorm }));
    const w = numbers(start, "w"), b = numbers(start, "b"), x = [...numbersOf(0)];
    const gradients = [...x.map((value, index) => 2 * value * w[index]!), ...x];
    const factor = Math.min(1, clipNorm / (Math.hypot(...gradients) + 1e-6));
    const expected = [...w, ...b].map((value, index) => value - 0.05 * factor * gradients[index]!);
    assert.equal(factor < 1, clipNorm === 0.5);
    [...numbers(result, "w"), ...numbers(result, "b")].forEach((value, index) =>
      assert(Math.abs(value - expected[index]!) < 1e-6, `clip ${clipNorm}, ${index}`)
    );
  }
});

Deno.test("fit() in replicas clips the mean gradient and obeys groups", async () => {
  const step = quadraticStep({
    groups: (name) => name === "b" ? { learningRateFactor: 0.5, weightDecay: 0 } : {},
  });
  for (const clipNorm of [undefined, 0.5]) {
    const one = await fit(optionsOf(step, { clipNorm }));
    // Both replicas have the same batch, so their mean is its gradient.
    const two = await fit(optionsOf(step, {
      clipNorm,
      replicas: 2,
      batches: {
        stepsPerEpoch: 5,
        batch: (index) => [0, 1].map(() => ({ x: floatTensor(numbersOf(index), [size]) })),
      },
    }));
    for (const name of ["w", "b"]) {
      numbers(two, name).forEach((value, index) =>
        assert(Math.abs(value - numbers(one, name)[index]!) < 1e-6, `${name}[${index}]`)
      );
    }
  }
});

Deno.test("fit() begins with given weights, and refuses what does not fit", async () => {
  const given = new Map([["b", { shape: [size], data: Float32Array.of(1, 2, 3, 4) }]]);
  const result = await fit(optionsOf(quadraticStep(), { steps: 0, initialWeights: given }));
  assert.deepEqual(numbers(result, "b"), [1, 2, 3, 4]);
  const wrong = new Map([
    ["b", { shape: [2], data: new Float32Array(2) }],
    ["head.bias", { shape: [2], data: new Float32Array(2) }],
  ]);
  await assert.rejects(fit(optionsOf(quadraticStep(), { initialWeights: wrong })), (error) => {
    assert(error instanceof DataError);
    assert.match(error.message, /"b": expected \[4\], got \[2\]/);
    assert.match(error.message, /"head.bias" is not in the model/);
    return true;
  });
});

Deno.test("fit() stops at a non-finite loss and keeps its last checkpoint", async () => {
  await inFolder(async (path) => {
    const checkpoint = { path, key: "key", everyMilliseconds: 0 };
    let released = 0;
    const batches = {
      stepsPerEpoch: 5,
      batch: (index: number) => {
        const x = index === 12 ? new Float32Array(size).fill(NaN) : numbersOf(index);
        return [{ x: floatTensor(x, [size]) }];
      },
      release: () => Promise.resolve(void released++),
    };
    await assert.rejects(
      fit(optionsOf(quadraticStep(), { checkpoint, batches })),
      (error) => error instanceof NonFiniteLossError && error.step === 12,
    );
    assert.equal(released, 1);
    assert.equal((await fit(optionsOf(quadraticStep(), { checkpoint }))).resumedFrom, 10);
    // The last update shows in no loss: the weights themselves are looked at.
    await assert.rejects(
      fit(optionsOf(quadraticStep(), { steps: 1, schedule: () => Infinity })),
      NonFiniteLossError,
    );
  });
});

Deno.test("fit() refuses options that are out of range", async () => {
  for (const wrong of [{ steps: 1.5 }, { steps: -1 }, { replicas: 0 }, { clipNorm: 0 }]) {
    await assert.rejects(fit(optionsOf(quadraticStep(), wrong)), ConfigError);
  }
});
