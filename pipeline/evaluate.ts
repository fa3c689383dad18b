/**
 * Measures one model by hand: any student file, or a teacher, on any task.
 *
 * @module
 */

import { join } from "node:path";
import type { Annotation } from "../core/data/annotation.ts";
import { splitNames } from "../core/data/dataset.ts";
import { getDataset, withSharedDatasets } from "../core/data/registry.ts";
import { ConfigError, DataError } from "../core/errors.ts";
import { writeFileAtomic } from "../core/files.ts";
import { userName, userPath, userPathOr, userSetting } from "../core/paths.ts";
import { errorOfJob } from "../core/launch/job_failure.ts";
import { createLocalExecutor } from "../core/launch/local_executor.ts";
import { assertOutsideData } from "../core/store/outside_data.ts";
import { defaultStoreFolder, distillDefaults } from "../core/recipe/default_folder.ts";
import { type MeasureJob, measureKey, type TrainJob } from "../core/recipe/jobs.ts";
import { pretrainSchema } from "../core/recipe/pretrain_settings.ts";
import { readEnvironment } from "../core/results/environment.ts";
import { readClassNameFile } from "../core/text/class_names.ts";
import { sweepTemporaryFilesOf } from "../core/store/leftovers.ts";
import { link } from "../core/store/link.ts";
import { Store } from "../core/store/store.ts";
import { tasks } from "../tasks/registry.ts";
import { loadCatalog } from "./catalog.ts";
import { type Evaluation, metricsOf } from "./evaluation.ts";
import { describeForeignEntries } from "./entry_environment.ts";
import type { PipelineEvent } from "./messages.ts";
import { defaultDataOf, resolveMeasurement } from "./own_settings.ts";
import { type OpenedModel, openStudent, openTeacher } from "./open_model.ts";
import { loadPlugins, pluginContents, type PluginRequest, pluginRequest } from "./plugins.ts";
import { JobContents, splitsOf } from "./resolve_jobs.ts";
import { runUnits } from "./run_units.ts";
import { findOutcome, type StoredOutcome } from "./stored_outcome.ts";
import { readStudentFile, type StudentOverrides } from "./student_file.ts";
import type { Unit } from "./units.ts";

/** Prefix of a teacher in place of a student file. */
const teacherPrefix = "teacher:";

export type { EvaluatedMetric, EvaluatedSplit, Evaluation } from "./evaluation.ts";

/** What is measured. */
export interface EvaluateOptions {
  /** Path of a student file, or `teacher:NAME`. */
  checkpoint: string;
  /** Name of the task. */
  task: string;
  /**
   * Data set; default: the one that the student was trained on, else `emojinet-553`; where the task
   * needs other annotations, that of the table which measures by it.
   */
  data?: string;
  /** Name of the teacher whose text encoder is used; default: the student's own. */
  teacher?: string;
  /** What the file does not say. */
  overrides?: StudentOverrides;
  /**
   * Path of a list of class names, one a line, in place of the data's: the texts of a task that has the
   * setting `names`.
   */
  names?: string;
  /** Overrides of the settings: `tasks.<task>.KEY=VALUE` and `evaluation.KEY=VALUE`. */
  set?: readonly string[];
  /** Size of table2 whose settings are the defaults; default `mini`. */
  size?: string;
  /** Seed of what the task draws, 0 to 2^53 − 1; default 0. */
  seed?: number;
  /** Folder for `evaluation.json`, the evidence and the lists that tasks keep; none where absent. */
  out?: string;
  /** Store of models and outcomes; default `runs/store`. */
  store?: string;
  /** Modules that bring tasks, students, teachers, methods or data sets. */
  plugins?: readonly string[];
  /** Whether plug-ins may replace what is built in. */
  pluginOverride?: boolean;
  /** Threads; default 1. */
  threads?: number;
  /** Least time between two checkpoints of what the task trains; default 10,000. */
  checkpointMilliseconds?: number;
  /** Told of everything that happens. */
  onEvent?: (event: PipelineEvent) => void;
  /** Stops the run. */
  signal?: AbortSignal;
}

/** The teacher as a job that trains nothing. */
function teacherJob(name: string, key: string, seed: number, data: string): TrainJob {
  const id = name.replaceAll(/[^\w.-]/g, "_");
  return {
    id,
    key,
    seed,
    rowIds: [id],
    spec: {
      method: null,
      teacher: name,
      student: null,
      data,
      text: null,
      epochs: 0,
      pretrain: pretrainSchema.parse({}),
      settings: {},
    },
  };
}

/** Measures what is not in the store, unless another process does so meanwhile. */
async function measureNow(
  unit: Unit,
  store: Store,
  plugins: PluginRequest,
  options: EvaluateOptions,
): Promise<{ ran: boolean; warnings: readonly string[] }> {
  const { measured, failures, warnings } = await runUnits([unit], {
    executor: createLocalExecutor({ jobs: 1 }),
    store,
    plugins,
    threads: options.threads ?? 1,
    checkpointMilliseconds: options.checkpointMilliseconds,
    signal: options.signal,
    onEvent: (event) => {
      // A failure ends the command, which tells it.
      if (event.type !== "ended" || event.outcome.status === "done") options.onEvent?.(event);
    },
  });
  for (const error of failures.values()) throw errorOfJob(error);
  return { ran: measured > 0, warnings };
}

/** Writes the evaluation, with links to the evidence and the lists that the task kept. */
async function writeEvaluation(
  folder: string,
  evaluation: Evaluation,
  { entry }: StoredOutcome,
): Promise<void> {
  const names = Object.keys(entry.files);
  await sweepTemporaryFilesOf(["evaluation.json", ...names].map((name) => join(folder, name)));
  await writeFileAtomic(
    join(folder, "evaluation.json"),
    JSON.stringify(evaluation, null, 1) + "\n",
  );
  for (const name of names) await link(entry, name, join(folder, name));
}

/**
 * Splits to measure: those of the settings that the data set has. Where it has none of them and the
 * user named none, its own test splits.
 *
 * @throws {ConfigError} where that leaves nothing.
 */
async function chooseSplits(
  data: string,
  splits: readonly string[],
  { set = [] }: Pick<EvaluateOptions, "set">,
): Promise<readonly string[]> {
  const dataset = await getDataset<Annotation>(data);
  if (splitsOf({ splits }, dataset).length > 0) return splits;
  const tests = dataset.splits.filter(({ role }) => role === "test").map(({ name }) => name);
  const isChosen = set.some((text) => /^(protocol\.)?evaluation\.splits=/.test(text));
  if (!isChosen && tests.length > 0) return tests;
  throw new ConfigError(
    `Cannot measure on ${data}: it has no split ${splits.join(" or ")}; ` +
      `it has ${splitNames(dataset).join(", ")}. Choose with --set 'evaluation.splits=[…]'`,
  );
}

/**
 * Measures a model. What was measured before, by a table or by this command, is answered from the
 * store.
 *
 * @throws {ConfigError} for wrong options. {DataError} where model or data are missing or damaged.
 * The reason of `signal` when it is aborted.
 */
export function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  return withSharedDatasets(() => runEvaluation(options));
}

/**
 * The data set of the student's training, where the task can be measured on it, else that of the table
 * which measures by the task.
 */
async function defaultData(
  { file }: OpenedModel,
  { task, size }: Pick<EvaluateOptions, "task" | "size">,
): Promise<string> {
  const { annotation } = tasks.get(task).needs;
  const own = file?.pretrain?.data ?? distillDefaults.data;
  const { annotationKind } = await getDataset<Annotation>(own);
  if (annotation === "none" || annotation === annotationKind) return own;
  return await defaultDataOf(task, size) ?? own;
}

/** Class names of a file as overrides of the settings, before the user's own. */
async function nameOverrides(
  { names, set = [] }: Pick<EvaluateOptions, "names" | "set">,
  task: string,
): Promise<{ set: string[]; warnings: readonly string[] }> {
  if (names === undefined) return { set: set.map(userSetting), warnings: [] };
  const read = await readClassNameFile(userPath(names));
  const own = `tasks.${task}.names=${JSON.stringify(read.names)}`;
  return { set: [own, ...set.map(userSetting)], warnings: read.warnings };
}

/** A measurement with everything that it is made of. */
interface PlannedEvaluation {
  readonly model: OpenedModel;
  readonly job: MeasureJob;
  readonly store: Store;
  readonly plugins: PluginRequest;
  readonly options: EvaluateOptions;
  /** About the class names that the user gave. */
  readonly warnings: readonly string[];
}

async function planEvaluation(options: EvaluateOptions): Promise<PlannedEvaluation> {
  const { seed = 0 } = options;
  const checkpoint = options.checkpoint.startsWith(teacherPrefix)
    ? options.checkpoint
    : userPath(options.checkpoint);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new ConfigError(`--seed: expected a whole number from 0 to 2^53 − 1, got ${seed}`);
  }
  const plugins = pluginRequest(options);
  const loaded = await loadPlugins(plugins);
  const catalog = await loadCatalog();
  const { name: task } = tasks.get(options.task);
  const storeFolder = userPathOr(options.store, defaultStoreFolder);
  const out = options.out ? userPath(options.out) : undefined;
  await assertOutsideData({ "--out": out, "--store": storeFolder }, userName(options.data ?? ""));
  const store = await Store.open(storeFolder, {
    onDamaged: (message) => options.onEvent?.({ type: "warning", message }),
  });
  const contents = new JobContents(pluginContents(loaded));
  const model = checkpoint.startsWith(teacherPrefix)
    ? await openTeacher(checkpoint.slice(teacherPrefix.length), contents)
    : await openStudent(await readStudentFile(checkpoint, options.overrides), {
      task,
      teacher: options.teacher,
      overrides: options.overrides,
      store,
      contents,
    });
  const data = userName(options.data ?? await defaultData(model, options));
  const { set, warnings } = await nameOverrides(options, task);
  const resolved = await resolveMeasurement({ task, data, student: model.file?.student }, {
    catalog,
    ...(options.size === undefined ? {} : { size: options.size }),
    set,
  });
  const spec = { ...resolved, splits: await chooseSplits(data, resolved.splits, options) };
  await contents.load([{ train: null, measures: [{ column: task, metric: "", spec }] }]);
  const key = measureKey(model.key, spec, seed, contents.measure(spec), options.threads);
  const job: MeasureJob = { id: task, key, modelKey: model.key, spec, seed, columns: [] };
  return { model, job, store, plugins, options, warnings };
}

/** The unit of work of a measurement. */
function unitOf({ model, job, options }: PlannedEvaluation): Unit {
  const { file } = model;
  const unit = { id: job.id, trains: false, measures: [job] };
  if (file === null) {
    return { ...unit, model: teacherJob(model.teacher!, model.key, job.seed, job.spec.data) };
  }
  return {
    ...unit,
    model: null,
    file: {
      path: file.path,
      sha256: file.sha256,
      overrides: options.overrides ?? {},
      imageSize: file.imageSize,
      teacher: model.teacher,
    },
  };
}

async function runEvaluation(options: EvaluateOptions): Promise<Evaluation> {
  const planned = await planEvaluation(options);
  const { model, job, store } = planned;
  using _held = await store.holdAll([["model", model.key], ["outcome", job.key]]);
  let found = await findOutcome(store, job.key);
  let ran = false;
  const { validateJobs } = await import("./validate_jobs.ts");
  // Also where nothing is left to do: the reader of the numbers should know of it each time.
  const warnings = [
    ...model.warnings,
    ...planned.warnings,
    ...await validateJobs([{ train: model.planned, measures: [job] }]),
  ];
  if (found === undefined) {
    const done = await measureNow(unitOf(planned), store, planned.plugins, options);
    ran = done.ran;
    warnings.push(...done.warnings);
    found = await findOutcome(store, job.key);
  }
  if (found === undefined) {
    throw new DataError(`The outcome is no longer in the store ${store.folder}. Run again`);
  }
  const evaluation = await describeEvaluation(planned, found, { ran, warnings });
  if (options.out) await writeEvaluation(userPath(options.out), evaluation, found);
  return evaluation;
}

async function describeEvaluation(
  { model, job }: PlannedEvaluation,
  found: StoredOutcome,
  { ran, warnings }: { ran: boolean; warnings: readonly string[] },
): Promise<Evaluation> {
  const { file } = model;
  const { outcome } = found;
  const { task, data, settings, views } = job.spec;
  const environment = await readEnvironment();
  return {
    schemaVersion: 2,
    model: {
      key: model.key,
      path: file?.path ?? null,
      sha256: file?.sha256 ?? null,
      student: file?.student ?? null,
      imageSize: model.imageSize,
      teacher: model.teacher,
    },
    task,
    taskVersion: outcome.taskVersion,
    data,
    seed: job.seed,
    settings,
    views,
    metrics: metricsOf(task, found),
    outcome: job.key,
    viewHashes: outcome.viewHashes,
    leftOut: outcome.leftOut,
    images: outcome.images,
    seconds: outcome.seconds,
    ran,
    warnings: [
      ...new Set([
        ...warnings,
        ...outcome.warnings,
        ...describeForeignEntries([outcome.environment], environment),
      ]),
    ],
    environment,
  };
}
