/**
 * What makes two results measure different things.
 *
 * @module
 */

import type { ResultFile } from "../core/results/result.ts";
import { countOf } from "./format.ts";

/** Settings that are named one by one; more are counted. */
const listedSettings = 10;

/** Leaves of a nested value by dotted path, as JSON. */
function leaves(value: unknown, path: string, output: Map<string, string>): Map<string, string> {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    for (const [key, inner] of Object.entries(value)) {
      leaves(inner, path === "" ? key : `${path}.${key}`, output);
    }
  } else output.set(path, JSON.stringify(value) ?? "nothing");
  return output;
}

/** Settings with other values; settings that only one side has belong to what only it measures. */
function compareProtocols(base: ResultFile, next: ResultFile): {
  changed: string[];
  onlyOne: string[];
} {
  const from = leaves(base.protocol, "", new Map()), to = leaves(next.protocol, "", new Map());
  const changed: string[] = [], onlyOne: string[] = [];
  for (const [path, value] of from) {
    const other = to.get(path);
    if (other === undefined) onlyOne.push(`${path} only in the base`);
    else if (other !== value) {
      changed.push(`${path} is ${value} in the base and ${other} in the new result`);
    }
  }
  for (const path of to.keys()) if (!from.has(path)) onlyOne.push(`${path} only in the new result`);
  return { changed, onlyOne };
}

/** A list cut to its first entries, the others counted. */
function shorten(list: readonly string[], what: string): string[] {
  const more = list.length - listedSettings;
  return more <= 0
    ? [...list]
    : [...list.slice(0, listedSettings), `${countOf(more, `more ${what}`)}`];
}

/** Data, teachers and whatever else was read under the same id, with other content. */
function compareSources(base: ResultFile, next: ResultFile): string[] {
  const sources = new Map(next.sources.map((source) => [source.id, source]));
  return base.sources.flatMap(({ id, name, hash }) => {
    const other = sources.get(id);
    if (other === undefined || (other.name === name && other.hash === hash)) return [];
    const show = (of: { name: string; hash: string }) => `${of.name} (${of.hash.slice(0, 12)})`;
    return [`${id} is ${show({ name, hash })} in the base and ${show(other)} in the new result`];
  });
}

/** Columns whose numbers are of another kind, and cells measured by another version of a task. */
function compareMeasures(base: ResultFile, next: ResultFile): string[] {
  const conflicts: string[] = [];
  const columns = new Map(next.columns.map((column) => [column.id, column]));
  for (const column of base.columns) {
    const other = columns.get(column.id);
    if (other === undefined) continue;
    const from = { task: column.task, ...column.metric };
    const to = { task: other.task, ...other.metric };
    const parts = (["task", "key", "unit", "higherIsBetter"] as const)
      .filter((key) => from[key] !== to[key])
      .map((key) => `${key === "key" ? "metric" : key} ${from[key]} → ${to[key]}`);
    if (parts.length > 0) conflicts.push(`column ${column.id}: ${parts.join(", ")}`);
  }
  const cells = new Map(next.cells.map((cell) => [cell.id, cell]));
  const changed = new Map<string, number>();
  for (const cell of base.cells) {
    const other = cells.get(cell.id);
    if (cell.value === null || other === undefined || other.value === null) continue;
    const parts = (["task", "taskVersion"] as const)
      .filter((key) => cell[key] !== other[key])
      .map((key) => `${key} ${cell[key]} → ${other[key]}`);
    if (parts.length === 0) continue;
    const change = `${cell.task ?? "task"}: ${parts.join(", ")}`;
    changed.set(change, (changed.get(change) ?? 0) + 1);
  }
  for (const [change, count] of changed) conflicts.push(`${change} (${countOf(count, "cell")})`);
  return conflicts;
}

/**
 * What forbids a comparison unless it is forced, and what the reader should know besides. Splits of
 * one name with another role count: the one was for choosing settings.
 */
export function findConflicts(
  base: ResultFile,
  next: ResultFile,
): { conflicts: string[]; remarks: string[] } {
  const conflicts: string[] = [];
  for (const key of ["table", "size"] as const) {
    if (base[key] !== next[key]) {
      conflicts.push(`${key} is "${base[key]}" in the base and "${next[key]}" in the new result`);
    }
  }
  const roles = new Map(next.splits.map(({ name, role }) => [name, role]));
  for (const { name, role } of base.splits) {
    const other = roles.get(name);
    if (other !== undefined && other !== role) {
      conflicts.push(`split ${name} is for "${role}" in the base and "${other}" in the new result`);
    }
  }
  const { changed, onlyOne } = compareProtocols(base, next);
  conflicts.push(
    ...compareSources(base, next),
    ...compareMeasures(base, next),
    ...shorten(changed, "setting"),
  );
  return {
    conflicts,
    remarks: onlyOne.length === 0
      ? []
      : [`Settings of one side alone: ${shorten(onlyOne, "setting").join("; ")}.`],
  };
}
