/**
 * Lowerings: one operation has several forms with the same value, and which is fastest depends on
 * its shape and on the machine. A rule names the forms that fit and which it would take; whoever
 * builds the graph may choose another.
 *
 * @module
 */

import type { Graph, Value } from "./graph.ts";

/** An operation that can be written in several forms. */
export interface LoweringRequest {
  /** What is asked, with the shapes: equal keys are the same question. */
  readonly key: string;
  /** Names of the forms that fit; the first is the rule's own choice. */
  readonly candidates: readonly [string, ...string[]];
  /** The operation by itself, so that the forms can be measured. */
  readonly probe: {
    /** Shapes of its float32 inputs. */
    readonly inputs: readonly (readonly number[])[];
    /** Builds it, asking its graph for the form again. */
    readonly build: (graph: Graph, inputs: readonly Value[]) => Value;
    /** Whether the form also decides what the gradients cost. */
    readonly differentiate: boolean;
  };
}

/** Chooses a form; undefined leaves it to the rule. */
export type ChooseLowering = (request: LoweringRequest) => string | undefined;

/** A form that was taken. */
export interface Lowering {
  readonly request: LoweringRequest;
  readonly chosen: string;
}

/** Key of a question: its name, shapes and settings. */
export function loweringKey(
  operation: string,
  shapes: Readonly<Record<string, readonly number[]>>,
  settings: Readonly<Record<string, number | readonly number[]>>,
): string {
  const parts = Object.entries({ ...shapes, ...settings }).map(([name, value]) =>
    `${name} ${Array.isArray(value) ? value.join("×") : value}`
  );
  return `${operation}: ${parts.join(", ")}`;
}
