/**
 * Builds a graph again, node by node: what all graph passes share.
 *
 * @module
 */

import { Graph, type Node, type Value } from "../graph.ts";

/**
 * What stands in the new graph for a node of the old one.
 *
 * @param graph The new graph.
 * @param node The old node.
 * @param inputs The node's inputs, in the new graph.
 * @returns A value of the new graph for each output of the node.
 */
export type RebuildNode = (graph: Graph, node: Node, inputs: readonly Value[]) => Value[];

/** Adds the node unchanged. */
export function keepNode(graph: Graph, node: Node, inputs: readonly Value[]): Value[] {
  return graph.nodeOutputs(node.op, inputs, node.attributes);
}

/**
 * A new graph with the same name, inputs, outputs and constants, and other nodes. Constants share
 * their data with the old graph's. Regions and annotations, which only gradient rules read, are dropped:
 * differentiate before rebuilding.
 *
 * @param nodes The old nodes to visit, in order; all where absent.
 */
export function rebuild(
  graph: Graph,
  rebuildNode: RebuildNode,
  nodes: readonly Node[] = graph.nodes,
): Graph {
  const result = new Graph(graph.name, { channelBlock: graph.channelBlock });
  const replaced = new Map<Value, Value>();
  for (const input of graph.inputs) {
    replaced.set(input, result.input(input.name, input.dtype, input.shape));
  }
  const read = new Set<Value>(graph.outputs.map(({ value }) => value));
  for (const node of nodes) for (const input of node.inputs) read.add(input);
  for (const { value, data } of graph.constants.values()) {
    if (!read.has(value)) continue;
    // Generated names hold a value's position, which is another one now.
    const name = value.name === `v${value.id}` ? "" : value.name;
    replaced.set(value, result.constant(value.dtype, value.shape, data, name));
  }
  for (const node of nodes) {
    const outputs = rebuildNode(result, node, node.inputs.map((input) => replaced.get(input)!));
    node.outputs.forEach((output, index) => replaced.set(output, outputs[index]!));
  }
  for (const { name, value } of graph.outputs) result.output(name, replaced.get(value)!);
  return result;
}
