/**
 * Operands that are expanded although the operator broadcasts: the copy is left out.
 *
 * @module
 */

import type { Graph, Node, Value } from "./graph.ts";
import type { OpName } from "./op.ts";
import { rebuild } from "./rebuild.ts";
import { broadcastShapes } from "./shape.ts";

/** Operators that broadcast all their operands and whose result does not depend on how. */
const broadcasting: ReadonlySet<OpName> = new Set<OpName>([
  "Add",
  "Sub",
  "Mul",
  "Div",
  "Equal",
  "Greater",
  "GreaterOrEqual",
  "Less",
  "And",
  "Where",
]);

/**
 * The graph with `Mul(Expand(a), b)` written `Mul(a, b)` wherever the result keeps its shape, for
 * all operators that broadcast. The results are the same to the bit; gradients of sums and means
 * expand a small tensor to a whole activation, which then need not exist.
 */
export function broadcastOperands(graph: Graph): Graph {
  /** What was expanded, by the result, in the new graph. */
  const sources = new Map<Value, Value>();
  return rebuild(graph, (result: Graph, node: Node, inputs: readonly Value[]) => {
    const operands = [...inputs];
    if (broadcasting.has(node.op)) {
      const shape = node.outputs[0]!.shape.join();
      operands.forEach((operand, index) => {
        const source = sources.get(operand);
        if (!source) return;
        const shapes = operands.map((other, at) => (at === index ? source : other).shape);
        if (broadcastShapes(...shapes).join() === shape) operands[index] = source;
      });
    }
    const outputs = result.nodeOutputs(node.op, operands, node.attributes);
    if (node.op === "Expand") sources.set(outputs[0]!, inputs[0]!);
    return outputs;
  });
}
