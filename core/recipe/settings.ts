/**
 * Every setting that a recipe or `--set` may give: the shared ones, and those of the methods and tasks
 * that are registered, each described by its owner's schema.
 *
 * @module
 */

import { z } from "zod";
import { keysAt, schemaAt } from "../explain_schema.ts";
import { evaluationSchema, pretrainSchema } from "./pretrain_settings.ts";

/** What recipes must know of a method. */
export interface MethodEntry {
  /** Its settings, all with defaults. */
  readonly settings: z.ZodType;
  readonly needs: {
    readonly teacher: "none" | "image" | "image+text";
    readonly labels: boolean;
    /** Whether it trains at all; one that does not has no length. @default {true} */
    readonly trains?: boolean;
  };
}

/** What recipes must know of a task. */
export interface TaskEntry {
  /** Its settings, all with defaults. */
  readonly settings: z.ZodType;
  /** Its metrics; a column without one shows the first. */
  readonly metrics: readonly { readonly key: string; readonly unit: string }[];
  /** What it needs of a model; nothing for a baseline that needs none. */
  readonly needs: { readonly model: readonly string[] };
}

/** The methods and tasks that are registered, by name. */
export interface SettingsCatalog {
  readonly methods: ReadonlyMap<string, MethodEntry>;
  readonly tasks: ReadonlyMap<string, TaskEntry>;
}

const name = z.string().min(1).max(4000);
const roles = z.record(z.string(), name);
const group = z.record(z.string(), z.unknown());

/** How a recipe says that a teacher is trained. What is not there a size or another file may add. */
export const teacherTrainingSchema = z.strictObject({
  method: name.optional().describe("Method that needs no teacher, e.g. moco-v2"),
  student: name.optional().describe("Role of its architecture, a key of students"),
  data: name.optional().describe("Role of the images, a key of data"),
  length: name.optional().describe("A key of lengths"),
  pretrain: group.optional().describe("Settings of pretrain that differ"),
  settings: group.optional().describe("Settings of the method that differ"),
});

/** How a recipe says that a teacher is trained, by roles. */
export type TeacherTrainingRecipe = z.infer<typeof teacherTrainingSchema>;

const teacherRoles = z.record(
  z.string(),
  z.union([name, teacherTrainingSchema], {
    error: "expected the name of a teacher, or { method, student, data, length }",
  }),
);

/** The groups of a protocol, before their owners look at them. */
export const protocolSchema = z.strictObject({
  data: roles.default({}).describe(
    "Data set of each role: a registered one, imagefolder:PATH, or that of another role by its name",
  ),
  text: roles.default({}).describe(
    "Class names of each data role where they are not its own: a data set or file:PATH",
  ),
  teachers: teacherRoles.default({}).describe(
    "Teacher of each role: a registered one, that of another role, or { method, student, data, length } of one that is trained first",
  ),
  students: roles.default({}).describe("Student of each role"),
  lengths: z.record(z.string(), z.number().positive().max(100_000)).default({}).describe(
    "Lengths of pre-training in epochs",
  ),
  pretrain: group.default({}),
  byStudent: z.record(z.string(), group).default({}).describe(
    "Settings of pretrain, and of tasks under tasks.<name>, that differ for one student role",
  ),
  methods: z.record(z.string(), group).default({}),
  tasks: z.record(z.string(), group).default({}),
  evaluation: group.default({}),
});

/** Everything about a table that a size or `--set` may change. */
export type Protocol = z.infer<typeof protocolSchema>;

/** Groups of a protocol whose keys are roles. */
export const roleGroups = ["data", "text", "teachers", "students", "lengths"] as const;

/** A schema's object inside defaults, unions and pipes, or undefined. */
function objectSchema(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  const inner = schemaAt(schema, []);
  return inner instanceof z.ZodObject ? inner : undefined;
}

/** Owner of settings: its schema and the path of its group. */
export interface SettingsOwner {
  /** `"pretrain"`, `"methods.lgd"`, `"tasks.linear-probe"`, `"evaluation"`. */
  readonly path: string;
  readonly schema: z.core.$ZodType;
}

/** Every owner, the shared ones first. */
export function settingsOwners(catalog: SettingsCatalog): SettingsOwner[] {
  return [
    { path: "pretrain", schema: pretrainSchema },
    ...[...catalog.methods].map(([name, { settings }]) => ({
      path: `methods.${name}`,
      schema: settings,
    })),
    ...[...catalog.tasks].map(([name, { settings }]) => ({
      path: `tasks.${name}`,
      schema: settings,
    })),
    { path: "evaluation", schema: evaluationSchema },
  ];
}

/** One setting, for listings. */
export interface SettingKey {
  /** Dotted path as `--set` takes it. */
  readonly path: string;
  /** What it means; empty where its owner does not say. */
  readonly description: string;
  /** Its default; undefined where there is none. */
  readonly default?: unknown;
}

/** What a schema, or a schema inside it, says of itself. */
function descriptionOf(schema: z.core.$ZodType): string {
  const own = (schema as { description?: string }).description;
  if (own !== undefined) return own;
  const inner = (schema as { def?: { innerType?: z.core.$ZodType } }).def?.innerType;
  return inner === undefined ? "" : descriptionOf(inner);
}

/** The default of a schema; undefined where it has none. */
function defaultOf(schema: z.core.$ZodType): unknown {
  const checked = z.safeParse(schema, undefined);
  return checked.success ? checked.data : undefined;
}

function listKeys(schema: z.core.$ZodType, path: string): SettingKey[] {
  return keysAt(schema, []).flatMap((key) => {
    const object = objectSchema(schema) as z.ZodObject;
    const inner = object.shape[key]! as z.core.$ZodType;
    const place = `${path}.${key}`;
    if (keysAt(inner, []).length > 0) return listKeys(inner, place);
    const value = defaultOf(inner);
    return [{
      path: place,
      description: descriptionOf(inner),
      ...(value === undefined ? {} : { default: value }),
    }];
  });
}

/** Every key that `--set` may give, with its meaning and default. */
export function settingKeys(catalog: SettingsCatalog): SettingKey[] {
  return [
    ...roleGroups.map((name) => ({
      path: `${name}.ROLE`,
      description: descriptionOf(protocolSchema.shape[name]),
    })),
    ...settingsOwners(catalog).flatMap(({ path, schema }) => listKeys(schema, path)),
  ];
}
