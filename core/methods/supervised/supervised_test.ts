import assert from "node:assert/strict";
import type { HostTensor } from "../../engine/session.ts";
import { RandomStream } from "../../random.ts";
import { assertNear, MethodRunner } from "../testdata/method_step.ts";
import { prepareSupervised } from "./supervised.ts";

function labelFeed(labels: readonly number[]): { labels: HostTensor } {
  const data = BigInt64Array.from(labels, BigInt);
  return { labels: { dtype: "int64", shape: [labels.length], data } };
}

Deno.test("prepareSupervised() is the mean of −log of the right class's share", async () => {
  const classes = 6, labels = [0, 5, 2, 2];
  const random = new RandomStream(8);
  const logits = Float32Array.from({ length: labels.length * classes }, () => 3 * random.normal());
  let loss = 0;
  const gradient: number[] = [];
  labels.forEach((label, image) => {
    const row = [...logits.subarray(image * classes, (image + 1) * classes)];
    const total = row.reduce((sum, logit) => sum + Math.exp(logit), 0);
    loss -= Math.log(Math.exp(row[label]!) / total) / labels.length;
    row.forEach((logit, k) =>
      gradient.push((Math.exp(logit) / total - (k === label ? 1 : 0)) / labels.length)
    );
  });
  const runner = await MethodRunner.create(prepareSupervised({ classes }), labels.length);
  const actual = await runner.step(logits, labelFeed(labels));
  assertNear([actual.loss], [loss], 1e-5, "loss");
  assertNear(actual.gradient, gradient, 1e-5, "gradient");
  assert.deepEqual(actual.parts, {});
  assert.deepEqual(runner.state, {});
  await runner.release();
});

Deno.test("prepareSupervised() stays finite for logits far apart", async () => {
  const runner = await MethodRunner.create(prepareSupervised({ classes: 2 }), 2);
  const actual = await runner.step(Float32Array.of(1000, -1000, -1000, 1000), labelFeed([0, 0]));
  assert.equal(actual.loss, 1000);
  assert.deepEqual([...actual.gradient], [0, 0, -0.5, 0.5]);
  await runner.release();
});
