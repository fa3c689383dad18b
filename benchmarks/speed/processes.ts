/**
 * Runs one measuring process and reads what it prints.
 *
 * @module
 */

import { allowEnvironment } from "../../core/environment_variables.ts";
import { join } from "node:path";
import { z } from "zod";
import { EngineError } from "../../core/errors.ts";
import { projectFolder } from "../../core/files.ts";

/** A program with its arguments. */
export interface ProcessSpec {
  /** Path of the program. */
  readonly program: string;
  readonly args: readonly string[];
  /** Variables besides those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Longest time of one process, in milliseconds; a process that hangs must not hold the bench. */
const timeLimit = 30 * 60_000;
/** Characters of a failed process's own message that are repeated. */
const messageLength = 600;

/** The end of a text, in one piece. */
function tail(text: string): string {
  const trimmed = text.trim();
  return trimmed.length <= messageLength ? trimmed : `…${trimmed.slice(-messageLength)}`;
}

/**
 * The last line of a text that is a JSON object, as a schema expects it: libraries print greetings
 * and warnings before it.
 *
 * @throws {EngineError} when there is none, or it is not what was expected.
 */
export function parseLastLine<T>(text: string, schema: z.ZodType<T>, source: string): T {
  const line = text.split("\n").map((part) => part.trim()).findLast((part) => part.startsWith("{"));
  if (line === undefined) {
    throw new EngineError(`${source} printed no line of JSON, but: ${tail(text) || "nothing"}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new EngineError(`${source} printed a damaged line of JSON: ${tail(line)}`, {
      cause: error,
    });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new EngineError(
    `${source} printed something unexpected: ${z.prettifyError(parsed.error)}`,
  );
}

/** Exit code of `start_program.ts` where the program cannot be started. */
const notStarted = 127;

/** What stands before a program, so that its peak memory is its own: see `start_program.ts`. */
function starterArguments(): string[] {
  return [
    ...["run", "--quiet", "--no-prompt", "--no-check", "--no-config", "--no-lock", "--allow-run"],
    join(projectFolder, "benchmarks", "speed", "start_program.ts"),
  ];
}

/**
 * Runs a process to its end.
 *
 * @param source What it is, for messages.
 * @throws {EngineError} when it cannot be started, fails, or prints something else.
 */
export async function runProcess<T>(
  { program, args, environment = {} }: ProcessSpec,
  schema: z.ZodType<T>,
  { source, signal }: { source: string; signal?: AbortSignal },
): Promise<T> {
  signal?.throwIfAborted();
  const stops = AbortSignal.any([AbortSignal.timeout(timeLimit), ...(signal ? [signal] : [])]);
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command(Deno.execPath(), {
      args: [...starterArguments(), program, ...args],
      cwd: projectFolder,
      env: { ...environment },
      stdin: "null",
      signal: stops,
    }).output();
  } catch (error) {
    signal?.throwIfAborted();
    throw new EngineError(`${source} cannot be started: ${(error as Error).message}`, {
      cause: error,
    });
  }
  signal?.throwIfAborted();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (output.code === notStarted) {
    throw new EngineError(`${source} cannot be started: ${tail(decode(output.stderr))}`);
  }
  if (stops.aborted) {
    throw new EngineError(`${source} took more than ${timeLimit / 60_000} minutes and was ended`);
  }
  if (!output.success) {
    const message = tail(decode(output.stderr) || decode(output.stdout));
    throw new EngineError(`${source} failed with exit code ${output.code}: ${message}`);
  }
  return parseLastLine(decode(output.stdout), schema, source);
}

/**
 * One of our own modules as a process: it may read, call the runtime and write in one folder, if any.
 */
export function ownProcess(
  path: string,
  args: readonly string[],
  { writable }: { writable?: string } = {},
): ProcessSpec {
  return {
    program: Deno.execPath(),
    args: [
      "run",
      "--no-prompt",
      "--no-check",
      // Its packages are there: this process runs by them.
      "--node-modules-dir=manual",
      `--config=${join(projectFolder, "deno.json")}`,
      "--allow-read",
      allowEnvironment(),
      "--allow-sys",
      `--allow-ffi=${join(projectFolder, "node_modules")}`,
      ...(writable === undefined ? [] : [`--allow-write=${writable}`]),
      join(projectFolder, path),
      ...args,
    ],
  };
}
