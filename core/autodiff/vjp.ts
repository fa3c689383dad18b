/**
 * What a gradient rule is: for one operator, the products of output gradients with the Jacobian.
 *
 * @module
 */

import type { Graph, Node, Value } from "../onnx/graph.ts";
import type { OpAttributes, OpName } from "../onnx/op.ts";

/** What a rule gets to see of a node. */
export interface VjpContext<K extends OpName> {
  readonly graph: Graph;
  readonly inputs: readonly Value[];
  /** The outputs of the forward pass, for rules that are cheaper with them. */
  readonly outputs: readonly Value[];
  readonly attributes: OpAttributes[K];
  /** Gradient of the first output. */
  readonly gradient: Value;
  /** Gradients of all outputs; null where none flows. */
  readonly gradients: readonly (Value | null)[];
  /** Which inputs are owed a gradient. */
  readonly needs: readonly boolean[];
}

/**
 * From a node to the gradients of its inputs, null where none is owed. A gradient may have the
 * broadcast shape of the output: the reverse walk sums it back to the input's shape.
 */
export type VjpRule<K extends OpName> = (context: VjpContext<K>) => (Value | null)[];

/** The rule of an operator whose derivative is zero almost everywhere: gradients end there. */
export interface ZeroGradient {
  readonly zeroGradient: string;
}

/** Marks an operator whose derivative is zero almost everywhere, and why. */
export function zeroGradient(reason: string): ZeroGradient {
  return { zeroGradient: reason };
}

/** The rule of an operator that has a derivative but no rule: a gradient that meets it fails. */
export interface NotDifferentiable {
  readonly notDifferentiable: string;
}

/** Marks an operator that no gradient may pass, and says why: one that meets it is refused. */
export function notDifferentiable(reason: string): NotDifferentiable {
  return { notDifferentiable: reason };
}

/** Rules for some operators. */
export type VjpRules<K extends OpName> = {
  readonly [P in K]: VjpRule<P> | ZeroGradient | NotDifferentiable;
};

/** A node with its operator's name, for messages. */
export function describeNode(node: Node): string {
  const shapes = node.inputs.map((input) => `${input.name}[${input.shape.join(", ")}]`);
  return `${node.op}(${shapes.join(", ")})`;
}
