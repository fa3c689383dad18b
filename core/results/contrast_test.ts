import assert from "node:assert/strict";
import { TaskError } from "../errors.ts";
import { changeWeights, metricContrast } from "./contrast.ts";
import { accuracy, accuracyEvidence, type Metric } from "./metric.ts";
import { metricDifference } from "./statistics.ts";

const images = Array.from({ length: 12 }, (_, index) => `image ${index}`);
const evidence = (right: (index: number) => number) =>
  accuracyEvidence(images, images.map((_, index) => right(index)), 2);
const base = [evidence((index) => index % 2), evidence((index) => index % 3 === 0 ? 1 : 0)];
const other = [evidence((index) => 1 + index % 2), evidence((index) => index % 3)];

Deno.test("metricContrast() with weights −1 and 1 is the paired difference", () => {
  // The same metric once with its values per sample, and once without.
  const { sampleMean: _mean, ...plain } = accuracy;
  for (const metric of [accuracy, plain as Metric]) {
    const expected = metricDifference(metric, base, other);
    const terms = [{ weight: -1, perSeed: base }, { weight: 1, perSeed: other }];
    const { value, ci95, perSeed } = metricContrast(metric, terms);
    const near = (one: number, two: number) => assert.ok(Math.abs(one - two) < 1e-9);
    near(value, expected.difference);
    ci95.forEach((end, index) => near(end, expected.ci95[index]!));
    perSeed.forEach((one, seed) => near(one, expected.perSeed[seed]!));
  }
});

Deno.test("metricContrast() of equal models is 0 with an interval of 0", () => {
  const terms = changeWeights([0, 1, 5]).map((weight) => ({ weight, perSeed: base }));
  const { value, ci95 } = metricContrast(accuracy, terms);
  for (const number of [value, ...ci95]) assert.ok(Math.abs(number) < 1e-9);
});

Deno.test("metricContrast() refuses other seeds or samples", () => {
  const refuses = (perSeed: typeof base) =>
    assert.throws(
      () => metricContrast(accuracy, [{ weight: -1, perSeed: base }, { weight: 1, perSeed }]),
      (error) => error instanceof TaskError && /got others for term 1/.test(error.message),
    );
  refuses(base.slice(0, 1));
  refuses([base[0]!, accuracyEvidence(["a", "b"], [1, 1], 2)]);
  assert.throws(() => metricContrast(accuracy, []), /no seeds or no samples/);
});

Deno.test("changeWeights() gives the change of the least-squares line over the places", () => {
  const places = [1, 2, 4, 9];
  const change = (values: readonly number[]) =>
    changeWeights(places).reduce((sum, weight, index) => sum + weight * values[index]!, 0);
  assert.ok(Math.abs(change(places.map((place) => 7 + 0.5 * place)) - 4) < 1e-12);
  assert.ok(Math.abs(change([5, 5, 5, 5])) < 1e-12);
  // From the first place to the last, which may be the lower one.
  const falling = changeWeights(places.toReversed());
  assert.ok(falling.reduce((sum, weight, index) => sum + weight * [3, 2, 1, 0][index]!, 0) < 0);
  // Least squares by hand: Σ(x − 4)(y) / Σ(x − 4)² × 8, y = 0, 1, 0, 3.
  assert.ok(Math.abs(change([0, 1, 0, 3]) - 8 * (-2 + 15) / 38) < 1e-12);
});
