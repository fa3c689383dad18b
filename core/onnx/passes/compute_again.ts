/**
 * Values that are dropped and computed again when they are read next, where a graph takes most memory.
 *
 * @module
 */

import type { Graph, Node, Value } from "../graph.ts";
import { memoryOwners, memoryPeak, tensorBytes } from "../memory.ts";
import { isCheap } from "./cheap_node.ts";
import { removeDeadCode } from "./dead_code.ts";
import { rebuild } from "./rebuild.ts";

/** Bytes from which a value is worth the trouble. */
const leastBytes = 2 ** 20;

/**
 * What only waits while the node at `peak` runs, and can be had again without anything else waiting for
 * it: of values that live longer in any case, by nodes that are cheap.
 */
function waitingValues(graph: Graph, peak: number): Set<Value> {
  const ownerOf = memoryOwners(graph);
  const producers = new Map<Value, Node>();
  const reads = new Map<Value, number[]>();
  graph.nodes.forEach((node, index) => {
    for (const output of node.outputs) producers.set(output, node);
    for (const input of node.inputs) {
      const owner = ownerOf(input);
      reads.set(owner, [...reads.get(owner) ?? [], index]);
    }
  });
  const outputs = new Set(graph.outputs.map(({ value }) => ownerOf(value)));
  const found = new Set<Value>();
  const isConstant = (value: Value) => graph.constants.has(value.name);
  /** Whether a value is there at a position, or can be made there. */
  const canBeHad = (value: Value, at: number): boolean => {
    const owner = ownerOf(value), producer = producers.get(owner);
    if (!producer || outputs.has(owner)) return true;
    if (!found.has(owner) && (reads.get(owner)?.at(-1) ?? -1) >= at) return true;
    return isCheap(producer, isConstant) && producer.inputs.every((input) => canBeHad(input, at));
  };
  // In the order of making: what a value is made of is decided before it.
  graph.nodes.slice(0, peak).forEach((node) => {
    for (const value of node.outputs) {
      if (ownerOf(value) !== value || outputs.has(value) || tensorBytes(value) < leastBytes) {
        continue;
      }
      const readers = reads.get(value) ?? [];
      const next = readers.find((index) => index > peak);
      if (next === undefined || readers.includes(peak) || !isCheap(node, isConstant)) continue;
      if (node.inputs.every((input) => canBeHad(input, next))) found.add(value);
    }
  });
  return found;
}

/** The graph with values dropped before `peak`, and made again before the next reader. */
function dropAcross(graph: Graph, peak: number, dropped: ReadonlySet<Value>): Graph {
  const ownerOf = memoryOwners(graph);
  const producers = new Map<Value, Node>();
  const lastReads = new Map<Value, number>();
  graph.nodes.forEach((node, index) => {
    for (const output of node.outputs) producers.set(output, node);
    for (const input of node.inputs) lastReads.set(ownerOf(input), index);
  });
  const outputs = new Set(graph.outputs.map(({ value }) => ownerOf(value)));
  const positions = new Map(graph.nodes.map((node, index) => [node, index]));
  const kept = new Map<Value, Value>(), again = new Map<Value, Value>();
  return removeDeadCode(rebuild(graph, (result, node, inputs) => {
    const index = positions.get(node)!;
    node.inputs.forEach((input, place) => kept.set(input, inputs[place]!));
    /** What a reader behind the peak reads. */
    const laterValue = (value: Value): Value => {
      const known = again.get(value);
      if (known) return known;
      const owner = ownerOf(value), producer = producers.get(value);
      const isThere = !producer || outputs.has(owner) ||
        !dropped.has(owner) && lastReads.get(owner)! >= index;
      if (isThere) return kept.get(value)!;
      const made = result.nodeOutputs(
        producer.op,
        producer.inputs.map(laterValue),
        producer.attributes,
      );
      producer.outputs.forEach((output, place) => again.set(output, made[place]!));
      return again.get(value)!;
    };
    const readsDropped = index > peak && node.inputs.some((input) => dropped.has(ownerOf(input)));
    const own = readsDropped ? node.inputs.map(laterValue) : inputs;
    const made = result.nodeOutputs(node.op, own, node.attributes);
    node.outputs.forEach((output, place) => {
      kept.set(output, made[place]!);
      // A view behind the peak is of what was made again.
      if (dropped.has(ownerOf(output)) && index > peak) again.set(output, made[place]!);
    });
    return made;
  }));
}

/**
 * The graph with less memory at its peak: what waits there for a later reader, and is as cheap to compute
 * as to keep, is computed again for it (rematerialization). Repeated while the peak falls and is above
 * `enoughBytes`. To be called after every other pass, which might share equal nodes again; the results
 * are the same to the bit.
 *
 * @param enoughBytes Memory ({@linkcode memoryPeak}) below which nothing is computed twice.
 */
export function computeAgain(graph: Graph, enoughBytes: number): Graph {
  let best = graph, peak = memoryPeak(graph);
  while (peak.bytes > enoughBytes) {
    const dropped = waitingValues(best, peak.node);
    if (dropped.size === 0) break;
    const next = dropAcross(best, peak.node, dropped);
    const lower = memoryPeak(next);
    if (lower.bytes >= peak.bytes) break;
    best = next;
    peak = lower;
  }
  return best;
}
