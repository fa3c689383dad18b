/**
 * The shape of a finished table: what a run writes and what reports read.
 *
 * @module
 */

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

/** One column of a table: one task at one setting. */
export interface ResultColumn {
  /** Unique within the table, e.g. `"zs_in1k"`. */
  id: string;
  /** Heading above several columns, e.g. `"Zero-shot"`. */
  group: string;
  /** Heading of this column, e.g. `"IN-1k → EmojiNet-100"`. */
  header: string;
  /** Name of the task that measures it. */
  task: string;
  /** Unit of the numbers, e.g. `"%"`. */
  unit: string;
}

/** One number of a table: a row under a column on one split. */
export interface ResultCell {
  /** Unique within the table; two results of the same table are paired by it. */
  id: string;
  /** Id of the row. */
  row: string;
  /** Id of the column. */
  column: string;
  /** Artists whose icons were tested. */
  split: "val" | "ood" | "dev";
  /** Task that measured the value, or null where nothing was measured. */
  task: string | null;
  /** Version of that task; numbers of different versions are not comparable. */
  taskVersion: number | null;
  /** What is measured, e.g. `"top1"`. */
  metric: string;
  /** Unit of `value`, `ci95`, `perSeed` and `paper`. */
  unit: string;
  /** Mean over seeds; never a number of the paper. */
  value: number | null;
  /** 95 % interval of `value` over seeds and icons, [low, high]. */
  ci95: [number, number] | null;
  /** One value per seed, in the order of the seeds. */
  perSeed: number[];
  /** Number of sampling units (icons) tested. */
  n: number | null;
  /** The printed number of the paper, or null where it is not available. */
  paper: number | null;
  /** How `value` came to be, or why it is null. */
  status: "measured" | "quoted" | "not-run" | "failed";
  /** Why the cell is not measured, for the reader. */
  reason?: string;
}

/** A difference between two rows under one column: other − base, in points. */
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
  /** Artists whose icons were tested. */
  split: "val" | "ood" | "dev";
  /** Mean of the paired differences over seeds, or null where a side is missing. */
  difference: number | null;
  /** 95 % interval of `difference`, paired by seed and icon, [low, high]. */
  ci95: [number, number] | null;
  /** One difference per seed. */
  perSeed: number[];
  /** The same difference between the paper's printed numbers. */
  paper: number | null;
}

/** Loss over the steps of one training. */
export interface LossCurve {
  /** Id of the row. */
  row: string;
  /** Seed of the training. */
  seed: number;
  /** Name for the chart's legend. */
  label: string;
  /** Training steps, rising. */
  steps: number[];
  /** Total loss at each of `steps`. */
  loss: number[];
  /** Named parts of the loss at each of `steps`, e.g. `visual`, `textual`. */
  parts: Record<string, number[]>;
}

/** Everything a finished (or stopped) table knows; written as `result.json`. */
export interface ResultFile {
  /** Version of this shape. */
  schemaVersion: 1;
  /** The program that wrote it. */
  project: { name: string; version: string };
  /** Name of the table, e.g. `"table2"`. */
  table: string;
  /** Title for the reader. */
  title: string;
  /** Paragraph for the reader: what the table shows and how it may be read. */
  note: string;
  /** Size of the protocol: `smoke`, `mini` or `paper`. */
  size: string;
  /** Seeds of the run. */
  seeds: number[];
  /** SHA-256 of the resolved configuration. */
  configHash: string;
  /** SHA-256 of the outcomes the numbers were made of; a run with the same ones is not redone. */
  inputsHash?: string;
  /** The resolved configuration. */
  protocol: Record<string, unknown>;
  /** Machine and versions. */
  environment: Record<string, string | number | boolean | null>;
  /** Seconds in all, and by cell and stage. */
  timings: { totalSeconds: number; cells: Record<string, Record<string, number>> };
  /** Columns, left to right. */
  columns: ResultColumn[];
  /** Rows, top to bottom; the rows of a block follow each other. */
  rows: ResultRow[];
  /** Every number. */
  cells: ResultCell[];
  /** Every difference. */
  comparisons: ResultComparison[];
  /** Every loss curve. */
  curves: LossCurve[];
  /** Images that did not decode. */
  skippedImages: { path: string; reason: string }[];
  /** What the reader should know before trusting the numbers. */
  warnings: string[];
  /** Credits and licences of what the run used. */
  credits: string[];
  /** False while cells are missing. */
  finished: boolean;
}
