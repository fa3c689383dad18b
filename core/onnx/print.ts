/**
 * Prints a graph as text, for eyes and for tests.
 *
 * @module
 */

import type { Constant, Graph, Node, Value } from "./graph.ts";
import type { AnyAttributes } from "./op.ts";

const shownElements = 8;

function printType({ dtype, shape }: Value): string {
  return `${dtype}[${shape.join(", ")}]`;
}

function printTyped(value: Value): string {
  return `${value.name}: ${printType(value)}`;
}

function printConstant({ value, data }: Constant): string {
  const elements = Array.from<number | bigint>(data.subarray(0, shownElements) as Float32Array);
  const more = data.length > shownElements ? ", …" : "";
  const text = value.shape.length === 0 ? String(elements[0]) : `[${elements.join(", ")}${more}]`;
  return `${printTyped(value)} = ${text}`;
}

function printAttributes(attributes: AnyAttributes): string {
  return Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${Array.isArray(value) ? `[${value.join(", ")}]` : value}`)
    .join("");
}

/**
 * One node as a line: `v3: float32[2, 4] = Softmax(v2) axis=1`. Names, types, operator, inputs,
 * attributes in the order in which they were given.
 */
export function printNode(node: Node): string {
  const outputs = node.outputs.map(printTyped).join(", ");
  const inputs = node.inputs.map((input) => input.name).join(", ");
  return `${outputs} = ${node.op}(${inputs})${printAttributes(node.attributes)}`;
}

/**
 * A readable listing of a graph: inputs, constants (the first elements), nodes in order with the
 * region that they belong to, outputs.
 */
export function printGraph(graph: Graph): string {
  const regionOf = new Map<Node, string>();
  for (const region of graph.regions) {
    for (const node of region.nodes) regionOf.set(node, region.name);
  }
  const lines = [`graph ${graph.name}(${graph.inputs.map(printTyped).join(", ")})`];
  for (const constant of graph.constants.values()) lines.push(`  ${printConstant(constant)}`);
  for (const node of graph.nodes) {
    const region = regionOf.get(node);
    lines.push(`  ${printNode(node)}${region === undefined ? "" : `  # ${region}`}`);
  }
  for (const { name, value } of graph.outputs) lines.push(`  output ${name} = ${value.name}`);
  return `${lines.join("\n")}\n`;
}
