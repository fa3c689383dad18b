/**
 * Errors as they cross from a Worker to the thread that started it.
 *
 * @module
 */

/** An error as a message can carry it. */
export interface JobError {
  /** Class of the error. */
  readonly name: string;
  /** What happened. */
  readonly message: string;
  /** Training step at which it happened. */
  readonly step?: number;
}

/** Turns anything that was thrown into an error that a message can carry. */
export function toJobError(error: unknown): JobError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const step = (error as { step?: unknown }).step;
  return {
    name: error.name,
    message: error.message,
    ...(typeof step === "number" ? { step } : {}),
  };
}
