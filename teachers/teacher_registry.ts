/**
 * A registry of teachers that knows families too: teachers that are made from what follows the colon of
 * their name.
 *
 * @module
 */

import { ConfigError } from "../core/errors.ts";
import { Registry, unknownNameMessage } from "../core/registry.ts";
import type { TeacherLoader } from "./teacher.ts";

/** Teachers of one name that differ in an argument. */
export interface TeacherFamily {
  /** What the argument is, for lists: `SHARE`. */
  readonly argument: string;
  /** What the family is, for lists. */
  readonly description: string;
  /** The loader of one. @throws {ConfigError} where the argument cannot be used. */
  create(argument: string): TeacherLoader;
}

/** All teachers by name, and families by what stands before the colon. */
export class TeacherRegistry extends Registry<TeacherLoader> {
  readonly #families = new Map<string, TeacherFamily>();

  constructor() {
    super("teacher");
  }

  /** Adds a family. @throws {ConfigError} where the name is taken or has a colon. */
  registerFamily(name: string, family: TeacherFamily): void {
    if (name.includes(":") || this.#families.has(name) || super.names().includes(name)) {
      throw new ConfigError(
        `Cannot register teacher family "${name}": the name is taken or has ":"`,
      );
    }
    this.#families.set(name, family);
  }

  /** Families by name. */
  families(): ReadonlyMap<string, TeacherFamily> {
    return this.#families;
  }

  /** The family of a name, with what follows its colon. */
  #familyOf(name: string): { family: TeacherFamily; argument: string } | undefined {
    const colon = name.indexOf(":");
    const family = colon < 0 ? undefined : this.#families.get(name.slice(0, colon));
    return family && { family, argument: name.slice(colon + 1) };
  }

  /** Whether there is such a teacher, or a family of it. */
  has(name: string): boolean {
    return super.names().includes(name) || this.#familyOf(name) !== undefined;
  }

  override get(name: string): TeacherLoader {
    if (super.names().includes(name)) return super.get(name);
    const found = this.#familyOf(name);
    if (found) return found.family.create(found.argument);
    const families = [...this.#families].map(([family, { argument }]) => `${family}:${argument}`);
    const message = unknownNameMessage("teacher", name, [...super.names(), ...families]);
    throw new ConfigError(`${message}. One of a plug-in needs --plugin MODULE`);
  }
}
