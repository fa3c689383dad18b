import assert from "node:assert/strict";
import { kernelNumbers } from "../data/augmentation/random_convolution.ts";
import { floatTensor, type HostTensor, Session } from "../engine/session.ts";
import { ConfigError, GraphError } from "../errors.ts";
import { batchNorm2d } from "../nn/batch_norm.ts";
import { conv2d, globalAveragePool } from "../nn/layers.ts";
import { namedParts } from "../nn/parameters.ts";
import { add, mul, reduceSum, scale } from "../onnx/build.ts";
import type { Graph, Value } from "../onnx/graph.ts";
import { sgd } from "../optim/optimizer.ts";
import { RandomStream } from "../random.ts";
import { gradientOutput, parameterFeeds } from "../train/parameter_tensors.ts";
import { initialTrainingState } from "../train/training_state.ts";
import type { TrainingStep } from "../train/training_step.ts";
import type { Backbone } from "./backbone.ts";
import { labelCrossEntropy } from "./cross_entropy.ts";
import { buildDistillationStep, type DistillationStepOptions } from "./distillation_step.ts";
import type { PreparedMethod, StepScope } from "./method.ts";

const batchSize = 6, imageSize = 8, dimension = 4;

/** One convolution with BatchNorm. */
const backbone: Backbone = {
  headName: "fc",
  headDropout: 0,
  preprocess: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
  features(context, images) {
    const convolved = conv2d(context, "conv", images, { outChannels: 8, kernel: 3, stride: 2 });
    const map = batchNorm2d(context, "bn", convolved);
    return { c2: map, c3: map, c4: map, c5: map, pooled: globalAveragePool(context, map) };
  },
};

function stepOf(
  loss: (scope: StepScope) => Value,
  method: Partial<PreparedMethod> = { networkMomentum: 0.5 },
  needs: DistillationStepOptions["needs"] = { views: 2, momentumNetwork: true },
): TrainingStep {
  return buildDistillationStep({
    name: "test",
    batchSize,
    imageSize,
    backbone,
    needs,
    method: {
      head: { output: "embedding", dimension },
      initialState: () => ({}),
      step: (scope) => ({ loss: loss(scope), parts: {}, nextState: {} }),
      ...method,
    },
    optimizer: sgd(),
  });
}

/** Σ z ⊙ z_T: its gradient depends on every number of z. */
function agreement(graph: Graph, z: Value, teacher: Value): Value {
  return reduceSum(graph, mul(graph, z, teacher), [0, 1], false);
}

function imagesOf(seed: number): HostTensor {
  const random = new RandomStream(seed, "images"), shape = [3, imageSize, imageSize, batchSize];
  const data = Uint8Array.from(
    { length: 3 * imageSize ** 2 * batchSize },
    () => random.integer(256),
  );
  return { dtype: "uint8", shape, data };
}

const random = new RandomStream(4);
const teacher = floatTensor(
  Float32Array.from({ length: batchSize * dimension }, () => random.normal()),
  [batchSize, dimension],
);

/** All outputs of the first step. */
async function run(step: TrainingStep, feeds: Record<string, HostTensor>) {
  const { tensors } = initialTrainingState(step, 1);
  const session = await Session.create(step.graph);
  const results = await session.run({
    ...tensors,
    ...parameterFeeds(step.parameters, tensors["parameters"]!.data as Float32Array),
    ...feeds,
  });
  await session.release();
  return results;
}

/** All gradients, one after the other. */
async function gradientOf(step: TrainingStep, feeds: Record<string, HostTensor>) {
  const results = await run(step, feeds);
  return step.parameters.flatMap(({ name }) => [
    ...results[gradientOutput(name)]!.data as Float32Array,
  ]);
}

Deno.test("StepScope.encode() sends no gradient into the momentum network", async () => {
  const both = { images: imagesOf(1), images_1: imagesOf(2), teacher };
  const student = (scope: StepScope) => agreement(scope.graph, scope.encode(0), scope.teacher(0));
  const mean = (scope: StepScope) =>
    agreement(scope.graph, scope.encode(1, "momentum"), scope.teacher(0));
  const alone = await gradientOf(stepOf((scope) => student(scope)), both);
  assert(alone.some((value) => Math.abs(value) > 1e-3));
  // Whatever the momentum network adds to the loss, the gradient is that of the student's part.
  const beside = await gradientOf(
    stepOf((scope) => add(scope.graph, student(scope), scale(scope.graph, mean(scope), 100))),
    both,
  );
  assert.deepEqual(beside, alone);
});

Deno.test("StepScope.encode() of a second view shares parameters and goes on with statistics", async () => {
  const loss = (views: readonly number[]) => (scope: StepScope) =>
    views.map((view) => agreement(scope.graph, scope.encode(view), scope.teacher(0)))
      .reduce((a, b) => add(scope.graph, a, b));
  const [first, second] = [imagesOf(1), imagesOf(2)];
  const step = stepOf(loss([0, 1])), single = stepOf(loss([0]));
  assert.deepEqual(
    step.spec.parameters.map(({ name }) => name),
    single.spec.parameters.map(({ name }) => name),
  );
  const total = await gradientOf(step, { images: first, images_1: second, teacher });
  const parts = [
    await gradientOf(single, { images: first, teacher }),
    await gradientOf(single, { images: second, teacher }),
  ];
  const largest = Math.max(...total.map(Math.abs));
  total.forEach((value, index) =>
    assert(Math.abs(value - parts[0]![index]! - parts[1]![index]!) < 1e-4 * largest, `${index}`)
  );
  const statistics = async (of: TrainingStep, feeds: Record<string, HostTensor>) => {
    const buffers = (await run(of, feeds))["next/buffers"]!.data as Float32Array;
    return namedParts(buffers, of.spec.buffers).get("bn.running_mean")!.data;
  };
  // Running means begin at 0 and take a tenth of each batch.
  const a = await statistics(single, { images: first, teacher });
  const b = await statistics(single, { images: second, teacher });
  const both = await statistics(step, { images: first, images_1: second, teacher });
  both.forEach((value, channel) =>
    assert(Math.abs(value - (0.9 * a[channel]! + b[channel]!)) < 1e-5, `channel ${channel}`)
  );
});

Deno.test("StepScope.encode() applies both networks to both views, each with statistics of its own", async () => {
  const step = stepOf((scope) => {
    const { graph } = scope;
    const pair = (a: number, b: number) =>
      agreement(graph, scope.encode(a), scope.encode(b, "momentum"));
    return add(graph, pair(0, 1), pair(1, 0));
  });
  const results = await run(step, { images: imagesOf(1), images_1: imagesOf(2) });
  const floats = (name: string) => results[name]!.data as Float32Array;
  const student = namedParts(floats("next/buffers"), step.spec.buffers);
  // The copy is the student, the views come the other way round: the later has the larger share.
  const mean = student.get("bn.running_mean")!.data;
  const copy = floats("next/state/momentum/bn.running_mean");
  assert.notDeepEqual(copy, mean);
  const single = async (seed: number) => {
    const alone = stepOf((scope) => agreement(scope.graph, scope.encode(0), scope.teacher(0)));
    const outputs = await run(alone, { images: imagesOf(seed), teacher });
    const buffers = outputs["next/buffers"]!.data as Float32Array;
    return namedParts(buffers, alone.spec.buffers).get("bn.running_mean")!.data;
  };
  const [a, b] = [await single(1), await single(2)];
  mean.forEach((value, channel) => {
    assert(Math.abs(value - (0.9 * a[channel]! + b[channel]!)) < 1e-5, `student ${channel}`);
    const expected = 0.9 * b[channel]! + a[channel]!;
    assert(Math.abs(copy[channel]! - expected) < 1e-5, `copy ${channel}`);
  });
});

Deno.test("StepScope gives the same value for the same question, and adds what is asked for", () => {
  let asked = 0;
  const step = stepOf((scope) => {
    asked++;
    assert.equal(scope.encode(0), scope.encode(0));
    assert.equal(scope.teacher(1), scope.teacherBatch(1), "without replicas they are one");
    return agreement(scope.graph, scope.encode(0), scope.teacher(1));
  });
  assert.equal(asked, 2, "once for the declarations, once for the graph");
  const inputs = step.graph.inputs.map(({ name }) => name);
  assert(inputs.includes("images") && inputs.includes("teacher_1"));
  assert(!inputs.includes("images_1") && !inputs.includes("teacher") && !inputs.includes("labels"));
});

Deno.test("StepScope.encode() sees views through random convolutions, the teacher's rows stay", async () => {
  const build = (randomConvolutions: boolean) =>
    buildDistillationStep({
      name: "test",
      batchSize,
      imageSize,
      backbone,
      randomConvolutions,
      needs: { views: 2, momentumNetwork: true },
      method: {
        head: { output: "embedding", dimension },
        networkMomentum: 0.5,
        initialState: () => ({}),
        step(scope) {
          const { graph } = scope;
          const student = agreement(graph, scope.encode(0), scope.teacher(0));
          const mean = agreement(graph, scope.encode(1, "momentum"), scope.teacher(0));
          return { loss: add(graph, student, mean), parts: { student, mean }, nextState: {} };
        },
      },
      optimizer: sgd(),
    });
  const kernelsOf = (weight: number) => {
    const data = new Float32Array(batchSize * kernelNumbers);
    for (let at = 0; at < data.length; at += 27) data[at + at / 27 % 3 * 9 + 4] = weight;
    return floatTensor(data, [batchSize * 3, 3, 3, 3, 1]);
  };
  const feeds = { images: imagesOf(1), images_1: imagesOf(2), teacher };
  const partsOf = async (convolutions?: readonly [number, number]) => {
    const results = await run(build(convolutions !== undefined), {
      ...feeds,
      ...(convolutions && {
        convolutions: kernelsOf(convolutions[0]),
        convolutions_1: kernelsOf(convolutions[1]),
      }),
    });
    return ["student", "mean"].map((name) => (results[`part/${name}`]!.data as Float32Array)[0]!);
  };
  const [student, mean] = await partsOf() as [number, number];
  const near = (a: number, b: number) => Math.abs(a - b) < 1e-4;
  const same = await partsOf([1, 1]);
  assert(near(same[0]!, student) && near(same[1]!, mean));
  // Each view has kernels of its own, whichever network sees it.
  const first = await partsOf([0, 1]);
  assert(!near(first[0]!, student) && near(first[1]!, mean));
  const second = await partsOf([1, 0]);
  assert(near(second[0]!, student) && !near(second[1]!, mean));
});

Deno.test("StepScope.teacher() has the teacher's dimension, whatever the method's head is", async () => {
  const teacherDimension = 5, classes = 3;
  const embeddings = floatTensor(
    Float32Array.from({ length: batchSize * teacherDimension }, () => random.normal()),
    [batchSize, teacherDimension],
  );
  const labels = {
    dtype: "int64",
    shape: [batchSize],
    data: new BigInt64Array(batchSize),
  } as const;
  for (const output of ["logits", "embedding"] as const) {
    const build = (dimension?: number) =>
      buildDistillationStep({
        name: "logits beside a teacher",
        batchSize,
        imageSize,
        backbone,
        teacherDimension: dimension,
        method: {
          head: { output, dimension: classes },
          initialState: () => ({}),
          step(scope) {
            const { graph } = scope;
            const loss = output === "logits"
              ? labelCrossEntropy(graph, scope.encode(0), scope.labels())
              : reduceSum(graph, scope.encode(0), [0, 1], false);
            const strength = reduceSum(graph, scope.teacher(0), [0, 1], false);
            return { loss: add(graph, loss, strength), parts: { strength }, nextState: {} };
          },
        },
        optimizer: sgd(),
      });
    const step = build(teacherDimension);
    const input = step.graph.inputs.find(({ name }) => name === "teacher");
    assert.deepEqual(input?.shape, [batchSize, teacherDimension]);
    const feeds = { images: imagesOf(1), teacher: embeddings };
    const results = await run(step, output === "logits" ? { ...feeds, labels } : feeds);
    const total = (embeddings.data as Float32Array).reduce((sum, value) => sum + value, 0);
    assert(Object.values(results).length > 0);
    const strength = Object.entries(results).find(([name]) => name.includes("strength"))![1];
    assert(Math.abs((strength.data as Float32Array)[0]! - total) < 1e-4);
    if (output === "logits") assert.throws(() => build(), /set teacherDimension/);
  }
});

Deno.test("StepScope says what a method asks for that there is not", () => {
  const zero = (scope: StepScope) => agreement(scope.graph, scope.encode(0), scope.teacher(0));
  for (const view of [2, -1, 0.5]) {
    assert.throws(
      () => stepOf((scope) => scope.encode(view)),
      (error) => error instanceof ConfigError && /expected a view from 0 to 1/.test(error.message),
    );
  }
  const mean = (scope: StepScope) => (zero(scope), scope.encode(1, "momentum"));
  assert.throws(() => stepOf(mean, {}), /networkMomentum.*expected a number from 0 to 1/);
  assert.throws(() => stepOf(mean, { networkMomentum: 2 }), ConfigError);
  assert.throws(() => stepOf(mean, {}, { views: 2 }), /set needs.momentumNetwork/);
  assert.throws(
    () => stepOf((scope) => scope.encode(0, "momentum")),
    (error) => error instanceof GraphError && /has not declared it yet/.test(error.message),
  );
});

for (const layout of ["chwn", "nchw"] as const) {
  Deno.test(`StepScope.encodeMixed() encodes the first view with a part of the second in it, ${layout}`, async () => {
    const needs = { views: 2, mixes: true };
    const build = (loss: (scope: StepScope) => Value) =>
      buildDistillationStep({
        name: "test",
        batchSize,
        imageSize,
        backbone,
        needs,
        layout,
        method: {
          head: { output: "embedding", dimension },
          initialState: () => ({}),
          step: (scope) => ({ loss: loss(scope), parts: {}, nextState: {} }),
        },
        optimizer: sgd(),
      });
    const inLayout = (tensor: HostTensor): HostTensor => {
      if (layout === "chwn") return tensor;
      const pixels = 3 * imageSize ** 2;
      const data = Uint8Array.from(
        tensor.data as Uint8Array,
        (_, place) =>
          (tensor.data as Uint8Array)[place % pixels * batchSize + Math.floor(place / pixels)]!,
      );
      return { dtype: "uint8", shape: [batchSize, 3, imageSize, imageSize], data };
    };
    const mask = Uint8Array.from(
      { length: imageSize ** 2 },
      (_, pixel) => pixel % imageSize >= 3 && pixel >= 2 * imageSize ? 1 : 0,
    );
    const first = imagesOf(1), second = imagesOf(2);
    const byHand = (first.data as Uint8Array).map((value, place) =>
      mask[Math.floor(place / batchSize) % imageSize ** 2] === 1
        ? (second.data as Uint8Array)[place]!
        : value
    );
    const mixed = await run(
      build((scope) => agreement(scope.graph, scope.encode(0), scope.teacher(0))),
      { images: inLayout({ ...first, data: byHand }), teacher },
    );
    const ownStep = build((scope) => {
      const { output, share } = scope.encodeMixed(0, 1);
      return mul(scope.graph, agreement(scope.graph, output, scope.teacher(0)), share);
    });
    const own = await run(ownStep, {
      images: inLayout(first),
      images_1: inLayout(second),
      mix: { dtype: "uint8", shape: [imageSize, imageSize], data: mask },
      teacher,
    });
    const share = 1 - 5 * 6 / 64;
    const [actual, wanted] = [own, mixed].map((results) => results["loss"]!.data[0] as number);
    assert(Math.abs(actual! - share * wanted!) < 1e-5, `${actual} ${share * wanted!}`);
  });
}

Deno.test("StepScope.encodeMixed() is refused where the method does not say that it mixes", () => {
  assert.throws(
    () => stepOf((scope) => scope.encodeMixed(0, 1).share),
    (error) => error instanceof ConfigError && /set needs.mixes/.test(error.message),
  );
});
