import assert from "node:assert/strict";
import { argMax } from "../classification.ts";
import { rightOf, runToy } from "../testdata/toy_task.ts";
import { linearProbe } from "./linear_probe.ts";
import { linearProbeSettings } from "./settings.ts";
import { LogisticRegression } from "./logistic_regression.ts";
import { holdOut, sweepRegularizer } from "./sweep_regularizer.ts";
import reference from "./testdata/logistic_reference.json" with { type: "json" };
import { probeLogits } from "./train_probe.ts";

const { classes, width, labels } = reference;
const data = {
  features: Float32Array.from(reference.features),
  labels,
  width,
  classes,
  rows: Uint32Array.from(labels.keys()),
};
const test = Float32Array.from(reference.test);

async function accuracyOf(probe: { weight: Float32Array; bias: Float32Array }): Promise<number> {
  const logits = await probeLogits(probe, test, { width, classes, threads: 1 });
  const right = reference.testLabels.filter((label, row) =>
    argMax(logits, row * classes, classes) === label
  );
  return right.length / reference.testLabels.length;
}

for (const { inverse, weight, bias, accuracy } of reference.fits) {
  Deno.test(`LogisticRegression.fit() equals scikit-learn's weights at C = ${inverse}`, async () => {
    const regression = await LogisticRegression.open(data, 1);
    const fit = await regression.fit(inverse, regression.zero, {
      gradientTolerance: 1e-7,
      valueTolerance: 0,
    });
    const probe = regression.probeOf(fit);
    await regression.release();
    const largest = Math.max(...weight.map(Math.abs), ...bias.map(Math.abs));
    // Biases are free up to a constant: both have the sum 0 that they begin with.
    for (const [own, wanted] of [[probe.weight, weight], [probe.bias, bias]] as const) {
      // The weaker the penalty, the flatter the minimum, which single precision blurs.
      wanted.forEach((number, place) =>
        assert(Math.abs(own[place]! - number) < 1e-2 * largest, `${place}: ${own[place]} ${number}`)
      );
    }
    assert(Math.abs(await accuracyOf(probe) - accuracy) <= 0.002);
  });
}

Deno.test("LogisticRegression.fit() adds up rows that do not fill the last run of the graph", async () => {
  // 600 rows of 8,192 numbers: two runs of 512 places, the second with 88 rows.
  const wide = 8192, count = 600;
  const features = new Float32Array(count * wide);
  for (let row = 0; row < count; row++) features[row * wide + row % 2] = 1;
  const labels = Array.from({ length: count }, (_, row) => row % 2);
  const regression = await LogisticRegression.open({
    features,
    labels,
    width: wide,
    classes: 2,
    rows: Uint32Array.from(labels.keys()),
  }, 1);
  const { x, value } = await regression.fit(1, regression.zero, { gradientTolerance: 1e-7 });
  await regression.release();
  // Two classes, two features: w = ±v with 600·log(1 + e^(−2v)) + 2v² at its minimum.
  const v = x[0]!, slope = -2 * 600 / (1 + Math.exp(2 * v)) + 4 * v;
  assert(Math.abs(slope) < 1e-2, `${slope}`);
  assert(Math.abs(value - (Math.log1p(Math.exp(-2 * v)) + 2 * v * v / 600)) < 1e-6);
});

Deno.test("holdOut() holds out images with all their views, of each class its share", () => {
  const imageLabels = [0, 0, 0, 0, 0, 1, 1, 2], viewsPerSample = 3;
  const labels = imageLabels.flatMap((label) => [label, label, label]);
  const rows = Uint32Array.from(labels.keys());
  const split = holdOut({ labels, rows }, { validationShare: 0.4, viewsPerSample, seed: 1 });
  const imagesOf = (
    views: Uint32Array,
  ) => [...new Set([...views].map((row) => Math.floor(row / 3)))];
  const held = imagesOf(split.validation);
  assert.equal(split.validation.length, 3 * held.length);
  assert.deepEqual(held.map((image) => imageLabels[image]), [0, 0, 1]);
  assert.deepEqual([...split.train, ...split.validation].sort((a, b) => a - b), [...rows]);
  assert.equal(
    holdOut({ labels, rows }, { validationShare: 0, viewsPerSample, seed: 1 }).validation.length,
    3 * 2,
  );
});

Deno.test("sweepRegularizer() tries fifteen strengths around the best, and repeats to the bit", async () => {
  const context = { seed: 3, threads: 1, progress: () => {} };
  const options = { validationShare: 0.25, maximumIterations: 500, viewsPerSample: 1 };
  const sweep = await sweepRegularizer(context, data, options);
  assert.equal(sweep.tried.length, 15);
  const best = Math.max(...sweep.tried.map(({ accuracy }) => accuracy!));
  const chosen = sweep.tried.filter(({ accuracy }) => accuracy === best)[0]!;
  assert.equal(sweep.exponent, chosen.exponent);
  // scikit-learn's best of three strengths is not far above what the sweep finds without the test set.
  const wanted = Math.max(...reference.fits.map(({ accuracy }) => accuracy));
  assert(await accuracyOf(sweep.probe) >= wanted - 0.02);
  assert.deepEqual((await sweepRegularizer(context, data, options)).probe, sweep.probe);
});

Deno.test("linearProbe by lbfgs keeps how its penalty was chosen", async () => {
  const rows = (count: number) =>
    Array.from({ length: count }, (_, row) => [row % 2 ? 2 : 0, row % 2 ? 0 : 2, 0.1 * (row % 3)]);
  const labelsOf = (count: number) => Array.from({ length: count }, (_, row) => row % 2);
  const { evidence, log } = await runToy(linearProbe, {
    classNames: ["owl", "fox"],
    labels: { train: labelsOf(20), val: labelsOf(6) },
    viewsPerSample: 1,
    rows: { train: rows(20), val: rows(6) },
    settings: linearProbeSettings.parse({ protocol: "lbfgs", viewsPerImage: 1 }),
    seed: 5,
  });
  assert.deepEqual(rightOf(evidence["val"]!), new Array(6).fill(1));
  const penalty = JSON.parse(String(log.files.get("penalty.json")));
  assert.equal(penalty.converged, true);
  assert.equal(typeof penalty.exponent, "number");
});
