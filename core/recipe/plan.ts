/**
 * Plans a table: a resolved recipe, seeds and a filter become the cells to run.
 *
 * @module
 */

import { isAbsolute, join } from "node:path";
import { ConfigError, DataError } from "../errors.ts";
import { hashJson, projectFolder } from "../files.ts";
import { nearestNames, unknownNameMessage } from "../registry.ts";
import type { BaselineSpec, CellSpec, CellTask, PretrainSpec } from "./cell.ts";
import type { RecipeColumn, RecipeRow, ResolvedRecipe } from "./recipe.ts";

/**
 * Part of every cell's hash: raised when a change of the program changes the numbers of a cell, so
 * that stored cells are run again.
 */
export const cellVersion = 6;

/** What a plan is made for. */
export interface PlanOptions {
  /** The seeds, e.g. `[0, 1, 2]`. */
  seeds: readonly number[];
  /** Only cells whose id or row fits this glob (`*`, `?`, `{a,b}`) are run. */
  cells?: string;
  /**
   * Hashes of contents that are not told by a name: of image folders (`"imagefolder:PATH"`), lists
   * of class names (`"file:PATH"`) and what plug-ins brought (`"task NAME"`, `"student NAME"`,
   * `"teacher NAME"`). They are part of the hashes of the cells that use them.
   */
  contents?: Readonly<Record<string, string>>;
}

/** A table's work. */
export interface Plan {
  /** Every cell of the table, whether chosen or not. */
  readonly cells: readonly CellSpec[];
  /** The cells that `--cells` chose; all of them without it. */
  readonly chosen: readonly CellSpec[];
  /** Rows that are computed while the data are prepared. */
  readonly baselines: readonly BaselineSpec[];
  /** Key under which the baselines' outcomes are stored. */
  readonly baselineHash: string;
  /** The seeds. */
  readonly seeds: readonly number[];
}

/** A glob (`*`, `?`, `{a,b}`) as a regular expression for a whole name. */
export function globToRegExp(glob: string): RegExp {
  let depth = 0;
  const pattern = [...glob].map((character) => {
    if (character === "*") return ".*";
    if (character === "?") return ".";
    if (character === "{") return depth++, "(?:";
    if (character === "}" && depth > 0) return depth--, ")";
    if (character === "," && depth > 0) return "|";
    return character.replace(/[.+^$()|[\]\\/{}]/, "\\$&");
  }).join("");
  if (depth > 0) throw new ConfigError(`--cells ${glob}: a "{" is not closed`);
  return new RegExp(`^${pattern}$`);
}

/** Columns a row is measured under, in the table's order. */
export function measuredColumns(recipe: ResolvedRecipe, row: RecipeRow): RecipeColumn[] {
  return recipe.columns.filter(({ id }) => row.columns?.includes(id) ?? true);
}

function taskOf(recipe: ResolvedRecipe, column: RecipeColumn, name: string): CellTask {
  const { protocol } = recipe;
  const own: Record<string, unknown> = name === "linear-probe"
    ? protocol.linearProbe
    : name === "zero-shot"
    ? protocol.zeroShot
    : {};
  return {
    column: column.id,
    task: name,
    data: protocol.data[column.data]!,
    options: { ...own, ...protocol.evaluation, ...column.options },
  };
}

function pretrainOf(recipe: ResolvedRecipe, row: RecipeRow): PretrainSpec {
  const { protocol } = recipe;
  const pretrain = row.pretrain!;
  const { method, teacher, student, data, text, length } = pretrain;
  return {
    method,
    teacher: teacher === null ? null : protocol.teachers[teacher]!,
    student: student === null ? null : protocol.students[student]!,
    data: protocol.data[data]!,
    text: text === null ? null : protocol.text[text] ?? protocol.data[text]!,
    epochs: length === null ? 0 : protocol.lengths[length]!,
    options: {
      ...protocol.pretrain,
      ...(student === null ? {} : protocol.byStudent[student]),
      ...pretrain.options,
    },
  };
}

/** Names that are registered, by kind; a kind that is not given is not checked. */
export type KnownNames = Partial<
  Record<"student" | "teacher" | "task" | "dataset", readonly string[]>
>;

/**
 * Checks that everything a plan names is registered.
 *
 * @throws {ConfigError} with every unknown name.
 */
export function checkNames({ cells }: Pick<Plan, "cells">, known: KnownNames): void {
  const used = {
    student: cells.flatMap(({ pretrain }) => pretrain.student ?? []),
    teacher: cells.flatMap(({ pretrain }) => pretrain.teacher ?? []),
    task: cells.flatMap(({ tasks }) => tasks.map(({ task }) => task)),
    dataset: cells.flatMap(({ pretrain, tasks }) => [
      pretrain.data,
      pretrain.text ?? pretrain.data,
      ...tasks.map(({ data }) => data),
    ]).filter((name) => !/^(imagefolder|file):/.test(name)),
  };
  const problems: string[] = [];
  for (const kind of ["student", "teacher", "task", "dataset"] as const) {
    const names = known[kind];
    if (names === undefined) continue;
    for (const name of new Set(used[kind])) {
      if (!names.includes(name)) problems.push(unknownNameMessage(kind, name, names));
    }
  }
  if (problems.length > 0) throw new ConfigError(problems.join("\n"));
}

/**
 * SHA-256 of everything that determines the numbers of a cell.
 *
 * @param contents See {@linkcode PlanOptions.contents}.
 */
export function hashCell(
  { seed, pretrain, tasks }: Pick<CellSpec, "seed" | "pretrain" | "tasks">,
  contents: PlanOptions["contents"] = {},
): string {
  const { data, text, student, teacher } = pretrain;
  const used = [
    data,
    text,
    // The content of a file of algorithms; nothing has the name "rules" or "measured".
    `${pretrain.options["algorithms"]}`,
    `student ${student}`,
    `teacher ${teacher}`,
    ...tasks.flatMap((task) => [task.data, `task ${task.task}`]),
  ].filter((name): name is string => name !== null && Object.hasOwn(contents, name));
  return hashJson({
    cellVersion,
    seed,
    pretrain,
    tasks,
    ...(used.length === 0 ? {} : {
      contents: Object.fromEntries(used.map((name) => [name, contents[name]])),
    }),
  });
}

/** Chooses the cells a glob fits. */
function choose(cells: readonly CellSpec[], glob: string): CellSpec[] {
  const pattern = globToRegExp(glob);
  const chosen = cells.filter(({ id, rowIds }) =>
    pattern.test(id) || rowIds.some((row) => pattern.test(row))
  );
  if (chosen.length === 0) {
    const near = nearestNames(glob, new Set(cells.flatMap(({ id, rowIds }) => [...rowIds, id])));
    const hint = near.length > 0
      ? `Did you mean ${near.map((name) => `"${name}"`).join(" or ")}?`
      : `Cells: ${cells.map(({ id }) => id).join(", ")}`;
    throw new ConfigError(`--cells ${glob}: no cell fits. ${hint}`);
  }
  return chosen;
}

/**
 * The cells of a table. Rows that differ only in what is evaluated share one training; a row that
 * trains nothing (the teacher) has one cell, whatever the number of seeds.
 *
 * @throws {ConfigError} for a filter that fits nothing.
 */
export function planCells(recipe: ResolvedRecipe, options: PlanOptions): Plan {
  const cells = new Map<string, CellSpec>();
  for (const seed of options.seeds) {
    for (const row of recipe.rows) {
      if (row.kind !== "run" || !recipe.runRows.has(row.id)) continue;
      const pretrain = pretrainOf(recipe, row);
      if (pretrain.method === "none" && seed !== options.seeds[0]) continue;
      const key = hashJson({ seed, pretrain });
      const shared = cells.get(key);
      const tasks = [...shared?.tasks ?? []];
      for (const column of measuredColumns(recipe, row)) {
        if (tasks.some((task) => task.column === column.id)) continue;
        tasks.push(taskOf(recipe, column, column.task));
      }
      cells.set(key, {
        id: shared?.id ?? `${row.id}.seed${seed}`,
        rowId: shared?.rowId ?? row.id,
        rowIds: [...shared?.rowIds ?? [], row.id],
        seed,
        pretrain,
        tasks,
        hash: hashCell({ seed, pretrain, tasks }, options.contents),
      });
    }
  }
  const planned = [...cells.values()];
  const baselines = recipe.rows
    .filter(({ id, kind }) => kind === "baseline" && recipe.runRows.has(id))
    .map((row) => ({
      rowId: row.id,
      tasks: measuredColumns(recipe, row).map((column) => taskOf(recipe, column, row.baseline!)),
    }));
  const imageSize = recipe.protocol.pretrain.imageSize;
  const baselineContents = baselines.flatMap(({ tasks }) =>
    tasks.flatMap(({ data }) => options.contents?.[data] ?? [])
  );
  return {
    cells: planned,
    chosen: options.cells === undefined ? planned : choose(planned, options.cells),
    baselines,
    baselineHash: hashJson({
      cellVersion,
      baselines,
      imageSize,
      ...(baselineContents.length === 0 ? {} : { contents: baselineContents }),
    }),
    seeds: options.seeds,
  };
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/**
 * Checks that what the user must supply is there.
 *
 * @throws {DataError} with everything that is missing: what it is and where to put it.
 */
export async function checkRequirements(
  recipe: ResolvedRecipe,
  options: { folder?: string } = {},
): Promise<void> {
  const folder = options.folder ?? projectFolder;
  const missing: string[] = [];
  const explained = new Set<string>();
  for (const { key, value, path, what } of recipe.requires) {
    explained.add(value);
    const place = path === undefined || isAbsolute(path) ? path : join(folder, path);
    if (place !== undefined && await exists(place)) continue;
    const advice = place === undefined
      ? `use another with --set ${key}=…`
      : `put it at ${place}, or point --set ${key}=… at it`;
    missing.push(`${key} = ${value}: ${what}\n    ${advice}`);
  }
  for (const [role, name] of Object.entries(recipe.protocol.data)) {
    if (!name.startsWith("imagefolder:") || explained.has(name)) continue;
    const path = name.slice("imagefolder:".length);
    if (await exists(path)) continue;
    missing.push(`data.${role} = ${name}: there is no folder ${path}`);
  }
  if (missing.length > 0) {
    throw new DataError(
      `Cannot run ${recipe.table} at size ${recipe.size}; missing:\n  - ${missing.join("\n  - ")}`,
    );
  }
}
