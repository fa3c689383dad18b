/**
 * Registries: students, teachers, methods, tasks and datasets are found by name.
 *
 * @module
 */

import { ConfigError } from "./errors.ts";

/** Levenshtein distance between two names. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}

/** The names nearest to `wanted`, for "did you mean"; empty where none is near. */
export function nearestNames(wanted: string, names: Iterable<string>): string[] {
  const limit = Math.max(2, Math.floor(wanted.length / 3));
  return [...names]
    .map((name) => ({ name, distance: editDistance(wanted.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, distance }) =>
      distance <= limit || (wanted.length > 2 && name.includes(wanted))
    )
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
}

/** The sentence for an unknown name: what was found, what was near, what there is. */
export function unknownNameMessage(kind: string, wanted: string, names: Iterable<string>): string {
  const known = [...names];
  const near = nearestNames(wanted, known);
  const hint = near.length > 0
    ? ` Did you mean ${near.map((name) => `"${name}"`).join(" or ")}?`
    : "";
  return `Unknown ${kind} "${wanted}".${hint} Available: ${known.join(", ")}`;
}

/** A table of named things of one kind. */
export class Registry<T> {
  readonly #kind: string;
  readonly #entries = new Map<string, T>();
  /** Modules that brought things from outside, by name. */
  readonly #origins = new Map<string, string>();

  /** @param kind What the things are, for messages: "student", "task". */
  constructor(kind: string) {
    this.#kind = kind;
  }

  /**
   * Adds a thing; a name that is taken is an error unless `override` is set.
   *
   * @param options.origin Path of the plug-in that brings it.
   */
  register(name: string, entry: T, options: { override?: boolean; origin?: string } = {}): void {
    if (this.#entries.has(name) && !options.override) {
      throw new ConfigError(`Cannot register ${this.#kind} "${name}": the name is taken`);
    }
    this.#entries.set(name, entry);
    if (options.origin === undefined) this.#origins.delete(name);
    else this.#origins.set(name, options.origin);
  }

  /** A thing for messages: `task "count"`, or `task "count" of the plug-in PATH`. */
  describe(name: string): string {
    const origin = this.#origins.get(name);
    return `${this.#kind} "${name}"` + (origin === undefined ? "" : ` of the plug-in ${origin}`);
  }

  /** @throws {ConfigError} with the nearest names where there is no such thing. */
  get(name: string): T {
    const entry = this.#entries.get(name);
    if (entry === undefined) {
      const message = unknownNameMessage(this.#kind, name, this.#entries.keys());
      // What a student or an outcome was made with may have come from a plug-in.
      throw new ConfigError(`${message}. One of a plug-in needs --plugin MODULE`);
    }
    return entry;
  }

  /** All names, in the order of registration. */
  names(): string[] {
    return [...this.#entries.keys()];
  }
}
