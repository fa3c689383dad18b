/**
 * Recipes: a table as data (`benchmarks/*.yaml`). Its rows, columns and protocol, and the sizes,
 * which are overrides of the same protocol.
 *
 * @module
 */

import { basename, join } from "node:path";
import { parse as parseYaml, parseDocument } from "yaml";
import { z } from "zod";
import { ConfigError } from "../errors.ts";
import { hashJson, projectFolder, readTextIfPresent } from "../files.ts";
import { nearestNames, unknownNameMessage } from "../registry.ts";
import { explainIssues, keysAt, schemaAt, unknownKeyMessage, valueAt } from "../explain_schema.ts";
import { pretrainSchema, type Protocol, protocolSchema } from "./protocol.ts";

const idSchema = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,60}$/, "wanted a lower-case file name");

const columnSchema = z.strictObject({
  id: idSchema,
  group: z.string().describe("Heading over neighbouring columns"),
  header: z.string().describe("Heading as the paper prints it"),
  task: z.string().describe("Task that measures the column"),
  data: z.string().describe("Role of the data set, a key of protocol.data"),
  metric: z.string().default("top1"),
  unit: z.string().default("%"),
  options: z.record(z.string(), z.unknown()).default({}).describe("Settings of the task"),
});

const rowPretrainSchema = z.strictObject({
  method: z.enum(["lgd", "seed", "supervised", "none"]),
  teacher: z.string().nullable().default(null).describe("Role, a key of protocol.teachers"),
  student: z.string().nullable().default(null).describe("Role, a key of protocol.students"),
  data: z.string().describe("Role of the images, a key of protocol.data"),
  text: z.string().nullable().default(null).describe("Role of the class names"),
  length: z.string().nullable().default(null).describe("A key of protocol.lengths"),
  options: pretrainSchema.partial().default({}).describe("Overrides of protocol.pretrain"),
});

const rowSchema = z.strictObject({
  id: idSchema,
  block: z.string(),
  method: z.string().describe("As the table prints it"),
  kind: z.enum(["run", "quoted", "baseline"]),
  teacher: z.string().nullable().default(null).describe("As the paper prints it"),
  student: z.string().nullable().default(null).describe("As the paper prints it"),
  data: z.string().nullable().default(null).describe("As the paper prints it"),
  text: z.string().nullable().default(null).describe("As the paper prints it"),
  epochs: z.number().nullable().default(null).describe("As the paper prints it"),
  paper: z.string().optional().describe("Id of the row in the paper's table; default: id"),
  note: z.string().optional(),
  pretrain: rowPretrainSchema.optional(),
  baseline: z.string().optional().describe("Name of the baseline, for kind: baseline"),
  columns: z.array(z.string()).optional().describe("Columns measured; default: all"),
  missing: z.string().optional().describe("Why the other columns are not measured"),
});

const comparisonSchema = z.strictObject({
  label: z.string(),
  base: z.string(),
  other: z.string(),
  columns: z.array(z.string()).optional(),
});

const requirementSchema = z.strictObject({
  key: z.string().describe("Key of the protocol that asks for it, e.g. data.imagenet"),
  value: z.string().describe("Value of the key for which it is asked"),
  path: z.string().optional()
    .describe("File or folder that must exist, from the project's folder; none: never there"),
  what: z.string().describe("What it is and where to get it"),
});

const sizeSchema = z.strictObject({
  note: z.string().default(""),
  seeds: z.number().int().min(1).max(100).describe("Number of seeds where --seeds is not given"),
  rows: z.array(z.string()).optional().describe("Rows that are run; default: all"),
  requires: z.array(requirementSchema).default([]),
  protocol: z.record(z.string(), z.unknown()).default({}),
});

const recipeSchema = z.strictObject({
  table: idSchema,
  title: z.string(),
  note: z.string(),
  columns: z.array(columnSchema).min(1),
  rows: z.array(rowSchema).min(1),
  comparisons: z.array(comparisonSchema).default([]),
  protocol: z.record(z.string(), z.unknown()),
  sizes: z.strictObject({ smoke: sizeSchema, mini: sizeSchema, paper: sizeSchema }),
});

/** A column of a recipe. */
export type RecipeColumn = z.infer<typeof columnSchema>;
/** A row of a recipe. */
export type RecipeRow = z.infer<typeof rowSchema>;
/** A difference between two rows that a recipe asks for. */
export type RecipeComparison = z.infer<typeof comparisonSchema>;
/** A file or folder the user must supply. */
export type Requirement = z.infer<typeof requirementSchema>;
/** A recipe as its file gives it, checked. */
export type Recipe = z.infer<typeof recipeSchema>;

/** The sizes every recipe has. */
export const sizeNames = ["smoke", "mini", "paper"] as const;
/** Name of a size. */
export type SizeName = typeof sizeNames[number];

/** A recipe at one size with all overrides applied: frozen, hashed, ready to be planned. */
export interface ResolvedRecipe {
  readonly table: string;
  readonly title: string;
  readonly note: string;
  readonly size: SizeName;
  /** Remark about the size. */
  readonly sizeNote: string;
  /** Number of seeds where the user gives none. */
  readonly defaultSeeds: number;
  /** Every setting, resolved. */
  readonly protocol: Protocol;
  readonly columns: readonly RecipeColumn[];
  readonly rows: readonly RecipeRow[];
  readonly comparisons: readonly RecipeComparison[];
  /** Rows that this size runs; the others stay "not run". */
  readonly runRows: ReadonlySet<string>;
  /** What the user must supply. */
  readonly requires: readonly Requirement[];
  /** Everything that determines the numbers, seeds excepted. */
  readonly config: Readonly<Record<string, unknown>>;
  /** SHA-256 of `config`. */
  readonly configHash: string;
}

/** Folder of the recipes. */
export const recipeFolder: string = join(projectFolder, "benchmarks", "tables");

/** Names of the tables there are recipes for, sorted. */
export function tableNames(folder: string = recipeFolder): string[] {
  return [...Deno.readDirSync(folder)]
    .filter((entry) => entry.isFile && entry.name.endsWith(".yaml"))
    .map((entry) => entry.name.slice(0, -".yaml".length))
    .sort();
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** `base` with the keys of `override`; objects are merged, everything else is replaced. */
function merge(base: unknown, override: unknown): unknown {
  if (!isPlainObject(base) || !isPlainObject(override)) return override;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(override)) {
    merged[key] = Object.hasOwn(base, key) ? merge(base[key], value) : value;
  }
  return merged;
}

function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === "object" && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}

function configError(source: string, problems: readonly string[]): ConfigError {
  const heading = problems.length === 1
    ? `${source}: `
    : `${source}: ${problems.length} errors:\n  - `;
  return new ConfigError(heading + problems.join("\n  - "));
}

/** What a schema cannot say: names that must refer to something. */
function findBrokenReferences(recipe: Recipe): string[] {
  const problems: string[] = [];
  const columns = recipe.columns.map(({ id }) => id);
  const rows = recipe.rows.map(({ id }) => id);
  const refer = (place: string, kind: string, name: string, known: readonly string[]) => {
    if (!known.includes(name)) problems.push(`${place}: ${unknownNameMessage(kind, name, known)}`);
  };
  const roles = (key: string) => Object.keys(recipe.protocol[key] ?? {});
  for (const [kind, ids] of [["column", columns], ["row", rows]] as const) {
    const twice = ids.find((id, index) => ids.indexOf(id) !== index);
    if (twice !== undefined) problems.push(`${kind}s: "${twice}" is there twice`);
  }
  for (const column of recipe.columns) {
    refer(`columns.${column.id}.data`, "data role", column.data, roles("data"));
  }
  for (const row of recipe.rows) {
    const place = `rows.${row.id}`;
    for (const column of row.columns ?? []) refer(`${place}.columns`, "column", column, columns);
    if ((row.kind === "run") !== (row.pretrain !== undefined)) {
      problems.push(`${place}: a row of kind "run", and no other, needs "pretrain"`);
    }
    if ((row.kind === "baseline") !== (row.baseline !== undefined)) {
      problems.push(`${place}: a row of kind "baseline", and no other, needs "baseline"`);
    }
    if (row.pretrain === undefined) continue;
    const { method, teacher, student, data, text, length } = row.pretrain;
    refer(`${place}.pretrain.data`, "data role", data, roles("data"));
    if (text !== null) refer(`${place}.pretrain.text`, "data role", text, roles("data"));
    if (teacher !== null) {
      refer(`${place}.pretrain.teacher`, "teacher role", teacher, roles("teachers"));
    }
    if (student !== null) {
      refer(`${place}.pretrain.student`, "student role", student, roles("students"));
    }
    if (length !== null) refer(`${place}.pretrain.length`, "length", length, roles("lengths"));
    const needs = {
      teacher: method !== "supervised" ? teacher : "",
      student: method !== "none" ? student : "",
      text: method === "lgd" ? text : "",
      length: method !== "none" ? length : "",
    };
    for (const [key, value] of Object.entries(needs)) {
      if (value === null) problems.push(`${place}.pretrain.${key}: method "${method}" needs it`);
    }
  }
  for (const comparison of recipe.comparisons) {
    for (const side of ["base", "other"] as const) {
      refer(`comparisons."${comparison.label}".${side}`, "row", comparison[side], rows);
    }
  }
  for (const size of sizeNames) {
    for (const row of recipe.sizes[size].rows ?? []) refer(`sizes.${size}.rows`, "row", row, rows);
  }
  return problems;
}

/**
 * Reads and checks a recipe.
 *
 * @param table Name of a table, or a path that ends in `.yaml`.
 * @throws {ConfigError} for an unknown table, or with every error of the file.
 */
export async function loadRecipe(
  table: string,
  options: { folder?: string } = {},
): Promise<Recipe> {
  const folder = options.folder ?? recipeFolder;
  const isPath = /\.ya?ml$/.test(table);
  const path = isPath ? table : join(folder, `${table}.yaml`);
  const text = isPath || /^[\w.-]+$/.test(table) ? await readTextIfPresent(path) : undefined;
  if (text === undefined) {
    if (isPath) throw new ConfigError(`Cannot read the recipe ${table}: there is no such file`);
    throw new ConfigError(unknownNameMessage("table", table, tableNames(folder)));
  }
  const source = basename(path);
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    throw configError(source, document.errors.map(({ message }) => message.split("\n")[0]!));
  }
  const value: unknown = document.toJS();
  const checked = recipeSchema.safeParse(value);
  if (!checked.success) {
    throw configError(source, explainIssues(checked.error, { schema: recipeSchema, value }));
  }
  const problems = findBrokenReferences(checked.data);
  if (problems.length > 0) throw configError(source, problems);
  return checked.data;
}

/** One `--set a.b=c`, as the object it stands for; errors are added to `problems`. */
function parseOverride(
  text: string,
  base: unknown,
  problems: string[],
): { path: string[]; value: unknown } | undefined {
  const equals = text.indexOf("=");
  if (equals < 1) {
    problems.push(`--set ${text}: wanted KEY=VALUE, e.g. pretrain.learningRate=0.1`);
    return undefined;
  }
  const path = text.slice(0, equals).trim().split(".");
  if (path[0] === "protocol") path.shift();
  const raw = text.slice(equals + 1);
  for (let depth = 0; depth < path.length; depth++) {
    const parent = path.slice(0, depth);
    const isRecord = schemaAt(protocolSchema, parent) instanceof z.ZodRecord;
    // A role exists only where the recipe names it: data.imagnet must not make a new one.
    const roles = parent[0] === "byStudent"
      ? ["students"]
      : parent[0] === "text"
      ? ["data"]
      : parent;
    const known = isRecord
      ? Object.keys(valueAt(base, roles) ?? {})
      : keysAt(protocolSchema, parent);
    if (!known.includes(path[depth]!)) {
      problems.push(`--set ${text}: ${unknownSetting(parent.join("."), path[depth]!, known)}`);
      return undefined;
    }
  }
  const schema = schemaAt(protocolSchema, path);
  if (schema instanceof z.ZodObject || schema instanceof z.ZodRecord) {
    problems.push(`--set ${text}: "${path.join(".")}" is a group of keys; set one of its keys`);
    return undefined;
  }
  if (schema instanceof z.ZodString) return { path, value: raw };
  try {
    return { path, value: parseYaml(raw) as unknown };
  } catch {
    problems.push(`--set ${text}: "${raw}" is not a value`);
    return undefined;
  }
}

/** An unknown key, with the near keys of its group, or else with the groups that have such a key. */
function unknownSetting(parent: string, key: string, known: readonly string[]): string {
  if (parent === "" && nearestNames(key, known).length === 0) {
    const owners = Object.keys(protocolSchema.shape).flatMap((group) =>
      nearestNames(key, keysAt(protocolSchema, [group])).map((name) => `"${group}.${name}"`)
    );
    if (owners.length > 0) return `Unknown key "${key}". Did you mean ${owners.join(" or ")}?`;
  }
  return unknownKeyMessage(parent, key, known);
}

function nest(path: readonly string[], value: unknown): unknown {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

/** Relations between settings that single keys cannot show. */
function findContradictions(protocol: Protocol): string[] {
  const problems: string[] = [];
  for (const [role, options] of Object.entries({ "": {}, ...protocol.byStudent })) {
    const merged = { ...protocol.pretrain, ...options };
    const place = role === "" ? "pretrain" : `byStudent.${role}`;
    if (merged.batchSize % merged.replicas !== 0) {
      problems.push(
        `${place}.replicas: wanted a divisor of batchSize ${merged.batchSize}; found ${merged.replicas}`,
      );
    } else if (merged.replicas > 1 && merged.batchSize / merged.replicas < 2) {
      problems.push(
        `${place}.replicas: each part needs 2 images or more, since BatchNorm takes its statistics ` +
          `from them; found ${merged.batchSize / merged.replicas}`,
      );
    }
    if (merged.queueSize % merged.batchSize !== 0) {
      problems.push(
        `${place}.queueSize: wanted a multiple of batchSize ${merged.batchSize}; found ${merged.queueSize}`,
      );
    }
    for (const [name, epochs] of Object.entries(protocol.lengths)) {
      if (merged.warmupEpochs >= epochs) {
        problems.push(
          `${place}.warmupEpochs: wanted less than lengths.${name} (${epochs}); found ${merged.warmupEpochs}`,
        );
      }
    }
  }
  return problems;
}

/**
 * A recipe at one size: `protocol`, then the size's overrides, then the user's.
 *
 * @param options.set Overrides as `--set` takes them: `"pretrain.learningRate=0.1"`.
 * @throws {ConfigError} with every error at once.
 */
export function resolveRecipe(
  recipe: Recipe,
  options: { size: string; set?: readonly string[] },
): ResolvedRecipe {
  const size = sizeNames.find((name) => name === options.size);
  if (size === undefined) {
    throw new ConfigError(unknownNameMessage("size", options.size, sizeNames));
  }
  const chosen = recipe.sizes[size];
  let value = merge(recipe.protocol, chosen.protocol);
  const problems: string[] = [];
  for (const text of options.set ?? []) {
    const override = parseOverride(text, value, problems);
    if (override !== undefined) value = merge(value, nest(override.path, override.value));
  }
  const checked = protocolSchema.safeParse(value);
  if (!checked.success) {
    problems.push(...explainIssues(checked.error, { schema: protocolSchema, value }));
  } else problems.push(...findContradictions(checked.data));
  if (problems.length > 0 || !checked.success) {
    throw configError(`${recipe.table}, size ${size}`, problems);
  }
  const runRows = new Set(
    chosen.rows ?? recipe.rows.filter(({ kind }) => kind !== "quoted").map(({ id }) => id),
  );
  const protocol = checked.data;
  const config = {
    table: recipe.table,
    size,
    protocol,
    columns: recipe.columns,
    rows: recipe.rows,
    runRows: [...runRows].sort(),
  };
  return deepFreeze({
    table: recipe.table,
    title: recipe.title,
    note: recipe.note,
    size,
    sizeNote: chosen.note,
    defaultSeeds: chosen.seeds,
    protocol,
    columns: recipe.columns,
    rows: recipe.rows,
    comparisons: recipe.comparisons,
    runRows,
    requires: chosen.requires.filter(({ key, value }) =>
      valueAt(protocol, key.split(".")) === value
    ),
    config,
    configHash: hashJson(config),
  });
}
