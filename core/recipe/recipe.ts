/**
 * Recipes: a table as data (`benchmarks/tables/*.yaml`). Its rows, columns and protocol, and the sizes,
 * which are overrides of the same protocol. A recipe may extend a protocol of
 * `benchmarks/protocols/*.yaml` and names only what differs from it.
 *
 * @module
 */

import { basename, join } from "node:path";
import { ConfigError } from "../errors.ts";
import { explainIssues } from "../explain_schema.ts";
import { packageFile } from "../files.ts";
import { isRecipePath } from "../paths.ts";
import { unknownNameMessage } from "../registry.ts";
import { expandSweeps } from "./expand_sweeps.ts";
import { merge } from "./merge.ts";
import { loadProtocol } from "./protocol_file.ts";
import { configError, readYaml, yamlNames } from "./read_yaml.ts";
import {
  type Recipe,
  type RecipeRow,
  recipeSchema,
  type SizeName,
  sizeNames,
} from "./recipe_schema.ts";
import { textParts } from "./text_schema.ts";

/** Names of the tables there are recipes for, sorted. */
export function tableNames(folder: string = packageFile("benchmarks/tables")): string[] {
  return yamlNames(folder);
}

/** References from rows and columns to roles, rows and columns. */
class ReferenceCheck {
  readonly problems: string[] = [];

  refer(place: string, kind: string, name: string, known: readonly string[]): void {
    if (known.includes(name)) return;
    this.problems.push(`${place}: ${unknownNameMessage(kind, name, known)}`);
  }

  unique(kind: string, ids: readonly string[]): void {
    const twice = ids.find((id, index) => ids.indexOf(id) !== index);
    if (twice !== undefined) this.problems.push(`${kind}s: "${twice}" is there twice`);
  }

  checkRow(row: RecipeRow, protocol: Readonly<Record<string, unknown>>): void {
    const place = `rows.${row.id}`;
    if ((row.kind === "run") !== (row.pretrain !== undefined)) {
      this.problems.push(`${place}: a row of kind "run", and no other, needs "pretrain"`);
    }
    if ((row.kind === "baseline") !== (row.baseline !== undefined)) {
      this.problems.push(`${place}: a row of kind "baseline", and no other, needs "baseline"`);
    }
    if (row.pretrain === undefined) return;
    const roles = (key: string) => Object.keys(protocol[key] ?? {});
    const { teacher, student, data, text, length } = row.pretrain;
    this.refer(`${place}.pretrain.data`, "data role", data, roles("data"));
    for (const part of textParts(text)) {
      if ("task" in part) {
        this.refer(`${place}.pretrain.text.data`, "data role", part.data, roles("data"));
      }
      if (typeof part.count === "string") {
        this.refer(`${place}.pretrain.text.count`, "data role", part.count, roles("data"));
      }
    }
    const named = {
      teacher: ["teacher role", teacher, "teachers"],
      student: ["student role", student, "students"],
      length: ["length", length, "lengths"],
    } as const;
    for (const [key, [kind, name, group]] of Object.entries(named)) {
      if (name !== null) this.refer(`${place}.pretrain.${key}`, kind, name, roles(group));
    }
  }
}

/** References of claims, sweeps and costs. */
function checkStudy(recipe: Recipe, check: ReferenceCheck): void {
  const columns = recipe.columns.map(({ id }) => id);
  const rows = recipe.rows.map(({ id }) => id);
  const labels = recipe.comparisons.map(({ label }) => label);
  check.unique("claim", recipe.claims.map(({ id }) => id));
  for (const { id, comparisons, columns: claimed } of recipe.claims) {
    for (const label of comparisons) {
      check.refer(`claims.${id}.comparisons`, "comparison", label, labels);
    }
    for (const column of claimed ?? []) {
      check.refer(`claims.${id}.columns`, "column", column, columns);
    }
    // A claim is judged where a comparison is made in one of its columns.
    for (const { label, columns: own = columns } of recipe.comparisons) {
      if (claimed === undefined || !comparisons.includes(label)) continue;
      if (claimed.some((column) => own.includes(column) || !columns.includes(column))) continue;
      check.problems.push(
        `claims.${id}.columns: expected one in which "${label}" is compared (${own.join(", ")}), ` +
          `got ${claimed.join(", ")}`,
      );
    }
  }
  check.unique("sweep", recipe.sweeps.map(({ id }) => id));
  for (const sweep of recipe.sweeps) {
    const place = `sweeps.${sweep.id}`;
    for (const row of [...Object.values(sweep.rows), ...Object.values(sweep.levels)]) {
      check.refer(place, "row", row, rows);
    }
    const named = "points" in sweep
      ? sweep.points.map(({ column }) => column)
      : sweep.columns ?? [];
    for (const column of named) check.refer(place, "column", column, columns);
  }
  for (const row of Object.values(recipe.costs?.rows ?? {})) check.refer("costs", "row", row, rows);
  for (const column of recipe.costs?.columns ?? []) check.refer("costs", "column", column, columns);
  for (const size of sizeNames) {
    for (const id of Object.keys(recipe.sizes[size].sweeps)) {
      check.refer(`sizes.${size}.sweeps`, "sweep", id, recipe.sweeps.map((sweep) => sweep.id));
    }
    const expanded = expandSweeps(recipe, size);
    check.problems.push(...expanded.problems);
    check.unique("row", [...rows, ...expanded.rows.map(({ id }) => id)]);
    const protocol = merge(recipe.protocol, recipe.sizes[size].protocol) as Recipe["protocol"];
    for (const row of expanded.rows) check.checkRow(row, protocol);
  }
}

/** What figures of several rows refer to. */
function checkFigures(check: ReferenceCheck, { figures, rows, columns }: Recipe): void {
  const columnIds = columns.map(({ id }) => id);
  const runRows = rows.filter(({ kind }) => kind === "run");
  figures.forEach(({ column, rows: shown, features, gain }, index) => {
    const place = `figures.${index}`;
    check.refer(`${place}.column`, "column", column, columnIds);
    for (const id of shown) {
      check.refer(`${place}.rows`, "row of kind run", id, runRows.map((row) => row.id));
      const measured = runRows.find((row) => row.id === id)?.columns;
      if (measured === undefined || measured.includes(column)) continue;
      check.problems.push(`${place}.rows: row "${id}" is not measured under column "${column}"`);
    }
    for (const id of features?.together ?? []) {
      check.refer(`${place}.features.together`, "row of the figures", id, shown);
    }
    for (const [side, id] of Object.entries(gain ?? {})) {
      check.refer(`${place}.gain.${side}`, "row of the figures", id, shown);
    }
  });
}

/** What a schema cannot say: names that must refer to something. */
function findBrokenReferences(recipe: Recipe): string[] {
  const check = new ReferenceCheck();
  const columns = recipe.columns.map(({ id }) => id);
  const rows = recipe.rows.map(({ id }) => id);
  check.unique("column", columns);
  check.unique("row", rows);
  const dataRoles = Object.keys(recipe.protocol["data"] ?? {});
  for (const { id, data } of recipe.columns) {
    check.refer(`columns.${id}.data`, "data role", data, dataRoles);
  }
  for (const row of recipe.rows) {
    for (const column of row.columns ?? []) {
      check.refer(`rows.${row.id}.columns`, "column", column, columns);
    }
    check.checkRow(row, recipe.protocol);
  }
  for (const { label, base, other, columns: compared } of recipe.comparisons) {
    check.refer(`comparisons."${label}".base`, "row", base, rows);
    check.refer(`comparisons."${label}".other`, "row", other, rows);
    for (const column of compared ?? []) {
      check.refer(`comparisons."${label}".columns`, "column", column, columns);
    }
  }
  checkStudy(recipe, check);
  checkFigures(check, recipe);
  for (const size of sizeNames) {
    const { rows: chosen = [], columns: changed } = recipe.sizes[size];
    for (const row of chosen) check.refer(`sizes.${size}.rows`, "row", row, rows);
    for (const column of Object.keys(changed)) {
      check.refer(`sizes.${size}.columns`, "column", column, columns);
    }
  }
  return [...new Set(check.problems)];
}

/**
 * Reads and checks a recipe, and lays its protocol over the one that it extends. What methods and
 * tasks say of their settings is checked when it is resolved.
 *
 * @param table Name of a table, or a path that ends in `.yaml`.
 * @throws {ConfigError} for an unknown table, or with every error of the file.
 */
export async function loadRecipe(
  table: string,
  options: { folder?: string; protocolFolder?: string } = {},
): Promise<Recipe> {
  const folder = options.folder ?? packageFile("benchmarks/tables");
  const isPath = isRecipePath(table);
  const path = isPath ? table : join(folder, `${table}.yaml`);
  const source = basename(path);
  const value = isPath || /^[\w.-]+$/.test(table) ? await readYaml(path, source) : undefined;
  if (value === undefined) {
    if (isPath) throw new ConfigError(`Cannot read the recipe ${table}: there is no such file`);
    throw new ConfigError(unknownNameMessage("table", table, tableNames(folder)));
  }
  const checked = recipeSchema.safeParse(value);
  if (!checked.success) {
    throw configError(source, explainIssues(checked.error, { schema: recipeSchema, value }));
  }
  const base = await loadProtocol(
    checked.data.extends,
    options.protocolFolder ?? packageFile("benchmarks/protocols"),
    source,
  );
  const protocol = merge(base.protocol, checked.data.protocol) as Recipe["protocol"];
  const sizes = Object.fromEntries(
    Object.entries(checked.data.sizes).map(([name, size]) => [name, {
      ...size,
      protocol: merge(base.sizes[name as SizeName] ?? {}, size.protocol),
    }]),
  ) as Recipe["sizes"];
  const recipe = { ...checked.data, protocol, sizes };
  const problems = findBrokenReferences(recipe);
  if (problems.length > 0) throw configError(source, problems);
  return recipe;
}
