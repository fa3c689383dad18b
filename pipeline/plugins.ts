/**
 * Plug-ins: modules of the user that bring tasks, students, teachers, methods or data sets
 * (`--plugin ./file.ts`). They run with the rights of the program and of the user.
 *
 * They are loaded in the main thread and in every Worker before anything is looked up by name.
 *
 * @module
 */

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Annotation } from "../core/data/annotation.ts";
import type { DatasetLoader } from "../core/data/registry.ts";
import { ConfigError } from "../core/errors.ts";
import { readFileIfPresent } from "../core/files.ts";
import { hashModules } from "./plugin_hash.ts";
import { userPath } from "../core/paths.ts";
import type { Method } from "../core/methods/method.ts";
import type { Student } from "../students/student.ts";
import type { Task } from "../tasks/task.ts";
import type { TeacherLoader } from "../teachers/teacher.ts";

/** Modules of the user that are loaded before anything is looked up by name. */
export interface PluginRequest {
  /** Absolute paths of the modules. */
  readonly paths: readonly string[];
  /** Whether they may replace what is built in. */
  readonly override: boolean;
}

/** One thing, or several of them. */
type OneOrMore<Thing> = Thing | readonly Thing[];

/** What the default export of a plug-in is: at least one of its keys is there. */
export interface Plugin {
  /** Tasks, by their own names. */
  // deno-lint-ignore no-explicit-any
  readonly task?: OneOrMore<Task<any, any>>;
  /** Students, by their own names. */
  readonly student?: OneOrMore<Student>;
  /** Teachers and the names they go by. */
  readonly teacher?: OneOrMore<{ readonly name: string; readonly load: TeacherLoader }>;
  /** Methods, by their own names. */
  // deno-lint-ignore no-explicit-any
  readonly method?: OneOrMore<Method<any>>;
  /** Data sets and the names they go by. */
  readonly dataset?: OneOrMore<
    { readonly name: string; readonly load: DatasetLoader<Annotation> }
  >;
}

/** Kinds of things that a plug-in brings. */
export type PluginKind = keyof Plugin;

/** A plug-in that is loaded. */
export interface LoadedPlugin {
  /** Absolute path of the module. */
  readonly path: string;
  /** SHA-256 of the module's file; modules that it imports are not in it. */
  readonly hash: string;
  /** Names that it registered, by kind. */
  readonly names: Readonly<Record<PluginKind, readonly string[]>>;
}

/** Members that must be there, by kind: what a JavaScript plug-in without types may get wrong. */
const members: Readonly<Record<PluginKind, Readonly<Record<string, string>>>> = {
  task: {
    name: "string",
    version: "number",
    settings: "object",
    needs: "object",
    metrics: "object",
    classNames: "function",
    templates: "function",
    run: "function",
  },
  student: { name: "string", headName: "string", preprocess: "object", build: "function" },
  teacher: { name: "string", load: "function" },
  method: {
    name: "string",
    version: "number",
    settings: "object",
    needs: "object",
    prepare: "function",
  },
  dataset: { name: "string", load: "function" },
};

const kinds = Object.keys(members) as PluginKind[];

/** A module is loaded once for each thread, so its names are registered once. */
const loaded = new Map<string, Promise<LoadedPlugin>>();

function listOf(value: unknown): unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

/** The things of one kind that a default export has. */
type Things = {
  readonly [Kind in PluginKind]: readonly Extract<Plugin[Kind], readonly unknown[]>[number][];
};

function checkPlugin(path: string, value: unknown): Things {
  const problems: string[] = [];
  if (value === null || typeof value !== "object") {
    throw new ConfigError(
      `Cannot use the plug-in ${path}: its default export is ${
        value === undefined ? "missing" : typeof value
      }, expected an object with ${kinds.join(", ")}`,
    );
  }
  const plugin = value as Record<string, unknown>;
  for (const key of Object.keys(plugin)) {
    if (!(kinds as string[]).includes(key)) {
      problems.push(`it exports "${key}", expected ${kinds.join(", ")}`);
    }
  }
  for (const kind of kinds) {
    const things = listOf(plugin[kind]);
    for (const [index, thing] of things.entries()) {
      const place = Array.isArray(plugin[kind]) ? `${kind}[${index}]` : kind;
      for (const [member, type] of Object.entries(members[kind])) {
        const found = typeof (thing as Record<string, unknown> | null)?.[member];
        if (found !== type) {
          problems.push(
            `${place}.${member} is ${found}, expected ${type === "object" ? "an" : "a"} ${type}`,
          );
        }
      }
    }
  }
  if (problems.length === 0 && kinds.every((kind) => listOf(plugin[kind]).length === 0)) {
    problems.push(`its default export brings nothing, expected ${kinds.join(", ")}`);
  }
  if (problems.length > 0) {
    throw new ConfigError(`Cannot use the plug-in ${path}: ${problems.join("; ")}`);
  }
  return Object.fromEntries(kinds.map((kind) => [kind, listOf(plugin[kind])])) as unknown as Things;
}

async function register(path: string, things: Things, override: boolean): Promise<void> {
  const [{ tasks }, { students }, { teachers }, { methods }, { registerDataset }] = await Promise
    .all([
      import("../tasks/registry.ts"),
      import("../students/registry.ts"),
      import("../teachers/registry.ts"),
      import("../core/methods/registry.ts"),
      import("../core/data/registry.ts"),
    ]);
  try {
    const own = { override, origin: path };
    for (const task of things.task) tasks.register(task.name, task, own);
    for (const student of things.student) students.register(student.name, student, own);
    for (const { name, load } of things.teacher) teachers.register(name, load, own);
    for (const method of things.method) methods.register(method.name, method, own);
    for (const { name, load } of things.dataset) {
      registerDataset(name, load, { override, module: pathToFileURL(path).href });
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(
      `Cannot use the plug-in ${path}: ${error.message}. ` +
        "Choose another name, or replace the built-in one with --plugin-override",
      { cause: error },
    );
  }
}

async function loadPlugin(path: string, override: boolean): Promise<LoadedPlugin> {
  const bytes = await readFileIfPresent(path).catch((error: Error) => {
    throw new ConfigError(`Cannot load a plug-in: ${error.message}`, { cause: error });
  });
  if (bytes === undefined) {
    throw new ConfigError(`Cannot read the plug-in ${path}: there is no such file`);
  }
  let module: { default?: unknown };
  try {
    module = await import(pathToFileURL(path).href);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`Cannot load the plug-in ${path}: ${reason}`, { cause: error });
  }
  const things = checkPlugin(path, module.default);
  await register(path, things, override);
  const names = Object.fromEntries(
    kinds.map((kind) => [kind, things[kind].map(({ name }) => name)]),
  ) as Record<PluginKind, string[]>;
  return { path, hash: await hashModules(path, bytes), names };
}

/** The plug-ins of a command line, with absolute paths. */
export function pluginRequest(
  { plugins = [], pluginOverride = false }: {
    plugins?: readonly string[];
    pluginOverride?: boolean;
  },
): PluginRequest {
  return { paths: plugins.map((path) => userPath(path)), override: pluginOverride };
}

/**
 * Loads plug-ins in this thread and registers what they bring.
 *
 * @throws {ConfigError} where a file is missing, is no plug-in, or brings a name that is taken and
 * must not be replaced.
 */
export async function loadPlugins(
  { paths, override }: PluginRequest = { paths: [], override: false },
): Promise<LoadedPlugin[]> {
  const plugins: LoadedPlugin[] = [];
  // One after the other: which of two plug-ins with the same name is refused must not be chance.
  for (const path of paths.map((path) => resolve(path))) {
    let plugin = loaded.get(path);
    if (plugin === undefined) {
      plugin = loadPlugin(path, override);
      loaded.set(path, plugin);
      // One that could not be loaded may be changed and tried again.
      plugin.catch(() => loaded.delete(path));
    }
    plugins.push(await plugin);
  }
  return plugins;
}

/** Hashes of what plug-ins brought: `"task my-task"` → hash of the module. */
export function pluginContents(plugins: readonly LoadedPlugin[]): Record<string, string> {
  return Object.fromEntries(
    plugins.flatMap(({ names, hash }) =>
      kinds.flatMap((kind) => names[kind].map((name) => [`${kind} ${name}`, hash]))
    ),
  );
}
