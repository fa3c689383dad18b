/**
 * Common subexpressions: equal nodes are computed once.
 *
 * @module
 */

import type { Graph, Node, Value } from "../graph.ts";
import type { OpName } from "../op.ts";
import { keepNode, rebuild } from "./rebuild.ts";

/** Operators whose result has the same bits when their two inputs change places. */
const commutative: ReadonlySet<OpName> = new Set<OpName>(["Add", "Mul", "Equal", "And"]);

/** An attribute for a key; JSON would write infinities and NaN alike, and 0 for −0. */
function printAttribute(_key: string, value: unknown): unknown {
  if (typeof value !== "number") return value;
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Nodes with equal keys compute equal values. */
function nodeKey(node: Node, inputs: readonly Value[]): string {
  const ids = inputs.map((input) => input.id);
  if (commutative.has(node.op)) ids.sort((a, b) => a - b);
  const attributes = Object.entries(node.attributes)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `${node.op}(${ids.join()})${JSON.stringify(attributes, printAttribute)}`;
}

/**
 * The graph with nodes of equal operator, inputs and attributes shared. The results are the same
 * to the bit: nothing is reordered.
 */
export function shareCommonSubexpressions(graph: Graph): Graph {
  const known = new Map<string, Value[]>();
  return rebuild(graph, (result, node, inputs) => {
    const key = nodeKey(node, inputs);
    const shared = known.get(key);
    if (shared) return shared;
    const outputs = keepNode(result, node, inputs);
    known.set(key, outputs);
    return outputs;
  });
}
