/**
 * Adds to the output of a convolution while it is written.
 *
 * @module
 */

import { removeDeadCode } from "./dead_code.ts";
import type { Graph, Node, Value } from "../graph.ts";
import { keepNode, rebuild } from "./rebuild.ts";

/**
 * The graph with a convolution, a sum of its output with a tensor of the same shape, and a ReLU after
 * that as one `FusedConv` (`com.microsoft`). Where nobody else reads the other operand the runtime
 * writes in its place: a map of one number per channel plus a tensor, as in BatchNorm's gradient or
 * at the end of a residual block, then costs one pass over memory instead of two or three.
 *
 * To be called on a graph without dead nodes. Results change by the rounding of a sum in another
 * order.
 */
export function fuseSums(graph: Graph): Graph {
  const makers = new Map<Value, Node>();
  const readers = new Map<Value, Node[]>();
  for (const node of graph.nodes) {
    for (const output of node.outputs) makers.set(output, node);
    for (const input of new Set(node.inputs)) {
      readers.set(input, [...readers.get(input) ?? [], node]);
    }
  }
  const named = new Set(graph.outputs.map(({ value }) => value));
  const onlyReader = (value: Value) => {
    const all = readers.get(value);
    return all?.length === 1 && !named.has(value) ? all[0] : undefined;
  };
  /** The convolution that a sum takes in, or that a ReLU takes in with a sum. */
  const taken = new Map<Node, { convolution: Node; other: Value; activation?: "Relu" }>();
  for (const sum of graph.nodes) {
    if (sum.op !== "Add" || sum.inputs[0]!.shape.join() !== sum.inputs[1]!.shape.join()) continue;
    // Of two convolutions the later one: the other operand is there when it runs.
    const output = sum.inputs.filter((input) =>
      makers.get(input)?.op === "Conv" && onlyReader(input) === sum
    ).sort((a, b) => b.id - a.id)[0];
    if (!output) continue;
    const convolution = makers.get(output)!;
    const other = sum.inputs.find((input) => input !== output)!;
    taken.set(sum, { convolution, other });
    const next = onlyReader(sum.outputs[0]!);
    if (next?.op === "Relu") taken.set(next, { convolution, other, activation: "Relu" });
  }
  const replaced = new Map<Value, Value>();
  const inputsOf = new Map<Node, readonly Value[]>();
  const fused = rebuild(graph, (result, node, inputs) => {
    inputsOf.set(node, inputs);
    node.inputs.forEach((input, index) => replaced.set(input, inputs[index]!));
    const fusion = taken.get(node);
    if (!fusion) return keepNode(result, node, inputs);
    const { convolution, other, activation } = fusion;
    const [x, weight, bias] = inputsOf.get(convolution)!;
    const channels = weight!.shape[0]!;
    return result.nodeOutputs("FusedConv", [
      x!,
      weight!,
      bias ?? result.constant("float32", [channels], new Float32Array(channels)),
      replaced.get(other)!,
    ], {
      ...(convolution as Node<"Conv">).attributes,
      ...(activation ? { activation } : {}),
    });
  });
  return removeDeadCode(fused);
}
