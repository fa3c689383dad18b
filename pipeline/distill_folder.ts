/**
 * The folder of one distillation by hand: `manifest.json` first, then `checkpoint.safetensors`,
 * `log.jsonl`, and at the end `student.safetensors`, `curve.json` and `summary.json`.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { ConfigError, DataError } from "../core/errors.ts";
import { readFileIfPresent, readTextIfPresent, sha256, writeFileAtomic } from "../core/files.ts";
import type { CellResult } from "../core/recipe/cell.ts";
import type { Environment } from "../core/results/environment.ts";
import { lockFileName } from "../core/store/lock.ts";
import { describeDifferences } from "../core/store/run_folder.ts";

const manifestSchema = z.object({
  schemaVersion: z.literal(1),
  kind: z.literal("distillation"),
  hash: z.string(),
  config: z.record(z.string(), z.unknown()),
});

const summarySchema = z.object({
  schemaVersion: z.literal(1),
  hash: z.string(),
  studentSha256: z.string(),
  steps: z.number(),
  parameters: z.number(),
  seconds: z.number(),
  finalLoss: z.number().nullable(),
  warnings: z.array(z.string()),
  skippedImages: z.array(z.object({ path: z.string(), reason: z.string() })),
  details: z.record(z.string(), z.unknown()),
});

/** What is known of a finished distillation. */
export type DistillSummary = z.infer<typeof summarySchema>;

/** Files of such a folder; nothing else is ever removed. */
const ownFiles = [
  "summary.json",
  "student.safetensors",
  "curve.json",
  "checkpoint.safetensors",
  "algorithms.json",
  "log.jsonl",
  "manifest.json",
];

/** Path of the student in a folder. */
export function studentPath(folder: string): string {
  return join(folder, "student.safetensors");
}

async function readJson(path: string): Promise<unknown> {
  const text = await readTextIfPresent(path).catch((error: Error) => {
    throw new DataError(`Cannot read ${path}: ${error.message}`, { cause: error });
  });
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DataError(
      `Cannot read ${path}: it is no JSON. Remove the folder, or use another --out`,
      { cause: error },
    );
  }
}

/**
 * Checks that a folder may hold this distillation.
 *
 * @param options.overwrite Another distillation in it may be replaced.
 * @throws {ConfigError} where it holds one with other settings, or foreign files.
 */
export async function checkDistillFolder(
  folder: string,
  { hash, config, overwrite }: {
    hash: string;
    config: Readonly<Record<string, unknown>>;
    overwrite: boolean;
  },
): Promise<void> {
  const path = join(folder, "manifest.json");
  const value = await readJson(path);
  if (value === undefined) {
    const entries = await Array.fromAsync(Deno.readDir(folder)).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return [];
      throw new DataError(`Cannot read ${folder}: ${error.message}`, { cause: error });
    });
    const foreign = entries.find(({ name }) =>
      name !== lockFileName && !name.endsWith(".tmp") && !ownFiles.includes(name)
    );
    if (foreign === undefined) return;
    throw new ConfigError(
      `The folder ${folder} is no folder of a distillation: it holds "${foreign.name}". ` +
        "Use another --out",
    );
  }
  const manifest = manifestSchema.safeParse(value);
  if (!manifest.success) {
    throw new ConfigError(
      `The folder ${folder} holds another kind of run. Use another --out`,
    );
  }
  if (overwrite || manifest.data.hash === hash) return;
  const differences = describeDifferences(manifest.data.config, config);
  throw new ConfigError(
    `The distillation in ${folder} was made with other settings:\n  - ${
      (differences.length === 0 ? ["its data, texts or plug-ins have changed"] : differences)
        .slice(0, 20).join("\n  - ")
    }\nUse another --out, or --overwrite to start it anew`,
  );
}

/** Removes a distillation, and only that. */
export async function removeDistillation(folder: string): Promise<void> {
  for (const name of ownFiles) {
    try {
      await Deno.remove(join(folder, name));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      const reason = (error as Error).message;
      throw new DataError(`Cannot remove ${join(folder, name)}: ${reason}`, { cause: error });
    }
  }
}

/** Writes the manifest, which comes first. */
export async function writeDistillManifest(
  folder: string,
  { hash, config, environment, project }: {
    hash: string;
    config: Readonly<Record<string, unknown>>;
    environment: Environment;
    project: { name: string; version: string };
  },
): Promise<void> {
  const manifest = {
    schemaVersion: 1,
    kind: "distillation",
    project,
    hash,
    config,
    environment,
    createdAt: new Date().toISOString(),
  };
  const path = join(folder, "manifest.json");
  if (await readTextIfPresent(path) !== undefined) return;
  await writeFileAtomic(path, JSON.stringify(manifest, null, 1) + "\n");
}

/** The summary of a distillation that is finished and whole, or undefined. */
export async function readFinishedDistillation(
  folder: string,
  hash: string,
): Promise<DistillSummary | undefined> {
  const value = await readJson(join(folder, "summary.json")).catch(() => undefined);
  const summary = summarySchema.safeParse(value);
  if (!summary.success || summary.data.hash !== hash) return undefined;
  const bytes = await readFileIfPresent(studentPath(folder));
  // A student that was changed is not the one that the summary speaks of.
  return bytes && sha256(bytes) === summary.data.studentSha256 ? summary.data : undefined;
}

/** Writes the curve and the summary of a distillation whose student is written. */
export async function writeDistillSummary(
  folder: string,
  hash: string,
  { curve, timings, warnings, skippedImages, details }: CellResult,
): Promise<DistillSummary> {
  const bytes = await readFileIfPresent(studentPath(folder));
  if (bytes === undefined) throw new Error("internal: the student was not written");
  await writeFileAtomic(join(folder, "curve.json"), JSON.stringify(curve) + "\n");
  const summary: DistillSummary = {
    schemaVersion: 1,
    hash,
    studentSha256: sha256(bytes),
    steps: Number(details["steps"]),
    parameters: Number(details["parameters"]),
    seconds: timings["train"] ?? 0,
    finalLoss: curve?.loss.at(-1) ?? null,
    warnings,
    skippedImages,
    details,
  };
  await writeFileAtomic(join(folder, "summary.json"), JSON.stringify(summary, null, 1) + "\n");
  return summary;
}
