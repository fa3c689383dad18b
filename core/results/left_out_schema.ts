/**
 * The ledger of what was left out, as files hold it.
 *
 * @module
 */

import { z } from "zod";
import { type ImageCount, type LeftOut, leftOutUnits } from "../left_out.ts";

const entrySchema = z.strictObject({
  what: z.string(),
  reason: z.string(),
  stage: z.string(),
  count: z.number().int().positive(),
  unit: z.enum(leftOutUnits).optional().describe("What is counted; images where absent"),
  examples: z.array(z.string()).optional().describe("The first of several"),
});

/** Entries of a ledger. */
export const leftOutSchema: z.ZodType<LeftOut[]> = z.array(entrySchema) as never;

/** Images of a split. */
export const imageCountSchema: z.ZodType<ImageCount> = z.strictObject({
  data: z.string(),
  split: z.string(),
  listed: z.number().int().nonnegative(),
  used: z.number().int().nonnegative(),
});
