/**
 * Several algorithms compute the same operation, and which is fastest depends on its shape and on the
 * machine. A rule names those that fit, its own choice first; whoever builds the graph may choose
 * another.
 *
 * @module
 */

/** An operation that several algorithms may compute. */
export interface AlgorithmQuestion {
  /** What is asked, with the shapes: equal keys are the same question. */
  readonly key: string;
  /** Names of the algorithms that fit; the first is the rule's own choice. */
  readonly candidates: readonly [string, ...string[]];
}

/** Chooses an algorithm; undefined leaves it to the rule. */
export type ChooseAlgorithm = (question: AlgorithmQuestion) => string | undefined;

/** Key of a question: its name, shapes and settings. */
export function algorithmKey(
  operation: string,
  shapes: Readonly<Record<string, readonly number[]>>,
  settings: Readonly<Record<string, number | readonly number[]>>,
): string {
  const parts = Object.entries({ ...shapes, ...settings }).map(([name, value]) =>
    `${name} ${Array.isArray(value) ? value.join("×") : value}`
  );
  return `${operation}: ${parts.join(", ")}`;
}
