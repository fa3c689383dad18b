import assert from "node:assert/strict";
import { RandomStream } from "../../core/random.ts";
import { addVariances } from "../../core/results/variance.ts";
import { adjustByHolm } from "./holm.ts";
import { fitVariancePrior, moderate } from "./variance_prior.ts";

/** Variances of `count` normal numbers each, of true variances that `truth` draws. */
function drawVariances(count: number, degrees: number, truth: (random: RandomStream) => number) {
  const random = new RandomStream(0, "variances");
  return Array.from({ length: count }, () => {
    const scale = truth(random);
    let sum = 0;
    for (let index = 0; index < degrees; index++) sum += random.normal() ** 2;
    return { value: scale * sum / degrees, degrees };
  });
}

Deno.test("fitVariancePrior() finds scale and degrees of the true variances", () => {
  // Scaled inverse χ² with 8 degrees and scale 2.
  const drawn = drawVariances(20_000, 4, (random) => {
    let sum = 0;
    for (let index = 0; index < 8; index++) sum += random.normal() ** 2;
    return 8 * 2 / sum;
  });
  const { value, degrees } = fitVariancePrior(drawn)!;
  assert.ok(Math.abs(value - 2) < 0.1, `${value}`);
  assert.ok(Math.abs(degrees - 8) < 1, `${degrees}`);
});

Deno.test("fitVariancePrior() gives equal variances the most degrees, and different ones few", () => {
  assert.equal(fitVariancePrior(drawVariances(12, 4, () => 3), 24)!.degrees, 24);
  const wild = drawVariances(40, 4, (random) => Math.exp(3 * random.normal()));
  assert.ok(fitVariancePrior(wild, 80)!.degrees < 2);
  assert.equal(fitVariancePrior([{ value: 0, degrees: 0 }]), undefined);
});

Deno.test("moderate() and addVariances() weigh by degrees of freedom", () => {
  assert.deepEqual(moderate({ value: 4, degrees: 2 }, { value: 1, degrees: 6 }), {
    value: 1.75,
    degrees: 8,
  });
  const sum = addVariances({ value: 1, degrees: 4 }, { value: 1, degrees: 4 });
  assert.deepEqual(sum, { value: 2, degrees: 8 });
});

Deno.test("adjustByHolm() follows Holm's steps, with weights too", () => {
  const close = (a: number[], b: number[]) =>
    a.forEach((value, index) => assert.ok(Math.abs(value - b[index]!) < 1e-12, `${a} ${b}`));
  // As R's p.adjust(c(0.01, 0.04, 0.03), "holm").
  close(adjustByHolm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06]);
  close(adjustByHolm([0.01, 0.01], [3, 1]), [0.04 / 3, 0.04 / 3]);
});

Deno.test("moderate() does not draw an outlier towards the others", () => {
  const prior = { value: 1, degrees: 20 };
  // F(2, 20) is above 3.49 in 5 %.
  const near = moderate({ value: 3.4, degrees: 2 }, prior);
  assert.deepEqual(near, { value: (2 * 3.4 + 20) / 22, degrees: 22 });
  assert.deepEqual(moderate({ value: 3.6, degrees: 2 }, prior), { value: 3.6, degrees: 2 });
  const certain = { value: 1, degrees: Infinity };
  // χ²(2) / 2 is above 3.00 in 5 %.
  assert.deepEqual(moderate({ value: 2.9, degrees: 2 }, certain), certain);
  assert.deepEqual(moderate({ value: 3.1, degrees: 2 }, certain), { value: 3.1, degrees: 2 });
  assert.deepEqual(moderate({ value: 0, degrees: 2 }, { value: 0, degrees: 4 }).value, 0);
});
