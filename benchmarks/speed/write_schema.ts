/**
 * Writes `bench.schema.json` from the schema in the code.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { projectFolder, writeFileAtomic } from "../../core/files.ts";
import { writtenSpeedSchema } from "../../core/results/speed_result.ts";

/** Where the JSON Schema of `bench.json` lies. */
export const speedSchemaPath: string = join(
  projectFolder,
  "benchmarks",
  "speed",
  "bench.schema.json",
);

/** The file's text. */
export function formatSpeedSchema(): string {
  return JSON.stringify(z.toJSONSchema(writtenSpeedSchema), null, 2) + "\n";
}

if (import.meta.main) await writeFileAtomic(speedSchemaPath, formatSpeedSchema());
