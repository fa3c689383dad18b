/**
 * `--set KEY=VALUE`: one setting of a protocol, checked against its owner's schema.
 *
 * @module
 */

import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { keysAt, schemaAt, unknownKeyMessage } from "../explain_schema.ts";
import { nearestNames } from "../registry.ts";
import { isPlainObject } from "./merge.ts";
import type { Protocol, SettingsCatalog } from "./settings.ts";
import {
  protocolSchema,
  roleGroups,
  settingKeys,
  settingsOwners,
  teacherTrainingSchema,
} from "./settings.ts";
import { pretrainSchema } from "./pretrain_settings.ts";

/** A setting and its new value. */
export interface Override {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Keys of which some are the same word, or near ones, wherever they stand. */
function suggest(key: string, catalog: SettingsCatalog): string[] {
  const last = key.split(".").at(-1)!;
  // ROLE stands for the names of roles, and is none.
  const keys = settingKeys(catalog).map(({ path }) => path)
    .filter((path) => !path.endsWith(".ROLE"));
  const same = keys.filter((path) => path.endsWith(`.${last}`));
  if (same.length > 0) return same;
  const near = new Set(nearestNames(last, new Set(keys.map((path) => path.split(".").at(-1)!))));
  return keys.filter((path) => near.has(path.split(".").at(-1)!));
}

/** An unknown key, with the near keys of its group, or else with keys of that name elsewhere. */
function unknownSetting(
  parent: string,
  key: string,
  known: readonly string[],
  whole: string,
  catalog: SettingsCatalog,
): string {
  // Names of roles are the recipe's: they stand nowhere else.
  const areRoles = (roleGroups as readonly string[]).includes(parent);
  if (!areRoles && nearestNames(key, known).length === 0) {
    const others = suggest(whole, catalog).slice(0, 5);
    if (others.length > 0) {
      const names = others.map((name) => `"${name}"`).join(" or ");
      return `Unknown key "${parent === "" ? key : `${parent}.${key}`}". Did you mean ${names}?`;
    }
  }
  if (known.length > 0) return unknownKeyMessage(parent, key, known);
  // The name of a registered teacher stands there.
  const how = parent.startsWith("teachers.")
    ? `; say how it is trained as a whole: ${parent}='{ method: …, student: …, data: …, length: … }'`
    : "; set it itself";
  return `Unknown key "${parent}.${key}": "${parent}" has no keys${how}`;
}

/** Keys at a path of the settings of methods or of tasks, and the schema of the value there. */
function ownedBy(
  owners: ReadonlyMap<string, { readonly settings: z.ZodType }>,
  [name, ...rest]: readonly string[],
): { keys: readonly string[]; schema: z.core.$ZodType | undefined } {
  if (name === undefined) return { keys: [...owners.keys()], schema: undefined };
  const { settings } = owners.get(name)!;
  return { keys: keysAt(settings, rest), schema: schemaAt(settings, rest) };
}

/** Keys at a path of a protocol, and the schema of the value there. */
function lookUp(
  path: readonly string[],
  protocol: Protocol,
  catalog: SettingsCatalog,
): { keys: readonly string[]; schema: z.core.$ZodType | undefined } {
  const [group, name, ...rest] = path;
  if (group === undefined) return { keys: Object.keys(protocolSchema.shape), schema: undefined };
  const roles = (of: Readonly<Record<string, unknown>>) =>
    name === undefined
      ? { keys: Object.keys(of), schema: undefined }
      : { keys: [], schema: schemaAt(protocolSchema, path) };
  // How a teacher is trained has keys; one that is registered has none.
  if (group === "teachers" && name !== undefined && isPlainObject(protocol.teachers[name])) {
    return {
      keys: keysAt(teacherTrainingSchema, rest),
      schema: schemaAt(teacherTrainingSchema, rest),
    };
  }
  // A role exists only where the recipe names it: data.imagnet must not make a new one.
  if (group === "text") return roles(protocol.data);
  if ((roleGroups as readonly string[]).includes(group)) {
    return roles(protocol[group as typeof roleGroups[number]]);
  }
  if (group === "byStudent") {
    if (name === undefined) return { keys: Object.keys(protocol.students), schema: undefined };
    if (rest[0] === "tasks") return ownedBy(catalog.tasks, rest.slice(1));
    const inTasks = rest.length === 0 ? ["tasks"] : [];
    return {
      keys: [...keysAt(pretrainSchema, rest), ...inTasks],
      schema: schemaAt(pretrainSchema, rest),
    };
  }
  if (group === "pretrain" || group === "evaluation") {
    const { schema } = settingsOwners(catalog).find(({ path }) => path === group)!;
    const inner = path.slice(1);
    return { keys: keysAt(schema, inner), schema: schemaAt(schema, inner) };
  }
  return ownedBy(group === "methods" ? catalog.methods : catalog.tasks, path.slice(1));
}

/**
 * Reads one `KEY=VALUE`.
 *
 * @param protocol Whose roles may be named.
 * @param problems What is wrong with it is added here.
 */
export function parseOverride(
  text: string,
  { protocol, catalog, problems }: {
    protocol: Protocol;
    catalog: SettingsCatalog;
    problems: string[];
  },
): Override | undefined {
  const equals = text.indexOf("=");
  if (equals < 1) {
    problems.push(`--set ${text}: expected KEY=VALUE, e.g. pretrain.learningRate=0.1`);
    return undefined;
  }
  const whole = text.slice(0, equals).trim().replace(/^protocol\./, "");
  const path = whole.split(".");
  const raw = text.slice(equals + 1);
  for (let depth = 0; depth < path.length; depth++) {
    const parent = path.slice(0, depth);
    const { keys } = lookUp(parent, protocol, catalog);
    if (keys.includes(path[depth]!)) continue;
    const message = unknownSetting(parent.join("."), path[depth]!, keys, whole, catalog);
    problems.push(`--set ${text}: ${message}`);
    return undefined;
  }
  const isTeacher = path[0] === "teachers" && path.length === 2;
  // A name, whatever stood there.
  if (isTeacher && !raw.trimStart().startsWith("{")) return { path, value: raw };
  const { keys, schema } = lookUp(path, protocol, catalog);
  if (!isTeacher && keys.length > 0 || (path.length === 1 && schema === undefined)) {
    problems.push(`--set ${text}: "${whole}" is a group of keys; set one of its keys`);
    return undefined;
  }
  if (schema instanceof z.ZodString) return { path, value: raw };
  try {
    return { path, value: parseYaml(raw, { maxAliasCount: 0, logLevel: "error" }) as unknown };
  } catch {
    problems.push(`--set ${text}: "${raw}" is not a value`);
    return undefined;
  }
}

/** The override as an object of one leaf. */
export function nestOverride({ path, value }: Override): unknown {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}
