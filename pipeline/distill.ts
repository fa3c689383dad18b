/**
 * Distils one student by hand: any method, teacher, student, data and class names.
 *
 * @module
 */

import { withSharedDatasets } from "../core/data/registry.ts";
import { ConfigError, DataError } from "../core/errors.ts";
import { hashJson } from "../core/files.ts";
import { errorOfJob } from "../core/launch/job_failure.ts";
import { createLocalExecutor } from "../core/launch/local_executor.ts";
import { userName, userPath, userPathOr, userSetting } from "../core/paths.ts";
import { estimateWork } from "../core/recipe/cost.ts";
import {
  defaultDistillFolder,
  defaultStoreFolder,
  distillDefaults,
} from "../core/recipe/default_folder.ts";
import { type TrainJob, trainKey } from "../core/recipe/jobs.ts";
import type { RecipeText } from "../core/recipe/recipe_schema.ts";
import type { MethodEntry, SettingsCatalog } from "../core/recipe/settings.ts";
import { unknownNameMessage } from "../core/registry.ts";
import { readEnvironment, readProject } from "../core/results/environment.ts";
import { assertOutsideData } from "../core/store/outside_data.ts";
import { checkRunFolder, RunFolder, type RunIdentity } from "../core/store/run_folder.ts";
import { Store } from "../core/store/store.ts";
import { loadCatalog } from "./catalog.ts";
import type { PipelineEvent } from "./messages.ts";
import { defaultTrainingData, resolveTraining } from "./own_settings.ts";
import { loadPlugins, pluginContents, type PluginRequest, pluginRequest } from "./plugins.ts";
import { JobContents } from "./resolve_jobs.ts";
import { runUnits } from "./run_units.ts";
import {
  algorithmsFileName,
  findModel,
  type ModelInfo,
  type StoredModel,
  studentFileName,
} from "./stored_model.ts";

/** What is distilled. */
export interface DistillOptions {
  /** Name of the method; default `lgd`. */
  method?: string;
  /** Name of the teacher; default `emoji-clip`; not for methods without one. */
  teacher?: string;
  /** Name of the student; default `resnet18`. */
  student?: string;
  /** Data set of the images; default: that on which table2 trains its students at the size. */
  data?: string;
  /** Data set whose class names build the text bank, or `file:PATH`; default: `data`. */
  text?: string;
  /** Task whose class names and prompts on that data set are taken; default `zero-shot`. */
  textTask?: string;
  /** The class names themselves, in place of `text`. */
  names?: readonly string[];
  /** Length in epochs; default: `lengths.long` of the size. */
  epochs?: number;
  /** Seed, 0 to 2^53 − 1; default 0. */
  seed?: number;
  /** Size of table2 whose settings are the defaults; default `mini`. */
  size?: string;
  /** Overrides of the settings, e.g. `"methods.lgd.alpha=0.3"`. */
  set?: readonly string[];
  /** Folder; default `runs/distill-<method>-<student>-seed<seed>`. */
  out?: string;
  /** Store of models; default `runs/store`. */
  store?: string;
  /** Remove the distillation that the folder holds; what is in the store is used all the same. */
  overwrite?: boolean;
  /** Modules that bring tasks, students, teachers, methods or data sets. */
  plugins?: readonly string[];
  /** Whether plug-ins may replace what is built in. */
  pluginOverride?: boolean;
  /** Threads of the training; more than one is a part of its key. @default {1} */
  threads?: number;
  /** Least time between two checkpoints of the training; default 10,000. */
  checkpointMilliseconds?: number;
  /** Told of everything that happens. */
  onEvent?: (event: PipelineEvent) => void;
  /** Stops the run. */
  signal?: AbortSignal;
}

/** What is known of a finished distillation; `summary.json` holds it. */
export interface DistillSummary extends Omit<ModelInfo, "label" | "spec" | "curve" | "seed"> {
  readonly schemaVersion: 2;
  /** Key of the training in the store. */
  readonly modelKey: string;
  /** SHA-256 of the student's file. */
  readonly studentSha256: string;
  readonly student: string;
  readonly teacher: string | null;
  /** Loss at the end; null where there is none. */
  readonly finalLoss: number | null;
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

/** The method's entry, or why there is none. */
function methodOf(name: string, catalog: SettingsCatalog): MethodEntry {
  const entry = catalog.methods.get(name);
  if (entry === undefined) {
    throw new ConfigError(unknownNameMessage("method", name, catalog.methods.keys()));
  }
  return entry;
}

/** What the text bank is built from. */
function textOf(options: DistillOptions, data: string): RecipeText {
  const { text, names, textTask = distillDefaults.textTask } = options;
  if (names !== undefined) return { names: [...names] };
  if (text?.startsWith("file:")) return { file: userPath(text.slice("file:".length)) };
  return { task: textTask, data: text === undefined ? data : userName(text) };
}

/** Data set of the images. */
async function dataOf({ data, size }: DistillOptions): Promise<string> {
  return userName(data ?? await defaultTrainingData(size));
}

/** Options that a method has no use for. */
function checkUnused(method: string, { needs }: MethodEntry, options: DistillOptions): void {
  if (needs.teacher === "none" && options.teacher !== undefined) {
    throw new ConfigError(
      `--teacher ${options.teacher}: method ${method} has no teacher; remove the option`,
    );
  }
  if (needs.teacher === "image+text") return;
  const { text, textTask, names } = options;
  const unused = Object.entries({ text, "text-task": textTask, names: names?.join(",") });
  for (const [option, value] of unused) {
    if (value === undefined) continue;
    throw new ConfigError(
      `--${option} ${value}: method ${method} uses no class names; remove the option`,
    );
  }
}

/**
 * A distillation as a job.
 *
 * @param data Data set of the images.
 */
async function planDistillation(
  options: DistillOptions,
  data: string,
  plugins: PluginRequest,
): Promise<TrainJob> {
  const loaded = await loadPlugins(plugins);
  const catalog = await loadCatalog();
  const method = options.method ?? distillDefaults.method;
  const entry = methodOf(method, catalog);
  const seed = options.seed ?? distillDefaults.seed;
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new ConfigError(`--seed: expected a whole number from 0 to 2^53 − 1, got ${seed}`);
  }
  const { epochs } = options;
  if (epochs !== undefined && !(epochs > 0 && epochs <= 100_000)) {
    throw new ConfigError(`--epochs: expected a number above 0, at most 100000, got ${epochs}`);
  }
  checkUnused(method, entry, options);
  const student = options.student ?? distillDefaults.student;
  const { needs } = entry;
  const spec = await resolveTraining({
    method,
    teacher: needs.teacher === "none" ? null : options.teacher ?? distillDefaults.teacher,
    student,
    data,
    text: needs.teacher === "image+text" ? textOf(options, data) : null,
    epochs,
  }, {
    catalog,
    ...(options.size === undefined ? {} : { size: options.size }),
    ...(options.set === undefined ? {} : { set: options.set.map(userSetting) }),
  });
  const contents = new JobContents(pluginContents(loaded));
  await contents.load([{ train: spec, measures: [] }]);
  const id = `${method}-${student}.seed${seed}`.replaceAll(/[^\w.-]/g, "_");
  const key = trainKey(spec, seed, contents.train(spec), options.threads);
  return { id, key, spec, seed, rowIds: [id] };
}

function summarize({ entry, info }: StoredModel): DistillSummary {
  const { label: _label, spec, curve, seed: _seed, ...known } = info;
  return {
    schemaVersion: 2,
    modelKey: entry.key,
    studentSha256: entry.files[studentFileName]!.sha256,
    student: spec.student!,
    teacher: spec.teacher,
    finalLoss: curve.loss.at(-1) ?? null,
    ...known,
  };
}

/** Writes what the folder shows of a model. */
async function fillFolder(folder: RunFolder, model: StoredModel): Promise<DistillSummary> {
  await folder.link(model.entry, studentFileName, studentFileName);
  if (model.entry.files[algorithmsFileName] !== undefined) {
    await folder.link(model.entry, algorithmsFileName, algorithmsFileName);
  }
  const summary = summarize(model);
  await folder.write("curve.json", JSON.stringify(model.info.curve) + "\n");
  await folder.write("summary.json", JSON.stringify(summary, null, 1) + "\n");
  return summary;
}

/** Trains a job, unless another process does so meanwhile; whether it was trained here. */
async function train(
  job: TrainJob,
  folder: RunFolder,
  { store, plugins, options }: {
    store: Store;
    plugins: PluginRequest;
    options: DistillOptions;
  },
): Promise<boolean> {
  const [{ getDataset }, { trainSplit }] = await Promise.all([
    import("../core/data/registry.ts"),
    import("../core/data/dataset.ts"),
  ]);
  const work = await estimateWork([job], async (name) => {
    const dataset = await getDataset(name);
    return (await dataset.samples(trainSplit(dataset))).length;
  });
  const units = [{ id: job.id, model: job, trains: true, measures: [] }];
  options.onEvent?.({
    type: "planned",
    folder: folder.path,
    units,
    finished: { models: 0, outcomes: 0 },
    work,
  });
  const { trained, failures, warnings } = await runUnits(units, {
    executor: createLocalExecutor({ jobs: 1 }),
    store,
    plugins,
    threads: options.threads ?? 1,
    checkpointMilliseconds: options.checkpointMilliseconds,
    signal: options.signal,
    onEvent: (event) => {
      const { id } = event.job;
      if (event.type === "started") folder.log(id, { type: "started" });
      if (event.type === "waiting") folder.log(id, { type: "waiting", holder: event.holder });
      if (event.type === "message" && event.message.type !== "progress") {
        folder.log(id, { ...event.message });
      }
      // A failure ends the command, which tells it.
      if (event.type !== "ended" || event.outcome.status === "done") options.onEvent?.(event);
    },
  });
  for (const error of failures.values()) {
    folder.log(job.id, { type: "failed", error });
    throw errorOfJob(error);
  }
  for (const message of warnings) options.onEvent?.({ type: "warning", message });
  return trained > 0;
}

/**
 * Distils a student. One that is in the store is answered from there, whoever trained it; a training
 * that was stopped goes on where it was.
 *
 * @throws {ConfigError} for wrong options. {DataError} for missing data. {TryAgainError} while
 * another process writes to the folder. The reason of `signal` when it is aborted.
 */
export function distill(options: DistillOptions = {}): Promise<DistillOutcome> {
  return withSharedDatasets(() => runDistillation(options));
}

async function runDistillation(options: DistillOptions): Promise<DistillOutcome> {
  const plugins = pluginRequest(options);
  const storeFolder = userPathOr(options.store, defaultStoreFolder);
  const data = await dataOf(options);
  // Before the data are read: an earlier folder in them would be told as a class without images.
  await assertOutsideData({
    "--out": options.out ? userPath(options.out) : undefined,
    "--store": storeFolder,
  }, data);
  const job = await planDistillation(options, data, plugins);
  const { spec, seed } = job;
  const path = userPathOr(
    options.out,
    defaultDistillFolder({ method: spec.method!, student: spec.student!, seed }),
  );
  await assertOutsideData({ "--out": path, "--store": storeFolder }, spec);
  const overwrite = options.overwrite ?? false;
  const config = { ...spec, seed };
  const identity: RunIdentity = {
    kind: "distillation",
    project: await readProject(),
    table: null,
    size: options.size ?? distillDefaults.size,
    config,
    configHash: hashJson({ config, key: job.key }),
  };
  if (!overwrite) await checkRunFolder(path, identity);
  const store = await Store.open(storeFolder);
  const warn = (message: string) => options.onEvent?.({ type: "warning", message });
  using _held = await store.holdAll([["model", job.key]]);
  let model = await findModel(store, job.key, warn);
  const isMissing = model === undefined;
  if (isMissing) {
    const { validateJobs } = await import("./validate_jobs.ts");
    for (const warning of await validateJobs([{ train: job, measures: [] }])) warn(warning);
  }
  const folder = await RunFolder.open(path, {
    identity,
    environment: await readEnvironment(),
    overwrite,
  });
  try {
    let ran = false;
    if (isMissing) {
      ran = await train(job, folder, { store, plugins, options });
      model = await findModel(store, job.key, warn);
    }
    if (model === undefined) {
      throw new DataError(`The model is no longer in the store ${store.folder}. Run again`);
    }
    const summary = await fillFolder(folder, model);
    return { folder: path, student: `${path}/${studentFileName}`, summary, ran };
  } finally {
    await folder.close();
  }
}
