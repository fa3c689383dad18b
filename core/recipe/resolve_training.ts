/**
 * Trainings of a recipe, resolved: those of its rows, and those of teachers that are trained first.
 *
 * @module
 */

import { unknownNameMessage } from "../registry.ts";
import { teacherSeed, type TeacherTraining, type TrainSpec } from "./jobs.ts";
import { findContradictions, pretrainSchema } from "./pretrain_settings.ts";
import { type ResolvedSettings, resolveSettings, splitByStudent } from "./resolve_settings.ts";
import type { MethodEntry, Protocol, SettingsCatalog, TeacherTrainingRecipe } from "./settings.ts";

/** What a row, or the role of a teacher, says of a training. */
export interface GivenTraining {
  readonly method: string;
  readonly entry: MethodEntry;
  /** Role of the student. */
  readonly student: string;
  /** A key of lengths; null for a method that does not train. */
  readonly length: string | null;
  /** Factor on that length. @default {1} */
  readonly lengthFactor?: number | undefined;
  /** Settings of pretrain that differ. */
  readonly pretrain: Readonly<Record<string, unknown>>;
  /** Settings of the method that differ. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The teacher of a training. */
export type MadeTeacher = Pick<TrainSpec, "teacher" | "teacherTraining">;

/** Resolves trainings by one protocol. */
export class TrainingResolution {
  /** Settings of the methods that were asked for, without those of a single row. */
  readonly methods: Record<string, ResolvedSettings> = {};
  readonly #protocol: Protocol;
  readonly #catalog: SettingsCatalog;
  readonly #problems: Set<string>;

  /** @param problems What is wrong is added here. */
  constructor(protocol: Protocol, catalog: SettingsCatalog, problems: Set<string>) {
    this.#protocol = protocol;
    this.#catalog = catalog;
    this.#problems = problems;
  }

  /** The entry of a method, or undefined where there is none of that name. */
  method(place: string, method: string): MethodEntry | undefined {
    const entry = this.#catalog.methods.get(method);
    if (entry !== undefined) return entry;
    const names = this.#catalog.methods.keys();
    this.#problems.add(`${place}.method: ${unknownNameMessage("method", method, names)}`);
    return undefined;
  }

  /** Settings and length of a training; undefined where there are problems. */
  settings(
    place: string,
    { method, entry, student, length, lengthFactor = 1, pretrain, settings }: GivenTraining,
  ): Pick<TrainSpec, "epochs" | "pretrain" | "settings"> | undefined {
    const byStudent = splitByStudent(this.#protocol.byStudent[student]).pretrain;
    const shared = { ...this.#protocol.pretrain, ...byStudent, ...pretrain };
    const prefix = Object.keys(pretrain).length > 0
      ? `${place}.pretrain`
      : Object.keys(byStudent).length > 0
      ? `byStudent.${student}`
      : "pretrain";
    const resolved = resolveSettings(pretrainSchema, shared, prefix, this.#problems);
    const own = resolveSettings(
      entry.settings,
      { ...this.#protocol.methods[method], ...settings },
      Object.keys(settings).length > 0 ? `${place}.settings` : `methods.${method}`,
      this.#problems,
    );
    if (!Object.hasOwn(this.methods, method)) {
      const base = entry.settings.safeParse(this.#protocol.methods[method] ?? {});
      if (base.success) this.methods[method] = base.data as ResolvedSettings;
    }
    if (resolved === undefined || own === undefined) return undefined;
    const epochs = length === null ? 0 : lengthFactor * this.#protocol.lengths[length]!;
    if (epochs > 0) {
      for (const problem of findContradictions(resolved, epochs)) this.#problems.add(problem);
    }
    return { epochs, pretrain: resolved, settings: own as ResolvedSettings };
  }

  /** How the teacher of a role is trained; undefined for one that is registered. */
  given(role: string): TeacherTrainingRecipe | undefined {
    const teacher = this.#protocol.teachers[role];
    return typeof teacher === "string" ? undefined : teacher;
  }

  /** The teacher of a role; undefined where there are problems. */
  teacher(role: string): MadeTeacher | undefined {
    const given = this.given(role);
    if (given === undefined) return { teacher: this.#protocol.teachers[role] as string };
    const training = this.#training(role, given);
    return training && {
      teacher: `${training.spec.method} ${training.spec.student}`,
      teacherTraining: training,
    };
  }

  /** What is missing in the training of a teacher, or names nothing. */
  #checkNames(place: string, given: TeacherTrainingRecipe, isTrained: boolean): boolean {
    const before = this.#problems.size;
    const groups = {
      student: ["student role", "students"],
      data: ["data role", "data"],
      ...(isTrained ? { length: ["length", "lengths"] as const } : {}),
    } as const;
    for (const [key, [kind, group]] of Object.entries(groups)) {
      const name = given[key as keyof typeof groups & string];
      const known = Object.keys(this.#protocol[group]);
      if (name === undefined) this.#problems.add(`${place}.${key}: expected a ${kind}, got none`);
      else if (!known.includes(name)) {
        this.#problems.add(`${place}.${key}: ${unknownNameMessage(kind, name, known)}`);
      }
    }
    return this.#problems.size === before;
  }

  #training(role: string, given: TeacherTrainingRecipe): TeacherTraining | undefined {
    const place = `teachers.${role}`;
    const { method, student, data, length, pretrain = {}, settings = {} } = given;
    if (method === undefined) {
      this.#problems.add(`${place}.method: expected the name of a method, got none`);
      return undefined;
    }
    const entry = this.method(place, method);
    if (entry === undefined) return undefined;
    if (entry.needs.teacher !== "none") {
      const names = [...this.#catalog.methods].flatMap(([name, { needs }]) =>
        needs.teacher === "none" ? [name] : []
      );
      this.#problems.add(
        `${place}.method: method "${method}" needs a teacher itself, expected one that needs none: ` +
          names.join(", "),
      );
      return undefined;
    }
    const isTrained = entry.needs.trains !== false;
    if (!this.#checkNames(place, given, isTrained)) return undefined;
    const own = { length: isTrained ? length! : null, pretrain, settings };
    const made = this.settings(place, { method, entry, student: student!, ...own });
    return made && {
      role,
      seed: teacherSeed,
      spec: {
        method,
        teacher: null,
        student: this.#protocol.students[student!]!,
        data: this.#protocol.data[data!]!,
        text: null,
        ...made,
      },
    };
  }
}
