/**
 * Writes `benchmarks/result.schema.json` from the schema in the code; `--check` only compares.
 *
 * @module
 */

import { join } from "node:path";
import { projectFolder, readTextIfPresent, writeFileAtomic } from "../core/files.ts";
import { resultJsonSchema } from "../core/results/result_schema.ts";

/** Where the JSON Schema of `result.json` lies. */
export const resultSchemaPath: string = join(projectFolder, "benchmarks", "result.schema.json");

/** The file's text. */
export function formatResultSchema(): string {
  return JSON.stringify(resultJsonSchema(), null, 2) + "\n";
}

if (import.meta.main) {
  const text = formatResultSchema();
  if (Deno.args.includes("--check")) {
    if (await readTextIfPresent(resultSchemaPath) !== text) {
      console.error("benchmarks/result.schema.json is old. Run scripts/write_result_schema.ts");
      Deno.exit(1);
    }
  } else await writeFileAtomic(resultSchemaPath, text);
}
