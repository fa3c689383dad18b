/**
 * The form of what a recipe asks beyond single rows: claims that are to be judged, settings that are
 * swept, costs that are set against accuracy.
 *
 * @module
 */

import { z } from "zod";

/** The form of an id. */
export const idSchema = z.string().regex(
  /^[a-z0-9][a-z0-9._-]{0,60}$/,
  "expected a lower-case file name",
);
const title = z.string().max(200);
const prose = z.string().max(4000);
/** Rows by the label that they have in charts and differences. */
const labelledRows = z.record(title, z.string());
const someRows = labelledRows.refine(
  (rows) => Object.keys(rows).length > 0,
  "expected one row or more, as LABEL: ROW",
);

/** The form of a claim. */
export const claimSchema = z.strictObject({
  id: idSchema,
  claim: title.describe(
    "What is claimed, as a sentence: the second row of every comparison is better",
  ),
  comparisons: z.array(title).min(1).describe(
    "Labels of comparisons; all must have the claimed sign",
  ),
  columns: z.array(z.string()).min(1).optional()
    .describe("Columns in which it is claimed; default: those of the comparisons"),
  effect: z.strictObject({
    base: z.string(),
    other: z.string(),
    column: z.string(),
  }).optional().describe(
    "Printed rows and column whose difference tells how large an effect to look for, where the paper " +
      "prints none of the claim's own",
  ),
});

const sweepValue = z.union([
  z.number().transform((at) => (
    { at, value: at as unknown, label: undefined, with: undefined }
  )),
  z.strictObject({
    at: z.number().describe("Place on the axis"),
    value: z.unknown().describe("Value of the key"),
    label: title.optional().describe("As it is printed; default: the place on the axis"),
    with: z.record(z.string(), z.unknown()).optional()
      .describe("Further keys of pretrain that change with it, laid over the row's"),
  }),
], { error: "expected a number, or { at, value } with label and with where needed" });

const sweepShared = {
  id: idSchema,
  title,
  note: prose.optional(),
  axis: title.describe("What the axis shows, with its unit"),
  scale: z.enum(["linear", "log"]).default("linear"),
  levels: labelledRows.default({}).describe("Rows that the sweep does not change, drawn as levels"),
  differences: z.array(z.strictObject({ label: title, base: title, other: title })).default([])
    .describe("Differences along the axis between rows, by their labels"),
};

/** The form of a sweep: of a setting of rows, or over columns. */
export const sweepSchema = z.union([
  z.strictObject({
    ...sweepShared,
    key: z.string().regex(/^\w+(\.\w+)*$/, "expected a dotted path, e.g. settings.alpha")
      .describe("Key of a row's pretrain that is changed, e.g. settings.alpha or teacher"),
    values: z.array(sweepValue).min(2).max(100),
    rows: someRows.describe("Rows that are run again with each value"),
    columns: z.array(z.string()).min(1).optional().describe("Columns measured; default: the row's"),
  }),
  z.strictObject({
    ...sweepShared,
    points: z.array(z.strictObject({
      at: z.number().describe("Place on the axis"),
      column: z.string(),
      label: title.optional(),
    })).min(2).max(100).describe("Columns along the axis"),
    rows: someRows.describe("Rows that are shown"),
  }),
]);

/** The form of the request for costs. */
export const costsSchema = z.strictObject({
  rows: someRows.describe("Rows that are shown"),
  columns: z.array(z.string()).min(1).describe("Columns whose numbers the cost is set against"),
});

/** A claim that a table judges. */
export type RecipeClaim = z.infer<typeof claimSchema>;
/** A setting that is swept, or columns along an axis. */
export type RecipeSweep = z.infer<typeof sweepSchema>;
/** Rows and columns whose cost is shown. */
export type RecipeCosts = z.infer<typeof costsSchema>;
