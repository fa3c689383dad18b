import assert from "node:assert/strict";
import { RandomStream } from "../core/random.ts";
import { accuracy, accuracyEvidence } from "../core/results/metric.ts";
import { plantGain } from "./nightly_trials.ts";

Deno.test("plantGain() raises the accuracy by the points, as far as it can", () => {
  const ids = Array.from({ length: 50 }, (_, index) => String(index));
  const evidence = accuracyEvidence(ids, ids.map((_, index) => index % 5 === 0 ? 1 : 0), 2);
  const valueAt = (points: number) =>
    accuracy.value(plantGain(evidence, points, new RandomStream(0)), new Float64Array(50).fill(1));
  assert.deepEqual([0, 5, 100].map(valueAt), [10, 15, 100]);
  assert.equal(accuracy.value(evidence, new Float64Array(50).fill(1)), 10, "it is left as it was");
});
