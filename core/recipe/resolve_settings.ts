/**
 * Settings of owners, checked by their schemas and filled with defaults.
 *
 * @module
 */

import type { z } from "zod";
import { explainIssues } from "../explain_schema.ts";
import { isPlainObject } from "./merge.ts";

/** Settings of an owner, resolved. */
export type ResolvedSettings = Readonly<Record<string, unknown>>;

/** Settings of an owner with the defaults filled in; problems are added to the list. */
export function resolveSettings<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  prefix: string,
  problems: Set<string>,
): z.output<Schema> | undefined {
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  for (const problem of explainIssues(checked.error, { schema, value, prefix })) {
    problems.add(problem);
  }
  return undefined;
}

/** Settings of `byStudent.<role>`: those of the training, and those of tasks. */
export function splitByStudent(
  value: Readonly<Record<string, unknown>> = {},
): { pretrain: Record<string, unknown>; tasks: Record<string, unknown> } {
  const { tasks = {}, ...pretrain } = value;
  return { pretrain, tasks: isPlainObject(tasks) ? tasks : { tasks } };
}
