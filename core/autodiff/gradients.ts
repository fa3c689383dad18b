/**
 * Reverse-mode differentiation from graph to graph: one reversed walk over the nodes that lie
 * between the targets and the loss, appending the gradient's nodes to the same graph.
 *
 * @module
 */

import { GraphError } from "../errors.ts";
import { addAll, zeros } from "../onnx/build.ts";
import { type Graph, type Node, type Region, sizeOf, type Value } from "../onnx/graph.ts";
import type { OpName } from "../onnx/op.ts";
import { vjpRules } from "./rules/mod.ts";
import { unbroadcast } from "./unbroadcast.ts";
import { describeNode, type VjpRule } from "./vjp.ts";

/** A node, or a region that is differentiated as one. */
interface Unit {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly node?: Node;
  readonly region?: Region;
}

/** The graph's nodes in order, each region folded into one unit where its last node stands. */
function unitsOf(graph: Graph): Unit[] {
  const regionOf = new Map<Node, Region>();
  const lastNodeOf = new Map<Region, Node>();
  for (const region of graph.regions) {
    for (const node of region.nodes) {
      regionOf.set(node, region);
      lastNodeOf.set(region, node);
    }
  }
  const units: Unit[] = [];
  for (const node of graph.nodes) {
    const region = regionOf.get(node);
    if (!region) units.push({ inputs: node.inputs, outputs: node.outputs, node });
    else if (lastNodeOf.get(region) === node) {
      units.push({ inputs: region.inputs, outputs: region.outputs, region });
    }
  }
  return units;
}

/** Appends the rule of one node to the graph. */
function applyRule(
  graph: Graph,
  node: Node,
  gradients: readonly (Value | null)[],
  needs: readonly boolean[],
): (Value | null)[] {
  const rule = vjpRules[node.op];
  if ("notDifferentiable" in rule) {
    throw new GraphError(
      `Cannot differentiate ${
        describeNode(node)
      } in graph ${graph.name}: ${rule.notDifferentiable}`,
    );
  }
  return (rule as VjpRule<OpName>)({
    graph,
    inputs: node.inputs,
    outputs: node.outputs,
    attributes: node.attributes,
    gradient: gradients[0] ?? zeros(graph, node.outputs[0]!.shape),
    gradients,
    needs,
  });
}

/**
 * Gradients of a scalar with respect to targets, as new values of the same graph.
 *
 * @param graph The graph to differentiate and to append to.
 * @param loss A value with one element.
 * @param targets Inputs or inner values; one that the loss does not depend on gets zeros.
 * @returns A gradient per target, of the target's shape.
 * @throws {GraphError} when the loss is not a scalar or the way to a target meets an operator
 * that is not differentiable.
 */
export function gradients(graph: Graph, loss: Value, targets: readonly Value[]): Value[] {
  if (sizeOf(loss.shape) !== 1) {
    throw new GraphError(`Cannot differentiate [${loss.shape.join(", ")}]: expected a scalar`);
  }
  const units = unitsOf(graph);
  const onPath = new Set<Value>(targets);
  const used: Unit[] = [];
  for (const unit of units) {
    if (!unit.inputs.some((input) => onPath.has(input))) continue;
    // The way ends where nothing flows back (comparisons, arg max); a path through them is no path.
    if (unit.node && "zeroGradient" in vjpRules[unit.node.op]) continue;
    used.push(unit);
    for (const output of unit.outputs) onPath.add(output);
  }
  const cotangents = new Map<Value, Value[]>([[loss, [graph.scalar(1, loss.shape)]]]);
  const collect = (value: Value): Value | null => {
    const parts = cotangents.get(value);
    if (!parts) return null;
    const total = addAll(graph, parts);
    cotangents.set(value, [total]);
    return total;
  };
  for (const unit of used.toReversed()) {
    const outputGradients = unit.outputs.map(collect);
    if (outputGradients.every((gradient) => gradient === null)) continue;
    const needs = unit.inputs.map((input) => onPath.has(input));
    const inputGradients = unit.region
      ? unit.region.backward(graph, outputGradients, needs)
      : applyRule(graph, unit.node!, outputGradients, needs);
    if (inputGradients.length !== unit.inputs.length) {
      const name = unit.region?.name ?? unit.node!.op;
      throw new GraphError(
        `internal: ${name} returned ${inputGradients.length} gradients for ${unit.inputs.length} inputs`,
      );
    }
    unit.inputs.forEach((input, index) => {
      const gradient = inputGradients[index];
      if (!gradient || !needs[index]) return;
      const fitted = unbroadcast(graph, gradient, input.shape);
      const parts = cotangents.get(input);
      if (parts) parts.push(fitted);
      else cotangents.set(input, [fitted]);
    });
  }
  return targets.map((target) => collect(target) ?? zeros(graph, target.shape));
}
