/**
 * The figures of several rows for one's own students: any student files and teachers, side by side.
 *
 * @module
 */

import { basename, dirname, extname } from "node:path";
import type { Annotation } from "../core/data/annotation.ts";
import { getSplit } from "../core/data/dataset.ts";
import { getDataset, withSharedDatasets } from "../core/data/registry.ts";
import { ConfigError } from "../core/errors.ts";
import { hashJson } from "../core/files.ts";
import type { JobEvent } from "../core/launch/executor.ts";
import { createLocalExecutor } from "../core/launch/local_executor.ts";
import { userName, userPath } from "../core/paths.ts";
import { distillDefaults } from "../core/recipe/default_folder.ts";
import { recipeFiguresSchema } from "../core/recipe/figures_schema.ts";
import type { ModelFigures } from "../core/results/figures.ts";
import { jointFigureLimits } from "../core/results/joint_figure_limits.ts";
import { templateSets } from "../core/text/templates.ts";
import { type FigureRow, figuresVersion } from "./figures/request.ts";
import { findFigures } from "./figures/stored_figures.ts";
import { loadPlugins, pluginContents, pluginRequest } from "./plugins.ts";
import { JobContents } from "./resolve_jobs.ts";
import { readStudentFile, type StudentOverrides } from "./student_file.ts";

/** What is shown. */
export interface OwnFiguresOptions {
  /** Paths of student files, and `teacher:NAME`; the students' teacher is put before them. */
  models: readonly string[];
  /** Data set; default: that of the first student's training. */
  data?: string;
  /** Split; default: the first one for tests. */
  split?: string;
  /** Teacher in place of the students' own. */
  teacher?: string;
  /** What students' files do not say. */
  overrides?: StudentOverrides;
  /** Views of each image; default 4. */
  views?: number;
  /** Points of the maps of features; default 400. */
  points?: number;
  /** Modules that bring students, teachers or data sets. */
  plugins?: readonly string[];
  /** Whether plug-ins may replace what is built in. */
  pluginOverride?: boolean;
  /** Threads; default 1. */
  threads?: number;
  /** Told of everything that happens. */
  onEvent?: (event: JobEvent) => void;
  /** Stops the work. */
  signal?: AbortSignal;
}

const teacherPrefix = "teacher:";

/** A short name of a file: `mine` of `runs/mine/student.safetensors`. */
function nameOfFile(path: string): string {
  const name = basename(path, extname(path));
  return name === "student" ? basename(dirname(path)) || name : name;
}

/** A model with what its figures depend on. */
interface OwnModel extends FigureRow {
  /** Hash of the student's file; null for a teacher. */
  readonly sha256: string | null;
  /** Data set of the training. */
  readonly data: string | undefined;
}

async function openModel(
  model: string,
  { teacher: given, overrides }: OwnFiguresOptions,
): Promise<Omit<OwnModel, "row">> {
  if (model.startsWith(teacherPrefix)) {
    const teacher = model.slice(teacherPrefix.length);
    return { student: null, teacher, sha256: null, data: undefined };
  }
  const file = await readStudentFile(userPath(model), overrides);
  const teacher = given ?? file.teacher;
  if (teacher === null) {
    throw new ConfigError(
      `Cannot make figures of ${file.path}: the file does not say which teacher's space its embedding is ` +
        "in; say it with --teacher",
    );
  }
  return { student: file.path, teacher, sha256: file.sha256, data: file.pretrain?.data };
}

/** Every model with a name of its own, the students' teachers in front. */
function nameModels(models: readonly Omit<OwnModel, "row">[]): OwnModel[] {
  const shown = new Set(
    models.flatMap(({ student, teacher }) => student === null ? [teacher] : []),
  );
  const missing = [...new Set(models.map(({ teacher }) => teacher))]
    .filter((teacher) => !shown.has(teacher))
    .map((teacher) => ({ student: null, teacher, sha256: null, data: undefined }));
  const named = new Map<string, number>();
  return [...missing, ...models].map((model) => {
    const name = model.student === null ? model.teacher : nameOfFile(model.student);
    const count = (named.get(name) ?? 0) + 1;
    named.set(name, count);
    return { ...model, row: count === 1 ? name : `${name} (${count})` };
  });
}

/** What is drawn of models: the gain is that of the last one over the first student, or its teacher. */
function figuresOf(models: readonly OwnModel[], points: number) {
  const students = models.filter(({ student }) => student !== null);
  const other = students.at(-1);
  const base = students.length > 1 ? students[0] : models.find(({ student }) => student === null);
  return recipeFiguresSchema.parse({
    column: "own",
    rows: models.map(({ row }) => row),
    activations: {},
    features: { points, together: students.map(({ row }) => row) },
    confusions: {},
    ...(base === undefined || other === undefined || base === other
      ? {}
      : { gain: { base: base.row, other: other.row } }),
  });
}

/**
 * Makes Grad-CAM, maps of features, confusable classes and the gain by class of students, beside their
 * teacher; from the cache where they were made before.
 *
 * @throws {ConfigError} for wrong options, or where a model has no embedding that can be compared with
 * texts. {DataError} where files or data are missing or damaged. The reason of `signal` when it is aborted.
 */
export function ownFigures(options: OwnFiguresOptions): Promise<ModelFigures> {
  return withSharedDatasets(() => makeOwnFigures(options));
}

async function makeOwnFigures(options: OwnFiguresOptions): Promise<ModelFigures> {
  const { views = 4, points = 400, threads = 1, overrides = {} } = options;
  const plugins = pluginRequest(options);
  const contents = new JobContents(pluginContents(await loadPlugins(plugins)));
  const opened = [];
  for (const model of options.models) opened.push(await openModel(model, options));
  const models = nameModels(opened);
  if (models.length > jointFigureLimits.rows) {
    throw new ConfigError(
      `Cannot make figures of ${models.length} models, teachers included: expected at most ` +
        `${jointFigureLimits.rows}`,
    );
  }
  const data = userName(
    options.data ?? models.find((model) => model.data !== undefined)?.data ?? distillDefaults.data,
  );
  const dataset = await getDataset<Annotation>(data);
  if (dataset.annotationKind !== "label") {
    throw new ConfigError(
      `Cannot make figures of ${data}: expected annotations of kind "label", got ` +
        `"${dataset.annotationKind}"`,
    );
  }
  const { name: split } = options.split === undefined
    ? dataset.splits.find(({ role }) => role === "test") ?? dataset.splits.at(-1)!
    : getSplit(dataset, options.split);
  const parsed = recipeFiguresSchema.shape.features.safeParse({ points });
  if (!parsed.success) {
    throw new ConfigError(
      `--points: expected a whole number from 10 to ${jointFigureLimits.points}, got ${points}`,
    );
  }
  const settings = figuresOf(models, points);
  const templates = templateSets["imagenet-80"];
  const key = hashJson({
    kind: "own figures",
    version: figuresVersion,
    settings,
    split,
    views,
    overrides,
    data: await contents.fingerprint(data, split),
    classNames: dataset.classNames,
    models: await Promise.all(models.map(async ({ row, teacher, sha256 }) => ({
      row,
      sha256,
      teacher: await contents.teacherHash(teacher),
    }))),
  });
  const rows = models.map(({ row, student, teacher }) => ({ row, student, teacher }));
  const request = { key, number: 1, settings, data, split, views, templates, seed: 0, rows };
  const { figures, pictures, warnings } = await findFigures([request], {
    executor: createLocalExecutor({ jobs: 1 }),
    plugins,
    threads,
    overrides,
    ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
    signal: options.signal,
    mustSucceed: true,
  });
  return {
    figures: { pictures, figures: [], joint: figures },
    models: rows.map(({ row }) => row),
    data: dataset.title,
    split,
    credits: dataset.credits,
    warnings,
  };
}
