/**
 * Checks what every graph must be: typed, in single-assignment form, in topological order.
 *
 * @module
 */

import { GraphError } from "../errors.ts";
import { type Constant, type Graph, type Node, sizeOf, type TensorType } from "./graph.ts";
import type { DataType } from "./op.ts";
import { printNode } from "./print.ts";
import { inferShapes } from "./shape.ts";

const maximumListed = 10;

const arrayOf: Readonly<Record<DataType, { readonly name: string }>> = {
  float32: Float32Array,
  int64: BigInt64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

function printType({ dtype, shape }: TensorType): string {
  return `${dtype}[${shape.join(", ")}]`;
}

function* constantFaults({ value, data }: Constant): Generator<string> {
  if (data.length !== sizeOf(value.shape)) {
    yield `constant ${value.name} has ${data.length} elements, expected ${sizeOf(value.shape)}`;
  }
  const expected = arrayOf[value.dtype].name;
  if (data.constructor.name !== expected) {
    yield `constant ${value.name} is a ${data.constructor.name}, expected ${expected} for ${value.dtype}`;
  }
}

/** Infers the types of a node's outputs again and compares. */
function* typeFaults(node: Node): Generator<string> {
  let types: TensorType[];
  try {
    types = inferShapes(node.op, node.inputs, node.attributes);
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    yield `${printNode(node)}: ${error.message}`;
    return;
  }
  const actual = node.outputs.map(printType).join(", ");
  const expected = types.map(printType).join(", ");
  if (actual !== expected) yield `${printNode(node)}: outputs are ${actual}, expected ${expected}`;
}

/** What a region reads besides its inputs, constants and own values, and outputs not its own. */
function* regionFaults(graph: Graph): Generator<string> {
  for (const region of graph.regions) {
    const readable = new Set(region.inputs);
    for (const { value } of graph.constants.values()) readable.add(value);
    for (const node of graph.nodes) {
      if (!region.nodes.has(node)) continue;
      for (const input of node.inputs) {
        if (!readable.has(input)) {
          yield `region ${region.name} reads ${input.name}, which is not among its inputs`;
        }
      }
      for (const output of node.outputs) readable.add(output);
    }
    for (const output of region.outputs) {
      if (!readable.has(output)) {
        yield `region ${region.name} does not compute its output ${output.name}`;
      }
    }
  }
}

function* graphFaults(graph: Graph): Generator<string> {
  const names = new Set<string>();
  const known = new Set<TensorType>();
  const define = function* (name: string, value: TensorType): Generator<string> {
    if (names.has(name)) yield `the name "${name}" is given twice`;
    names.add(name);
    known.add(value);
  };
  for (const input of graph.inputs) yield* define(input.name, input);
  for (const constant of graph.constants.values()) {
    yield* define(constant.value.name, constant.value);
    yield* constantFaults(constant);
  }
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      if (!known.has(input)) yield `${printNode(node)}: ${input.name} is not computed before it`;
    }
    yield* typeFaults(node);
    for (const output of node.outputs) yield* define(output.name, output);
  }
  // A model file names values and outputs in one space.
  for (const { name, value } of graph.outputs) {
    if (!known.has(value)) yield `output "${name}" is ${value.name}, which the graph does not hold`;
    if (names.has(name)) yield `the output name "${name}" is given twice or is a value's name`;
    names.add(name);
  }
  yield* regionFaults(graph);
}

/**
 * Checks a graph: every name is given once, every value is computed before it is read, the types
 * of all outputs are those that are inferred again from the inputs, constants fit their types,
 * regions read only what they declare.
 *
 * @throws {GraphError} listing what is wrong (the first ten things).
 */
export function checkGraph(graph: Graph): void {
  const faults = [...graphFaults(graph)];
  if (faults.length === 0) return;
  const listed = faults.slice(0, maximumListed).map((fault) => `\n  ${fault}`).join("");
  const more = faults.length > maximumListed ? `\n  and ${faults.length - maximumListed} more` : "";
  throw new GraphError(`Graph ${graph.name} is malformed:${listed}${more}`);
}
