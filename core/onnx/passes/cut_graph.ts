/**
 * Cuts a graph in two by what is known when: one graph runs before some of the inputs are known, the
 * other when they are.
 *
 * A step that needs work of the host in its middle is built and differentiated as one graph, with what
 * the host will find out as an input. The cut makes two sessions of it, without computing anything of
 * weight twice: values of the first that the second reads cross over through the host.
 *
 * @module
 */

import { GraphError } from "../../errors.ts";
import { Graph, type Node, type Value } from "../graph.ts";
import { tensorBytes, viewOperators } from "../memory.ts";
import type { DataType } from "../op.ts";
import { isCheap } from "./cheap_node.ts";

/** A graph in two parts. */
export interface CutGraph {
  /**
   * Runs first. Outputs: those of the whole graph that do not depend on the late inputs, and the values
   * that cross.
   */
  readonly early: Graph;
  /** Runs second. Inputs: those of the whole graph that it reads, and the values that cross. */
  readonly late: Graph;
  /** What the late graph reads of the early one's outputs. */
  readonly crossing: readonly {
    readonly name: string;
    readonly dtype: DataType;
    readonly shape: readonly number[];
  }[];
}

/** What a cut goes by. */
class Dependencies {
  readonly producers: ReadonlyMap<Value, Node>;
  /** Values that depend on a late input, those included. */
  readonly late: ReadonlySet<Value>;

  constructor(graph: Graph, lateInputs: readonly Value[]) {
    const producers = new Map<Value, Node>();
    const late = new Set<Value>(lateInputs);
    for (const node of graph.nodes) {
      const waits = node.inputs.some((input) => late.has(input));
      for (const output of node.outputs) {
        producers.set(output, node);
        if (waits) late.add(output);
      }
    }
    this.producers = producers;
    this.late = late;
  }

  /** The nodes that some values are computed by. */
  ancestors(values: readonly Value[]): Set<Node> {
    const found = new Set<Node>();
    const open = [...values];
    for (let value = open.pop(); value; value = open.pop()) {
      const node = this.producers.get(value);
      if (!node || found.has(node)) continue;
      found.add(node);
      open.push(...node.inputs);
    }
    return found;
  }
}

/**
 * The values that cross: as few bytes as the early nodes that are cheap to compute again allow.
 *
 * @param needed Outputs of early nodes that late nodes read.
 */
function chooseCrossing(
  needed: ReadonlySet<Value>,
  { producers }: Dependencies,
  isConstant: (value: Value) => boolean,
): Set<Value> {
  // A view crosses as what it is a view of, so that no number crosses twice.
  const rootOf = (value: Value): Value => {
    const node = producers.get(value);
    return node && viewOperators.has(node.op) ? rootOf(node.inputs[0]!) : value;
  };
  const crossing = new Set(
    [...needed].map(rootOf).filter((value) => producers.has(value)),
  );
  /** Values that the late graph can have without another crossing, by earlier answers. */
  const known = new Map<Value, boolean>();
  const available = (value: Value): boolean => {
    const answer = known.get(value);
    if (answer !== undefined) return answer;
    const node = producers.get(value);
    const result = !node || crossing.has(value) ||
      isCheap(node, isConstant) && node.inputs.every(available);
    known.set(value, result);
    return result;
  };
  /** Computes again what is cheap to compute again; whether that changed anything. */
  const computeAgain = (): boolean => {
    let changed = false;
    // By creation: what a value is made of is decided before it.
    for (const value of [...crossing].toSorted((a, b) => a.id - b.id)) {
      const node = producers.get(value)!;
      if (!isCheap(node, isConstant)) continue;
      const missing = new Set(node.inputs.filter((input) => !available(input)).map(rootOf));
      const bytes = [...missing].reduce((total, input) => total + tensorBytes(input), 0);
      if (bytes >= tensorBytes(value)) continue;
      crossing.delete(value);
      for (const input of missing) crossing.add(input);
      known.clear();
      changed = true;
    }
    return changed;
  };
  /** Lets a value cross in place of its slices, where they are about as much; whether any did. */
  const joinSlices = (): boolean => {
    const slices = new Map<Value, Value[]>();
    for (const value of crossing) {
      const node = producers.get(value)!;
      if (node.op !== "Slice") continue;
      const whole = rootOf(node.inputs[0]!);
      if (producers.has(whole)) slices.set(whole, [...slices.get(whole) ?? [], value]);
    }
    let changed = false;
    for (const [whole, parts] of slices) {
      const bytes = parts.reduce((total, part) => total + tensorBytes(part), 0);
      if (bytes < tensorBytes(whole)) continue;
      for (const part of parts) crossing.delete(part);
      crossing.add(whole);
      known.clear();
      changed = true;
    }
    return changed;
  };
  while (computeAgain() || joinSlices());
  return crossing;
}

/** A graph of some nodes of another one. */
function extract(
  whole: Graph,
  name: string,
  { nodes, given, outputs }: {
    readonly nodes: readonly Node[];
    /** Values that become inputs, by name. */
    readonly given: ReadonlyMap<Value, string>;
    readonly outputs: readonly { readonly name: string; readonly value: Value }[];
  },
): Graph {
  const graph = new Graph(name, { channelBlock: whole.channelBlock });
  const read = new Set<Value>(outputs.map(({ value }) => value));
  for (const node of nodes) for (const input of node.inputs) read.add(input);
  const values = new Map<Value, Value>();
  for (const input of whole.inputs) {
    if (read.has(input)) values.set(input, graph.input(input.name, input.dtype, input.shape));
  }
  for (const [value, name] of given) {
    if (read.has(value)) values.set(value, graph.input(name, value.dtype, value.shape));
  }
  for (const { value, data } of whole.constants.values()) {
    if (!read.has(value)) continue;
    // Generated names hold a value's position, which is another one now.
    const own = value.name === `v${value.id}` ? "" : value.name;
    values.set(value, graph.constant(value.dtype, value.shape, data, own));
  }
  for (const node of nodes) {
    const made = graph.nodeOutputs(
      node.op,
      node.inputs.map((input) => values.get(input)!),
      node.attributes,
    );
    node.outputs.forEach((output, index) => values.set(output, made[index]!));
  }
  for (const { name, value } of outputs) graph.output(name, values.get(value)!);
  return graph;
}

/**
 * Cuts a graph by inputs that are known late. The early graph computes the outputs that do not depend on
 * them, the late graph the others; what only the late outputs need is computed late. Values that both
 * need cross over, except those that are cheap to compute again of others that do: reshaped, masked,
 * transformed filters of parameters. To be called after every pass that changes arithmetic; the results
 * are the same to the bit.
 *
 * @param lateInputs Names of inputs of the graph.
 * @throws {GraphError} when there is no such input, or when no output depends on one of them.
 */
export function cutGraph(graph: Graph, lateInputs: readonly string[]): CutGraph {
  const inputs = lateInputs.map((name) => {
    const input = graph.inputs.find((candidate) => candidate.name === name);
    if (!input) throw new GraphError(`Cannot cut graph ${graph.name}: it has no input "${name}"`);
    return input;
  });
  const dependencies = new Dependencies(graph, inputs);
  const { producers, late } = dependencies;
  const earlyOutputs = graph.outputs.filter(({ value }) => !late.has(value));
  const lateOutputs = graph.outputs.filter(({ value }) => late.has(value));
  if (lateOutputs.length === 0) {
    throw new GraphError(
      `Cannot cut graph ${graph.name}: no output depends on ${lateInputs.join(", ")}`,
    );
  }
  const earlyNodes = dependencies.ancestors(earlyOutputs.map(({ value }) => value));
  const allOfLate = dependencies.ancestors(lateOutputs.map(({ value }) => value));
  const isLate = (node: Node) => allOfLate.has(node) && !earlyNodes.has(node);
  const needed = new Set<Value>();
  for (const node of allOfLate) {
    if (!isLate(node)) continue;
    for (const input of node.inputs) {
      const producer = producers.get(input);
      if (producer && earlyNodes.has(producer)) needed.add(input);
    }
  }
  const crossing = chooseCrossing(
    needed,
    dependencies,
    (value) => graph.constants.has(value.name),
  );

  // Late nodes in their order; what is computed again stands right before its first reader.
  const lateNodes: Node[] = [];
  const placed = new Set<Node>();
  const place = (value: Value): void => {
    const node = producers.get(value);
    if (!node || placed.has(node) || crossing.has(value)) return;
    placed.add(node);
    for (const input of node.inputs) place(input);
    lateNodes.push(node);
  };
  for (const node of graph.nodes) if (isLate(node)) place(node.outputs[0]!);

  const names = new Map(earlyOutputs.map(({ name, value }) => [value, name]));
  const given = new Map(
    [...crossing].toSorted((a, b) => a.id - b.id).map((value, index) => [
      value,
      names.get(value) ?? `crossing/${index}`,
    ]),
  );
  const added = [...given].filter(([value]) => !names.has(value)).map(([value, name]) => ({
    name,
    value,
  }));
  return {
    early: extract(graph, `${graph.name} (early)`, {
      nodes: graph.nodes.filter((node) => earlyNodes.has(node)),
      given: new Map(),
      outputs: [...earlyOutputs, ...added],
    }),
    late: extract(graph, `${graph.name} (late)`, {
      nodes: lateNodes,
      given,
      outputs: lateOutputs,
    }),
    crossing: [...given].map(([{ dtype, shape }, name]) => ({ name, dtype, shape })),
  };
}
