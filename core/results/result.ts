/**
 * The shape of a finished table: what a run writes and what reports read.
 *
 * @module
 */

import type { ResultClaim } from "./claim.ts";
import type { IntervalError } from "./interval.ts";
import type { DifferencePower } from "./power.ts";
import type { ResultSweep } from "./sweeps.ts";
import type { ImageCount, LeftOut } from "../left_out.ts";
import type { TrainingCurve } from "../train/curve.ts";
import type { ResultFigures } from "./figures.ts";
import type { Metric } from "./metric.ts";
import type { PairedTest } from "./paired_samples.ts";

export type { ImageCount, LeftOut } from "../left_out.ts";

/** One row of a table: how one student (or teacher, or baseline) was made. */
export interface ResultRow {
  /** Unique within the table, e.g. `"rn18-lgd-200"`. */
  id: string;
  /** Group of rows that belong to one student architecture, e.g. `"RN18"`. */
  block: string;
  /** Name of the method as the table prints it, e.g. `"LGD"`. */
  method: string;
  /** Teacher, or null where there is none. */
  teacher: string | null;
  /** Student, or null where the row is the teacher itself or a baseline. */
  student: string | null;
  /** Images of the pre-training. */
  data: string | null;
  /** Class names the text bank was built from. */
  text: string | null;
  /** Length of the pre-training in epochs. */
  epochs: number | null;
  /** `run`: measured here; `quoted`: printed numbers only; `baseline`: no training, for scale. */
  kind: "run" | "quoted" | "baseline";
  /** Remark shown under the table. */
  note?: string;
}

/** What a report needs to know of a metric. */
export type ResultMetric = Pick<
  Metric,
  "key" | "title" | "unit" | "higherIsBetter" | "decimals"
>;

/** One column of a table: one metric of one task at one setting on one data set. */
export interface ResultColumn {
  /** Unique within the table, e.g. `"zs_in1k"`. */
  id: string;
  /** Heading above several columns, e.g. `"Zero-shot"`. */
  group: string;
  /** Heading of this column, e.g. `"IN-1k → EmojiNet-100"`. */
  header: string;
  /** Name of the task that measures it. */
  task: string;
  /** What the numbers are. */
  metric: ResultMetric;
}

/** A split that was measured. */
export interface ResultSplit {
  /** Unique within the table, e.g. `"val"`. */
  name: string;
  /** Name for the reader, e.g. `"held-out icon sets"`. */
  title: string;
  /** `test`: for the numbers that count; `tune`: for choosing settings; `train`: seen in training. */
  role: "train" | "tune" | "test";
}

/** Where one value of {@linkcode ResultCell.perSeed} is from. */
export interface CellSource {
  /** Seed of the training and of the measurement. */
  seed: number;
  /** Key of the model in the store; absent where nothing was trained, as for a baseline. */
  model?: string;
  /** Key of the outcome in the store. */
  outcome?: string;
}

/** One number of a table: a row under a column on one split. */
export interface ResultCell {
  /** Unique within the table; two results of the same table are paired by it. */
  id: string;
  /** Id of the row. */
  row: string;
  /** Id of the column. */
  column: string;
  /** Name of the split. */
  split: string;
  /** Task that measured the value, or null where nothing was measured. */
  task: string | null;
  /** Version of that task; numbers of different versions are not comparable. */
  taskVersion: number | null;
  /** Mean over seeds; never a number of the paper. */
  value: number | null;
  /** 95 % interval of `value` over seeds and samples, [low, high]. */
  ci95: [number, number] | null;
  /** The standard error that the interval is made of; absent where nothing was measured. */
  error?: IntervalError;
  /** One value per source. */
  perSeed: number[];
  /** Where each of `perSeed` is from. */
  sources: CellSource[];
  /** Number of sampling units (icons, images) tested. */
  n: number | null;
  /** The printed number of the paper, or null where it is not available. */
  paper: number | null;
  /** How `value` came to be, or why it is null. */
  status: "measured" | "quoted" | "not-run" | "failed";
  /** Why the cell is not measured, for the reader. */
  reason?: string;
}

/** A difference between two rows under one column: other − base, in the metric's unit. */
export interface ResultComparison {
  /** Unique within the table. */
  id: string;
  /** What is compared, e.g. `"LGD − SEED, RN18"`. */
  label: string;
  /** Id of the row that is subtracted. */
  base: string;
  /** Id of the row that is subtracted from. */
  other: string;
  /** Id of the column. */
  column: string;
  /** Name of the split. */
  split: string;
  /** Mean of the paired differences over seeds, or null where a side is missing. */
  difference: number | null;
  /** 95 % interval of `difference`, paired by seed and sample, [low, high]. */
  ci95: [number, number] | null;
  /** The standard error that the interval is made of; absent where there is no difference. */
  error?: IntervalError;
  /** One difference per seed. */
  perSeed: number[];
  /** The same difference between the paper's printed numbers. */
  paper: number | null;
  /** What it could have seen; absent where there is no difference. */
  power?: DifferencePower;
  /** The samples that differ, tested; absent where the metric is no mean over samples. */
  test?: PairedTest;
}

/** Loss over the steps of one training, with the row it belongs to. */
export interface LossCurve extends TrainingCurve {
  /** Id of the row. */
  row: string;
  /** Seed of the training. */
  seed: number;
  /** Name for the chart's legend. */
  label: string;
}

/** What the model of a row cost, whenever and wherever it was trained. */
export interface RowCost {
  /** Id of the row. */
  row: string;
  /** Name for charts. */
  label: string;
  /** Training steps. */
  steps: number;
  /** Images that the student or its copy encoded in training, each as often as it was. */
  studentImages: number;
  /** Images that the teacher embedded: fixed views once each, fresh ones as often as they come. */
  teacherImages: number;
  /** Seconds of training, the mean over seeds. */
  seconds: number;
}

/** Costs that are to be set against accuracy. */
export interface ResultCosts {
  /** Ids of the columns. */
  columns: string[];
  rows: RowCost[];
}

/**
 * Something that a run read, with a hash of its content: results that read different things do not
 * measure the same.
 */
export interface ResultSource {
  /** Part that it plays in the table, e.g. `"data.imagenet.val"` or `"teacher.clip"`. */
  id: string;
  /** What played it, e.g. `"emojinet-100"`. */
  name: string;
  /** Hash of its content. */
  hash: string;
}

/** Everything a finished (or stopped) table knows; written as `result.json`. */
export interface ResultFile {
  /** Version of this shape. */
  schemaVersion: 2;
  /** The program that wrote it. */
  project: { name: string; version: string };
  /** Name of the table, e.g. `"table2"`. */
  table: string;
  /** Title for the reader. */
  title: string;
  /** Paragraph for the reader: what the table shows and how it may be read. */
  note: string;
  /** Size of the protocol, e.g. `smoke`, `mini` or `paper`. */
  size: string;
  /** Seeds of the run. */
  seeds: number[];
  /** SHA-256 of the resolved configuration. */
  configHash: string;
  /** SHA-256 of the evidence the numbers were made of; a run with the same evidence is not redone. */
  inputsHash?: string;
  /** The resolved configuration. */
  protocol: Record<string, unknown>;
  /** What the run read, by content. */
  sources: ResultSource[];
  /** Machine and versions. */
  environment: Record<string, string | number | boolean | null>;
  /** Seconds in all (null where they are not known), and by job and stage. */
  timings: { totalSeconds: number | null; cells: Record<string, Record<string, number>> };
  /** Splits that were measured, in the order in which they are printed. */
  splits: ResultSplit[];
  /** Columns, left to right. */
  columns: ResultColumn[];
  /** Rows, top to bottom; the rows of a block follow each other. */
  rows: ResultRow[];
  /** Every number. */
  cells: ResultCell[];
  /** Every difference. */
  comparisons: ResultComparison[];
  /** Claims with their verdicts; absent where the table judges none. */
  claims?: ResultClaim[];
  /** Numbers along axes; absent where the table has none. */
  sweeps?: ResultSweep[];
  /** Costs; absent where the table asks for none. */
  costs?: ResultCosts;
  /** Every loss curve. */
  curves: LossCurve[];
  /** Every image, file, class or line that took no part, in any split and stage. */
  leftOut: LeftOut[];
  /** Images of each split: how many there are and how many were used; absent in older results. */
  images?: ImageCount[];
  /** Figures that tasks handed to the report; absent where none did. */
  figures?: ResultFigures;
  /** What the reader should know before trusting the numbers. */
  warnings: string[];
  /** Credits and licences of what the run used. */
  credits: string[];
  /** False while cells are missing. */
  finished: boolean;
}
