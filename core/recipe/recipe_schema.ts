/**
 * The form of a recipe's file.
 *
 * @module
 */

import { z } from "zod";
import { claimSchema, costsSchema, idSchema, sweepSchema } from "./study_schema.ts";
import { textSchema } from "./text_schema.ts";

export type { RecipeClaim, RecipeCosts, RecipeSweep } from "./study_schema.ts";
export type { RecipeText } from "./text_schema.ts";
import { recipeFiguresSchema } from "./figures_schema.ts";

const title = z.string().max(200);
const prose = z.string().max(4000);

/** Settings of an owner that a recipe gives. */
const settings = z.record(z.string(), z.unknown());

const columnSchema = z.strictObject({
  id: idSchema,
  group: title.describe("Heading over neighbouring columns"),
  header: title.describe("Heading as the paper prints it"),
  task: z.string().describe("Task that measures the column"),
  data: z.string().describe("Role of the data set, a key of data"),
  metric: z.string().optional().describe("Key of the task's metric; default: its first"),
  settings: settings.default({}).describe("Settings of the task that differ from tasks.<name>"),
});

/** What a size may change of a column. */
const columnOverrideSchema = z.strictObject({
  header: title.optional(),
  settings: settings.optional().describe("Laid over the column's; null takes a key away"),
});

/** The form of what a row is trained by. */
export const rowPretrainSchema = z.strictObject({
  method: z.string().nullable().describe("Name of a method; null: the teacher as it is"),
  teacher: z.string().nullable().default(null).describe("Role, a key of teachers"),
  student: z.string().nullable().default(null).describe("Role, a key of students"),
  data: z.string().describe("Role of the images, a key of data"),
  text: textSchema.nullable().default(null).describe("What the text bank is built from"),
  length: z.string().nullable().default(null).describe("A key of lengths"),
  lengthFactor: z.number().positive().max(1000).optional().describe("Factor on that length"),
  pretrain: settings.default({}).describe("Settings of pretrain that differ"),
  settings: settings.default({}).describe("Settings of the method that differ"),
});

const rowSchema = z.strictObject({
  id: idSchema,
  block: title,
  method: title.describe("As the table prints it"),
  kind: z.enum(["run", "quoted", "baseline"]),
  teacher: title.nullable().default(null).describe("As the paper prints it"),
  student: title.nullable().default(null).describe("As the paper prints it"),
  data: title.nullable().default(null).describe("As the paper prints it"),
  text: title.nullable().default(null).describe("As the paper prints it"),
  epochs: z.number().nullable().default(null).describe("As the paper prints it"),
  paper: z.string().optional().describe("Id of the row in the paper's table; default: id"),
  note: prose.optional(),
  pretrain: rowPretrainSchema.optional(),
  baseline: z.string().optional().describe("Task that needs no model, for kind: baseline"),
  columns: z.array(z.string()).optional().describe("Columns measured; default: all"),
  missing: prose.optional().describe("Why the other columns are not measured"),
});

const comparisonSchema = z.strictObject({
  label: title,
  base: z.string(),
  other: z.string(),
  columns: z.array(z.string()).optional(),
});

const requirementSchema = z.strictObject({
  key: z.string().describe("Key of the protocol that asks for it, e.g. data.imagenet"),
  value: z.string().describe("Value of the key for which it is asked"),
  path: z.string().optional()
    .describe("File or folder that must exist, from the project's folder; none: never there"),
  what: prose.describe("What it is and where to get it"),
});

const sizeSchema = z.strictObject({
  note: prose.default(""),
  seeds: z.number().int().min(1).max(100).default(1).describe(
    "Number of seeds where --seeds is not given",
  ),
  rows: z.array(z.string()).optional().describe("Rows that are run; default: all"),
  columns: z.record(z.string(), columnOverrideSchema).default({}).describe(
    "What differs of columns, by id",
  ),
  sweeps: z.record(z.string(), z.array(z.number()).max(100)).default({}).describe(
    "Places on the axis of each sweep, by id; default: all of them; none: the sweep is left out",
  ),
  requires: z.array(requirementSchema).default([]),
  protocol: settings.default({}),
});

/** The form of a recipe's file. */
export const recipeSchema = z.strictObject({
  table: idSchema,
  title,
  note: prose.default(""),
  extends: z.string().optional().describe("Protocol that this one is laid over"),
  paper: z.string().optional().describe(
    "Printed table whose numbers are shown; default: the one of the table's own name",
  ),
  columns: z.array(columnSchema).min(1),
  rows: z.array(rowSchema).min(1),
  comparisons: z.array(comparisonSchema).default([]),
  claims: z.array(claimSchema).default([]),
  sweeps: z.array(sweepSchema).default([]),
  costs: costsSchema.optional(),
  figures: z.array(recipeFiguresSchema).max(4).default([]).describe("Figures of several rows"),
  protocol: settings.default({}),
  // A size that is not named is the protocol as it is.
  sizes: z.strictObject({
    smoke: sizeSchema.prefault({}),
    mini: sizeSchema.prefault({}),
    paper: sizeSchema.prefault({}),
  }).prefault({}),
});

/** A column of a recipe. */
export type RecipeColumn = z.infer<typeof columnSchema>;
/** A row of a recipe. */
export type RecipeRow = z.infer<typeof rowSchema>;
/** A difference between two rows that a recipe asks for. */
export type RecipeComparison = z.infer<typeof comparisonSchema>;
/** A file or folder the user must supply. */
export type Requirement = z.infer<typeof requirementSchema>;
/** A recipe as its file gives it, checked; its protocol is laid over the one it extends. */
export type Recipe = z.infer<typeof recipeSchema>;

/** The sizes every recipe has. */
export const sizeNames = ["smoke", "mini", "paper"] as const;
/** Name of a size. */
export type SizeName = typeof sizeNames[number];
