/**
 * The written form of claims, sweeps and costs in `result.json`.
 *
 * @module
 */

import { z } from "zod";

const interval = z.tuple([z.number(), z.number()]);
const verdict = z.enum(["holds", "does-not-hold", "cannot-be-told"]);

/** Claims with their verdicts. */
export const claimsSchema = z.array(z.strictObject({
  id: z.string(),
  claim: z.string(),
  split: z.string(),
  verdict: verdict.describe("Of all parts: holds where all hold"),
  parts: z.array(z.strictObject({
    comparison: z.string().describe("Id of the comparison"),
    verdict,
    reason: z.string().optional().describe("Why it cannot be told"),
    seedsNeeded: z.number().int().nullable().describe(
      "Seeds with which an effect of the paper's size is seen nine times in ten; 0: no number is enough",
    ),
    effectFrom: z.enum(["paper", "claim"]).nullable().describe(
      "Whether that effect is the paper's own difference or the one that the claim names",
    ),
  })),
}));

const pointSchema = z.strictObject({
  at: z.number().describe("Place on the axis"),
  label: z.string(),
  row: z.string(),
  column: z.string().nullable(),
});

/** Sweeps with the differences along their axes. */
export const sweepsSchema = z.array(z.strictObject({
  id: z.string(),
  title: z.string(),
  note: z.string().optional(),
  axis: z.string(),
  scale: z.enum(["linear", "log"]),
  columns: z.array(z.string()),
  series: z.array(z.strictObject({ label: z.string(), points: z.array(pointSchema) })),
  levels: z.array(z.strictObject({ label: z.string(), row: z.string() })),
  differences: z.array(z.strictObject({
    label: z.string(),
    column: z.string().nullable(),
    split: z.string(),
    points: z.array(z.strictObject({
      at: z.number(),
      label: z.string(),
      difference: z.number(),
      ci95: interval,
      perSeed: z.array(z.number()),
    })),
    trend: z.strictObject({
      change: z.number().describe(
        "Change of the least-squares line from the first place to the last",
      ),
      ci95: interval,
    }).nullable(),
  })),
}));

/** What the models of rows cost. */
export const resultCostsSchema = z.strictObject({
  columns: z.array(z.string()),
  rows: z.array(z.strictObject({
    row: z.string(),
    label: z.string(),
    steps: z.number().int(),
    studentImages: z.number().int(),
    teacherImages: z.number().int(),
    seconds: z.number().describe("Seconds of training, the mean over seeds"),
  })),
});
