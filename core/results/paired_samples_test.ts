import assert from "node:assert/strict";
import { mcnemarExact } from "./mcnemar.ts";
import { accuracy, accuracyEvidence, type Metric } from "./metric.ts";
import { pairedTest } from "./paired_samples.ts";

const ids = ["a", "b", "c", "d", "e", "f"];
const evidenceOf = (right: number[], views: number) => accuracyEvidence(ids, right, views);

Deno.test("pairedTest() is McNemar's where samples are right or wrong", () => {
  const base = [evidenceOf([1, 0, 0, 0, 1, 0], 1)], other = [evidenceOf([0, 1, 1, 1, 1, 0], 1)];
  const test = pairedTest(accuracy, base, other)!;
  assert.deepEqual([test.name, test.more, test.less], ["mcnemar", 3, 1]);
  assert.equal(test.exact, mcnemarExact({ better: 3, worse: 1 }));
  assert.ok(Math.abs(test.exact - 0.625) < 1e-12);
  const back = pairedTest(accuracy, other, base)!;
  assert.deepEqual([back.more, back.less, back.exact], [1, 3, test.exact]);
});

Deno.test("pairedTest() is a sign test of the means of views and seeds, without ties", () => {
  const base = [evidenceOf([3, 1, 0, 0, 2, 0], 3), evidenceOf([0, 1, 0, 0, 2, 0], 3)];
  // Sample a: 3 + 0 of the base, 1 + 2 of the other: a tie, if not to the last bit.
  const other = [evidenceOf([1, 2, 1, 0, 1, 0], 3), evidenceOf([2, 1, 0, 0, 2, 3], 3)];
  const test = pairedTest(accuracy, base, other)!;
  assert.deepEqual([test.name, test.more, test.less], ["sign", 3, 1]);
  assert.deepEqual(pairedTest(accuracy, base, base), {
    name: "sign",
    more: 0,
    less: 0,
    exact: 1,
    asymptotic: 1,
  });
});

Deno.test("pairedTest() has nothing to say of a metric that is no mean over samples", () => {
  const ratio: Metric = { ...accuracy, key: "ratio", value: () => 1 };
  const { sampleMean: _mean, ...plain } = ratio;
  const evidence = [evidenceOf([1, 0, 0, 0, 1, 0], 1)];
  assert.equal(pairedTest(plain, evidence, evidence), undefined);
});
