/**
 * Parameters and gradients at the boundary of a training graph: a tensor for each, views of one flat
 * vector. Splitting and joining the vector in the graph would copy the whole model twice in every step.
 *
 * @module
 */

import { floatTensor, type HostTensor } from "../engine/session.ts";
import type { ParameterSpec } from "../nn/module_context.ts";
import { namedParts } from "../nn/parameters.ts";
import { sizeOf } from "../onnx/graph.ts";

/** What is to be known of a parameter here. */
export type ParameterShape = Pick<ParameterSpec, "name" | "shape">;

/** Name of a parameter among a graph's inputs. */
export function parameterInput(name: string): string {
  return `parameters/${name}`;
}

/** Name of a parameter's gradient among a graph's outputs. */
export function gradientOutput(name: string): string {
  return `gradient/${name}`;
}

/** Feeds that share the memory of a flat vector of all parameters. */
export function parameterFeeds(
  parameters: readonly ParameterShape[],
  flat: Float32Array,
): Record<string, HostTensor> {
  return Object.fromEntries(
    [...namedParts(flat, parameters)].map(([name, { shape, data }]) => [
      parameterInput(name),
      floatTensor(data, shape),
    ]),
  );
}

/**
 * Visits the gradients of all parameters that have one, with their places in the flat vector, from
 * `begin` to before `end`; frozen parameters have none.
 */
export function eachGradient<P extends ParameterShape>(
  parameters: readonly P[],
  outputs: Readonly<Record<string, HostTensor>>,
  visit: (gradient: Float32Array, begin: number, end: number, parameter: P) => void,
): void {
  let begin = 0;
  for (const parameter of parameters) {
    const end = begin + sizeOf(parameter.shape);
    const gradient = outputs[gradientOutput(parameter.name)];
    if (gradient) visit(gradient.data as Float32Array, begin, end, parameter);
    begin = end;
  }
}
