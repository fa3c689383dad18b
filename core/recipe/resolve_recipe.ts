/**
 * A recipe at one size: every setting merged, checked by its owner, and filled with defaults.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { explainIssues } from "../explain_schema.ts";
import { hashJson } from "../files.ts";
import { unknownNameMessage } from "../registry.ts";
import { type ExpandedSweep, expandSweeps } from "./expand_sweeps.ts";
import { teacherRow, type TextSource, type TrainSpec } from "./jobs.ts";
import { deepFreeze, isPlainObject, merge } from "./merge.ts";
import { nestOverride, parseOverride } from "./overrides.ts";
import { evaluationSchema, pretrainSchema, type PretrainSettings } from "./pretrain_settings.ts";
import { configError } from "./read_yaml.ts";
import {
  type Recipe,
  type RecipeColumn,
  type RecipeRow,
  type SizeName,
  sizeNames,
} from "./recipe_schema.ts";
import { type ResolvedSettings, resolveSettings, splitByStudent } from "./resolve_settings.ts";
import { resolveTextSource } from "./resolve_text_source.ts";
import { TrainingResolution } from "./resolve_training.ts";
import type { ResolvedColumn, ResolvedProtocol, ResolvedRecipe } from "./resolved_recipe.ts";
import { type Protocol, protocolSchema, type SettingsCatalog } from "./settings.ts";

export type { ResolvedSettings } from "./resolve_settings.ts";
export type { ResolvedColumn, ResolvedProtocol, ResolvedRecipe } from "./resolved_recipe.ts";

/** Takes away the keys whose value is null. */
function withoutNulls(value: unknown): unknown {
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([, inner]) => inner !== null).map((
      [key, inner],
    ) => [key, withoutNulls(inner)]),
  );
}

/** What stands for each role of a group; a role that names another one has what stands there. */
function withoutAliases<Value>(roles: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(roles).map(([role, value]) => {
      const isAlias = typeof value === "string" && Object.hasOwn(roles, value);
      return [role, isAlias ? roles[value]! : value];
    }),
  );
}

/** Resolves one recipe. */
class Resolution {
  readonly problems = new Set<string>();
  readonly #recipe: Recipe;
  readonly #sweeps: readonly ExpandedSweep[];
  readonly #sweptRows: readonly string[];
  readonly #size: SizeName;
  readonly #catalog: SettingsCatalog;
  readonly #protocol: Protocol;
  readonly #trainings: TrainingResolution;
  readonly #tasks: Record<string, ResolvedSettings> = {};

  constructor(recipe: Recipe, size: SizeName, set: readonly string[], catalog: SettingsCatalog) {
    const { rows, sweeps } = expandSweeps(recipe, size);
    this.#recipe = { ...recipe, rows: [...recipe.rows, ...rows] };
    this.#sweeps = sweeps;
    this.#sweptRows = rows.map(({ id }) => id);
    this.#size = size;
    this.#catalog = catalog;
    this.#protocol = this.#mergeProtocol(set);
    this.#trainings = new TrainingResolution(this.#protocol, catalog, this.problems);
  }

  #mergeProtocol(set: readonly string[]): Protocol {
    let value = merge(this.#recipe.protocol, this.#recipe.sizes[this.#size].protocol);
    const check = () => {
      const checked = protocolSchema.safeParse(value);
      if (checked.success) return checked.data;
      const problems = explainIssues(checked.error, { schema: protocolSchema, value });
      throw configError(`${this.#recipe.table}, size ${this.#size}`, [
        ...this.problems,
        ...problems,
      ]);
    };
    const protocol = check();
    const problems: string[] = [];
    for (const text of set) {
      const override = parseOverride(text, { protocol, catalog: this.#catalog, problems });
      if (override !== undefined) value = merge(value, nestOverride(override));
    }
    for (const problem of problems) this.problems.add(problem);
    const { data, teachers, ...rest } = check();
    return { ...rest, data: withoutAliases(data), teachers: withoutAliases(teachers) };
  }

  /** Checks the groups of owners that no row or column uses: their keys must exist all the same. */
  #checkUnused(): void {
    const groups = [
      ["method", "methods", this.#catalog.methods],
      ["task", "tasks", this.#catalog.tasks],
    ] as const;
    for (const [kind, group, owners] of groups) {
      for (const [name, value] of Object.entries(this.#protocol[group])) {
        const owner = owners.get(name);
        if (owner === undefined) {
          this.problems.add(`${group}: ${unknownNameMessage(kind, name, owners.keys())}`);
        } else resolveSettings(owner.settings, value, `${group}.${name}`, this.problems);
      }
    }
    for (const [role, value] of Object.entries(this.#protocol.byStudent)) {
      if (Object.hasOwn(this.#protocol.students, role)) {
        const { pretrain, tasks } = splitByStudent(value);
        const merged = { ...this.#protocol.pretrain, ...pretrain };
        resolveSettings(pretrainSchema, merged, `byStudent.${role}`, this.problems);
        for (const task of Object.keys(tasks)) this.#studentTask(role, task);
      } else {
        const known = Object.keys(this.#protocol.students);
        this.problems.add(`byStudent: ${unknownNameMessage("student role", role, known)}`);
      }
    }
  }

  /** Checks the teachers that are trained here, also those that no row names. */
  #checkTeachers(): void {
    const rows = new Set(this.#recipe.rows.map(({ id }) => id));
    const trainings = new TrainingResolution(this.#protocol, this.#catalog, this.problems);
    for (const role of Object.keys(this.#protocol.teachers)) {
      if (trainings.given(role) === undefined) continue;
      trainings.teacher(role);
      if (rows.has(teacherRow(role))) {
        this.problems.add(
          `rows.${teacherRow(role)}: the training of teachers.${role} has this id; use another`,
        );
      }
    }
  }

  /** Settings of a task, or undefined where there is no such task. */
  #taskSettings(place: string, task: string, own: unknown = {}): ResolvedSettings | undefined {
    const entry = this.#catalog.tasks.get(task);
    if (entry === undefined) {
      const names = this.#catalog.tasks.keys();
      this.problems.add(`${place}: ${unknownNameMessage("task", task, names)}`);
      return undefined;
    }
    const shared = this.#protocol.tasks[task] ?? {};
    this.#tasks[task] ??= (resolveSettings(
      entry.settings,
      withoutNulls(shared),
      `tasks.${task}`,
      this.problems,
    ) ?? {}) as ResolvedSettings;
    const value = withoutNulls(merge(shared, own));
    return resolveSettings(
      entry.settings,
      value,
      Object.keys(own as object).length === 0 ? `tasks.${task}` : `${place}.settings`,
      this.problems,
    ) as ResolvedSettings | undefined;
  }

  /**
   * Settings of a task for one student; undefined where they are those of every student.
   *
   * @param own Those of the column, which count more.
   */
  #studentTask(role: string, task: string, own: unknown = {}): ResolvedSettings | undefined {
    const settings = splitByStudent(this.#protocol.byStudent[role]).tasks[task];
    if (settings === undefined) return undefined;
    const place = `byStudent.${role}.tasks`;
    const entry = this.#catalog.tasks.get(task);
    if (entry === undefined) {
      this.problems.add(
        `${place}: ${unknownNameMessage("task", task, this.#catalog.tasks.keys())}`,
      );
      return undefined;
    }
    const value = withoutNulls(merge(merge(this.#protocol.tasks[task] ?? {}, settings), own));
    return resolveSettings(entry.settings, value, `${place}.${task}`, this.problems) as
      | ResolvedSettings
      | undefined;
  }

  /** Settings of a column before its owner looks at them: the recipe's, and the size's over them. */
  #ownSettings({ id, settings }: RecipeColumn): unknown {
    return merge(settings, this.#recipe.sizes[this.#size].columns[id]?.settings ?? {});
  }

  /** What differs of a column for each student. */
  #studentSettings(column: RecipeColumn): ReadonlyMap<string, ResolvedSettings> {
    const own = this.#ownSettings(column);
    return new Map(
      Object.keys(this.#protocol.byStudent).flatMap((role) => {
        const settings = this.#studentTask(role, column.task, own);
        return settings === undefined ? [] : [[role, settings] as const];
      }),
    );
  }

  #column(column: RecipeColumn): ResolvedColumn {
    const place = `columns.${column.id}`;
    const { header } = this.#recipe.sizes[this.#size].columns[column.id] ?? {};
    const own = this.#ownSettings(column);
    const resolved = this.#taskSettings(place, column.task, own) ?? {};
    const metrics = this.#catalog.tasks.get(column.task)?.metrics.map(({ key }) => key) ?? [];
    const metric = column.metric ?? metrics[0] ?? "";
    if (column.metric !== undefined && metrics.length > 0 && !metrics.includes(metric)) {
      const kind = `metric of task ${column.task}`;
      this.problems.add(`${place}.metric: ${unknownNameMessage(kind, metric, metrics)}`);
    }
    return {
      ...column,
      ...(header === undefined ? {} : { header }),
      settings: resolved,
      metric,
    };
  }

  /** What a row's text bank is built from, with names in the place of roles. */
  #text(row: RecipeRow, { templates }: PretrainSettings): TextSource | null {
    return resolveTextSource(row.pretrain!.text, {
      protocol: this.#protocol,
      templates,
      taskSettings: (task) => this.#taskSettings(`rows.${row.id}.pretrain.text.task`, task) ?? {},
    });
  }

  /** Names that a row's method needs, or has no use for. */
  #checkNeeds(row: RecipeRow): void {
    const place = `rows.${row.id}.pretrain`;
    const { method, teacher, student, text, length } = row.pretrain!;
    const needs = method === null ? null : this.#catalog.methods.get(method)?.needs;
    if (needs === undefined) return;
    const training = teacher === null ? undefined : this.#trainings.given(teacher);
    if (needs?.teacher === "image+text" && training !== undefined) {
      this.problems.add(
        `${place}.teacher: method "${method}" needs a teacher with a text encoder, and teacher ` +
          `"${teacher}" has none: it is trained here by ${training.method}`,
      );
    }
    const wanted = {
      teacher: needs === null || needs.teacher !== "none",
      student: needs !== null,
      text: needs !== null && needs.teacher === "image+text",
      length: needs !== null && needs.trains !== false,
    };
    const name = method === null ? "method null (the teacher as it is)" : `method "${method}"`;
    for (const [key, value] of Object.entries({ teacher, student, text, length })) {
      const isWanted = wanted[key as keyof typeof wanted];
      if (isWanted && value === null) this.problems.add(`${place}.${key}: ${name} needs it`);
      if (!isWanted && value !== null) {
        this.problems.add(`${place}.${key}: ${name} has no use for it; leave it out`);
      }
    }
  }

  #spec(row: RecipeRow): TrainSpec | undefined {
    const place = `rows.${row.id}.pretrain`;
    const { method, teacher, student, data, length, pretrain, settings } = row.pretrain!;
    const entry = method === null ? undefined : this.#trainings.method(place, method);
    if (method !== null && entry === undefined) return undefined;
    this.#checkNeeds(row);
    const made = teacher === null ? { teacher: null } : this.#trainings.teacher(teacher);
    if (made === undefined) return undefined;
    if (method === null) {
      // The teacher as it is: the model of its training, or the registered one.
      if (made.teacherTraining !== undefined) return made.teacherTraining.spec;
      const shared = { ...this.#protocol.pretrain, ...pretrain };
      const prefix = Object.keys(pretrain).length > 0 ? `${place}.pretrain` : "pretrain";
      const resolved = resolveSettings(pretrainSchema, shared, prefix, this.problems);
      return resolved && {
        method,
        ...made,
        student: null,
        data: this.#protocol.data[data]!,
        text: null,
        epochs: 0,
        pretrain: resolved,
        settings: {},
      };
    }
    // That it is missing is told already.
    if (student === null) return undefined;
    const { lengthFactor } = row.pretrain!;
    const given = { method, entry: entry!, student, length, lengthFactor, pretrain, settings };
    const training = this.#trainings.settings(place, given);
    return training && {
      method,
      ...made,
      student: this.#protocol.students[student]!,
      data: this.#protocol.data[data]!,
      text: this.#text(row, training.pretrain),
      ...training,
    };
  }

  /** Checks a baseline; returns the metric that it shows. */
  #baselineMetric(row: RecipeRow): string {
    const name = row.baseline!;
    this.#taskSettings(`rows.${row.id}.baseline`, name);
    const entry = this.#catalog.tasks.get(name);
    const metric = entry?.metrics[0]?.key ?? "";
    const needs = entry?.needs.model ?? [];
    if (needs.length === 0) return metric;
    this.problems.add(
      `rows.${row.id}.baseline: task "${name}" measures a model (${needs.join(", ")}), expected ` +
        "a task that needs none",
    );
    return metric;
  }

  /** Checks that the columns of figures compare images with texts. */
  #checkFigures(): void {
    this.#recipe.figures.forEach(({ column, split }, index) => {
      const place = `figures.${index}`;
      const { task } = this.#recipe.columns.find(({ id }) => id === column)!;
      const needs = this.#catalog.tasks.get(task)?.needs.model ?? [];
      if (!needs.includes("embeddings") || !needs.includes("text")) {
        this.problems.add(
          `${place}.column: task "${task}" does not compare embeddings with texts, expected a column of a ` +
            'task that does, such as "zero-shot"',
        );
      }
      const { splits } = this.#protocol.evaluation as { splits?: unknown };
      if (split === undefined || !Array.isArray(splits) || splits.includes(split)) return;
      const known = splits.filter((name) => typeof name === "string");
      this.problems.add(`${place}.split: ${unknownNameMessage("measured split", split, known)}`);
    });
  }

  /** The resolved recipe, or undefined where there are problems. */
  resolve(): ResolvedRecipe {
    const recipe = this.#recipe;
    const chosen = recipe.sizes[this.#size];
    const columns = recipe.columns.map((column) => this.#column(column));
    const specs = new Map<string, TrainSpec>();
    const baselineMetrics = new Map<string, string>();
    for (const row of recipe.rows) {
      if (row.kind === "baseline") baselineMetrics.set(row.id, this.#baselineMetric(row));
      if (row.kind !== "run") continue;
      const spec = this.#spec(row);
      if (spec !== undefined) specs.set(row.id, spec);
    }
    this.#checkUnused();
    this.#checkTeachers();
    this.#checkFigures();
    const { pretrain, evaluation, methods: _methods, tasks: _tasks, ...roles } = this.#protocol;
    const shared = resolveSettings(pretrainSchema, pretrain, "pretrain", this.problems);
    const measured = resolveSettings(evaluationSchema, evaluation, "evaluation", this.problems);
    if (this.problems.size > 0 || shared === undefined || measured === undefined) {
      throw configError(`${recipe.table}, size ${this.#size}`, [...this.problems]);
    }
    const runRows = new Set(
      chosen.rows === undefined
        ? recipe.rows.filter(({ kind }) => kind !== "quoted").map(({ id }) => id)
        : [...chosen.rows, ...this.#sweptRows],
    );
    const protocol: ResolvedProtocol = {
      ...roles,
      pretrain: shared,
      methods: this.#trainings.methods,
      tasks: this.#tasks,
      evaluation: measured,
    };
    const config = {
      table: recipe.table,
      size: this.#size,
      protocol,
      columns,
      rows: recipe.rows,
      runRows: [...runRows].sort(),
    };
    return deepFreeze({
      table: recipe.table,
      title: recipe.title,
      note: recipe.note,
      size: this.#size,
      sizeNote: chosen.note,
      defaultSeeds: chosen.seeds,
      protocol,
      columns,
      rows: recipe.rows,
      comparisons: recipe.comparisons,
      paper: recipe.paper ?? recipe.table,
      claims: recipe.claims,
      sweeps: this.#sweeps,
      ...(recipe.costs === undefined ? {} : { costs: recipe.costs }),
      figures: recipe.figures,
      runRows,
      specs,
      studentSettings: new Map(
        recipe.columns.map((column) => [column.id, this.#studentSettings(column)]),
      ),
      baselineMetrics,
      requires: chosen.requires.filter(({ key, value }) => {
        const [group, role] = key.split(".") as [keyof typeof roles, string];
        return (roles[group] as Record<string, unknown> | undefined)?.[role] === value;
      }),
      config,
      configHash: hashJson(config),
    });
  }
}

/**
 * A recipe at one size: the protocol, then the size's overrides, then the user's.
 *
 * @param options.set Overrides as `--set` takes them: `"pretrain.learningRate=0.1"`.
 * @param options.catalog The methods and tasks whose settings may be given.
 * @throws {ConfigError} with every error at once.
 */
export function resolveRecipe(
  recipe: Recipe,
  options: { size: string; set?: readonly string[]; catalog: SettingsCatalog },
): ResolvedRecipe {
  const size = sizeNames.find((name) => name === options.size);
  if (size === undefined) {
    throw new ConfigError(unknownNameMessage("size", options.size, sizeNames));
  }
  return new Resolution(recipe, size, options.set ?? [], options.catalog).resolve();
}
