import assert from "node:assert/strict";
import { join } from "node:path";
import { givenGradients } from "../autodiff/given_gradients.ts";
import { floatTensor, Session, type SessionOptions } from "../engine/session.ts";
import { ConfigError } from "../errors.ts";
import { linear } from "../nn/layers.ts";
import type { ModuleContext } from "../nn/module_context.ts";
import { normalizedConvolution } from "../nn/normalized_convolution.ts";
import { add, mul, reduceSum, relu, reshape, scale, sub } from "../onnx/build.ts";
import type { Value } from "../onnx/graph.ts";
import { peakTensorBytes } from "../onnx/memory.ts";
import { cutGraph } from "../onnx/passes/cut_graph.ts";
import { adamW } from "../optim/optimizer.ts";
import { RandomStream } from "../random.ts";
import { fit, type FitOptions } from "./fit.ts";
import { joinStages, type StagedTrainingStep } from "./staged_step.ts";
import { buildTrainingGraph, traceTrainingGraph } from "./training_graph.ts";
import { buildTrainingStep } from "./training_step.ts";

const batch = 4, side = 4, channels = 8, classes = 3;
const optimizer = adamW({ weightDecay: 1e-2 });
/** Only the weights decay, and the first convolution learns more slowly. */
const groups = (name: string) => name.startsWith("stem") ? { learningRateFactor: 0.5 } : {};

/** Two convolutions; the first has a loss of its own beside what comes after. */
function trunk(context: ModuleContext): { features: Value; own: Value } {
  const { graph } = context;
  const images = graph.input("images", "float32", [batch, 3, side, side]);
  const window = { outChannels: channels, kernel: 3, padding: 1 };
  const names = (name: string) => ({ convolution: name, normalization: `${name}_norm` });
  const stem = relu(graph, normalizedConvolution(context, names("stem"), images, window));
  const features = relu(graph, normalizedConvolution(context, names("block"), stem, window));
  const own = scale(graph, reduceSum(graph, mul(graph, stem, stem), [0, 1, 2, 3], false), 1e-3);
  return { features, own };
}

/** A linear layer that shall give the targets. */
function head(context: ModuleContext, features: Value): Value {
  const { graph } = context;
  const targets = graph.input("targets", "float32", [batch, classes]);
  const rows = reshape(graph, features, [batch, channels * side ** 2]);
  const error = sub(graph, linear(context, "head", rows, classes), targets);
  return reduceSum(graph, mul(graph, error, error), [0, 1], false);
}

const wholeStep = () =>
  buildTrainingStep({
    name: "whole",
    layout: "nchw",
    optimizer,
    groups,
    forward(context) {
      const { features, own } = trunk(context);
      const loss = head(context, features);
      return { loss: add(context.graph, own, loss), parts: { own, head: loss }, nextState: {} };
    },
  });

/** The same in two graphs; the host carries features and gradients over. */
function stagedStep(): StagedTrainingStep {
  const shape = [batch, channels, side, side];
  const trunkGraph = buildTrainingGraph({
    name: "trunk",
    layout: "nchw",
    groups,
    forward(context) {
      const { graph } = context;
      const { features, own } = trunk(context);
      const given = graph.input("features/gradient", "float32", shape);
      const loss = add(graph, own, givenGradients(graph, [features], [given]));
      return { loss, parts: { own }, nextState: {}, outputs: { features } };
    },
  });
  const headGraph = buildTrainingGraph({
    name: "head",
    layout: "nchw",
    groups,
    forward(context) {
      const features = context.graph.input("features", "float32", shape);
      const loss = head(context, features);
      return { loss, parts: { head: loss }, nextState: {}, gradientsOf: { features } };
    },
  });
  const { early, late } = cutGraph(trunkGraph.graph, ["features/gradient"]);
  const joined = joinStages("staged", optimizer, { trunk: trunkGraph, head: headGraph });
  return {
    ...joined,
    peakBytes: Math.max(peakTensorBytes(early), peakTensorBytes(late)),
    async open(options: SessionOptions) {
      const sessions = await Promise.all(
        [early, headGraph.graph, late].map((graph) => Session.create(graph, options)),
      );
      const [first, middle, last] = sessions as [Session, Session, Session];
      return {
        async run(feeds) {
          const outputs = joined.gather(feeds);
          const forward = await first.run(joined.feedsOf("trunk", feeds));
          const own = await middle.run({ ...feeds, features: forward["features"]! });
          const gradient = own["gradient of/features"]!;
          const backward = await last.run({
            ...joined.feedsOf("trunk", feeds),
            ...forward,
            "features/gradient": gradient,
          });
          outputs.add("trunk", forward);
          outputs.add("head", own);
          outputs.add("trunk", backward);
          return outputs.finish();
        },
        release: async () => {
          for (const session of sessions) await session.release();
        },
      };
    },
  };
}

const batches = {
  stepsPerEpoch: 4,
  batch(step: number) {
    const random = new RandomStream(7, "batch", step);
    const numbers = (count: number) => Float32Array.from({ length: count }, () => random.normal());
    return [{
      images: floatTensor(numbers(batch * 3 * side ** 2), [batch, 3, side, side]),
      targets: floatTensor(numbers(batch * classes), [batch, classes]),
    }];
  },
};

const training = { batches, steps: 24, schedule: () => 0.01, seed: 3, clipNorm: 0.5 };

function trainingOf(step: FitOptions["step"], others: Partial<FitOptions> = {}): FitOptions {
  return { step, ...training, ...others };
}

Deno.test("fit() of a staged step gives the bits of the same step as one graph", async () => {
  const whole = await fit(trainingOf(wholeStep()));
  const staged = await fit(trainingOf(stagedStep()));
  assert.deepEqual([...staged.weights.keys()].sort(), [...whole.weights.keys()].sort());
  for (const [name, { data }] of whole.weights) {
    assert.deepEqual(staged.weights.get(name)!.data, data, name);
  }
  assert.deepEqual(staged.curve.parts, whole.curve.parts);
  const fresh = await fit(trainingOf(wholeStep(), { steps: 0 }));
  for (const name of ["stem.weight", "head.bias", "block_norm.running_mean"]) {
    assert.notDeepEqual(whole.weights.get(name)!.data, fresh.weights.get(name)!.data, name);
  }
});

Deno.test("fit() resumes a staged step to the same bits", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const checkpoint = { path: join(folder, "checkpoint"), key: "staged", everyMilliseconds: 0 };
    const whole = await fit(trainingOf(stagedStep()));
    let stopped = 0;
    const stopping = {
      ...batches,
      batch: (step: number) => {
        if (step === 14) throw new Error("stop");
        return batches.batch(stopped = step);
      },
    };
    await assert.rejects(fit(trainingOf(stagedStep(), { batches: stopping, checkpoint })), /stop/);
    assert.equal(stopped, 13);
    const resumed = await fit(trainingOf(stagedStep(), { checkpoint }));
    assert.equal(resumed.resumedFrom, 10);
    for (const [name, { data }] of whole.weights) {
      assert.deepEqual(resumed.weights.get(name)!.data, data, name);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("fit() refuses replicas of a staged step", async () => {
  await assert.rejects(
    fit(trainingOf(stagedStep(), { replicas: 2 })),
    (error) => error instanceof ConfigError && /by 2 replicas/.test(error.message),
  );
});

Deno.test("joinStages() gives zeros where no stage ran, and refuses a name twice", () => {
  const stage = traceTrainingGraph({
    layout: "nchw",
    forward(context) {
      const x = context.graph.input("x", "float32", [1, 2]);
      const y = reduceSum(context.graph, linear(context, "layer", x, 3), [0, 1], false);
      return { loss: y, parts: { y }, nextState: {} };
    },
  });
  const joined = joinStages("one", optimizer, { stage });
  const outputs = joined.gather({}).finish();
  assert.deepEqual(outputs["gradient/layer.weight"]!.data, new Float32Array(6));
  assert.deepEqual(outputs["part/y"]!.data, new Float32Array(1));
  assert.throws(
    () => joinStages("two", optimizer, { first: stage, second: stage }),
    /"layer.weight" is declared by the stages first and second/,
  );
});
