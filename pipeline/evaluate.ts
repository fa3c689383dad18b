/**
 * Measures one model by hand: any student file, or a teacher, on any task.
 *
 * @module
 */

import { resolve } from "node:path";
import { parse as parseYaml } from "yaml";
import { type SplitName, splitNames } from "../core/data/dataset.ts";
import { getDataset } from "../core/data/registry.ts";
import { ConfigError, DataError, WriteError } from "../core/errors.ts";
import { writeFileAtomic } from "../core/files.ts";
import { errorOfJob } from "../core/launch/job_failure.ts";
import type { Job } from "../core/launch/executor.ts";
import { createLocalExecutor } from "../core/launch/local_executor.ts";
import type { CellTask, PluginRequest } from "../core/recipe/cell.ts";
import { distillDefaults } from "../core/recipe/default_folder.ts";
import { type Environment, readEnvironment } from "../core/results/environment.ts";
import { loadRecipe, resolveRecipe } from "../core/recipe/recipe.ts";
import { accuracy, accuracyEvidence } from "../core/results/metric.ts";
import { metricInterval } from "../core/results/statistics.ts";
import { unknownNameMessage } from "../core/registry.ts";
import { tasks } from "../tasks/registry.ts";
import { teachers } from "../teachers/registry.ts";
import type { EvaluatePayload, EvaluateResult } from "./evaluate_worker.ts";
import { loadPlugins } from "./plugins.ts";
import type { ReproduceEvent } from "./reproduce.ts";
import { readStudentFile, type StudentFile, type StudentOverrides } from "./student_file.ts";
import { splitsOf } from "./run_tasks.ts";

/** The table whose protocol gives the settings that the user does not. */
const protocolTable = "table2";
/** Prefix of a teacher in place of a student file. */
const teacherPrefix = "teacher:";

/** Settings that belong to a column of a table, by task: what `--set options.KEY` may give. */
const columnOptions: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "zero-shot": {},
  "linear-probe": { labelFraction: 1 },
};

/** What is measured. */
export interface EvaluateOptions {
  /** Path of a student file, or `teacher:NAME`. */
  checkpoint: string;
  /** Name of the task. */
  task: string;
  /** Data set; default: the one that the student was trained on, else `emojinet-100`. */
  data?: string;
  /** Name of the teacher whose text encoder is used; default: the student's own. */
  teacher?: string;
  /** What the file does not say. */
  overrides?: StudentOverrides;
  /**
   * Overrides of the settings: keys of `zeroShot`, `linearProbe` and `evaluation`, and `options.KEY`
   * for the task's own.
   */
  set?: readonly string[];
  /** Size of table2 whose settings are the defaults; default `mini`. */
  size?: string;
  /** Seed of what the task draws; default 0. */
  seed?: number;
  /** Folder for `evaluation.json` and the lists that tasks keep; none where absent. */
  out?: string;
  plugins?: readonly string[];
  pluginOverride?: boolean;
  /** Threads; default 1. */
  threads?: number;
  onEvent?: (event: ReproduceEvent) => void;
  signal?: AbortSignal;
}

/** One split, measured. */
export interface EvaluatedSplit {
  readonly split: string;
  /** Mean over samples, in the task's unit. */
  readonly value: number;
  /** 95 % interval over samples. */
  readonly ci95: [number, number];
  /** Number of samples. */
  readonly n: number;
}

/** What an evaluation found; `evaluation.json` holds it with the outcome of each sample. */
export interface Evaluation {
  readonly schemaVersion: 1;
  /** What was measured. */
  readonly model: {
    readonly path: string | null;
    readonly sha256: string | null;
    readonly student: string | null;
    readonly imageSize: number;
    readonly teacher: string | null;
  };
  readonly task: string;
  readonly taskVersion: number;
  readonly metric: string;
  readonly unit: string;
  readonly data: string;
  readonly seed: number;
  /** Settings of the task, resolved. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly splits: readonly EvaluatedSplit[];
  /** Content keys of the views that were looked at. */
  readonly viewHashes: Readonly<Record<string, string>>;
  readonly seconds: number;
  readonly warnings: readonly string[];
  readonly environment: Environment;
}

/** Divides overrides into those of the protocol and the task's own. */
function divideOverrides(
  task: string,
  set: readonly string[],
): { protocol: string[]; own: Record<string, unknown> } {
  const problems: string[] = [];
  const protocol: string[] = [];
  const own: Record<string, unknown> = { ...columnOptions[task] };
  for (const text of set) {
    const match = /^options\.([^=.]+)=(.*)$/s.exec(text);
    if (match === null) {
      if (/^(protocol\.)?(zeroShot|linearProbe|evaluation)\./.test(text)) protocol.push(text);
      else {
        problems.push(
          `--set ${text}: wanted KEY=VALUE with a key of zeroShot, linearProbe, evaluation or options`,
        );
      }
      continue;
    }
    const [, key, raw] = match as unknown as [string, string, string];
    const known = columnOptions[task];
    if (known !== undefined && !Object.hasOwn(known, key)) {
      problems.push(
        `--set ${text}: ${unknownNameMessage(`option of ${task}`, key, Object.keys(known))}`,
      );
      continue;
    }
    try {
      own[key] = parseYaml(raw) as unknown;
    } catch {
      problems.push(`--set ${text}: "${raw}" is not a value`);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems.join("\n"));
  return { protocol, own };
}

/** Settings of the task, from the table's protocol and the user. */
async function resolveTask(
  { task, set = [], size = distillDefaults.size }: EvaluateOptions,
  data: string,
): Promise<CellTask> {
  const { protocol: overrides, own } = divideOverrides(task, set);
  const { protocol } = resolveRecipe(await loadRecipe(protocolTable), { size, set: overrides });
  const settings = task === "linear-probe"
    ? protocol.linearProbe
    : task === "zero-shot"
    ? protocol.zeroShot
    : {};
  const options = { ...settings, ...protocol.evaluation, ...own };
  return { column: task, task, data, options };
}

/** Makes the folder before anything is measured for it. */
async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (error) {
    throw new WriteError(`Cannot write ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** The student, or null where a teacher is named. */
async function openModel(options: EvaluateOptions): Promise<StudentFile | null> {
  if (options.checkpoint.startsWith(teacherPrefix)) return null;
  return await readStudentFile(options.checkpoint, options.overrides);
}

/**
 * Measures a model.
 *
 * @throws {ConfigError} for wrong options. {DataError} where model or data are missing or damaged.
 * The reason of `signal` when it is aborted.
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  const { seed = 0, threads = 1 } = options;
  const plugins: PluginRequest = {
    paths: (options.plugins ?? []).map((path) => resolve(path)),
    override: options.pluginOverride ?? false,
  };
  await loadPlugins(plugins);
  const { name: taskName } = tasks.get(options.task);
  const file = await openModel(options);
  const teacherName = file === null
    ? options.checkpoint.slice(teacherPrefix.length)
    : options.teacher ?? file.teacher;
  const teacher = teacherName === null ? null : await teachers.get(teacherName)();
  const data = options.data ?? file?.pretrain?.data ?? distillDefaults.data;
  const task = await resolveTask({ ...options, task: taskName }, data);
  const dataset = await getDataset(data);
  const splits = task.options["splits"] as SplitName[];
  if (splitsOf(task.options, dataset.splits).length === 0) {
    throw new ConfigError(
      `Cannot measure on ${data}: it has no split ${splits.join(" or ")}; ` +
        `it has ${splitNames(dataset).join(", ")}. Choose with --set 'evaluation.splits=[…]'`,
    );
  }
  const warnings: string[] = [];
  if (
    file?.teacherHash && teacher && file.teacher === teacherName &&
    file.teacherHash !== teacher.hash
  ) {
    warnings.push(
      `${options.checkpoint} was distilled from other weights of ${teacherName} than those here`,
    );
  }
  const imageSize = file?.imageSize ?? teacher!.imageSize;
  await teacher?.release();

  const payload: EvaluatePayload = {
    checkpoint: file === null ? null : options.checkpoint,
    overrides: options.overrides ?? {},
    teacher: teacherName,
    task,
    seed,
    threads,
    folder: options.out === undefined ? null : resolve(options.out),
    plugins,
  };
  if (payload.folder !== null) await makeFolder(payload.folder);
  const module = new URL("./evaluate_worker.ts", import.meta.url).href;
  const job: Job = { id: taskName, module, payload };
  const outcomes = await createLocalExecutor({ jobs: 1 }).run([job], {
    onEvent: (event) => {
      // A failure ends the command, which tells it.
      if (event.type !== "ended" || event.outcome.status === "done") options.onEvent?.(event);
    },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const ended = outcomes.get(taskName)!;
  if (ended.status !== "done") {
    throw ended.status === "failed"
      ? errorOfJob(ended.error)
      : new DataError("internal: the evaluation was skipped");
  }
  const result = ended.result as EvaluateResult;
  const evaluation: Evaluation = {
    schemaVersion: 1,
    model: {
      path: file?.path ?? null,
      sha256: file?.sha256 ?? null,
      student: file?.student ?? null,
      imageSize,
      teacher: teacherName,
    },
    task: taskName,
    taskVersion: result.outcome.taskVersion,
    metric: result.outcome.metric,
    unit: result.outcome.unit,
    data,
    seed,
    options: task.options,
    splits: Object.entries(result.outcome.splits).map(([split, { sampleIds, hits }]) => {
      const evidence = accuracyEvidence(sampleIds, hits, 1);
      const { value, ci95, n } = metricInterval(accuracy, [evidence]);
      return { split, value, ci95, n };
    }),
    viewHashes: result.viewHashes,
    seconds: result.seconds,
    warnings: [...warnings, ...result.warnings],
    environment: await readEnvironment(),
  };
  if (payload.folder !== null) {
    const content = { ...evaluation, samples: result.outcome.splits };
    await writeFileAtomic(`${payload.folder}/evaluation.json`, JSON.stringify(content) + "\n");
  }
  return evaluation;
}
