/**
 * The baseline of a table: a night's result with its evidence, as one file that is written whole.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { gunzipSync, gzipSync } from "node:zlib";
import { z } from "zod";
import { formatCheckedJson, parseOwnJson } from "../core/checked_json.ts";
import { ConfigError, DataError } from "../core/errors.ts";
import { readTextIfPresent, writeFileAtomic } from "../core/files.ts";
import { commitName } from "../core/results/environment.ts";
import { maximumEvidenceBytes } from "../core/results/evidence_file.ts";
import type { ResultFile } from "../core/results/result.ts";
import { formatResult, parseResult } from "../core/results/result_schema.ts";
import { parseSpeedFile, type SpeedFile, speedSchema } from "../core/results/speed_result.ts";
import type { Spreads } from "./gate/judge.ts";

/** Version of the files; a newer one is refused. */
export const baselineSchemaVersion = 1;

/** When, of what and why a baseline was stored. */
export interface BaselineOrigin {
  /** When the night began, ISO 8601. */
  readonly time: string;
  /** Commit that was measured, if known. */
  readonly commit: string | null;
  /** Class of the machine. */
  readonly machine: string;
  /** Why it was stored: `"first night"`, or what the user said. */
  readonly reason: string;
}

/** The baseline of a table. */
export interface TableBaseline extends BaselineOrigin {
  readonly result: ResultFile;
  /** Bytes of the evidence of an outcome; undefined where it has none, a `DataError` where it is damaged. */
  readonly evidence: (outcome: string) => Uint8Array | undefined;
  readonly spreads: Spreads;
}

/** The baseline of the speed cases. */
export interface SpeedBaseline extends BaselineOrigin {
  readonly bench: SpeedFile;
}

const originShape = {
  schemaVersion: z.literal(baselineSchemaVersion),
  time: z.iso.datetime(),
  // It is handed to git.
  commit: z.string().regex(commitName, "expected a commit").nullable(),
  machine: z.string(),
  reason: z.string(),
};

const tableSchema = z.strictObject({
  kind: z.literal("table"),
  table: z.string(),
  size: z.string(),
  ...originShape,
  result: z.string(),
  evidence: z.record(z.string(), z.string()),
  spreads: z.record(z.string(), z.strictObject({ value: z.number(), degrees: z.number() })),
});

const speedBaselineSchema = z.strictObject({
  kind: z.literal("speed"),
  ...originShape,
  bench: speedSchema,
});

/** What to do where a baseline cannot be used. */
export const baselineAdvice =
  "Put back a copy of the file (an artifact, a cache, another branch), or store this night as the new " +
  "one by the same command with --accept REASON, which keeps the old file beside it";

/** Reads the file of a baseline as far as its version. */
async function readVersioned(path: string, kind: string): Promise<unknown> {
  const text = await readTextIfPresent(path);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = parseOwnJson(text, path);
  } catch (error) {
    throw new DataError(`The baseline is damaged. ${(error as Error).message}`);
  }
  const { schemaVersion, kind: found } = value as Record<string, unknown>;
  if (typeof schemaVersion === "number" && schemaVersion > baselineSchemaVersion) {
    throw new DataError(
      `Cannot read the baseline ${path}: it has schemaVersion ${schemaVersion}, expected at most ` +
        `${baselineSchemaVersion}: a newer version of the program wrote it. Update the program, or ` +
        "use another --folder",
    );
  }
  if (found !== kind) {
    throw new ConfigError(
      `Cannot use the baseline ${path}: expected that of a ${kind}, got ${JSON.stringify(found)}`,
    );
  }
  return value;
}

function checkShape<T>(schema: z.ZodType<T>, value: unknown, path: string): T {
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  throw new DataError(
    `The baseline is damaged. Cannot read ${path}: ${z.prettifyError(checked.error).slice(0, 400)}`,
  );
}

/**
 * Reads the baseline of a table; undefined where there is none.
 *
 * @throws {DataError} where it is damaged, or of a newer version.
 * @throws {ConfigError} where it is the baseline of something else.
 */
export async function readTableBaseline(
  path: string,
  { table, size }: { table: string; size: string },
): Promise<TableBaseline | undefined> {
  const value = await readVersioned(path, "table");
  if (value === undefined) return undefined;
  const file = checkShape(tableSchema, value, path);
  if (file.table !== table || file.size !== size) {
    throw new ConfigError(
      `Cannot use the baseline ${path}: it is of ${file.table} at size ${file.size}, expected ` +
        `${table} at size ${size}`,
    );
  }
  const { time, commit, machine, reason, spreads } = file;
  return {
    time,
    commit,
    machine,
    reason,
    spreads,
    result: parseResult(file.result, `the result in ${path}`),
    evidence(outcome) {
      const text = Object.hasOwn(file.evidence, outcome) ? file.evidence[outcome]! : undefined;
      if (text === undefined) return undefined;
      try {
        return gunzipSync(Buffer.from(text, "base64"), { maxOutputLength: maximumEvidenceBytes });
      } catch (error) {
        throw new DataError(
          `Cannot read the evidence ${outcome.slice(0, 12)} in ${path}: ${
            (error as Error).message
          }`,
        );
      }
    },
  };
}

/** Writes the baseline of a table. */
export async function writeTableBaseline(
  path: string,
  { time, commit, machine, reason, result, spreads }: Omit<TableBaseline, "evidence">,
  evidence: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const value: z.infer<typeof tableSchema> = {
    schemaVersion: baselineSchemaVersion,
    kind: "table",
    table: result.table,
    size: result.size,
    time,
    commit,
    machine,
    reason,
    spreads: { ...spreads },
    result: formatResult(result),
    evidence: Object.fromEntries(
      [...evidence].map(([key, bytes]) => [key, gzipSync(bytes).toString("base64")]),
    ),
  };
  await writeKeeping(path, formatCheckedJson(value));
}

/**
 * Reads the baseline of the speed cases; undefined where there is none.
 *
 * @throws As {@linkcode readTableBaseline}.
 */
export async function readSpeedBaseline(path: string): Promise<SpeedBaseline | undefined> {
  const value = await readVersioned(path, "speed");
  if (value === undefined) return undefined;
  const { time, commit, machine, reason, bench } = checkShape(speedBaselineSchema, value, path);
  return { time, commit, machine, reason, bench };
}

/** Writes the baseline of the speed cases. */
export async function writeSpeedBaseline(path: string, baseline: SpeedBaseline): Promise<void> {
  const { time, commit, machine, reason, bench } = baseline;
  const value = {
    schemaVersion: baselineSchemaVersion,
    kind: "speed",
    time,
    commit,
    machine,
    reason,
  };
  await writeKeeping(path, formatCheckedJson({ ...value, bench }));
}

/** Writes a file whole; what was there stays beside it as `.previous`. */
async function writeKeeping(path: string, text: string): Promise<void> {
  const before = await readTextIfPresent(path);
  if (before === text) return;
  // First the copy, then the file itself: a process that is killed between leaves both readable.
  if (before !== undefined) await writeFileAtomic(`${path}.previous`, before);
  await writeFileAtomic(path, text);
}

/** Reads `bench.json` of a night. */
export async function readBench(path: string): Promise<SpeedFile | undefined> {
  const text = await readTextIfPresent(path);
  return text === undefined ? undefined : parseSpeedFile(text, path);
}
