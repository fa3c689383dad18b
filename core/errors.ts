/**
 * The errors a caller may want to catch, each with the exit code of the command that meets it.
 *
 * @module
 */

/** Exit codes of every command. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  data: 3,
  tryAgain: 75,
  interrupted: 130,
} as const;

/** What Deno says where a permission is missing; it advises a flag, if not all of them. */
const permissionAdvice =
  /Requires (\w+) access(?: to ("[^"]*"|\S+))?, run again with the --allow-[\w-]+ flag/g;

/**
 * A message without Deno's advice to allow more: no command takes such a flag, and nobody should allow
 * everything for the sake of one folder.
 */
export function withoutPermissionAdvice(message: string): string {
  return message.replace(
    permissionAdvice,
    (_, kind: string, place = "that") =>
      kind === "all"
        ? `the program may not touch ${place}`
        : `the program has no ${kind} access to ${place}`,
  );
}

/** Base of all errors that are explained to the user without a stack trace. */
export class LgdBenchError extends Error {
  /** Exit code of the command that this error ends. */
  readonly exitCode: number;

  constructor(message: string, exitCode: number, options?: ErrorOptions) {
    super(withoutPermissionAdvice(message), options);
    this.name = new.target.name;
    this.exitCode = exitCode;
  }
}

/** A recipe, an option or a name is wrong; exit code 2. */
export class ConfigError extends LgdBenchError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, exitCodes.usage, options);
  }
}

/** Data or weights are missing or damaged; exit code 3. */
export class DataError extends LgdBenchError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, exitCodes.data, options);
  }
}

/** A file cannot be written: the disk is full, the folder is not writable; exit code 3. */
export class WriteError extends DataError {}

/** A graph is malformed: wrong shape, unknown value, missing rule; exit code 1. */
export class GraphError extends LgdBenchError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, exitCodes.failed, options);
  }
}

/** ONNX Runtime refused or failed to run a graph; exit code 1. */
export class EngineError extends LgdBenchError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, exitCodes.failed, options);
  }
}

/** A task or a metric handed back what cannot be a result; exit code 1. */
export class TaskError extends LgdBenchError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, exitCodes.failed, options);
  }
}

/** Data have nothing that a metric counts, such as no object of a rare category: its cell is not run. */
export class UndefinedMetricError extends TaskError {}

/** A training became NaN or infinite; it stops and its last good checkpoint stays. */
export class NonFiniteLossError extends LgdBenchError {
  /** Training step (from 0) whose loss is not finite. */
  readonly step: number;

  /** @param quantity What is not finite. */
  constructor(step: number, value: number, quantity = "loss") {
    super(`Cannot continue training: ${quantity} is ${value} at step ${step}`, exitCodes.failed);
    this.step = step;
  }
}

/** Something else holds a resource for now (a locked run folder, a slot); exit code 75. */
export class TryAgainError extends LgdBenchError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, exitCodes.tryAgain, options);
  }
}

/** The user interrupted the command; exit code 130. */
export class InterruptedError extends LgdBenchError {
  constructor(message: string) {
    super(message, exitCodes.interrupted);
  }
}
