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
import { loadRecipe } from "../core/recipe/recipe.ts";
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

/** Settings of the default table at a size, and the roles of its students. */
async function loadDefaults(
  size: string,
): Promise<{ settings: Record<string, unknown>; students: Record<string, string> }> {
  const recipe = await loadRecipe(defaultTable);
  const name = sizeNames.find((known) => known === size);
  if (name === undefined) throw new ConfigError(unknownNameMessage("size", size, sizeNames));
  const protocol = merge(recipe.protocol, recipe.sizes[name].protocol) as Record<string, unknown>;
  const settings = Object.fromEntries(
    settingGroups.flatMap((group) => group in protocol ? [[group, protocol[group]]] : []),
  );
  return { settings, students: protocol["students"] as Record<string, string> };
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

/** A text bank's source with a role in the place of its data set. */
function textRoles(
  text: RecipeText | null,
): { text: RecipeText | null; data: Record<string, string> } {
  if (text === null || !("task" in text)) return { text, data: {} };
  return { text: { task: text.task, data: "text" }, data: { text: text.data } };
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
  const { settings, students } = await loadDefaults(size);
  // What --set gives counts for every student, also where the table has another value for one.
  const given = new Set(
    set.map((text) => text.replace(/^(protocol\.)?pretrain\./, "").split("=")[0]!.trim()),
  );
  const role = Object.keys(students).find((role) => students[role] === training.student);
  const byStudent = (settings["byStudent"] ?? {}) as Record<string, Record<string, unknown>>;
  const ownSettings = Object.fromEntries(
    Object.entries(role === undefined ? {} : byStudent[role] ?? {})
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
        length: "long",
      },
    }],
  });
  return specs.get("training")!;
}

/**
 * The specification of a measurement by hand.
 *
 * @throws {ConfigError} with every error of the settings.
 */
export async function resolveMeasurement(
  { task, data }: { readonly task: string; readonly data: string },
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
  const { settings } = await loadDefaults(size);
  const { columns, protocol } = resolveOwn(own, {
    protocol: {
      data: { data },
      tasks: settings["tasks"],
      evaluation: settings["evaluation"],
    },
    columns: [{ id: "measurement", group: "", header: "", task, data: "data" }],
  });
  const { views, splits } = protocol.evaluation;
  return { task, data, settings: columns[0]!.settings, views, splits };
}
