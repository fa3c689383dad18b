/**
 * The error of a job as an error of this thread, with the exit code of its class.
 *
 * @module
 */

import { ConfigError, DataError, exitCodes, LgdBenchError, WriteError } from "../errors.ts";
import type { JobError } from "../job_error.ts";

/**
 * The error that ends a command when its job failed: the same exit code as if it had been thrown
 * here.
 *
 * @param prefix Put before the message, e.g. `"Cannot prepare the data: "`.
 */
export function errorOfJob({ name, message }: JobError, prefix = ""): LgdBenchError {
  const text = `${prefix}${message}`;
  if (name === "WriteError") return new WriteError(text);
  if (name === "DataError") return new DataError(text);
  if (name === "ConfigError") return new ConfigError(text);
  return new LgdBenchError(text, exitCodes.failed);
}
