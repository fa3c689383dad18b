/**
 * How far operands are expanded that the operator broadcasts in any case: not at all, or as far as it
 * makes runs long.
 *
 * @module
 */

import { expand } from "../build.ts";
import { type Graph, type Node, sizeOf, type Value } from "../graph.ts";
import type { OpName } from "../op.ts";
import { rebuild } from "./rebuild.ts";
import { broadcastShapes } from "../shape.ts";

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

/** Numbers in a row from which the runtime's loop over rows costs no more than the row. */
const longRun = 64;
/** How many times smaller than the result an operand stays. */
const leastRepeats = 4;

/**
 * The shape to which an operand is expanded, so that its runs are long: one number per image beside
 * pixels, [1, C, 1, 1, B], becomes [1, C, 1, W, B]. Its own shape where nothing is to be gained.
 */
function expandedShape(operand: readonly number[], result: readonly number[]): number[] {
  const shape = [...new Array<number>(result.length - operand.length).fill(1), ...operand];
  let axis = shape.length - 1, run = 1;
  while (axis >= 0 && shape[axis] === result[axis]) run *= shape[axis--]!;
  // A single number along a row has a loop of its own.
  if (run === 1 || axis < 0) return [...operand];
  let size = sizeOf(shape);
  while (axis >= 0 && run < longRun && shape[axis] === 1) {
    if (size * result[axis]! * leastRepeats > sizeOf(result)) break;
    size *= result[axis]!;
    run *= result[axis]!;
    shape[axis] = result[axis]!;
    axis--;
  }
  return shape;
}

/**
 * The graph with `Mul(Expand(a), b)` written `Mul(a, b)` wherever the result keeps its shape, for
 * all operators that broadcast, and with short runs made long. The results are the same to the bit;
 * gradients of sums and means expand a small tensor to a whole activation, which then need not exist.
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
      operands.forEach((operand, index) => {
        const wide = expandedShape(operand.shape, node.outputs[0]!.shape);
        if (sizeOf(wide) > sizeOf(operand.shape)) operands[index] = expand(result, operand, wide);
      });
    }
    const outputs = result.nodeOutputs(node.op, operands, node.attributes);
    if (node.op === "Expand") sources.set(outputs[0]!, inputs[0]!);
    return outputs;
  });
}
