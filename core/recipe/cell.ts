/**
 * A cell: one training (or a teacher as it is) with one seed, and everything measured on it. It is
 * the unit that is planned, run in a Worker, stored and skipped when it is there already.
 *
 * @module
 */

import { z } from "zod";
import type { LossCurve } from "../results/result.ts";

/** Which way a student is pre-trained; `none` evaluates the teacher itself. */
export type PretrainMethod = "lgd" | "seed" | "supervised" | "none";

/** How the model of a cell is made. */
export interface PretrainSpec {
  /** What is minimised. */
  readonly method: PretrainMethod;
  /** Name in the registry of teachers; null where the method has none. */
  readonly teacher: string | null;
  /** Name in the registry of students; null where the teacher itself is evaluated. */
  readonly student: string | null;
  /** Data set of the images, as `getDataset` takes it. */
  readonly data: string;
  /** Data set whose class names build the text bank, or `file:PATH`; null without a bank. */
  readonly text: string | null;
  /** Length in epochs; may be a fraction. 0 where nothing is trained. */
  readonly epochs: number;
  /** Settings of the pre-training: `protocol.pretrain` of the recipe with the row's overrides. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** One thing measured on the model of a cell. */
export interface CellTask {
  /** Id of the table's column. */
  readonly column: string;
  /** Name in the registry of tasks. */
  readonly task: string;
  /** Data set it is measured on. */
  readonly data: string;
  /** Settings of the task, resolved. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Everything that determines the numbers of a cell. */
export interface CellSpec {
  /** Safe as a file name, e.g. `"rn18-lgd-200.seed0"`. */
  readonly id: string;
  /** First of `rowIds`. */
  readonly rowId: string;
  /** Rows that show this training: rows that differ only in what is evaluated share one. */
  readonly rowIds: readonly string[];
  /** Seed of the training and of the tasks. */
  readonly seed: number;
  /** How the model is made. */
  readonly pretrain: PretrainSpec;
  /** What is measured on it. */
  readonly tasks: readonly CellTask[];
  /** SHA-256 of everything above that determines the numbers. */
  readonly hash: string;
}

/** A row without a training: a baseline computed while the data are prepared. */
export interface BaselineSpec {
  /** Id of the table's row. */
  readonly rowId: string;
  /** What is measured: `task` is the name of the baseline, e.g. `"pixel-1nn"`. */
  readonly tasks: readonly CellTask[];
}

/** Per-sample results of one task on one split. */
export interface SplitOutcome {
  /** The sampling units (icons, images), in the order of `hits`. */
  sampleIds: string[];
  /** Fraction of each sample's views that were right, 0 to 1. */
  hits: number[];
}

/** What one task measured. */
export interface TaskOutcome {
  /** Id of the table's column. */
  column: string;
  /** Row it belongs to; only baselines need it, a cell's outcomes belong to the cell's rows. */
  row?: string | undefined;
  /** Name of the task. */
  task: string;
  /** Version of the task; numbers of different versions are not comparable. */
  taskVersion: number;
  /** What is measured, e.g. `"top1"`. */
  metric: string;
  /** Unit of the values made of `hits`: `"%"`. */
  unit: string;
  /** Outcomes by split. */
  splits: Record<string, SplitOutcome>;
}

/** What a finished cell hands back. */
export interface CellResult {
  /** One per task. */
  outcomes: TaskOutcome[];
  /** Loss over the steps; null where nothing was trained. */
  curve: LossCurve | null;
  /** Seconds by stage. */
  timings: Record<string, number>;
  /** Images that did not decode. */
  skippedImages: { path: string; reason: string }[];
  /** What the reader of the table should know. */
  warnings: string[];
  /** Further facts worth keeping: hashes of the data, numbers of parameters. */
  details: Record<string, unknown>;
}

/** Modules of the user that are loaded before anything is looked up by name. */
export interface PluginRequest {
  /** Paths of the modules. */
  readonly paths: readonly string[];
  /** Whether they may replace what is built in. */
  readonly override: boolean;
}

/** What a cell's Worker is told to run. */
export interface CellPayload {
  /** The cell. */
  cell: CellSpec;
  /** Its own folder, for checkpoints; exists when the Worker starts. */
  folder: string;
  /** Threads of one session of the engine. */
  threads: number;
  /** Plug-ins to load first. */
  plugins?: PluginRequest;
}

/** What the Worker that prepares the data is told to run, before any cell. */
export interface PreparePayload {
  /** The cells that will run after it: render their views, embed their images. */
  cells: readonly CellSpec[];
  /** Baselines still to be computed; each outcome names its `row`. */
  baselines: readonly BaselineSpec[];
  /** Threads of one session of the engine. */
  threads: number;
  /** Plug-ins to load first. */
  plugins?: PluginRequest;
}

const nameSchema = z.string().min(1).max(500);

const taskOutcomeSchema = z.strictObject({
  column: nameSchema,
  row: nameSchema.optional(),
  task: nameSchema,
  taskVersion: z.number().int(),
  metric: nameSchema,
  unit: z.string().max(20),
  splits: z.record(
    nameSchema,
    z.strictObject({
      sampleIds: z.array(z.string().max(4000)),
      hits: z.array(z.number().min(0).max(1)),
    }).refine(({ sampleIds, hits }) => sampleIds.length === hits.length, {
      message: "sampleIds and hits differ in length",
    }),
  ),
});

/** Checks what a Worker handed back, or what was read from a file. */
export const cellResultSchema: z.ZodType<CellResult> = z.strictObject({
  outcomes: z.array(taskOutcomeSchema),
  curve: z.strictObject({
    row: z.string(),
    seed: z.number(),
    label: z.string(),
    steps: z.array(z.number()),
    loss: z.array(z.number()),
    parts: z.record(z.string(), z.array(z.number())),
  }).nullable(),
  timings: z.record(z.string(), z.number()),
  skippedImages: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
  warnings: z.array(z.string()),
  details: z.record(z.string(), z.unknown()),
});
