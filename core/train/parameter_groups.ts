/**
 * Parameter groups: which parameters are trained, at which rate and with which decay.
 *
 * @module
 */

import type { Optimizer, UpdateInputs } from "../optim/optimizer.ts";
import { sizeOf } from "../onnx/graph.ts";
import type { ParameterShape } from "./parameter_tensors.ts";

/** How one parameter is trained. */
export interface ParameterGroup {
  /** Factor on the learning rate. @default {1} */
  readonly learningRateFactor?: number;
  /** Weight decay in place of the optimizer's. */
  readonly weightDecay?: number;
  /** Gets no gradient and stays as it is. @default {false} */
  readonly frozen?: boolean;
}

/** Gives each parameter its group by name and shape. */
export type ParameterGroups = (name: string, shape: readonly number[]) => ParameterGroup;

/** A parameter with its group; plain data, so that it crosses threads. */
export type GroupedParameter = ParameterShape & ParameterGroup;

/**
 * No weight decay for vectors and scalars: biases, and weights of normalisations. Other parameters
 * keep what `groups` says.
 *
 * @param groups The rest of the group; nothing where absent.
 */
export function withoutDecay(groups: ParameterGroups = () => ({})): ParameterGroups {
  return (name, shape) =>
    shape.length <= 1 ? { ...groups(name, shape), weightDecay: 0 } : groups(name, shape);
}

/**
 * Updates a range of the flat vector of all parameters, each by its group.
 *
 * @param parameters All parameters in the order of the flat vector.
 * @param begin Where the vectors of `inputs` begin in the flat vector.
 * @param inputs Vectors of equal length; `learningRate` is that of a group without a factor.
 */
export function updateRange(
  optimizer: Optimizer,
  parameters: readonly GroupedParameter[],
  begin: number,
  inputs: Omit<UpdateInputs, "weightDecay">,
): void {
  const end = begin + inputs.parameters.length;
  let first = 0;
  for (const { shape, learningRateFactor = 1, weightDecay, frozen = false } of parameters) {
    const last = first + sizeOf(shape);
    const from = Math.max(first, begin) - begin, to = Math.min(last, end) - begin;
    first = last;
    if (frozen || from >= to) continue;
    optimizer.update({
      ...inputs,
      parameters: inputs.parameters.subarray(from, to),
      gradient: inputs.gradient.subarray(from, to),
      state: inputs.state.map((slot) => slot.subarray(from, to)),
      learningRate: inputs.learningRate * learningRateFactor,
      weightDecay,
    });
  }
}
