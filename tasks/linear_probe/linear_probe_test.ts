import assert from "node:assert/strict";
import { normalInitializer } from "../../core/nn/initializers.ts";
import { initializeFlat } from "../../core/nn/parameters.ts";
import { RandomStream } from "../../core/random.ts";
import { fit } from "../../core/train/fit.ts";
import type { TaskContext } from "../task.ts";
import { rightOf, runToy, toyCost, type ToyOptions } from "../testdata/toy_task.ts";
import { linearProbe } from "./linear_probe.ts";
import type { LinearProbeSettings } from "./settings.ts";
import { trainProbe } from "./train_probe.ts";

const settings: LinearProbeSettings = {
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
  protocol: "sgd",
  validationShare: 0.2,
  maximumIterations: 1000,
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

function toyProbe(options: Partial<LinearProbeSettings> = {}): ToyOptions {
  const train = separable(80, 1), val = separable(24, 2), ood = separable(8, 3);
  return {
    classNames: ["owl", "fox", "bee", "ant"],
    labels: { train: train.labels, val: val.labels, ood: ood.labels },
    viewsPerSample,
    rows: { train: train.rows, val: val.rows, ood: ood.rows },
    settings: { ...settings, ...options },
    seed: 5,
  };
}

Deno.test("linearProbe reaches 100 % on separable features and keeps no list of all labels", async () => {
  const { evidence, log } = await runToy(linearProbe, toyProbe());
  assert.deepEqual(rightOf(evidence["val"]!), new Array(24).fill(2));
  assert.deepEqual(rightOf(evidence["ood"]!), new Array(8).fill(2));
  assert.deepEqual(evidence["val"]!.sampleIds[23], "val/23");
  assert.equal(log.files.size, 0);
});

Deno.test("linearProbe cannot learn classes that the features do not tell apart", async () => {
  const toy = toyProbe();
  const blind = toy.rows["train"]!.map((row) => row.map(() => 1));
  const { evidence } = await runToy(linearProbe, { ...toy, rows: { ...toy.rows, train: blind } });
  const right = rightOf(evidence["val"]!).reduce((sum, count) => sum + count / 2, 0) / 24;
  assert(right < 0.6, `${right} are right without anything to learn from`);
});

Deno.test("linearProbe repeats its answer to the bit", async () => {
  const first = await runToy(linearProbe, toyProbe({ epochs: 1 }));
  const second = await runToy(linearProbe, toyProbe({ epochs: 1 }));
  assert.deepEqual(second.evidence, first.evidence);
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
  const stepsPerEpoch = Math.floor(rows.length / batchSize);
  rates.forEach((rate, step) => {
    const epoch = Math.floor(step / stepsPerEpoch), first = step % stepsPerEpoch * batchSize;
    const order = new RandomStream(seed, "probe", epoch).permutation(rows.length);
    const gradient = matrix.map((row) => row.map((value) => weightDecay * value));
    for (let place = 0; place < batchSize; place++) {
      const view = rows[order[first + place]!]!;
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

/** What a probe needs of a context, without checkpoints. */
const context: Pick<TaskContext, "seed" | "fit"> = {
  seed: 5,
  fit: (_, options) => fit({ ...options, seed: 5 }),
};

Deno.test("trainProbe() goes the way of plain SGD, each epoch in an order of its own", async () => {
  const { labels, rows } = separable(40, 7);
  const viewLabels = labels.flatMap((label) => new Array<number>(viewsPerSample).fill(label));
  const labelled = Uint32Array.from({ length: 50 }, (_, index) => index + 11);
  const own = { ...settings, epochs: 3, warmupEpochs: 0, milestones: [], weightDecay: 0.01 };
  const probe = await trainProbe(context, own, {
    features: Float32Array.from(rows.flat()),
    labels: viewLabels,
    rows: labelled,
    width,
    classes,
  });
  // 50 views are three batches of 16 an epoch; what is over is dropped.
  const plain = plainProbe(rows, viewLabels, [...labelled], {
    batchSize: 16,
    rates: new Array<number>(9).fill(2),
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
  const own = { ...settings, epochs: 1, warmupEpochs: 0, milestones: [] };
  const probe = await trainProbe(context, own, {
    features: Float32Array.from(rows.flat()),
    labels: viewLabels,
    rows: labelled,
    width,
    classes,
  });
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
  // 160 views in batches of 16, 12 epochs.
  const { steps, images, macs } = await toyCost(linearProbe, toyProbe(), 100);
  assert.equal(steps, 120);
  assert.equal(images, 160 + 48 + 16);
  assert.equal(macs, 100 * images + 120 * 2 * 16 * width * classes);
});

Deno.test("linearProbe goes on from its checkpoint to the same bits", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const toy = toyProbe({ epochs: 3 });
    const whole = await runToy(linearProbe, toy, { folder });
    // The checkpoint of the last step is there: nothing is trained again.
    const again = await runToy(linearProbe, toy, { folder });
    assert.deepEqual(again.evidence, whole.evidence);
    assert.deepEqual(again.log.progress.filter(([phase]) => phase === "linear-probe"), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
