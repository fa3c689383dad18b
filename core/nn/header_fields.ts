/**
 * Schemas of what stands in the header of a safetensors file, where every value is a string.
 *
 * @module
 */

import { z } from "zod";

/** A whole number up to 2^53 − 1. */
export const headerCount: z.ZodType<number, string> = z.string()
  .regex(/^\d{1,16}$/, "expected a whole number").transform(Number)
  .refine(Number.isSafeInteger, "expected a whole number up to 2^53 − 1");

/** JSON, checked by a schema of its own. */
export function headerJson<Output>(
  schema: z.ZodType<Output, unknown>,
): z.ZodType<Output, string> {
  return z.string().transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: "custom", message: "it is not JSON" });
      return z.NEVER;
    }
  }).pipe(schema);
}
