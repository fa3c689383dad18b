import assert from "node:assert/strict";
import { join } from "node:path";
import {
  adamW,
  type AdamWOptions,
  createOptimizer,
  type Optimizer,
  sgd,
  type SgdOptions,
} from "./optimizer.ts";

interface Reference {
  readonly optimizer: "sgd" | "adamw";
  readonly options: SgdOptions & AdamWOptions;
  readonly start: readonly number[];
  readonly rates: readonly number[];
  readonly gradients: readonly (readonly number[])[];
  readonly parameters: readonly (readonly number[])[];
}

/** Parameters after each step. */
function run(
  optimizer: Optimizer,
  { start, rates, gradients }: Pick<Reference, "start" | "rates" | "gradients">,
): Float32Array[] {
  const parameters = Float32Array.from(start);
  const state = optimizer.slots.map(() => new Float32Array(start.length));
  return rates.map((learningRate, index) => {
    const gradient = Float32Array.from(gradients[index]!);
    optimizer.update({ parameters, gradient, state, learningRate, step: index + 1 });
    return parameters.slice();
  });
}

const text = await Deno.readTextFile(
  join(import.meta.dirname!, "testdata", "optimizer_reference.jsonl"),
);
const references = text.trim().split("\n").map((line) => JSON.parse(line) as Reference);

function optimizerOf({ optimizer, options }: Reference): Optimizer {
  return optimizer === "sgd" ? sgd(options) : adamW(options);
}

for (const reference of references) {
  const { optimizer, options } = reference;
  const title = `${optimizer} with ${JSON.stringify(options)}`;
  Deno.test(`${title} goes PyTorch's way over five steps`, () => {
    const trail = run(optimizerOf(reference), reference);
    assert.equal(trail.length, 5);
    reference.parameters.forEach((expected, step) => {
      expected.forEach((value, index) => {
        const actual = trail[step]![index]!;
        assert(
          Math.abs(actual - value) <= 1e-6 * Math.max(1, Math.abs(value)),
          `step ${step}, parameter ${index}: got ${actual}, expected ${value}`,
        );
      });
    });
  });
}

for (const reference of [references[0]!, references[3]!]) {
  Deno.test(`${reference.optimizer} scales gradients and takes a decay of its own`, () => {
    const { start, rates, gradients, options } = reference;
    const halved = run(optimizerOf(reference), {
      start,
      rates,
      gradients: gradients.map((row) => row.map((value) => value / 2)),
    }).at(-1)!;
    const undecayed = run(optimizerOf({ ...reference, options: { ...options, weightDecay: 0 } }), {
      start,
      rates,
      gradients,
    }).at(-1)!;
    const outcomes = ([{ gradientScale: 0.5 }, { weightDecay: 0 }] as const).map((change) => {
      const optimizer = optimizerOf(reference);
      return run({
        ...optimizer,
        update: (inputs) => optimizer.update({ ...inputs, ...change }),
      }, { start, rates, gradients }).at(-1)!;
    });
    // Halving is exact but where a float32 gradient was rounded before it was halved.
    outcomes[0]!.forEach((value, index) => assert(Math.abs(value - halved[index]!) < 1e-6));
    assert.deepEqual(outcomes[1], undecayed);
  });
}

Deno.test("createOptimizer() makes the optimizer that its settings are of", () => {
  for (const reference of references) {
    const optimizer = optimizerOf(reference);
    const again = createOptimizer(structuredClone(optimizer.settings));
    assert.deepEqual(again.slots, optimizer.slots);
    assert.deepEqual(run(again, reference), run(optimizer, reference));
  }
});
