/**
 * Annotations: facts about the values of a graph that its nodes do not show, written by one rule
 * and read by another. A graph owns those of its values.
 *
 * @module
 */

import type { Value } from "./value.ts";

/** A kind of annotation, distinguished from others by identity; `T` is what is known of a value. */
export class AnnotationKind<T> {
  /** Only for the compiler. */
  declare readonly content: T;
  /** Name for messages. */
  readonly name: string;

  /** @param name Name for messages. */
  constructor(name: string) {
    this.name = name;
  }
}

/** Annotations by kind and value. */
export class AnnotationTable {
  readonly #byKind = new Map<AnnotationKind<unknown>, Map<Value, unknown>>();

  /** The annotations of a kind, by value: to be read and added to. */
  of<T>(kind: AnnotationKind<T>): Map<Value, T> {
    let known = this.#byKind.get(kind);
    if (!known) this.#byKind.set(kind, known = new Map());
    return known as Map<Value, T>; // A kind's map only ever leaves with the kind's own type.
  }
}
