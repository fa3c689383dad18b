import assert from "node:assert/strict";
import {
  linearWarmupCosine,
  polynomialDecay,
  type Schedule,
  stepDecay,
  warmupConstant,
  warmupCosine,
  warmupStepDecay,
} from "./schedule.ts";

const stepsPerEpoch = 7;

/** Rates in the first and last step of some epochs: they must agree within an epoch. */
function ratesOfEpochs(schedule: Schedule, epochs: readonly number[]): number[] {
  return epochs.map((epoch) => {
    const first = schedule(epoch * stepsPerEpoch);
    assert.equal(schedule((epoch + 1) * stepsPerEpoch - 1), first, `within epoch ${epoch}`);
    return first;
  });
}

function assertRates(actual: readonly number[], wanted: readonly number[]): void {
  assert.equal(actual.length, wanted.length);
  wanted.forEach((rate, index) => {
    const error = Math.abs(actual[index]! - rate);
    assert(error <= 1e-9 * Math.max(1, rate), `rate ${index}: ${actual[index]}, wanted ${rate}`);
  });
}

Deno.test("warmupCosine() by epochs gives the published rates of LGD's pre-training", () => {
  // 0.03 × 2048 / 256 = 0.24 after five epochs from 0.03; the cosine is not shifted.
  const schedule = warmupCosine({
    peak: 0.24,
    warmupFactor: 0.03 / 0.24,
    warmupEpochs: 5,
    epochs: 200,
    granularity: "epoch",
    stepsPerEpoch,
  });
  assertRates(ratesOfEpochs(schedule, [0, 1, 2, 3, 4]), [0.03, 0.072, 0.114, 0.156, 0.198]);
  const cosine = (epoch: number) => 0.24 * 0.5 * (1 + Math.cos(Math.PI * epoch / 200));
  assertRates(ratesOfEpochs(schedule, [5, 6, 199]), [cosine(5), cosine(6), cosine(199)]);
  assertRates(ratesOfEpochs(schedule, [100]), [0.12]);
  assert(schedule(5 * stepsPerEpoch) < 0.24, "the peak itself is never reached");
});

Deno.test("warmupCosine() by steps falls within an epoch and ends near 0", () => {
  const schedule = warmupCosine({
    peak: 1,
    warmupFactor: 0.5,
    warmupEpochs: 1,
    epochs: 4,
    granularity: "step",
    stepsPerEpoch: 2,
  });
  const cosine = (epoch: number) => 0.5 * (1 + Math.cos(Math.PI * epoch / 4));
  const wanted = [0.5, 0.75, cosine(1), cosine(1.5), 0.5, cosine(2.5), cosine(3), cosine(3.5)];
  assertRates(wanted.map((_, step) => schedule(step)), wanted);
});

Deno.test("warmupCosine() without a warm-up starts at the peak", () => {
  const schedule = warmupCosine({ peak: 2, epochs: 10, granularity: "epoch", stepsPerEpoch });
  assertRates(ratesOfEpochs(schedule, [0, 5]), [2, 1]);
});

Deno.test("stepDecay() gives the published rates of the linear probe", () => {
  // 30 × 2048 / 256 = 240; × 0.1 at epochs 60 and 80.
  const schedule = stepDecay({
    peak: 240,
    warmupFactor: 30 / 240,
    warmupEpochs: 5,
    milestones: [60, 80],
    stepsPerEpoch,
  });
  assertRates(
    ratesOfEpochs(schedule, [0, 1, 2, 3, 4, 5, 59, 60, 79, 80, 99]),
    [30, 72, 114, 156, 198, 240, 240, 24, 24, 2.4, 2.4],
  );
});

Deno.test("stepDecay() multiplies by its own gamma, milestones in any order", () => {
  const schedule = stepDecay({ peak: 8, milestones: [2, 1], gamma: 0.5, stepsPerEpoch });
  assertRates(ratesOfEpochs(schedule, [0, 1, 2]), [8, 4, 2]);
});

Deno.test("warmupConstant() stays at the peak after the warm-up", () => {
  const schedule = warmupConstant({ peak: 4, warmupFactor: 0, warmupEpochs: 2, stepsPerEpoch });
  assertRates(ratesOfEpochs(schedule, [0, 1, 2, 50]), [0, 2, 4, 4]);
});

Deno.test("linearWarmupCosine() climbs to the peak and falls to 0 step by step", () => {
  const schedule = linearWarmupCosine({ peak: 8, warmupSteps: 4, steps: 8 });
  const wanted = [2, 4, 6, 8, 8, 4 * (1 + Math.SQRT1_2), 4, 4 * (1 - Math.SQRT1_2), 0];
  assertRates(wanted.map((_, step) => schedule(step)), wanted);
});

Deno.test("warmupStepDecay() climbs by steps and falls at milestones", () => {
  const schedule = warmupStepDecay({
    peak: 8,
    warmupSteps: 4,
    warmupFactor: 0.5,
    milestones: [6, 8],
    gamma: 0.5,
  });
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 7, 8].map(schedule), [4, 5, 6, 7, 8, 8, 4, 4, 2]);
});

Deno.test("polynomialDecay() gives the rates of mmsegmentation's poly policy", () => {
  const schedule = polynomialDecay({ peak: 0.01, minimum: 1e-4, power: 0.9, steps: 80_000 });
  assertRates(
    [0, 40_000, 79_999, 80_000, 90_000].map(schedule),
    [0.01, 0.0099 * 0.5 ** 0.9 + 1e-4, 0.0099 * (1 / 80_000) ** 0.9 + 1e-4, 1e-4, 1e-4],
  );
  assert.equal(polynomialDecay({ peak: 1, power: 1, steps: 4 })(1), 0.75);
});
