/**
 * The settings of `distill` and `evaluate`: those of a table at a size, with the user's own. They are
 * resolved as a recipe of one row or one column, so that the same checks look at them.
 *
 * @module
 */

import { ConfigError } from "../core/errors.ts";
import { distillDefaults } from "../core/recipe/default_folder.ts";
import type { MeasureSpec, TrainSpec } from "../core/recipe/jobs.ts";
import { merge } from "../core/recipe/merge.ts";
import { loadRecipe, tableNames } from "../core/recipe/recipe.ts";
import {
  type Recipe,
  recipeSchema,
  type RecipeText,
  sizeNames,
} from "../core/recipe/recipe_schema.ts";
import { type ResolvedRecipe, resolveRecipe } from "../core/recipe/resolve_recipe.ts";
import type { SettingsCatalog } from "../core/recipe/settings.ts";
import { unknownNameMessage } from "../core/registry.ts";

/** The table whose settings are the defaults. */
export const defaultTable = "table2";

/** Groups of a protocol that hold settings, and no roles. */
const settingGroups = [
  "lengths",
  "pretrain",
  "byStudent",
  "methods",
  "tasks",
  "evaluation",
] as const;

/** What a command resolves. */
interface OwnRecipe {
  readonly size: string;
  readonly set: readonly string[];
  readonly catalog: SettingsCatalog;
  /** Groups that `--set` may give here. */
  readonly groups: readonly string[];
  /** What stands in the place of those groups, for messages. */
  readonly instead: string;
}

/** The default table where it measures by a task, or another that does; the default one for none. */
async function tableOf(task: string | undefined): Promise<Recipe> {
  const first = await loadRecipe(defaultTable);
  const measures = ({ columns }: Recipe) => columns.some((column) => column.task === task);
  if (task === undefined || measures(first)) return first;
  for (const name of tableNames()) {
    const recipe = await loadRecipe(name);
    if (measures(recipe)) return recipe;
  }
  return first;
}

/** What a table says at a size. */
interface TableDefaults {
  /** By group. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Students by role. */
  readonly students: Readonly<Record<string, string>>;
  /** Data sets by role. */
  readonly dataRoles: Readonly<Record<string, string>>;
  /** Data set of the first column that measures by the task. */
  readonly data: string | undefined;
}

/** Settings of the table of a task, or of the default table, at a size. */
async function loadDefaults(size: string, task?: string): Promise<TableDefaults> {
  const recipe = await tableOf(task);
  const name = sizeNames.find((known) => known === size);
  if (name === undefined) throw new ConfigError(unknownNameMessage("size", size, sizeNames));
  const protocol = merge(recipe.protocol, recipe.sizes[name].protocol) as Record<string, unknown>;
  const settings = Object.fromEntries(
    settingGroups.flatMap((group) => group in protocol ? [[group, protocol[group]]] : []),
  );
  const roles = (group: string) => protocol[group] as Readonly<Record<string, string>>;
  const column = recipe.columns.find((column) => column.task === task);
  const dataRoles = roles("data");
  return {
    settings,
    students: roles("students"),
    dataRoles,
    data: column && dataRoles[column.data],
  };
}

/** The data set on which a table measures by a task; undefined where none does. */
export async function defaultDataOf(
  task: string,
  size: string = distillDefaults.size,
): Promise<string | undefined> {
  return (await loadDefaults(size, task)).data;
}

/** Role of the images on which the default table trains its students. */
const trainingRole = "pretraining";

/**
 * The data set on which the students of the default table are trained at a size.
 *
 * @throws {ConfigError} for an unknown size.
 */
export async function defaultTrainingData(size: string = distillDefaults.size): Promise<string> {
  const { dataRoles } = await loadDefaults(size);
  // A role may stand for another one.
  const name = dataRoles[trainingRole]!;
  return dataRoles[name] ?? name;
}

/** What `byStudent` of a table says of an architecture. */
function settingsOfStudent(
  { settings, students }: TableDefaults,
  student: string | undefined,
): Record<string, unknown> {
  const role = Object.keys(students).find((role) => students[role] === student);
  const all = (settings["byStudent"] ?? {}) as Record<string, Record<string, unknown>>;
  return role === undefined ? {} : all[role] ?? {};
}

/** Refuses overrides of what has an option of its own. */
function checkGroups({ set, groups, instead }: OwnRecipe): void {
  const foreign = set.filter((text) => {
    const group = /^(?:protocol\.)?(\w+)\./.exec(text)?.[1];
    return group !== undefined && !groups.includes(group) &&
      (settingGroups as readonly string[]).concat("data", "text", "teachers", "students")
        .includes(group);
  });
  if (foreign.length === 0) return;
  throw new ConfigError(
    foreign.map((text) =>
      `--set ${text}: expected ${
        groups.map((group) => `${group}.KEY=VALUE`).join(" or ")
      }; ${instead}`
    ).join("\n  "),
  );
}

/** A recipe of a command, resolved. */
function resolveOwn(
  own: OwnRecipe,
  recipe: Pick<Recipe, "protocol"> & { readonly rows?: unknown[]; readonly columns?: unknown[] },
): ResolvedRecipe {
  const size = { seeds: 1 };
  const row = { id: "unused", block: "", method: "", kind: "quoted" };
  const column = { id: "unused", group: "", header: "", task: "", data: "data" };
  const whole = recipeSchema.parse({
    table: "settings",
    title: "",
    note: "",
    columns: recipe.columns ?? [column],
    rows: recipe.rows ?? [row],
    protocol: recipe.protocol,
    sizes: { smoke: size, mini: size, paper: size },
  });
  const parts = {
    ...whole,
    ...(recipe.columns === undefined ? { columns: [] } : {}),
    ...(recipe.rows === undefined ? { rows: [] } : {}),
  };
  const { size: name, set, catalog } = own;
  return resolveRecipe(parts, { size: name, set, catalog });
}

/** A training by hand. */
export interface OwnTraining {
  readonly method: string;
  /** Null where the method has none. */
  readonly teacher: string | null;
  readonly student: string;
  readonly data: string;
  /** Null where the method has none; `data` of a task is the name of a data set. */
  readonly text: RecipeText | null;
  /** Length in epochs; that of the size where absent. */
  readonly epochs?: number | undefined;
}

/** Role of the data set that the class names are of; no data set has a name with a space. */
const textRole = "text data";

/** A text bank's source with a role in the place of its data set. */
function textRoles(
  text: RecipeText | null,
): { text: RecipeText | null; data: Record<string, string> } {
  if (text === null || !("task" in text)) return { text, data: {} };
  return { text: { task: text.task, data: textRole }, data: { [textRole]: text.data } };
}

/**
 * The specification of a training by hand.
 *
 * @throws {ConfigError} with every error of the settings.
 */
export async function resolveTraining(
  training: OwnTraining,
  options: { size?: string; set?: readonly string[]; catalog: SettingsCatalog },
): Promise<TrainSpec> {
  const { size = distillDefaults.size, set = [], catalog } = options;
  const own: OwnRecipe = {
    size,
    set,
    catalog,
    groups: ["pretrain", "methods", "tasks"],
    instead: "method, teacher, student, data, text and epochs have options of their own",
  };
  checkGroups(own);
  const defaults = await loadDefaults(size);
  const { settings } = defaults;
  // What --set gives counts for every student, also where the table has another value for one.
  const given = new Set(
    set.map((text) => text.replace(/^(protocol\.)?pretrain\./, "").split("=")[0]!.trim()),
  );
  const ownSettings = Object.fromEntries(
    Object.entries(settingsOfStudent(defaults, training.student))
      .filter(([key]) => !given.has(key)),
  );
  const { text, data } = textRoles(training.text);
  const { long } = settings["lengths"] as Record<string, number>;
  const { specs } = resolveOwn(own, {
    protocol: {
      ...settings,
      pretrain: settings["pretrain"],
      byStudent: { student: ownSettings },
      data: { data: training.data, ...data },
      students: { student: training.student },
      ...(training.teacher === null ? {} : { teachers: { teacher: training.teacher } }),
      lengths: { long: training.epochs ?? long },
    },
    rows: [{
      id: "training",
      block: "",
      method: "",
      kind: "run",
      pretrain: {
        method: training.method,
        teacher: training.teacher === null ? null : "teacher",
        student: "student",
        data: "data",
        text,
        length: catalog.methods.get(training.method)?.needs.trains === false ? null : "long",
      },
    }],
  });
  return specs.get("training")!;
}

/**
 * The specification of a measurement by hand.
 *
 * @param measurement.student Name of the student that is measured, whose own settings count.
 * @throws {ConfigError} with every error of the settings.
 */
export async function resolveMeasurement(
  { task, data, student }: {
    readonly task: string;
    readonly data: string;
    readonly student?: string | undefined;
  },
  options: { size?: string; set?: readonly string[]; catalog: SettingsCatalog },
): Promise<MeasureSpec> {
  const { size = distillDefaults.size, set = [], catalog } = options;
  const own: OwnRecipe = {
    size,
    set,
    catalog,
    groups: ["tasks", "evaluation"],
    instead: "model, task and data have options of their own",
  };
  checkGroups(own);
  const defaults = await loadDefaults(size, task);
  const { settings } = defaults;
  const byTask = settingsOfStudent(defaults, student)["tasks"] ?? {};
  const { columns, protocol } = resolveOwn(own, {
    protocol: {
      data: { data },
      tasks: merge(settings["tasks"] ?? {}, byTask),
      evaluation: settings["evaluation"],
    },
    columns: [{ id: "measurement", group: "", header: "", task, data: "data" }],
  });
  const { views, splits } = protocol.evaluation;
  return { task, data, settings: columns[0]!.settings, views, splits };
}
