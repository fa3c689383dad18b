import assert from "node:assert/strict";
import { join } from "node:path";
import { type Backbone, backboneLevels, traceBackbone } from "../../core/methods/backbone.ts";
import { batchNorm2d } from "../../core/nn/batch_norm.ts";
import { conv2d, globalAveragePool } from "../../core/nn/layers.ts";
import { initializeFlat, namedParts } from "../../core/nn/parameters.ts";
import { readSafetensors } from "../../core/nn/safetensors.ts";
import { relu } from "../../core/onnx/build.ts";
import { RandomStream } from "../../core/random.ts";
import { resolveTaskSettings } from "../task.ts";
import { rightOf, runToy, toyCost, type ToyOptions } from "../testdata/toy_task.ts";
import { fineTuningLength } from "./fine_tune.ts";
import { semiSupervised } from "./semi_supervised.ts";
import { semiSupervisedSettings } from "./settings.ts";

const side = 8, classes = 3, perClass = 12;

/** A convolution, BatchNorm and ReLU. */
const architecture: Backbone = {
  headName: "fc",
  headDropout: 0,
  preprocess: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
  features(context, images) {
    const options = { outChannels: 8, kernel: 3, stride: 2, padding: 1 };
    const c = relu(
      context.graph,
      batchNorm2d(context, "bn", conv2d(context, "conv", images, options)),
    );
    return { c2: c, c3: c, c4: c, c5: c, pooled: globalAveragePool(context, c) };
  },
};

function backbone() {
  const spec = traceBackbone(architecture, { imageSize: side, batchSize: 4 });
  const weights = new Map([
    ...namedParts(initializeFlat(spec.parameters, 1), spec.parameters),
    ...namedParts(initializeFlat(spec.buffers, 1), spec.buffers),
  ]);
  return { architecture, weights, imageSize: side, levels: backboneLevels(architecture, side) };
}

/** Images of one colour a class, with noise; labels follow each other. */
function colours(samples: number, views: number, seed: number): Uint8Array {
  const random = new RandomStream(seed, "colours");
  const pixels = new Uint8Array(samples * views * side * side * 3);
  for (let index = 0; index < pixels.length; index++) {
    const label = Math.floor(index / (views * side * side * 3)) % classes;
    pixels[index] = (index % 3 === label ? 150 : 90) + random.integer(60);
  }
  return pixels;
}

/** Mean colour of each view. */
function meanColours(pixels: Uint8Array): number[][] {
  const rows: number[][] = [];
  for (let start = 0; start < pixels.length; start += side * side * 3) {
    const sums = [0, 0, 0];
    for (let index = 0; index < side * side * 3; index++) {
      sums[index % 3]! += pixels[start + index]! / (255 * side * side);
    }
    rows.push(sums);
  }
  return rows;
}

const labelsOf = (count: number) => Array.from({ length: count }, (_, index) => index % classes);
const views = 2;
const pixels = {
  train: colours(classes * perClass, views, 1),
  val: colours(15, views, 2),
};

function toy(settings: Record<string, unknown>): ToyOptions {
  return {
    classNames: ["red", "green", "blue"],
    labels: { train: labelsOf(classes * perClass), val: labelsOf(15) },
    viewsPerSample: views,
    rows: { train: meanColours(pixels.train), val: meanColours(pixels.val) },
    pixels,
    seed: 3,
    settings: { viewsPerImage: views, ...settings },
    model: { backbone: backbone() },
  };
}

const probe = { learningRate: 20, batchSize: 8, epochs: 60, warmupEpochs: 0, milestones: [] };
const fineTuning = {
  learningRate: 0.05,
  headLearningRate: 0.5,
  batchSize: 8,
  epochs: 8,
  milestones: [6],
};

/** Lines of the list of labelled images, by class. */
function listed(files: ReadonlyMap<string, string>): Record<string, string[]> {
  assert.deepEqual([...files.keys()], ["labels-train.tsv"]);
  const lines = files.get("labels-train.tsv")!.trim().split("\n").map((line) => line.split("\t"));
  const byClass: Record<string, string[]> = {};
  for (const [id, name] of lines) (byClass[name!] ??= []).push(id!);
  return byClass;
}

Deno.test("semiSupervised learns a linear layer from a tenth of the images and lists them", async () => {
  const { evidence, log } = await runToy(
    semiSupervised,
    toy({ fraction: 0.1, linearProbe: probe }),
  );
  const right = rightOf(evidence["val"]!).reduce((sum, count) => sum + count, 0);
  assert(right >= 24, `${right} of 30`);
  const byClass = listed(log.files);
  assert.deepEqual(Object.values(byClass).map(({ length }) => length), [1, 1, 1]);
  for (const [index, name] of ["red", "green", "blue"].entries()) {
    for (const id of byClass[name]!) assert.equal(Number(id.split("/")[1]) % classes, index);
  }
});

Deno.test("semiSupervised draws images per class, others for another seed", async () => {
  const settings = { perClass: 4, linearProbe: { ...probe, epochs: 1 } };
  const first = await runToy(semiSupervised, toy(settings));
  const other = await runToy(semiSupervised, { ...toy(settings), seed: 4 });
  assert.deepEqual(Object.values(listed(first.log.files)).map(({ length }) => length), [4, 4, 4]);
  assert.notDeepEqual(listed(first.log.files), listed(other.log.files));
});

for (const batchNorm of ["train", "frozen"] as const) {
  Deno.test(`semiSupervised fine-tunes the whole student, BatchNorm ${batchNorm}`, async () => {
    const settings = {
      perClass: 6,
      by: "fine-tune",
      fineTuning: { ...fineTuning, batchNorm },
    };
    const { evidence, log } = await runToy(semiSupervised, toy(settings));
    const right = rightOf(evidence["val"]!).reduce((sum, count) => sum + count, 0);
    assert(right >= 26, `${right} of 30`);
    assert.deepEqual(Object.values(listed(log.files)).map(({ length }) => length), [6, 6, 6]);
  });
}

Deno.test("semiSupervised goes on with a fine-tuning that was killed to the same bits", async () => {
  const settings = { perClass: 6, by: "fine-tune", fineTuning };
  const whole = await Deno.makeTempDir(), broken = await Deno.makeTempDir();
  try {
    const unbroken = await runToy(semiSupervised, toy(settings), { folder: whole });
    // A training of half the length leaves the checkpoint of a process that died there.
    const half = { ...settings, fineTuning: { ...fineTuning, epochs: 4 } };
    await runToy(semiSupervised, toy(half), { folder: broken });
    const resumed = await runToy(semiSupervised, toy(settings), { folder: broken });
    assert.deepEqual(resumed.evidence, unbroken.evidence);
    const tensors = async (folder: string) => {
      const path = join(folder, "fine-tuning.checkpoint.safetensors");
      return readSafetensors(await Deno.readFile(path), path).tensors;
    };
    assert.deepEqual(await tensors(broken), await tensors(whole));
  } finally {
    await Deno.remove(whole, { recursive: true });
    await Deno.remove(broken, { recursive: true });
  }
});

Deno.test("semiSupervised takes the published settings by default and refuses wrong ones", () => {
  const settings = semiSupervisedSettings.parse({});
  assert.deepEqual([settings.fraction, settings.perClass, settings.by], [
    null,
    128,
    "linear-probe",
  ]);
  assert.deepEqual([settings.linearProbe.epochs, settings.linearProbe.milestones], [100, [60, 80]]);
  assert.deepEqual(
    [settings.fineTuning.epochs, settings.fineTuning.learningRate, settings.fineTuning.batchNorm],
    [20, 0.01, "train"],
  );
  for (const wrong of [{ fraction: 7 }, { fraction: 0 }, { perClass: 0 }, { by: "magic" }]) {
    assert.throws(() => resolveTaskSettings(semiSupervised, wrong, "column c"), /column c/);
  }
  assert.throws(
    () => resolveTaskSettings(semiSupervised, { fineTuning: { batchnorm: "frozen" } }, "c"),
    /Did you mean "fineTuning.batchNorm"/,
  );
});

Deno.test("semiSupervised plans its steps by what is labelled", async () => {
  const { steps } = await toyCost(semiSupervised, toy({ perClass: 4, linearProbe: probe }));
  // 4 · 3 · 2 views in batches of 8.
  assert.equal(steps, 60 * 3);
  const tuned = toy({ perClass: 6, by: "fine-tune", fineTuning });
  assert.deepEqual(await toyCost(semiSupervised, tuned, 10), {
    images: 30,
    steps: 8 * 4,
    macs: (30 + 3 * 8 * 4 * 8) * 10,
  });
  assert.deepEqual(fineTuningLength({ batchSize: 256, epochs: 2 }, 1), {
    batchSize: 2,
    stepsPerEpoch: 1,
    steps: 2,
  });
});
