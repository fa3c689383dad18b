/**
 * Errors of Workers as messages carry them.
 *
 * @module
 */

import { withoutPermissionAdvice } from "./errors.ts";

/** An error as it crosses threads. */
export interface JobError {
  /** Class of the error. */
  readonly name: string;
  /** What happened. */
  readonly message: string;
  /** Training step at which it happened. */
  readonly step?: number;
}

/** An error as a message can carry it. */
export function toJobError(error: unknown): JobError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const step = (error as { step?: unknown }).step;
  return {
    name: error.name,
    message: withoutPermissionAdvice(error.message),
    ...(typeof step === "number" ? { step } : {}),
  };
}
