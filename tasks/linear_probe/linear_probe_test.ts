import assert from "node:assert/strict";
import { normalInitializer } from "../../core/nn/initializers.ts";
import { initializeFlat } from "../../core/nn/parameters.ts";
import type { LinearProbeProtocol } from "../../core/recipe/protocol.ts";
import { RandomStream } from "../../core/random.ts";
import { toyContext, type ToyOptions } from "../testdata/toy_task.ts";
import { linearProbe, trainProbe } from "./linear_probe.ts";

const protocol: LinearProbeProtocol & { labelFraction: number } = {
  learningRate: 2,
  batchSize: 16,
  epochs: 12,
  warmupEpochs: 1,
  warmupFactor: 0.25,
  milestones: [8, 10],
  gamma: 0.1,
  momentum: 0.9,
  weightDecay: 0,
  viewsPerImage: 2,
  labelFraction: 1,
};
const classes = 4, width = 6, viewsPerSample = 2;

/** Features around one direction per class, too far apart to be mixed up. */
function separable(samples: number, seed: number) {
  const random = new RandomStream(seed, "features");
  const labels = Array.from({ length: samples }, (_, sample) => sample % classes);
  const rows = labels.flatMap((label) =>
    Array.from({ length: viewsPerSample }, () =>
      Array.from(
        { length: width },
        (_, column) => (column === label ? 2 : 0) + 0.3 * random.normal(),
      ))
  );
  return { labels, rows };
}

function toyProbe(options: Partial<typeof protocol> = {}): ToyOptions {
  const train = separable(80, 1), val = separable(24, 2), ood = separable(8, 3);
  return {
    classNames: ["owl", "fox", "bee", "ant"],
    labels: { train: train.labels, val: val.labels, ood: ood.labels },
    viewsPerSample,
    rows: { train: train.rows, val: val.rows, ood: ood.rows },
    options: { ...protocol, ...options },
    seed: 5,
  };
}

Deno.test("linearProbe reaches 100 % on separable features and keeps no list of all labels", async () => {
  const { context, log } = toyContext(toyProbe());
  const outcome = await linearProbe.run(context);
  assert.deepEqual(outcome.splits.val!.hits, new Array(24).fill(1));
  assert.deepEqual(outcome.splits.ood!.hits, new Array(8).fill(1));
  assert.deepEqual(outcome.splits.val!.sampleIds[23], "val/23");
  assert.deepEqual(
    [outcome.task, outcome.column, outcome.metric, outcome.unit],
    ["linear-probe", "toy-column", "top1", "%"],
  );
  assert.equal(log.files.size, 0);
});

Deno.test("linearProbe learns from a tenth of the labels and writes which", async () => {
  const { context, log } = toyContext(toyProbe({ labelFraction: 0.1, epochs: 60 }));
  const outcome = await linearProbe.run(context);
  assert.deepEqual(outcome.splits.val!.hits, new Array(24).fill(1));
  assert.deepEqual([...log.files.keys()], ["labels-toy-column.tsv"]);
  const lines = log.files.get("labels-toy-column.tsv")!.trim().split("\n");
  assert.equal(lines.length, 16);
  const names = lines.map((line) => line.split("\t")[2]);
  for (const name of context.dataset.classNames) {
    assert.equal(names.filter((other) => other === name).length, 4, name);
  }
});

Deno.test("linearProbe cannot learn classes that the features do not tell apart", async () => {
  const toy = toyProbe();
  const blind = toy.rows.train!.map((row) => row.map(() => 1));
  const { context } = toyContext({ ...toy, rows: { ...toy.rows, train: blind } });
  const { hits } = (await linearProbe.run(context)).splits.val!;
  const right = hits.reduce((sum, hit) => sum + hit, 0) / hits.length;
  assert(right < 0.6, `${right} are right without anything to learn from`);
});

Deno.test("linearProbe repeats its answer to the bit", async () => {
  const options = { epochs: 1, labelFraction: 0.2 };
  const first = await linearProbe.run(toyContext(toyProbe(options)).context);
  const second = await linearProbe.run(toyContext(toyProbe(options)).context);
  assert.deepEqual(second, first);
});

/** One layer by SGD as straight loops in float64. */
function plainProbe(
  features: readonly (readonly number[])[],
  labels: readonly number[],
  rows: readonly number[],
  { batchSize, rates, seed, momentum, weightDecay }: {
    batchSize: number;
    rates: readonly number[];
    seed: number;
    momentum: number;
    weightDecay: number;
  },
): { weight: number[][]; bias: number[] } {
  const start = initializeFlat([
    { name: "fc.weight", shape: [classes, width], initializer: normalInitializer(0.01) },
  ], seed);
  // The bias is the last column of the matrix.
  const matrix = Array.from(
    { length: classes },
    (_, k) => [...start.subarray(k * width, (k + 1) * width), 0],
  );
  const velocity = matrix.map((row) => row.map(() => 0));
  const order = new RandomStream(seed, "probe", 0).permutation(rows.length);
  rates.forEach((rate, step) => {
    const gradient = matrix.map((row) => row.map((value) => weightDecay * value));
    for (let place = 0; place < batchSize; place++) {
      const view = rows[order[step * batchSize + place]!]!;
      const x = [...features[view]!, 1];
      const logits = matrix.map((row) => row.reduce((sum, w, column) => sum + w * x[column]!, 0));
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
      logits.forEach((logit, k) => {
        const error = Math.exp(logit) / total - (k === labels[view] ? 1 : 0);
        x.forEach((value, column) => gradient[k]![column]! += error * value / batchSize);
      });
    }
    matrix.forEach((row, k) =>
      row.forEach((_, column) => {
        velocity[k]![column] = momentum * velocity[k]![column]! + gradient[k]![column]!;
        row[column]! -= rate * velocity[k]![column]!;
      })
    );
  });
  return {
    weight: matrix.map((row) => row.slice(0, width)),
    bias: matrix.map((row) => row[width]!),
  };
}

Deno.test("trainProbe() goes the way of plain SGD over one epoch", async () => {
  const { labels, rows } = separable(40, 7);
  const viewLabels = labels.flatMap((label) => new Array<number>(viewsPerSample).fill(label));
  const labelled = Uint32Array.from({ length: 50 }, (_, index) => index + 11);
  const { context } = toyContext(
    toyProbe({ epochs: 1, warmupEpochs: 0, milestones: [], weightDecay: 0.01 }),
  );
  const features = Float32Array.from(rows.flat());
  const probe = await trainProbe(context, features, viewLabels, labelled);
  // 50 views are three batches of 16; what is over is dropped.
  const plain = plainProbe(rows, viewLabels, [...labelled], {
    batchSize: 16,
    rates: [2, 2, 2],
    seed: 5,
    momentum: 0.9,
    weightDecay: 0.01,
  });
  const wanted = [...plain.weight.flat(), ...plain.bias];
  [...probe.weight, ...probe.bias].forEach((value, index) => {
    const error = Math.abs(value - wanted[index]!);
    assert(error <= 1e-4 * Math.max(1, Math.abs(wanted[index]!)), `element ${index}: ${value}`);
  });
});

Deno.test("trainProbe() scales the rate with the batch where there are few labels", async () => {
  const { labels, rows } = separable(40, 7);
  const viewLabels = labels.flatMap((label) => new Array<number>(viewsPerSample).fill(label));
  const labelled = Uint32Array.of(0, 3, 5, 6);
  const { context } = toyContext(toyProbe({ epochs: 1, warmupEpochs: 0, milestones: [] }));
  const probe = await trainProbe(context, Float32Array.from(rows.flat()), viewLabels, labelled);
  const plain = plainProbe(rows, viewLabels, [...labelled], {
    batchSize: 4,
    rates: [0.5], // 2 × 4 / 16
    seed: 5,
    momentum: 0.9,
    weightDecay: 0,
  });
  plain.weight.flat().forEach((value, index) => {
    assert(Math.abs(probe.weight[index]! - value) <= 1e-5, `element ${index}`);
  });
});

Deno.test("linearProbe plans as many steps and images as it runs", async () => {
  for (const labelFraction of [1, 0.25, 0.01]) {
    const { context } = toyContext(toyProbe({ labelFraction }));
    const { steps, images } = await linearProbe.plan(context);
    // 160, 40 or 4 labelled views in batches of 16 or fewer, 12 epochs.
    assert.equal(steps, { 1: 120, 0.25: 24, 0.01: 12 }[labelFraction]);
    assert.equal(images, 160 + 48 + 16);
  }
});
