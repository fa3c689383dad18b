/**
 * Dead code: nodes that no output depends on.
 *
 * @module
 */

import type { Graph, Node, Value } from "../graph.ts";
import { keepNode, rebuild } from "./rebuild.ts";

/** The nodes that the outputs depend on, in order, and all values that are read. */
export function reachable(graph: Graph): { nodes: Node[]; values: Set<Value> } {
  const values = new Set(graph.outputs.map(({ value }) => value));
  const nodes: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => values.has(output))) continue;
    nodes.push(node);
    for (const input of node.inputs) values.add(input);
  }
  return { nodes: nodes.reverse(), values };
}

/** The graph without nodes and constants that no output depends on; inputs stay. */
export function removeDeadCode(graph: Graph): Graph {
  return rebuild(graph, keepNode, reachable(graph).nodes);
}
