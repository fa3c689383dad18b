/**
 * A task as a plug-in that classifies nothing: how many objects does a scene show? It brings its own
 * data (scenes that are drawn, annotated with a count), its own metric (mean absolute error, of which
 * less is better) and its own small training (a linear regression on frozen features).
 *
 *     deno task reproduce examples/count_table.yaml --plugin examples/count_task.ts
 *     deno task evaluate STUDENT --plugin examples/count_task.ts --task count --data scenes
 *
 * @module
 */

import {
  type Annotation,
  type Dataset,
  SampleList,
  trainSplit,
  type ViewSet,
} from "@lgd-bench/lgd-bench/data";
import { floatTensor } from "@lgd-bench/lgd-bench/engine";
import { linear } from "@lgd-bench/lgd-bench/nn";
import { mul, reduceMean, sub } from "@lgd-bench/lgd-bench/onnx";
import { adamW, linearWarmupCosine } from "@lgd-bench/lgd-bench/optim";
import { RandomStream } from "@lgd-bench/lgd-bench/random";
import {
  type Evidence,
  type Metric,
  onePerSample,
  sampleMeanMetric,
} from "@lgd-bench/lgd-bench/results";
import type { Task, TaskContext } from "@lgd-bench/lgd-bench/tasks";
import { type BatchSource, buildTrainingStep } from "@lgd-bench/lgd-bench/train";
import { z } from "zod";

/** How many objects a scene shows. */
export interface CountAnnotation extends Annotation {
  readonly kind: "count";
  readonly count: number;
}

const side = 64, mostObjects = 8;
const sizes: Readonly<Record<string, number>> = { train: 400, val: 150 };

/** What a scene shows: the same in every process. */
function describeScene(split: string, index: number) {
  const random = new RandomStream(0, "scene", split, index);
  const colour = () => [random.integer(256), random.integer(256), random.integer(256)] as const;
  return {
    background: colour(),
    discs: Array.from({ length: random.integer(mostObjects + 1) }, () => ({
      x: random.uniform(6, side - 6),
      y: random.uniform(6, side - 6),
      radius: random.uniform(3, 6),
      colour: colour(),
    })),
  };
}

/** Scenes of up to eight discs, which may overlap. */
export const scenes: Dataset<CountAnnotation> = {
  name: "scenes",
  title: "Scenes",
  credits: [],
  annotationKind: "count",
  classNames: [],
  splits: [
    { name: "train", role: "train", title: "scenes for training" },
    { name: "val", role: "test", title: "new scenes" },
  ],
  samples: (split) =>
    Promise.resolve(SampleList.from(
      Array.from({ length: sizes[split]! }, (_, index) => ({ id: `${split}/${index}`, label: -1 })),
    )),
  annotation: (split, index) =>
    Promise.resolve({ kind: "count", count: describeScene(split, index).discs.length }),
  decode(split, index) {
    const { background, discs } = describeScene(split, index);
    const pixels = new Uint8Array(side * side * 3);
    for (let pixel = 0; pixel < side * side; pixel++) {
      const x = pixel % side, y = Math.floor(pixel / side);
      const disc = discs.findLast((one) => Math.hypot(one.x - x, one.y - y) <= one.radius);
      pixels.set(disc?.colour ?? background, 3 * pixel);
    }
    return Promise.resolve({ width: side, height: side, pixels });
  },
  // To be raised when the scenes are drawn in another way.
  fingerprint: (split) => Promise.resolve(`scenes, version 1, ${split}`),
  skipped: () => [],
};

/** Mean over scenes of |predicted − true count|; of several views of a scene, of their mean. */
export const meanAbsoluteError: Metric = sampleMeanMetric({
  key: "mae",
  title: "mean absolute error",
  unit: "objects",
  higherIsBetter: false,
  range: [0, Infinity],
  decimals: 2,
  values: (evidence) =>
    onePerSample(evidence, "scenes", ["predicted", "count"], (a, b) => Math.abs(a - b)),
});

const settings = z.strictObject({
  viewsPerImage: z.number().int().min(1).max(1000).default(2)
    .describe("Augmented views of each training scene"),
  epochs: z.number().positive().default(60).describe("Length of the regression in epochs"),
  batchSize: z.number().int().min(1).default(64).describe("Views in a training step"),
  learningRate: z.number().positive().default(0.01).describe("Peak learning rate of AdamW"),
  weightDecay: z.number().min(0).default(0.01).describe("Weight decay of AdamW"),
});
type Settings = z.infer<typeof settings>;
type Context = TaskContext<CountAnnotation, Settings>;

/** True count of every sample of a set; samples may be missing, so they are found by their ids. */
async function countsOf({ dataset }: Context, split: string, views: ViewSet): Promise<number[]> {
  const indices = new Map((await dataset.samples(split)).ids().map((id, index) => [id, index]));
  return await Promise.all(
    views.samples.ids().map(async (id) =>
      (await dataset.annotation(split, indices.get(id)!)).count
    ),
  );
}

/** Mean and spread of each column of a matrix. */
function columnScale(rows: Float32Array, width: number) {
  const mean = new Float64Array(width), spread = new Float64Array(width);
  const count = rows.length / width;
  rows.forEach((value, index) => mean[index % width]! += value / count);
  rows.forEach((value, index) => spread[index % width]! += (value - mean[index % width]!) ** 2);
  return { mean, std: spread.map((sum) => Math.sqrt(sum / count) || 1) };
}

/** Batches of rows and their counts, in an order of its own for each epoch. */
function regressionBatches(
  rows: Float32Array,
  width: number,
  targets: Float32Array,
  { batchSize, seed }: { batchSize: number; seed: number },
): BatchSource {
  const stepsPerEpoch = Math.floor(targets.length / batchSize);
  return {
    stepsPerEpoch,
    batch(step) {
      const order = new RandomStream(seed, "count", Math.floor(step / stepsPerEpoch))
        .permutation(targets.length);
      const chosen = order.subarray((step % stepsPerEpoch) * batchSize).subarray(0, batchSize);
      const features = new Float32Array(batchSize * width);
      chosen.forEach((row, place) =>
        features.set(rows.subarray(row * width, (row + 1) * width), place * width)
      );
      return [{
        features: floatTensor(features, [batchSize, width]),
        counts: floatTensor(Float32Array.from(chosen, (row) => targets[row]!), [batchSize, 1]),
      }];
    },
  };
}

/** Trains the regression; killed at any moment, `fit` goes on where it was. */
async function trainRegression(
  { settings, seed, fit }: Context,
  rows: Float32Array,
  width: number,
  targets: Float32Array,
) {
  const { learningRate, weightDecay, epochs } = settings;
  const batchSize = Math.min(settings.batchSize, targets.length);
  const batches = regressionBatches(rows, width, targets, { batchSize, seed });
  const step = buildTrainingStep({
    name: "count",
    layout: "nchw",
    optimizer: adamW({ weightDecay }),
    forward(module) {
      const { graph } = module;
      const features = graph.input("features", "float32", [batchSize, width]);
      const error = sub(
        graph,
        linear(module, "head", features, 1),
        graph.input("counts", "float32", [batchSize, 1]),
      );
      const loss = reduceMean(graph, mul(graph, error, error), [0, 1], false);
      return { loss, parts: {}, nextState: {} };
    },
  });
  const steps = Math.round(epochs * batches.stepsPerEpoch);
  const schedule = linearWarmupCosine({ peak: learningRate, warmupSteps: 0, steps });
  const { weights } = await fit("regression", { step, batches, steps, schedule });
  return { weight: weights.get("head.weight")!.data, bias: weights.get("head.bias")!.data[0]! };
}

/** The task. */
export const countTask: Task<CountAnnotation, Settings> = {
  name: "count",
  version: 1,
  title: "Counting objects",
  settings,
  needs: { annotation: "count", model: ["features"] },
  metrics: [meanAbsoluteError],
  // What a text bank for counting is made of: one sentence for each count.
  classNames: () =>
    Array.from(
      { length: mostObjects + 1 },
      (_, count) => `${count} ${count === 1 ? "object" : "objects"}`,
    ),
  templates: () => ["a picture of {}."],
  async cost({ dataset, settings, splits, views, model }) {
    const trained = (await dataset.samples(trainSplit(dataset))).length * settings.viewsPerImage;
    let images = trained;
    for (const split of splits) images += (await dataset.samples(split)).length * views;
    const batch = Math.min(settings.batchSize, trained);
    const steps = Math.round(settings.epochs * Math.floor(trained / batch));
    return { images, steps, macs: images * model.macs + 2 * steps * batch * model.featureLength };
  },
  async run(context) {
    const { model, dataset, settings, splits, views } = context;
    const width = model.featureLength, { viewsPerImage } = settings;
    const split = trainSplit(dataset);
    const train = await context.loadViews(split, viewsPerImage);
    const rows = await model.features(train);
    const { mean, std } = columnScale(rows, width);
    const scaled = (values: Float32Array) =>
      values.map((value, index) => (value - mean[index % width]!) / std[index % width]!);
    const counts = await countsOf(context, split, train);
    const targets = Float32Array.from(
      { length: counts.length * viewsPerImage },
      (_, view) => counts[Math.floor(view / viewsPerImage)]!,
    );
    const { weight, bias } = await trainRegression(context, scaled(rows), width, targets);
    const evidence: Record<string, Evidence> = {};
    for (const split of splits) {
      const test = await context.loadViews(split, views);
      const features = scaled(await model.features(test));
      const predicted = new Float32Array(test.samples.length);
      for (let view = 0; view < test.samples.length * views; view++) {
        let sum = bias;
        for (let column = 0; column < width; column++) {
          sum += features[view * width + column]! * weight[column]!;
        }
        predicted[Math.floor(view / views)]! += sum / views;
      }
      evidence[split] = {
        sampleIds: test.samples.ids(),
        tables: {
          scenes: {
            sample: Uint32Array.from(predicted, (_, sample) => sample),
            columns: {
              predicted,
              count: Float32Array.from(await countsOf(context, split, test)),
            },
          },
        },
      };
    }
    return evidence;
  },
};

/** The plug-in. */
export default {
  task: countTask,
  dataset: { name: scenes.name, load: () => Promise.resolve(scenes) },
};
