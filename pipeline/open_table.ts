/**
 * Opens a table: settings, jobs with their keys, and what of them is there; changes nothing.
 *
 * @module
 */

import { ConfigError } from "../core/errors.ts";
import { userPathOr, userSetting, userTable } from "../core/paths.ts";
import { defaultRunFolder, defaultStoreFolder } from "../core/recipe/default_folder.ts";
import { estimateWork, type TrainWork } from "../core/recipe/cost.ts";
import { type Plan, planJobs, planRows } from "../core/recipe/plan.ts";
import { loadRecipe } from "../core/recipe/recipe.ts";
import { resolveRecipePaths } from "../core/recipe/recipe_paths.ts";
import { checkRequirements } from "../core/recipe/requirements.ts";
import { type ResolvedRecipe, resolveRecipe } from "../core/recipe/resolve_recipe.ts";
import type { Claim } from "../core/store/claim.ts";
import { assertOutsideData } from "../core/store/outside_data.ts";
import { checkRunFolder } from "../core/store/run_folder.ts";
import { Store } from "../core/store/store.ts";
import { loadCatalog } from "./catalog.ts";
import { validateEffects } from "./paper_values.ts";
import { loadPlugins, pluginContents, type PluginRequest, pluginRequest } from "./plugins.ts";
import { JobContents } from "./resolve_jobs.ts";
import { isTrained } from "./stored_model.ts";
import { findStored, holdPlan, planUnits, type StoredWork, type Unit } from "./units.ts";

/** Which table, at which setting. */
export interface TableOptions {
  /** Name of a table, or path of a recipe. */
  table: string;
  /** `smoke`, `mini` (default) or `paper`. */
  size?: string;
  /** Number of seeds; default: the size's. */
  seeds?: number;
  /** Run folder; default `runs/<table>-<size>`. */
  out?: string;
  /** Store of models and outcomes; default `runs/store`. */
  store?: string;
  /** Overrides of the protocol, e.g. `"methods.lgd.alpha=0.3"`. */
  set?: readonly string[];
  /** Glob: only the models whose id or row matches are run. */
  cells?: string;
  /** Threads of one session of the engine; more than one is a part of the keys. @default {1} */
  threads?: number;
  /** Remove the run that the folder holds; what is in the store is used all the same. */
  overwrite?: boolean;
  /** Folder of the recipes; default: the project's. */
  recipeFolder?: string;
  /** Modules that bring tasks, students, teachers, methods or data sets. */
  plugins?: readonly string[];
  /** Whether plug-ins may replace what is built in. */
  pluginOverride?: boolean;
  /**
   * Load the plug-ins, which run with the user's rights. @default {true}; a dry run loads none unless
   * it is asked to
   */
  loadPlugins?: boolean;
}

/** A table opened: its settings, its plan, and what of it is there already. */
export interface OpenedTable {
  readonly recipe: ResolvedRecipe;
  readonly plan: Plan;
  readonly contents: JobContents;
  /** Run folder, absolute. */
  readonly folder: string;
  readonly store: Store;
  /** What is in the store. */
  readonly stored: StoredWork;
  /** Why entries that are there are not used. */
  readonly warnings: readonly string[];
  /** Plug-ins that Workers load. */
  readonly plugins: PluginRequest;
  /** Keeps what the plan names in the store; given back by who opened the table with `hold`. */
  readonly held?: Claim;
}

function listSeeds(count: number): number[] {
  if (!Number.isInteger(count) || count < 1 || count > 100) {
    throw new ConfigError(`--seeds: expected a whole number from 1 to 100, got ${count}`);
  }
  return Array.from({ length: count }, (_, seed) => seed);
}

/** Settings that need the names of plug-ins that a dry run has not loaded. */
function explainUnloaded(error: unknown, options: TableOptions): unknown {
  const isUnloaded = options.loadPlugins === false && (options.plugins ?? []).length > 0;
  if (!isUnloaded || !(error instanceof ConfigError)) return error;
  return new ConfigError(
    `${error.message}\n  Plug-ins run with all your rights, so a dry run loads none; where the name is ` +
      "one of theirs, add --load-plugins",
    { cause: error },
  );
}

/** The settings of a table with the plug-ins that it names. */
async function resolveTable(
  options: TableOptions,
): Promise<{ recipe: ResolvedRecipe; contents: JobContents; plugins: PluginRequest }> {
  const { size = "mini", set = [], recipeFolder } = options;
  const table = userTable(options.table);
  const plugins = pluginRequest(options);
  const loaded = options.loadPlugins === false ? [] : await loadPlugins(plugins);
  try {
    const read = await loadRecipe(table, recipeFolder ? { folder: recipeFolder } : {});
    const recipe = resolveRecipe(resolveRecipePaths(read, table), {
      size,
      set: set.map(userSetting),
      catalog: await loadCatalog(),
    });
    await validateEffects(recipe);
    return { recipe, contents: new JobContents(pluginContents(loaded)), plugins };
  } catch (error) {
    throw explainUnloaded(error, options);
  }
}

/**
 * Resolves and plans a table and looks what of it is finished; writes nothing.
 *
 * @param access.hold Keep what is in the store, and what comes to be, from being pruned.
 * @throws {ConfigError} for everything that is wrong with the options or the folder. {DataError} for
 * missing data.
 */
export async function openTable(
  options: TableOptions,
  access: { hold?: boolean } = {},
): Promise<OpenedTable> {
  const { table, size = "mini", overwrite = false } = options;
  const { recipe, contents, plugins } = await resolveTable(options);
  await checkRequirements(recipe);
  const folder = userPathOr(options.out, defaultRunFolder(table, size));
  const storeFolder = userPathOr(options.store, defaultStoreFolder);
  await assertOutsideData({ "--out": folder, "--store": storeFolder }, recipe.config);
  const seeds = listSeeds(options.seeds ?? recipe.defaultSeeds);
  const rows = planRows(recipe, seeds);
  try {
    await contents.load(rows);
  } catch (error) {
    throw explainUnloaded(error, options);
  }
  const plan = planJobs(rows, contents, {
    seeds,
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...(options.cells === undefined ? {} : { cells: options.cells }),
  });
  const { config, configHash } = recipe;
  if (!overwrite) await checkRunFolder(folder, { kind: "table", config, configHash });
  const store = await Store.open(storeFolder);
  const warnings: string[] = [];
  // Held before it is looked for: what is found must still be there at the end.
  const held = access.hold ? await holdPlan(store, plan.models) : undefined;
  try {
    const stored = await findStored(store, plan.models, (message) => warnings.push(message));
    const opened = { recipe, plan, contents, folder, store, stored, warnings, plugins };
    return held === undefined ? opened : { ...opened, held };
  } catch (error) {
    held?.release();
    throw error;
  }
}

/** The units of work that are left of what was chosen. */
export async function pendingUnits(
  { plan, stored }: Pick<OpenedTable, "plan" | "stored">,
): Promise<Unit[]> {
  const { tasks } = await import("../tasks/registry.ts");
  // What needs the backbone trains it.
  return planUnits(plan.chosen, stored, ({ spec }) => {
    const task = tasks.get(spec.task);
    return (task.needsOf?.(spec.settings) ?? task.needs.model).includes("backbone");
  });
}

/** Images and steps of each training of a table. */
export async function estimateTable({ plan }: OpenedTable): Promise<Map<string, TrainWork>> {
  const [{ getDataset }, { trainSplit }] = await Promise.all([
    import("../core/data/registry.ts"),
    import("../core/data/dataset.ts"),
  ]);
  const trainings = plan.models.flatMap(({ train }) => isTrained(train) ? [train] : []);
  return await estimateWork(trainings, async (name) => {
    const dataset = await getDataset(name);
    return (await dataset.samples(trainSplit(dataset))).length;
  });
}

/**
 * Checks that the chosen jobs can be done, before any begins.
 *
 * @returns What the user should know of the data.
 * @throws {ConfigError} with every problem.
 */
export async function validateTable({ plan }: OpenedTable): Promise<string[]> {
  const { validateJobs } = await import("./validate_jobs.ts");
  return await validateJobs(plan.chosen);
}

/** Why units failed, as texts. */
export function failureMessages(
  failures: ReadonlyMap<string, { readonly message: string }>,
): Map<string, string> {
  return new Map([...failures].map(([id, { message }]) => [id, message]));
}
