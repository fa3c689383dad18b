/**
 * Everything that a training changes, and what it begins with.
 *
 * @module
 */

import { floatTensor, type HostTensor } from "../engine/session.ts";
import { DataError } from "../errors.ts";
import { initializeFlat, namedParts, type NamedTensors } from "../nn/parameters.ts";
import type { TrainedModel } from "./training_step.ts";

/** Everything that a step changes: what a checkpoint holds. */
export interface TrainingState {
  /** Number of steps done. */
  step: number;
  /** Tensors by name: `parameters`, `buffers`, the optimizer's slots, `state/<name>`. */
  tensors: Record<string, HostTensor>;
}

/** Copies given weights over fresh ones. @throws {DataError} for those that do not fit. */
function takeWeights(step: TrainedModel, parts: NamedTensors, weights: NamedTensors): void {
  const problems: string[] = [];
  for (const [name, { shape, data }] of weights) {
    const part = parts.get(name);
    if (!part) problems.push(`"${name}" is not in the model`);
    else if (part.shape.join() !== shape.join()) {
      const [expected, found] = [part, { shape }].map((tensor) => `[${tensor.shape.join(", ")}]`);
      problems.push(`"${name}": expected ${expected}, got ${found}`);
    } else part.data.set(data);
  }
  if (problems.length > 0) {
    throw new DataError(
      `Cannot begin ${step.name} with the given weights; leave out what is not of the model:` +
        `\n  ${problems.join("\n  ")}`,
    );
  }
}

/**
 * The state before the first step: fresh parameters, zero slots, the method's own start, momentum
 * networks equal to the student.
 *
 * @param seed Seeds the parameters.
 * @param weights Parameters and buffers to begin with in place of fresh ones, by name; those that are
 * not given stay fresh.
 * @throws {DataError} when a weight is not of the model or of another shape.
 */
export function initialTrainingState(
  step: TrainedModel,
  seed: number,
  weights: NamedTensors = new Map(),
): TrainingState {
  const { spec, optimizer, initialState } = step;
  const parameters = initializeFlat(spec.parameters, seed);
  const buffers = initializeFlat(spec.buffers, seed);
  const parts: NamedTensors = new Map([
    ...namedParts(parameters, spec.parameters),
    ...namedParts(buffers, spec.buffers),
  ]);
  takeWeights(step, parts, weights);
  const tensors: Record<string, HostTensor> = {
    parameters: floatTensor(parameters, [parameters.length]),
  };
  if (buffers.length > 0) tensors["buffers"] = floatTensor(buffers, [buffers.length]);
  for (const slot of optimizer.slots) {
    tensors[slot] = floatTensor(new Float32Array(parameters.length), [parameters.length]);
  }
  for (const [name, { shape, data }] of Object.entries(initialState)) {
    tensors[`state/${name}`] = floatTensor(data, shape);
  }
  for (const { name, shape, source } of spec.momentum ?? []) {
    tensors[`state/${name}`] = floatTensor(parts.get(source)!.data.slice(), shape);
  }
  return { step: 0, tensors };
}

/** Parameters and buffers of a state by name; they share its memory. */
export function trainedWeights(step: TrainedModel, { tensors }: TrainingState): NamedTensors {
  const { parameters, buffers } = tensors;
  return new Map([
    ...namedParts(parameters!.data as Float32Array, step.spec.parameters),
    // A model without BatchNorm has none.
    ...(buffers ? namedParts(buffers.data as Float32Array, step.spec.buffers) : []),
  ]);
}
