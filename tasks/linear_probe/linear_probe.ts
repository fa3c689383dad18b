/**
 * Linear probe (LGD's and SEED's `main_lincls.py`): one linear layer on frozen features, with all
 * labels or a few.
 *
 * @module
 */

import { Session } from "../../core/engine/session.ts";
import { ModuleContext } from "../../core/nn/module_context.ts";
import { constantInitializer, normalInitializer } from "../../core/nn/initializers.ts";
import { linear } from "../../core/nn/layers.ts";
import { labelCrossEntropy } from "../../core/methods/cross_entropy.ts";
import { buildTrainingStep } from "../../core/train/training_step.ts";
import { namedParts } from "../../core/nn/parameters.ts";
import { Graph } from "../../core/onnx/graph.ts";
import { sgd } from "../../core/optim/optimizer.ts";
import { stepDecay } from "../../core/optim/schedule.ts";
import { RandomStream } from "../../core/random.ts";
import type { TaskOutcome } from "../../core/recipe/cell.ts";
import { Trainer } from "../../core/train/trainer.ts";
import type { LinearProbeProtocol } from "../../core/recipe/protocol.ts";
import { floatTensor } from "../../core/engine/session.ts";
import { argMax, hitsPerSample, type Task, type TaskContext } from "../task.ts";
import { countLabelled, labelledViews, labelListText } from "./label_list.ts";

type ProbeOptions = LinearProbeProtocol & { readonly labelFraction: number };

function optionsOf(context: Pick<TaskContext, "options">): ProbeOptions {
  return context.options as unknown as ProbeOptions;
}

/** Batch of a training set: the protocol's, or all of a smaller set. */
function batchSizeFor(options: ProbeOptions, labelled: number): number {
  return Math.min(options.batchSize, labelled);
}

/** Weight [K, d] and bias [K] of a trained probe. */
export interface Probe {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/**
 * Trains the layer: SGD with momentum, step schedule, weight N(0, 0.01), bias 0. A learning rate
 * for batches of another size than the protocol's is scaled with the batch.
 *
 * @param features One row per view, [n, d].
 * @param labels Class of each view, [n].
 * @param rows The views that have a label.
 */
export async function trainProbe(
  context: Pick<TaskContext, "model" | "dataset" | "options" | "seed" | "threads" | "progress">,
  features: Float32Array,
  labels: ArrayLike<number>,
  rows: Uint32Array,
): Promise<Probe> {
  const { model, dataset, seed, threads } = context;
  const options = optionsOf(context);
  const width = model.featureLength, classes = dataset.classNames.length;
  const batchSize = batchSizeFor(options, rows.length);
  const stepsPerEpoch = Math.floor(rows.length / batchSize);
  const steps = Math.round(options.epochs * stepsPerEpoch);
  const step = buildTrainingStep({
    name: "linear probe",
    layout: "nchw",
    optimizer: sgd({ momentum: options.momentum, weightDecay: options.weightDecay }),
    initialState: {},
    forward(module) {
      const x = module.graph.input("features", "float32", [batchSize, width]);
      const target = module.graph.input("labels", "int64", [batchSize]);
      const logits = linear(module, "fc", x, classes, {
        weight: normalInitializer(0.01),
        bias: constantInitializer(0),
      });
      return { loss: labelCrossEntropy(module.graph, logits, target), parts: {}, nextState: {} };
    },
  });
  const trainer = await Trainer.create(step, { seed, session: { threads } });
  const peak = options.learningRate * batchSize / options.batchSize;
  const schedule = stepDecay({
    peak,
    warmupFactor: options.warmupFactor,
    warmupEpochs: options.warmupEpochs,
    milestones: options.milestones,
    gamma: options.gamma,
    stepsPerEpoch,
  });
  const batch = new Float32Array(batchSize * width);
  const targets = new BigInt64Array(batchSize);
  const feeds = {
    features: floatTensor(batch, [batchSize, width]),
    labels: { dtype: "int64" as const, shape: [batchSize], data: targets },
  };
  let order: Uint32Array = new Uint32Array(0);
  for (let index = 0; index < steps; index++) {
    const place = index % stepsPerEpoch;
    if (place === 0) {
      order = new RandomStream(seed, "probe", index / stepsPerEpoch).permutation(rows.length);
    }
    for (let row = 0; row < batchSize; row++) {
      const view = rows[order[place * batchSize + row]!]!;
      batch.set(features.subarray(view * width, (view + 1) * width), row * width);
      targets[row] = BigInt(labels[view]!);
    }
    await trainer.step(feeds, schedule(index));
    if (index % 200 === 199) context.progress(index + 1, steps);
  }
  const parts = namedParts(
    trainer.state.tensors["parameters"]!.data as Float32Array,
    step.spec.parameters,
  );
  await trainer.release();
  return { weight: parts.get("fc.weight")!.data, bias: parts.get("fc.bias")!.data };
}

/** Logits of all rows, [n, K]. */
async function classify(
  probe: Probe,
  features: Float32Array,
  width: number,
  classes: number,
): Promise<Float32Array> {
  const count = features.length / width;
  const graph = new Graph("linear probe, inference");
  const module = new ModuleContext(graph, {
    layout: "nchw",
    mode: "eval",
    bind: (_, { name, shape }) =>
      graph.constant("float32", shape, name.endsWith("weight") ? probe.weight : probe.bias, name),
  });
  graph.output(
    "logits",
    linear(module, "fc", graph.input("features", "float32", [count, width]), classes),
  );
  const session = await Session.create(graph);
  const { logits } = await session.run({ features: floatTensor(features, [count, width]) });
  await session.release();
  return logits!.data as Float32Array;
}

/** Top-1 of a linear layer trained on frozen features, with `labelFraction` of the labels. */
export const linearProbe: Task = {
  name: "linear-probe",
  version: 1,
  metrics: [{ key: "top1", unit: "%", higherIsBetter: true }],
  classNames: (dataset) => dataset.classNames,
  async plan(context) {
    const { dataset, splits, testViews } = context;
    const options = optionsOf(context);
    const train = await dataset.samples("train");
    let images = train.length * options.viewsPerImage;
    for (const split of splits) images += (await dataset.samples(split)).length * testViews;
    const labelled = countLabelled(train, options.viewsPerImage, options.labelFraction);
    const batch = batchSizeFor(options, labelled);
    return { steps: Math.round(options.epochs * Math.floor(labelled / batch)), images };
  },
  async run(context): Promise<TaskOutcome> {
    const { model, dataset, column, splits, testViews, seed } = context;
    const options = optionsOf(context);
    const train = await context.loadViews("train", options.viewsPerImage);
    const features = await model.features(train);
    const labelled = labelledViews(train, options.labelFraction, seed);
    if (options.labelFraction < 1) {
      await context.keepFile(
        `labels-${column}.tsv`,
        labelListText(train, labelled, dataset.classNames),
      );
    }
    const labels = new Uint32Array(train.samples.length * train.viewsPerSample);
    for (let view = 0; view < labels.length; view++) {
      labels[view] = train.samples[Math.floor(view / train.viewsPerSample)]!.label;
    }
    const probe = await trainProbe(context, features, labels, labelled);
    const outcome: TaskOutcome = {
      column,
      task: linearProbe.name,
      taskVersion: linearProbe.version,
      metric: "top1",
      unit: "%",
      splits: {},
    };
    const classes = dataset.classNames.length;
    for (const split of splits) {
      const views = await context.loadViews(split, testViews);
      const logits = await classify(
        probe,
        await model.features(views),
        model.featureLength,
        classes,
      );
      const hits = hitsPerSample(views, (view) => {
        const sample = Math.floor(view / views.viewsPerSample);
        return argMax(logits, view * classes, classes) === views.samples[sample]!.label;
      });
      outcome.splits[split] = { sampleIds: views.samples.map(({ id }) => id), hits };
    }
    return outcome;
  },
};
