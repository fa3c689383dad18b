/**
 * Values of a model's parameters outside a graph: one flat vector with named parts.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { sizeOf } from "../onnx/graph.ts";
import { RandomStream } from "../random.ts";
import type { ParameterSpec } from "./module_context.ts";

/** Most tensors that one message lists. */
const mostListed = 20;

/** Named tensors on the host. */
export type NamedTensors = ReadonlyMap<
  string,
  { readonly shape: readonly number[]; readonly data: Float32Array }
>;

/** Views of a flat vector's parts, by name; they share its memory. */
export function namedParts(
  flat: Float32Array,
  specs: readonly Pick<ParameterSpec, "name" | "shape">[],
): NamedTensors {
  const parts = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  let offset = 0;
  for (const { name, shape } of specs) {
    const size = sizeOf(shape);
    parts.set(name, { shape, data: flat.subarray(offset, offset + size) });
    offset += size;
  }
  return parts;
}

/**
 * A flat vector with every part freshly initialised. Each part has a random stream of its own,
 * named after the parameter, so that one model's layers do not depend on another's.
 */
export function initializeFlat(specs: readonly ParameterSpec[], seed: number): Float32Array {
  const flat = new Float32Array(specs.reduce((total, { shape }) => total + sizeOf(shape), 0));
  const parts = namedParts(flat, specs);
  for (const { name, initializer } of specs) {
    initializer(new RandomStream(seed, "initialize", name), parts.get(name)!.data);
  }
  return flat;
}

/**
 * A flat vector filled from named tensors.
 *
 * @param source Where the tensors are from, for messages.
 * @param options.ignoreExtra Whether there may be tensors that are not expected.
 * @param options.problems What is wrong already.
 * @throws {DataError} that names tensors that are missing, extra or of a wrong shape; of many, the
 * first, and counts them all.
 */
export function flattenNamed(
  specs: readonly ParameterSpec[],
  tensors: NamedTensors,
  source: string,
  { ignoreExtra = false, problems: known = [] }: {
    ignoreExtra?: boolean;
    problems?: readonly string[];
  } = {},
): Float32Array {
  const flat = new Float32Array(specs.reduce((total, { shape }) => total + sizeOf(shape), 0));
  const parts = namedParts(flat, specs);
  const problems = [...known];
  for (const { name, shape } of specs) {
    const tensor = tensors.get(name);
    if (!tensor) problems.push(`missing: ${name} [${shape.join(", ")}]`);
    else if (tensor.shape.join() !== shape.join()) {
      problems.push(
        `wrong shape: ${name} is [${tensor.shape.join(", ")}], expected [${shape.join(", ")}]`,
      );
    } else parts.get(name)!.data.set(tensor.data);
  }
  if (!ignoreExtra) {
    for (const [name, { shape }] of tensors) {
      if (!parts.has(name)) problems.push(`extra: ${name} [${shape.join(", ")}]`);
    }
  }
  if (problems.length > 0) {
    const rest = problems.length - mostListed;
    // The last ones say as much as the first: where a model of another depth ends.
    const shown = rest <= 0 ? problems : [
      ...problems.slice(0, mostListed / 2),
      `… ${rest} more of ${problems.length} …`,
      ...problems.slice(-mostListed / 2),
    ];
    throw new DataError(`Cannot load weights from ${source}:\n  ${shown.join("\n  ")}`);
  }
  return flat;
}
