/**
 * Rebuilds a table: plans its cells, runs those that are missing, writes results and report.
 *
 * @module
 */

import { resolve } from "node:path";
import { ConfigError, WriteError } from "../core/errors.ts";
import {
  checkExecutorName,
  type Executor,
  type Job,
  type JobEvent,
  type JobOutcome,
} from "../core/launch/executor.ts";
import { errorOfJob } from "../core/launch/job_failure.ts";
import { createLocalExecutor } from "../core/launch/local_executor.ts";
import {
  aggregate,
  baselineCellId,
  hashInputs,
  type PaperValues,
} from "../core/results/aggregate.ts";
import {
  type CellPayload,
  cellResultSchema,
  type CellSpec,
  type PluginRequest,
  type PreparePayload,
} from "../core/recipe/cell.ts";
import { hashContents } from "../core/recipe/contents.ts";
import { teacherContents } from "../teachers/contents.ts";
import { defaultRunFolder } from "../core/recipe/default_folder.ts";
import {
  describeEnvironmentChanges,
  type Environment,
  readEnvironment,
  readProject,
} from "../core/results/environment.ts";
import { checkRequirements, type Plan, planCells } from "../core/recipe/plan.ts";
import { loadRecipe, type ResolvedRecipe, resolveRecipe } from "../core/recipe/recipe.ts";
import type { ResultFile } from "../core/results/result.ts";
import { checkRunFolder, readResult, reportPath, RunFolder } from "../core/store/run_folder.ts";
import { readStoredCell, type StoredCell } from "../core/store/stored_cell.ts";
import { checkAlgorithmsFile } from "../core/train/autotune/stored_algorithms.ts";
import { type CellWork, estimateWork } from "../core/recipe/cost.ts";
import { loadPlugins, pluginContents } from "./plugins.ts";

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
  /** Overrides of the protocol, e.g. `"pretrain.alpha=0.3"`. */
  set?: readonly string[];
  /** Glob: only these cells are run. */
  cells?: string;
  /** Start anew where the folder holds a run already. */
  overwrite?: boolean;
  /** Folder of the recipes; default: the project's. */
  recipeFolder?: string;
  /** Modules that bring tasks, students or teachers. */
  plugins?: readonly string[];
  /** Whether plug-ins may replace what is built in. */
  pluginOverride?: boolean;
}

/** A table opened: its settings, its plan, and what of it is there already. */
export interface OpenedTable {
  readonly recipe: ResolvedRecipe;
  readonly plan: Plan;
  /** Run folder, absolute. */
  readonly folder: string;
  /** Finished cells by id, the baselines under their own. */
  readonly stored: ReadonlyMap<string, StoredCell>;
  /** Why cells that are there are not used. */
  readonly warnings: readonly string[];
  /** Plug-ins that the cells load. */
  readonly plugins: PluginRequest;
}

/** What happens during a run, for a display. */
export type ReproduceEvent =
  | {
    readonly type: "planned";
    readonly folder: string;
    /** Cells that will run, in their order. */
    readonly pending: readonly CellSpec[];
    /** Cells that are there already. */
    readonly finished: number;
    readonly work: ReadonlyMap<string, CellWork>;
  }
  | { readonly type: "warning"; readonly message: string }
  | JobEvent;

/** Options of {@linkcode reproduce}. */
export interface ReproduceOptions extends TableOptions {
  /** Turns the result into the text of `report/index.html`. */
  renderReport: (result: ResultFile) => Promise<string>;
  /** `local` (default). */
  executor?: string;
  /** Cells that run at the same time; default: the number of cores. */
  slots?: number;
  /** Told of everything that happens. */
  onEvent?: (event: ReproduceEvent) => void;
  /** Stops the run. */
  signal?: AbortSignal;
  /** URLs of the Workers' modules; default: this folder's. */
  modules?: { prepare: string; cell: string };
}

/** What {@linkcode reproduce} did. */
export interface ReproduceOutcome {
  readonly folder: string;
  readonly reportPath: string;
  readonly result: ResultFile;
  /** Why cells failed, by id. */
  readonly failures: ReadonlyMap<string, string>;
  /** Cells that were run now. */
  readonly ran: number;
}

/** Name of the job before all cells. */
const prepareJobId = "prepare";

const defaultModules = {
  prepare: new URL("./prepare_worker.ts", import.meta.url).href,
  cell: new URL("./cell_worker.ts", import.meta.url).href,
};

function listSeeds(count: number): number[] {
  if (!Number.isInteger(count) || count < 1 || count > 100) {
    throw new ConfigError(`--seeds: wanted a whole number from 1 to 100; found ${count}`);
  }
  return Array.from({ length: count }, (_, seed) => seed);
}

/** The baselines as a cell of the run folder. */
function baselineCell(plan: Plan): { id: string; hash: string } {
  return { id: baselineCellId, hash: plan.baselineHash };
}

/** Reads every finished cell of a plan; changes nothing. */
async function readStored(
  folder: string,
  plan: Plan,
  onDamaged: (reason: string) => void,
): Promise<Map<string, StoredCell>> {
  const stored = new Map<string, StoredCell>();
  const cells = plan.baselines.length > 0 ? [...plan.cells, baselineCell(plan)] : plan.cells;
  for (const cell of cells) {
    const entry = await readStoredCell(folder, cell, { onDamaged });
    if (entry !== undefined) stored.set(cell.id, entry);
  }
  return stored;
}

/**
 * Resolves and plans a table and looks what of it is finished; writes nothing.
 *
 * @throws {ConfigError} for everything that is wrong with the options or the folder.
 */
export async function openTable(options: TableOptions): Promise<OpenedTable> {
  const { table, size = "mini", set = [], overwrite = false } = options;
  const recipe = resolveRecipe(
    await loadRecipe(
      table,
      options.recipeFolder === undefined ? {} : { folder: options.recipeFolder },
    ),
    { size, set },
  );
  const plugins: PluginRequest = {
    paths: (options.plugins ?? []).map((path) => resolve(path)),
    override: options.pluginOverride ?? false,
  };
  await checkAlgorithmsFile(recipe.protocol.pretrain.algorithms);
  const plan = planCells(recipe, {
    contents: {
      ...await hashContents([
        ...Object.values(recipe.protocol.data),
        ...Object.values(recipe.protocol.text),
        recipe.protocol.pretrain.algorithms,
      ]),
      ...await teacherContents(Object.values(recipe.protocol.teachers)),
      ...pluginContents(await loadPlugins(plugins)),
    },
    seeds: listSeeds(options.seeds ?? recipe.defaultSeeds),
    ...(options.cells === undefined ? {} : { cells: options.cells }),
  });
  const folder = resolve(options.out ?? defaultRunFolder(table, size));
  const warnings: string[] = [];
  let stored = new Map<string, StoredCell>();
  if (!overwrite && await checkRunFolder(folder, recipe) !== undefined) {
    stored = await readStored(folder, plan, (reason) => warnings.push(reason));
  }
  return { recipe, plan, folder, stored, warnings, plugins };
}

/** Cells of a plan that are chosen and not there. */
export function pendingCells({ plan, stored }: Pick<OpenedTable, "plan" | "stored">): CellSpec[] {
  return plan.chosen.filter(({ id }) => !stored.has(id));
}

/**
 * Checks that everything a table names or needs is there.
 *
 * @throws {DataError} for missing data, {@linkcode ConfigError} for unknown names, bad lists of class
 * names and teachers that cannot do what is asked of them.
 */
export async function checkTable({ recipe, plan }: OpenedTable): Promise<void> {
  await checkRequirements(recipe);
  const { checkCells } = await import("./check_cells.ts");
  await checkCells(plan.cells, plan.chosen);
}

/** Images and steps of each cell of a table. */
export async function estimateTable({ plan }: OpenedTable): Promise<Map<string, CellWork>> {
  const { getDataset } = await import("../core/data/get_dataset.ts");
  return await estimateWork(plan.cells, async (name) => {
    const dataset = await getDataset(name);
    return (await dataset.samples("train")).length;
  });
}

/** The result of a run that is finished and was made of what lies in its folder. */
async function readFinished(opened: OpenedTable): Promise<ResultFile | undefined> {
  const { recipe, plan, stored, folder } = opened;
  if (pendingCells(opened).length > 0) return undefined;
  if (plan.baselines.length > 0 && !stored.has(baselineCellId)) return undefined;
  const result = await readResult(folder).catch(() => undefined);
  if (result?.inputsHash !== hashInputs(recipe, plan, stored)) return undefined;
  // A failed cell leaves its mark in the result; without one it would be pending above.
  if (result.cells.some(({ status }) => status === "failed")) return undefined;
  return await Deno.stat(reportPath(folder)).then(() => result, () => undefined);
}

/**
 * Rebuilds a table. What is finished in the run folder is not run again; a finished table is
 * answered from its folder.
 *
 * @throws {ConfigError} for wrong options. {DataError} for missing data. {TryAgainError} while
 * another process writes to the folder. The reason of `signal` when it is aborted.
 */
export async function reproduce(options: ReproduceOptions): Promise<ReproduceOutcome> {
  const executorName = options.executor ?? "local";
  checkExecutorName(executorName);
  const executor = createLocalExecutor(
    options.slots === undefined ? {} : { jobs: options.slots },
  );
  const opened = await openTable(options);
  const { folder, recipe } = opened;
  const finished = options.overwrite ? undefined : await readFinished(opened);
  if (finished !== undefined) {
    const path = reportPath(folder);
    return { folder, reportPath: path, result: finished, failures: new Map(), ran: 0 };
  }
  await checkTable(opened);
  const [project, environment] = await Promise.all([readProject(), readEnvironment()]);
  const { table, size, configHash, config } = recipe;
  const runFolder = await RunFolder.open(folder, {
    identity: { project, table, size, configHash, config },
    environment,
    ...(options.overwrite === undefined ? {} : { overwrite: options.overwrite }),
  });
  try {
    const run = new TableRun(opened, runFolder, options);
    await run.runCells(executor);
    return await run.finish(environment);
  } finally {
    await runFolder.close();
  }
}

/** One command's work on an open run folder. */
class TableRun {
  readonly #opened: OpenedTable;
  readonly #folder: RunFolder;
  readonly #options: ReproduceOptions;
  readonly #failures = new Map<string, string>();
  readonly #warnings: string[] = [];
  #stored = new Map<string, StoredCell>();
  #ran = 0;

  constructor(opened: OpenedTable, folder: RunFolder, options: ReproduceOptions) {
    this.#opened = opened;
    this.#folder = folder;
    this.#options = options;
  }

  #warn(message: string): void {
    this.#warnings.push(message);
    this.#options.onEvent?.({ type: "warning", message });
  }

  /** Runs what is missing. */
  async runCells(executor: Executor): Promise<void> {
    const { plan, folder } = this.#opened;
    // Read again: another process may have worked here before the lock was ours.
    this.#stored = await readStored(folder, plan, (reason) => this.#warn(reason));
    await this.#folder.completeLines([...plan.cells, baselineCell(plan)], this.#stored);
    const pending = pendingCells({ plan, stored: this.#stored });
    const baselines = this.#stored.has(baselineCellId) ? [] : plan.baselines;
    const work = await estimateTable(this.#opened);
    this.#options.onEvent?.({
      type: "planned",
      folder,
      pending,
      finished: plan.chosen.length - pending.length,
      work,
    });
    if (pending.length === 0 && baselines.length === 0) return;
    const modules = this.#options.modules ?? defaultModules;
    const threads = 1;
    const { plugins } = this.#opened;
    const prepare: PreparePayload = { cells: pending, baselines, threads, plugins };
    const jobs: Job[] = [{ id: prepareJobId, module: modules.prepare, payload: prepare }];
    // Longest first, so that the last cells to end are short and no slot waits long for another.
    const { stepCost } = await import("./step_cost.ts");
    const costs = new Map(
      pending.map((cell) => [cell, (work.get(cell.id)?.steps ?? 0) * stepCost(cell.pretrain)]),
    );
    for (const cell of pending.toSorted((a, b) => costs.get(b)! - costs.get(a)!)) {
      const payload: CellPayload = {
        cell,
        folder: await this.#folder.makeCellFolder(cell.id),
        threads,
        plugins,
      };
      jobs.push({ id: cell.id, module: modules.cell, payload, after: [prepareJobId] });
    }
    await this.#folder.makeCellFolder(baselineCellId);
    const { signal } = this.#options;
    await executor.run(jobs, {
      onEvent: (event) => this.#onEvent(event),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  async #onEvent(event: JobEvent): Promise<void> {
    const { id } = event.job;
    const logId = id === prepareJobId ? baselineCellId : id;
    if (event.type === "started") this.#folder.log(logId, { type: "started" });
    else if (event.type === "message") {
      const { message } = event;
      if (message.type !== "progress") this.#folder.log(logId, { ...message });
    } else if (event.type === "waiting") {
      this.#folder.log(logId, { type: "waiting", holder: event.holder });
    } else if (id === prepareJobId) await this.#endPreparation(event.outcome);
    else await this.#endCell(event.job.payload as CellPayload, event.outcome);
    this.#options.onEvent?.(event);
  }

  async #endPreparation(outcome: JobOutcome): Promise<void> {
    if (outcome.status === "failed") throw errorOfJob(outcome.error, "Cannot prepare the data: ");
    if (outcome.status !== "done" || this.#stored.has(baselineCellId)) return;
    const checked = cellResultSchema.safeParse(outcome.result);
    if (!checked.success) {
      throw new Error(`internal: the preparation handed back ${checked.error.message}`);
    }
    const cell = baselineCell(this.#opened.plan);
    const checksum = await this.#folder.recordCell(cell, checked.data);
    this.#stored.set(cell.id, { result: checked.data, checksum });
  }

  async #endCell({ cell }: CellPayload, outcome: JobOutcome): Promise<void> {
    if (outcome.status === "skipped") {
      this.#failures.set(cell.id, `not run: ${outcome.because} failed`);
      return;
    }
    const checked = outcome.status === "done" ? cellResultSchema.safeParse(outcome.result) : null;
    if (checked?.success) {
      const checksum = await this.#folder.recordCell(cell, checked.data);
      this.#stored.set(cell.id, { result: checked.data, checksum });
      this.#ran++;
      return;
    }
    const error = outcome.status === "failed" ? outcome.error : {
      name: "Error",
      message: `internal: the cell handed back something else: ${checked?.error.message}`,
    };
    // Every further cell would train for nothing.
    if (error.name === WriteError.name) throw errorOfJob(error);
    this.#folder.log(cell.id, { type: "failed", error });
    await this.#folder.recordFailure(cell, error);
    this.#failures.set(cell.id, error.message);
  }

  /** Makes the table of what is there and writes it. */
  async finish(environment: Environment): Promise<ReproduceOutcome> {
    const { recipe, plan, folder } = this.#opened;
    for (
      const change of describeEnvironmentChanges(this.#folder.manifest.environment, environment)
    ) {
      this.#warn(`The machine or its software changed during the run: ${change}`);
    }
    const result = aggregate({
      recipe,
      plan,
      stored: this.#stored,
      failures: this.#failures,
      paper: await loadPaperValues(recipe.table),
      titles: await loadTitles(recipe),
      project: this.#folder.manifest.project,
      environment,
      totalSeconds: await this.#folder.totalSeconds(),
      credits: await loadCredits(recipe),
      warnings: this.#warnings,
    });
    await this.#folder.writeResult(result);
    await this.#folder.writeReport(await this.#options.renderReport(result));
    return {
      folder,
      reportPath: reportPath(folder),
      result,
      failures: this.#failures,
      ran: this.#ran,
    };
  }
}

/** The paper's numbers by row and column; none for a table that is not the paper's. */
async function loadPaperValues(table: string): Promise<PaperValues> {
  const { loadPaperTable, paperTableNames } = await import("../core/results/paper/paper.ts");
  if (!paperTableNames.includes(table)) return {};
  const { rows } = await loadPaperTable(table);
  return Object.fromEntries(rows.map(({ id, values }) => [id, values]));
}

/** Titles of the data sets that a recipe names. */
async function loadTitles({ protocol }: ResolvedRecipe): Promise<Record<string, string>> {
  const { getDataset } = await import("../core/data/get_dataset.ts");
  const titles: Record<string, string> = {};
  for (const name of Object.values(protocol.data)) titles[name] = (await getDataset(name)).title;
  return titles;
}

/** Credits of the embedded data, where a recipe uses them. */
async function loadCredits({ protocol }: ResolvedRecipe): Promise<string[]> {
  if (Object.values(protocol.data).every((name) => name.startsWith("imagefolder:"))) return [];
  const { creditLines } = await import("../core/data/readers/emoji/credits.ts");
  return creditLines();
}
