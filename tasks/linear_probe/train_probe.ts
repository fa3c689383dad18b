/**
 * Trains one linear layer on frozen features, and classifies by it.
 *
 * @module
 */

import { floatTensor, type HostTensor, Session } from "../../core/engine/session.ts";
import { labelCrossEntropy } from "../../core/methods/cross_entropy.ts";
import { constantInitializer, normalInitializer } from "../../core/nn/initializers.ts";
import { linear } from "../../core/nn/layers.ts";
import { ModuleContext } from "../../core/nn/module_context.ts";
import { Graph } from "../../core/onnx/graph.ts";
import { sgd } from "../../core/optim/optimizer.ts";
import { stepDecay } from "../../core/optim/schedule.ts";
import { epochPermutations } from "../epoch_rows.ts";
import type { BatchSource } from "../../core/train/fit.ts";
import { buildTrainingStep } from "../../core/train/training_step.ts";
import type { TaskContext } from "../task.ts";
import type { ProbeTrainingSettings } from "./settings.ts";

/** Weight [K, d] and bias [K] of a trained probe. */
export interface Probe {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** What {@linkcode trainProbe} learns from. */
export interface ProbeData {
  /** One row per view, [n, d]. */
  readonly features: Float32Array;
  /** Length d of a row. */
  readonly width: number;
  /** Class of each view, [n]. */
  readonly labels: ArrayLike<number>;
  readonly classes: number;
  /** The views that have a label. */
  readonly rows: Uint32Array;
}

/** Batch and steps for so many labelled views: the whole set where it is smaller than a batch. */
export function probeLength(
  { batchSize, epochs }: Pick<ProbeTrainingSettings, "batchSize" | "epochs">,
  labelled: number,
): { batchSize: number; stepsPerEpoch: number; steps: number } {
  const batch = Math.min(batchSize, labelled);
  const stepsPerEpoch = Math.floor(labelled / batch);
  return { batchSize: batch, stepsPerEpoch, steps: Math.round(epochs * stepsPerEpoch) };
}

/** Batches of rows in an order of its own for each epoch; a step's batch depends on the step alone. */
function rowBatches(
  { features, width, labels, rows }: ProbeData,
  { batchSize, stepsPerEpoch, seed }: { batchSize: number; stepsPerEpoch: number; seed: number },
): BatchSource {
  const batch = new Float32Array(batchSize * width);
  const targets = new BigInt64Array(batchSize);
  const feeds: Record<string, HostTensor> = {
    features: floatTensor(batch, [batchSize, width]),
    labels: { dtype: "int64", shape: [batchSize], data: targets },
  };
  const orderOf = epochPermutations({ count: rows.length, seed, stream: "probe" });
  return {
    stepsPerEpoch,
    batch(step) {
      const epoch = Math.floor(step / stepsPerEpoch), place = step % stepsPerEpoch;
      const order = orderOf(epoch);
      for (let row = 0; row < batchSize; row++) {
        const view = rows[order[place * batchSize + row]!]!;
        batch.set(features.subarray(view * width, (view + 1) * width), row * width);
        targets[row] = BigInt(labels[view]!);
      }
      return [feeds];
    },
  };
}

/**
 * Trains the layer: SGD with momentum, step schedule, weight N(0, 0.01), bias 0. A learning rate
 * for batches of another size than the setting's is scaled with the batch.
 */
export async function trainProbe(
  context: Pick<TaskContext, "seed" | "fit">,
  settings: ProbeTrainingSettings,
  data: ProbeData,
): Promise<Probe> {
  const { width, classes, rows } = data;
  const { batchSize, stepsPerEpoch, steps } = probeLength(settings, rows.length);
  const { momentum, weightDecay, warmupFactor, warmupEpochs, milestones, gamma } = settings;
  const step = buildTrainingStep({
    name: "linear probe",
    layout: "nchw",
    optimizer: sgd({ momentum, weightDecay }),
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
  const { weights } = await context.fit("linear-probe", {
    step,
    batches: rowBatches(data, { batchSize, stepsPerEpoch, seed: context.seed }),
    steps,
    schedule: stepDecay({
      peak: settings.learningRate * batchSize / settings.batchSize,
      warmupFactor,
      warmupEpochs,
      milestones,
      gamma,
      stepsPerEpoch,
    }),
  });
  return { weight: weights.get("fc.weight")!.data, bias: weights.get("fc.bias")!.data };
}

/** Logits of all rows, [n, K]. */
export async function probeLogits(
  probe: Probe,
  features: Float32Array,
  { width, classes, threads }: { width: number; classes: number; threads: number },
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
  const session = await Session.create(graph, { threads });
  const { logits } = await session.run({ features: floatTensor(features, [count, width]) });
  await session.release();
  return logits!.data as Float32Array;
}
