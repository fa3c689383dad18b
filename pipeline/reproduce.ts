/**
 * Rebuilds a table: plans its jobs, does those that are not in the store, writes results and report.
 *
 * @module
 */

import type { Annotation } from "../core/data/annotation.ts";
import { splitNames } from "../core/data/dataset.ts";
import { getDataset, withSharedDatasets } from "../core/data/registry.ts";
import { readTextIfPresent } from "../core/files.ts";
import { checkExecutorName, type Executor, type JobEvent } from "../core/launch/executor.ts";
import { createLocalExecutor } from "../core/launch/local_executor.ts";
import { aggregate } from "../core/results/aggregate.ts";
import {
  describeEnvironmentChanges,
  type Environment,
  readEnvironment,
  readProject,
} from "../core/results/environment.ts";
import type { ResultFigures } from "../core/results/figures.ts";
import { jointFigureCsv } from "../core/results/joint_figure_csv.ts";
import { isReportOf } from "../core/results/report_mark.ts";
import type { ResultFile } from "../core/results/result.ts";
import { formatResult, parseResult } from "../core/results/result_schema.ts";
import { reportPath, resultPath, RunFolder } from "../core/store/run_folder.ts";
import { describeForeignEntries } from "./entry_environment.ts";
import { planFigures } from "./figures/request.ts";
import { findFigures } from "./figures/stored_figures.ts";
import type { PipelineEvent } from "./messages.ts";
import {
  estimateTable,
  failureMessages,
  type OpenedTable,
  openTable,
  pendingUnits,
  type TableOptions,
  validateTable,
} from "./open_table.ts";
import { orderUnits, runUnits, type UnitsOutcome, type WorkerModules } from "./run_units.ts";
import { isTrained, studentFileName } from "./stored_model.ts";
import { loadFigures } from "./stored_figures.ts";
import { evidenceFileName } from "./stored_outcome.ts";
import { hashInputs, isFinished, tableInput } from "./table_input.ts";
import { loadTableParts } from "./table_parts.ts";
import { findStored, type StoredWork } from "./units.ts";

/** Options of {@linkcode reproduce}. */
export interface ReproduceOptions extends TableOptions {
  /** Turns the result into the text of `report/index.html`. */
  renderReport: (result: ResultFile) => Promise<string>;
  /** `local` (default). */
  executor?: string;
  /** Units of work that run at the same time; default: the number of cores. */
  jobs?: number;
  /** Least time between two checkpoints of a training; default 10,000. */
  checkpointMilliseconds?: number;
  /** Hears everything that happens; a promise that it returns is waited for where a job starts or ends. */
  onEvent?: (event: PipelineEvent) => unknown;
  /** Stops the run. */
  signal?: AbortSignal;
  /** URLs of the Workers' modules; default: this program's. */
  modules?: WorkerModules;
}

/** What {@linkcode reproduce} did. */
export interface ReproduceOutcome {
  readonly folder: string;
  readonly reportPath: string;
  readonly result: ResultFile;
  /** Why units failed, by id. */
  readonly failures: ReadonlyMap<string, string>;
  /** Models that were trained now. */
  readonly trained: number;
  /** Measurements that were made now. */
  readonly measured: number;
}

/** The result that a folder holds, if it was made of exactly what is in the store, and its report. */
async function readFinished(opened: OpenedTable): Promise<ResultFile | undefined> {
  if (!isFinished(opened)) return undefined;
  const { folder, recipe, contents } = opened;
  const path = resultPath(folder);
  const text = await readTextIfPresent(path).catch(() => undefined);
  if (text === undefined) return undefined;
  let result: ResultFile;
  try {
    result = parseResult(text, path);
  } catch {
    // Damaged, or of another version: it is made again of what is in the store.
    return undefined;
  }
  if (!result.finished) return undefined;
  const inputs = { ...opened, ...await loadTableParts(recipe, contents) };
  if (result.inputsHash !== hashInputs(inputs)) return undefined;
  const report = await readTextIfPresent(reportPath(folder)).catch(() => undefined);
  return report !== undefined && isReportOf(report, [result]) ? result : undefined;
}

/**
 * Rebuilds a table. What is in the store is neither trained nor measured again; a finished table is
 * answered from its folder.
 *
 * @throws {ConfigError} for wrong options. {DataError} for missing data, or where the run folder is
 * removed meanwhile. {TryAgainError} while another process writes to the folder. The reason of
 * `signal` when it is aborted.
 */
export function reproduce(options: ReproduceOptions): Promise<ReproduceOutcome> {
  return withSharedDatasets(() => runTable(options));
}

async function runTable(options: ReproduceOptions): Promise<ReproduceOutcome> {
  checkExecutorName(options.executor ?? "local");
  const executor = createLocalExecutor(options.jobs === undefined ? {} : { jobs: options.jobs });
  const opened = await openTable(options, { hold: true });
  try {
    return await runOpened(opened, executor, options);
  } finally {
    opened.held?.release();
  }
}

async function runOpened(
  opened: OpenedTable,
  executor: Executor,
  options: ReproduceOptions,
): Promise<ReproduceOutcome> {
  const warn = (message: string) => options.onEvent?.({ type: "warning", message });
  // What was damaged is made again: no matter for the reader of the numbers.
  for (const warning of opened.warnings) warn(warning);
  const finished = options.overwrite ? undefined : await readFinished(opened);
  const dataWarnings = finished === undefined ? await validateTable(opened) : [];
  for (const warning of dataWarnings) warn(warning);
  const run = await TableRun.open(opened, options, dataWarnings);
  try {
    if (finished !== undefined) return await run.answer(finished);
    const done = await run.work(executor);
    return await run.finish(done, executor);
  } finally {
    await run.close();
  }
}

/** One command's work on an open run folder. */
class TableRun {
  readonly #opened: OpenedTable;
  readonly #folder: RunFolder;
  readonly #options: ReproduceOptions;
  readonly #environment: Environment;
  readonly #warnings: string[];
  #stored: StoredWork;

  private constructor(
    opened: OpenedTable,
    folder: RunFolder,
    environment: Environment,
    options: ReproduceOptions,
    warnings: readonly string[],
  ) {
    this.#opened = opened;
    this.#folder = folder;
    this.#environment = environment;
    this.#options = options;
    this.#stored = opened.stored;
    this.#warnings = [...warnings];
  }

  static async open(
    opened: OpenedTable,
    options: ReproduceOptions,
    warnings: readonly string[],
  ): Promise<TableRun> {
    const [project, environment] = await Promise.all([readProject(), readEnvironment()]);
    const { table, size, configHash, config } = opened.recipe;
    const folder = await RunFolder.open(opened.folder, {
      identity: { kind: "table", project, table, size, configHash, config },
      environment,
      ...(options.overwrite === undefined ? {} : { overwrite: options.overwrite }),
    });
    return new TableRun(opened, folder, environment, options, warnings);
  }

  close(): Promise<void> {
    return this.#folder.close();
  }

  #warn(message: string): void {
    this.#warnings.push(message);
    this.#options.onEvent?.({ type: "warning", message });
  }

  /** Does what is missing. */
  async work(executor: Executor): Promise<UnitsOutcome> {
    const { plan, store, plugins } = this.#opened;
    const work = await estimateTable(this.#opened);
    const units = await orderUnits(await pendingUnits(this.#opened), work);
    this.#options.onEvent?.({
      type: "planned",
      folder: this.#folder.path,
      units,
      finished: { models: this.#stored.models.size, outcomes: this.#stored.outcomes.size },
      work,
    });
    const done = await runUnits(units, {
      executor,
      store,
      plugins,
      threads: this.#options.threads ?? 1,
      modules: this.#options.modules,
      checkpointMilliseconds: this.#options.checkpointMilliseconds,
      signal: this.#options.signal,
      onEvent: (event) => this.#onEvent(event),
      onUnit: async ({ id }, outcome) => {
        if (outcome.status === "failed") {
          this.#folder.log(id, { type: "failed", error: outcome.error });
        }
        const error = outcome.status === "failed" ? { error: outcome.error } : {};
        await this.#folder.record([{ type: outcome.status, unit: id, ...error }]);
      },
    });
    this.#stored = await findStored(
      store,
      plan.models,
      (message) => this.#options.onEvent?.({ type: "warning", message }),
    );
    return done;
  }

  async #onEvent(event: JobEvent): Promise<void> {
    const { id } = event.job;
    if (event.type === "started") this.#folder.log(id, { type: "started" });
    else if (event.type === "waiting") {
      this.#folder.log(id, { type: "waiting", holder: event.holder });
    } else if (event.type === "message" && event.message.type !== "progress") {
      this.#folder.log(id, { ...event.message });
    }
    await this.#options.onEvent?.(event);
  }

  /** Ids of chosen models and measurements that did not fail, and are not in the store now. */
  #lost(failures: ReadonlyMap<string, string>): string[] {
    const { models, outcomes } = this.#stored;
    return this.#opened.plan.chosen.flatMap(({ id, train, measures }) => {
      // A teacher that no row shows is needed by missing students only.
      if (failures.has(id) || train?.rowIds.length === 0) return [];
      if (isTrained(train) && !models.has(train.key)) return [id];
      return measures.flatMap((job) =>
        outcomes.has(job.key) || failures.has(job.id) ? [] : [job.id]
      );
    });
  }

  /** Puts students and evidence into the folder, or back where they were changed. */
  async #linkFiles(): Promise<void> {
    const { plan } = this.#opened;
    for (const { id, train, measures } of plan.models) {
      const model = isTrained(train) ? this.#stored.models.get(train.key) : undefined;
      if (model !== undefined) {
        await this.#folder.link(model.entry, studentFileName, `models/${id}.safetensors`);
      }
      for (const job of measures) {
        const entry = this.#stored.outcomes.get(job.key)?.entry;
        if (entry === undefined) continue;
        await this.#folder.link(entry, evidenceFileName, `evidence/${job.key}.bin`);
        for (const name of Object.keys(entry.files)) {
          if (name === evidenceFileName) continue;
          await this.#folder.link(entry, name, `evidence/${job.id}.${name}`);
        }
      }
    }
  }

  /** Answers a finished table; only what was removed or changed in its folder is put back. */
  async answer(result: ResultFile): Promise<ReproduceOutcome> {
    await this.#linkFiles();
    return {
      folder: this.#folder.path,
      reportPath: reportPath(this.#folder.path),
      result,
      failures: new Map(),
      trained: 0,
      measured: 0,
    };
  }

  /** The figures of tasks, and those of several rows. */
  async #makeFigures(
    data: Parameters<typeof loadFigures>[0]["data"],
    executor: Executor,
  ): Promise<ResultFigures | undefined> {
    const { recipe, plan, contents, plugins } = this.#opened;
    const stored = this.#stored;
    const onWarning = (message: string) => this.#warn(message);
    const figures = await loadFigures({ plan, stored, data, onWarning });
    if (recipe.figures.length === 0) return figures;
    const splits = new Map<string, readonly string[]>();
    for (const name of Object.values(recipe.protocol.data)) {
      splits.set(name, splitNames(await getDataset<Annotation>(name)));
    }
    const requests = planFigures(
      { recipe, plan, stored, contents },
      (name) => splits.get(name) ?? [],
    );
    const joint = await findFigures(requests, {
      executor,
      plugins,
      threads: this.#options.threads ?? 1,
      onEvent: (event) => this.#onEvent(event),
      signal: this.#options.signal,
    });
    for (const warning of joint.warnings) this.#warn(warning);
    if (joint.figures.length === 0) return figures;
    return {
      pictures: { ...figures?.pictures, ...joint.pictures },
      figures: figures?.figures ?? [],
      joint: joint.figures,
    };
  }

  /** Makes the table of what is there and writes it. */
  async finish(done: UnitsOutcome, executor: Executor): Promise<ReproduceOutcome> {
    const { recipe, plan, contents } = this.#opened;
    const { environment, project } = this.#folder.manifest;
    for (const change of describeEnvironmentChanges(environment, this.#environment)) {
      this.#warn(`The machine or its software changed during the run: ${change}`);
    }
    const { models, outcomes } = this.#stored;
    const made = [
      ...[...models.values()].map(({ info }) => info.environment),
      ...[...outcomes.values()].map(({ outcome }) => outcome.environment),
    ];
    for (const message of describeForeignEntries(made, this.#environment)) this.#warn(message);
    this.#warnings.push(...done.warnings);
    const failures = failureMessages(done.failures);
    // Removed by hand, or damaged on the disk: never a number of fewer seeds without a word.
    for (const id of this.#lost(failures)) {
      failures.set(id, "it is no longer in the store. Run again");
    }
    const parts = await loadTableParts(recipe, contents);
    const figures = await this.#makeFigures(parts.data, executor);
    const result = aggregate(tableInput({
      recipe,
      plan,
      stored: this.#stored,
      failures,
      project,
      environment: this.#environment,
      totalSeconds: await this.#folder.totalSeconds(),
      warnings: this.#warnings,
      figures,
      ...parts,
    }));
    await this.#linkFiles();
    await this.#folder.write("result.json", formatResult(result));
    for (const figure of figures?.joint ?? []) {
      await this.#folder.write(`report/${figure.id}.csv`, jointFigureCsv(figure));
    }
    const path = await this.#folder.write(
      "report/index.html",
      await this.#options.renderReport(result),
    );
    await this.#folder.record([]);
    const { trained, measured } = done;
    return { folder: this.#folder.path, reportPath: path, result, failures, trained, measured };
  }
}
