/**
 * Distils one student by hand: any method, teacher, student, data and class names.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { ConfigError } from "../core/errors.ts";
import type { Job, JobEvent } from "../core/launch/executor.ts";
import { errorOfJob } from "../core/launch/job_failure.ts";
import { createLocalExecutor } from "../core/launch/local_executor.ts";
import {
  type CellPayload,
  type CellResult,
  cellResultSchema,
  type CellSpec,
  type PluginRequest,
  type PreparePayload,
  type PretrainMethod,
} from "../core/recipe/cell.ts";
import { hashContents } from "../core/recipe/contents.ts";
import { teacherContents } from "../teachers/contents.ts";
import { defaultDistillFolder, distillDefaults } from "../core/recipe/default_folder.ts";
import { readEnvironment, readProject } from "../core/results/environment.ts";
import { appendJsonLines } from "../core/store/json_lines.ts";
import { lockFolder } from "../core/store/lock.ts";
import { hashCell } from "../core/recipe/plan.ts";
import { loadRecipe, resolveRecipe } from "../core/recipe/recipe.ts";
import { checkAlgorithmsFile } from "../core/train/autotune/stored_algorithms.ts";
import { estimateWork } from "../core/recipe/cost.ts";
import { unknownNameMessage } from "../core/registry.ts";
import {
  checkDistillFolder,
  type DistillSummary,
  readFinishedDistillation,
  removeDistillation,
  studentPath,
  writeDistillManifest,
  writeDistillSummary,
} from "./distill_folder.ts";
import { loadPlugins, pluginContents } from "./plugins.ts";
import type { ReproduceEvent } from "./reproduce.ts";

/** The table whose protocol gives the settings that the user does not. */
const protocolTable = "table2";

const methods = ["lgd", "seed", "supervised"] as const;

/** What is distilled. */
export interface DistillOptions {
  /** `lgd` (default), `seed` or `supervised`. */
  method?: string;
  /** Name of the teacher; default `emoji-clip`; `supervised` has none. */
  teacher?: string;
  /** Name of the student; default `resnet18`. */
  student?: string;
  /** Data set of the images; default `emojinet-100`. */
  data?: string;
  /** Data set whose class names build the text bank, or `file:PATH`; default: `data`. */
  text?: string;
  /** Length in epochs; default: `lengths.long` of the size. */
  epochs?: number;
  /** Seed; default 0. */
  seed?: number;
  /** Size of table2 whose settings are the defaults; default `mini`. */
  size?: string;
  /** Overrides of the settings, e.g. `"pretrain.alpha=0.3"`. */
  set?: readonly string[];
  /** Folder; default `runs/distill-<method>-<student>-seed<seed>`. */
  out?: string;
  /** Start anew where the folder holds another distillation. */
  overwrite?: boolean;
  /** Modules that bring tasks, students or teachers. */
  plugins?: readonly string[];
  /** Whether plug-ins may replace what is built in. */
  pluginOverride?: boolean;
  /** Threads of the training; default 1. */
  threads?: number;
  /** Told of everything that happens. */
  onEvent?: (event: ReproduceEvent) => void;
  /** Stops the run. */
  signal?: AbortSignal;
}

/** A distillation that is done. */
export interface DistillOutcome {
  /** Folder, absolute. */
  readonly folder: string;
  /** Path of the student. */
  readonly student: string;
  readonly summary: DistillSummary;
  /** Whether anything was trained now. */
  readonly ran: boolean;
}

const modules = {
  prepare: new URL("./prepare_worker.ts", import.meta.url).href,
  cell: new URL("./cell_worker.ts", import.meta.url).href,
};

function chooseMethod(name: string): PretrainMethod {
  const method = methods.find((known) => known === name);
  if (method === undefined) throw new ConfigError(unknownNameMessage("method", name, methods));
  return method;
}

/** Settings of the pre-training and the default length, from the table's protocol. */
async function resolveSettings(
  {
    size = distillDefaults.size,
    set = [],
    epochs,
    student = distillDefaults.student,
  }: DistillOptions,
): Promise<{ pretrain: Record<string, unknown>; epochs: number }> {
  const foreign = set.filter((text) => !/^(protocol\.)?pretrain\./.test(text));
  if (foreign.length > 0) {
    throw new ConfigError(
      foreign.map((text) =>
        `--set ${text}: wanted pretrain.KEY=VALUE; method, teacher, student, data and text have ` +
        "options of their own"
      ).join("\n"),
    );
  }
  if (epochs !== undefined && !(epochs > 0 && epochs <= 100_000)) {
    throw new ConfigError(`--epochs: wanted a number above 0, at most 100000; found ${epochs}`);
  }
  const recipe = await loadRecipe(protocolTable);
  // Every length is this one, so that the protocol's own checks look at it.
  const lengths = epochs === undefined
    ? []
    : ["long", "short"].map((name) => `lengths.${name}=${epochs}`);
  const { protocol } = resolveRecipe(recipe, { size, set: [...set, ...lengths] });
  // What --set gives counts for every student, also where the table has another value for one.
  const given = new Set(
    set.map((text) => text.replace(/^(protocol\.)?pretrain\./, "").split("=")[0]!.trim()),
  );
  const role = Object.keys(protocol.students).find((role) => protocol.students[role] === student);
  const own = Object.entries(role === undefined ? {} : protocol.byStudent[role] ?? {})
    .filter(([key]) => !given.has(key));
  return {
    pretrain: { ...protocol.pretrain, ...Object.fromEntries(own) },
    epochs: protocol.lengths["long"]!,
  };
}

/** A distillation as a cell that measures nothing. */
async function planDistillation(
  options: DistillOptions,
  plugins: PluginRequest,
): Promise<CellSpec> {
  const method = chooseMethod(options.method ?? distillDefaults.method);
  const seed = options.seed ?? distillDefaults.seed;
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new ConfigError(`--seed: wanted a whole number from 0; found ${seed}`);
  }
  if (method === "supervised" && options.teacher !== undefined) {
    throw new ConfigError(
      `--teacher ${options.teacher}: method supervised has no teacher; leave the option out`,
    );
  }
  if (method !== "lgd" && options.text !== undefined) {
    throw new ConfigError(
      `--text ${options.text}: method ${method} uses no class names; leave the option out`,
    );
  }
  const { pretrain: settings, epochs } = await resolveSettings(options);
  const data = options.data ?? distillDefaults.data;
  const pretrain = {
    method,
    teacher: method === "supervised" ? null : options.teacher ?? distillDefaults.teacher,
    student: options.student ?? distillDefaults.student,
    data,
    text: method === "lgd" ? options.text ?? data : null,
    epochs,
    options: settings,
  };
  await checkAlgorithmsFile(`${settings["algorithms"]}`);
  const contents = {
    ...await hashContents([data, pretrain.text ?? data, `${pretrain.options["algorithms"]}`]),
    ...await teacherContents(pretrain.teacher === null ? [] : [pretrain.teacher]),
    ...pluginContents(await loadPlugins(plugins)),
  };
  const id = `${method}-${pretrain.student}.seed${seed}`;
  const cell = { seed, pretrain, tasks: [] };
  return { id, rowId: id, rowIds: [id], ...cell, hash: hashCell(cell, contents) };
}

/**
 * Distils a student, going on where a stopped run of the same settings was. One that is finished is
 * answered from its folder.
 *
 * @throws {ConfigError} for wrong options. {DataError} for missing data. {TryAgainError} while
 * another process writes to the folder. The reason of `signal` when it is aborted.
 */
export async function distill(options: DistillOptions = {}): Promise<DistillOutcome> {
  const plugins: PluginRequest = {
    paths: (options.plugins ?? []).map((path) => resolve(path)),
    override: options.pluginOverride ?? false,
  };
  const cell = await planDistillation(options, plugins);
  const { pretrain, seed, hash } = cell;
  const folder = resolve(
    options.out ??
      defaultDistillFolder({ method: pretrain.method, student: pretrain.student!, seed }),
  );
  const overwrite = options.overwrite ?? false;
  const config = { ...pretrain, seed };
  await checkDistillFolder(folder, { hash, config, overwrite });
  const student = studentPath(folder);
  const finished = overwrite ? undefined : await readFinishedDistillation(folder, hash);
  if (finished !== undefined) return { folder, student, summary: finished, ran: false };

  const [{ checkCells }, { getDataset }, { trainSplit }] = await Promise.all([
    import("./check_cells.ts"),
    import("../core/data/registry.ts"),
    import("../core/data/dataset.ts"),
  ]);
  await checkCells([cell]);
  const work = await estimateWork([cell], async (name) => {
    const dataset = await getDataset(name);
    return (await dataset.samples(trainSplit(dataset))).length;
  });
  using _lock = await lockFolder(folder);
  if (overwrite) await removeDistillation(folder);
  else await checkDistillFolder(folder, { hash, config, overwrite });
  const [project, environment] = await Promise.all([readProject(), readEnvironment()]);
  await writeDistillManifest(folder, { hash, config, environment, project });
  options.onEvent?.({ type: "planned", folder, pending: [cell], finished: 0, work });
  const result = await runCell(cell, { folder, plugins, options });
  const summary = await writeDistillSummary(folder, hash, result);
  return { folder, student, summary, ran: true };
}

/** Prepares the views and trains, each in a Worker. */
async function runCell(
  cell: CellSpec,
  { folder, plugins, options }: {
    folder: string;
    plugins: PluginRequest;
    options: DistillOptions;
  },
): Promise<CellResult> {
  const threads = options.threads ?? 1;
  const prepare: PreparePayload = { cells: [cell], baselines: [], threads, plugins };
  const payload: CellPayload = { cell, folder, threads, plugins };
  const jobs: Job[] = [
    { id: "prepare", module: modules.prepare, payload: prepare },
    { id: cell.id, module: modules.cell, payload, after: ["prepare"] },
  ];
  let written = Promise.resolve();
  const log = (record: Record<string, unknown>) => {
    const line = { at: new Date().toISOString(), ...record };
    // A log that cannot be written must not stop a training; the checkpoint's own write will tell.
    written = written
      .then(() => appendJsonLines(join(folder, "log.jsonl"), [line], { sync: false }))
      .catch(() => {});
  };
  const onEvent = (event: JobEvent) => {
    if (event.type === "started") log({ type: "started", job: event.job.id });
    if (event.type === "message" && event.message.type !== "progress") log({ ...event.message });
    // A failure ends the command, which tells it.
    if (event.type === "ended" && event.outcome.status !== "done") return;
    options.onEvent?.(event);
  };
  const outcomes = await createLocalExecutor({ jobs: 1 }).run(jobs, {
    onEvent,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  for (const [id, outcome] of outcomes) {
    if (outcome.status !== "failed") continue;
    log({ type: "failed", error: outcome.error });
    await written;
    throw errorOfJob(outcome.error, id === "prepare" ? "Cannot prepare the data: " : "");
  }
  await written;
  const done = ["prepare", cell.id].map((id) => {
    const outcome = outcomes.get(id);
    return cellResultSchema.parse(outcome?.status === "done" ? outcome.result : null);
  }) as [CellResult, CellResult];
  const [prepared, trained] = done;
  return { ...trained, warnings: [...new Set([...prepared.warnings, ...trained.warnings])] };
}
