import assert from "node:assert/strict";
import { join } from "node:path";
import { floatTensor, type HostTensor, Session } from "../engine/session.ts";
import { Graph } from "../onnx/graph.ts";
import { adamW, type AdamWOptions, type Optimizer, sgd, type SgdOptions } from "./optimizer.ts";

interface Reference {
  readonly optimizer: "sgd" | "adamw";
  readonly options: SgdOptions & AdamWOptions;
  readonly start: readonly number[];
  readonly rates: readonly number[];
  readonly gradients: readonly (readonly number[])[];
  readonly parameters: readonly (readonly number[])[];
}

/** An optimizer as a session of its own; the learning rate is a scalar or a vector. */
async function optimizerSession(optimizer: Optimizer, size: number, rateShape: readonly number[]) {
  const graph = new Graph(optimizer.name);
  const { parameters, state } = optimizer.update(graph, {
    parameters: graph.input("parameters", "float32", [size]),
    gradient: graph.input("gradient", "float32", [size]),
    state: optimizer.slots.map((slot) => graph.input(slot, "float32", [size])),
    learningRate: graph.input("learning_rate", "float32", rateShape),
    step: graph.input("step", "float32", []),
  });
  graph.output("next/parameters", parameters);
  optimizer.slots.forEach((slot, index) => graph.output(`next/${slot}`, state[index]!));
  return await Session.create(graph);
}

/** Parameters after each step. */
async function run(
  optimizer: Optimizer,
  { start, rates, gradients }: Pick<Reference, "start" | "rates" | "gradients">,
  factors?: readonly number[],
): Promise<Float32Array[]> {
  const size = start.length;
  const session = await optimizerSession(optimizer, size, factors ? [size] : []);
  const vector = (data: Iterable<number>) => floatTensor(Float32Array.from(data), [size]);
  const tensors: Record<string, HostTensor> = { parameters: vector(start) };
  for (const slot of optimizer.slots) tensors[slot] = vector(start.map(() => 0));
  const trail: Float32Array[] = [];
  for (const [index, rate] of rates.entries()) {
    const outputs = await session.run({
      ...tensors,
      gradient: vector(gradients[index]!),
      learning_rate: factors
        ? vector(factors.map((factor) => factor * rate))
        : floatTensor(Float32Array.of(rate), []),
      step: floatTensor(Float32Array.of(index + 1), []),
    });
    for (const name of Object.keys(tensors)) tensors[name] = outputs[`next/${name}`]!;
    trail.push(tensors["parameters"]!.data as Float32Array);
  }
  await session.release();
  return trail;
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
  Deno.test(`${title} goes PyTorch's way over five steps`, async () => {
    const trail = await run(optimizerOf(reference), reference);
    assert.equal(trail.length, 5);
    reference.parameters.forEach((wanted, step) => {
      wanted.forEach((value, index) => {
        const actual = trail[step]![index]!;
        assert(
          Math.abs(actual - value) <= 1e-6 * Math.max(1, Math.abs(value)),
          `step ${step}, parameter ${index}: ${actual}, wanted ${value}`,
        );
      });
    });
  });

  Deno.test(`${title} goes PyTorch's way on the host too`, () => {
    const { start, rates, gradients, parameters: wanted } = reference;
    const rule = optimizerOf(reference);
    const parameters = Float32Array.from(start);
    const state = rule.slots.map(() => new Float32Array(start.length));
    for (const [index, learningRate] of rates.entries()) {
      const gradient = Float32Array.from(gradients[index]!);
      rule.updateOnHost({ parameters, gradient, state, learningRate, step: index + 1 });
      parameters.forEach((actual, place) => {
        const value = wanted[index]![place]!;
        assert(
          Math.abs(actual - value) <= 1e-6 * Math.max(1, Math.abs(value)),
          `step ${index}, parameter ${place}: ${actual}, wanted ${value}`,
        );
      });
    }
  });
}

Deno.test("optimizers take a learning rate per parameter", async () => {
  for (const reference of [references[0]!, references[3]!]) {
    const { start, rates, gradients } = reference;
    const factors = start.map((_, index) => index % 2 === 0 ? 1 : 0);
    const whole = await run(optimizerOf(reference), { start, rates, gradients });
    const trail = await run(optimizerOf(reference), { start, rates, gradients }, factors);
    const last = trail.at(-1)!;
    start.forEach((value, index) => {
      const wanted = factors[index] === 1 ? whole.at(-1)![index]! : value;
      assert.equal(last[index], wanted, `${reference.optimizer}, parameter ${index}`);
    });
  }
});
