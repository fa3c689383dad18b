/**
 * Checks a `result.json` by its schema, and that every row that was to be run has numbers.
 *
 *     deno run --allow-read --allow-env scripts/check_result.ts runs/table2-smoke/result.json
 *
 * @module
 */

import { parseResult } from "../core/results/result_schema.ts";
import type { ResultFile } from "../core/results/result.ts";

/** What is wrong with a result that should be complete, one sentence each. */
export function findResultProblems({ finished, rows, cells }: ResultFile): string[] {
  const problems: string[] = [];
  if (!finished) problems.push("the run is not finished");
  for (const { id, kind } of rows) {
    const own = cells.filter(({ row }) => row === id);
    const measured = own.filter(({ status }) => status === "measured");
    if (kind !== "quoted" && measured.length === 0) problems.push(`row ${id} has no number`);
    if (kind === "quoted" && own.some(({ value }) => value !== null)) {
      problems.push(`row ${id} is quoted and has a measured number`);
    }
    for (const { id: cell, status, value } of own) {
      if (status === "failed") problems.push(`cell ${cell} failed`);
      if (status === "measured" && value === null) problems.push(`cell ${cell} has no value`);
    }
  }
  return problems;
}

if (import.meta.main) {
  const path = Deno.args[0];
  if (path === undefined) {
    console.error("usage: check_result.ts RESULT.json");
    Deno.exit(2);
  }
  const result = parseResult(await Deno.readTextFile(path), path);
  const problems = findResultProblems(result);
  for (const problem of problems) console.error(problem);
  const measured = result.cells.filter(({ status }) => status === "measured").length;
  console.log(`${path}: ${measured} numbers, ${problems.length} problems`);
  Deno.exit(problems.length > 0 ? 1 : 0);
}
