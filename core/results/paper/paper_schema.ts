/**
 * Schemas of the files with the numbers of papers.
 *
 * @module
 */

import { z } from "zod";

/** A printed number, or null where the source prints none. */

const printedPercent = z.number().min(0).max(100).nullable();

const columnSchema = z.strictObject({
  id: z.string(),
  group: z.string(),
  header: z.string(),
  task: z.string(),
});

const rowSchema = z.strictObject({
  id: z.string(),
  block: z.string(),
  method: z.string(),
  teacher: z.string().nullable(),
  student: z.string().nullable(),
  data: z.string().nullable(),
  text: z.string().nullable(),
  epochs: z.int().positive().nullable(),
  values: z.record(z.string(), printedPercent),
  bold: z.array(z.string()),
  note: z.string().optional(),
});

const crossCheckSchema = z.strictObject({
  row: z.string(),
  columns: z.array(z.string()).min(1),
  found: z.array(z.number()),
  agrees: z.boolean().nullable(),
  source: z.string().nullable(),
  note: z.string().optional(),
});

const derivedSchema = z.strictObject({
  label: z.string(),
  base: z.string(),
  other: z.string(),
  values: z.record(z.string(), z.number()),
});

/** A printed table, as its file holds it. */
export const paperTableSchema = z.strictObject({
  schemaVersion: z.literal(1),
  id: z.string(),
  title: z.string(),
  numberNote: z.string(),
  unit: z.string(),
  metric: z.string(),
  source: z.strictObject({
    paper: z.string(),
    arxiv: z.string(),
    doi: z.string(),
    readFrom: z.string(),
    repository: z.url(),
    commit: z.string(),
  }),
  columns: z.array(columnSchema).min(1),
  rows: z.array(rowSchema).min(1),
  crossChecks: z.array(crossCheckSchema),
  derived: z.array(derivedSchema),
});
