/**
 * Plug-ins: modules of the user that bring a task, a student, a teacher or a data set (`--plugin ./file.ts`).
 *
 * They are loaded in the main thread and in every Worker before anything is looked up by name.
 *
 * @module
 */

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { DatasetLoader } from "../core/data/registry.ts";
import { ConfigError } from "../core/errors.ts";
import { readFileIfPresent, sha256 } from "../core/files.ts";
import type { PluginRequest } from "../core/recipe/cell.ts";
import type { Student } from "../students/student.ts";
import type { Task } from "../tasks/task.ts";
import type { TeacherLoader } from "../teachers/teacher.ts";

/** What the default export of a plug-in is: at least one of its keys is there. */
export interface Plugin {
  /** A task, by its own name. */
  readonly task?: Task;
  /** A student, by its own name. */
  readonly student?: Student;
  /** A teacher and the name it goes by. */
  readonly teacher?: { readonly name: string; readonly load: TeacherLoader };
  /** A data set and the name it goes by. */
  readonly dataset?: { readonly name: string; readonly load: DatasetLoader };
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
  readonly names: Partial<Record<PluginKind, string>>;
}

/** Members that must be there, by kind: what a JavaScript plug-in without types may get wrong. */
const members: Readonly<Record<PluginKind, Readonly<Record<string, string>>>> = {
  task: { name: "string", version: "number", classNames: "function", run: "function" },
  student: { name: "string", headName: "string", preprocess: "object", build: "function" },
  teacher: { name: "string", load: "function" },
  dataset: { name: "string", load: "function" },
};

const kinds = Object.keys(members) as PluginKind[];

/** A module is loaded once for each thread, so its names are registered once. */
const loaded = new Map<string, LoadedPlugin>();

function checkPlugin(path: string, value: unknown): Plugin {
  const problems: string[] = [];
  if (value === null || typeof value !== "object") {
    throw new ConfigError(
      `Cannot use the plug-in ${path}: its default export is ${
        value === undefined ? "missing" : typeof value
      }, wanted an object with ${kinds.join(", ")}`,
    );
  }
  const plugin = value as Record<string, unknown>;
  for (const key of Object.keys(plugin)) {
    if (!(kinds as string[]).includes(key)) {
      problems.push(`it exports "${key}", wanted ${kinds.join(", ")}`);
    }
  }
  for (const kind of kinds) {
    const thing = plugin[kind] as Record<string, unknown> | undefined;
    if (thing === undefined) continue;
    for (const [member, type] of Object.entries(members[kind])) {
      const found = typeof (thing as Record<string, unknown> | null)?.[member];
      if (found !== type) problems.push(`${kind}.${member} is ${found}, wanted a ${type}`);
    }
  }
  if (problems.length === 0 && kinds.every((kind) => plugin[kind] === undefined)) {
    problems.push(`its default export brings nothing, wanted ${kinds.join(", ")}`);
  }
  if (problems.length > 0) {
    throw new ConfigError(`Cannot use the plug-in ${path}: ${problems.join("; ")}`);
  }
  return plugin as Plugin;
}

async function register(
  path: string,
  { task, student, teacher, dataset }: Plugin,
  { override, url }: { override: boolean; url: string },
): Promise<LoadedPlugin["names"]> {
  const [{ tasks }, { students }, { teachers }, { registerDataset }] = await Promise.all([
    import("../tasks/registry.ts"),
    import("../students/registry.ts"),
    import("../teachers/registry.ts"),
    import("../core/data/registry.ts"),
  ]);
  try {
    if (task) tasks.register(task.name, task, { override });
    if (student) students.register(student.name, student, { override });
    if (teacher) teachers.register(teacher.name, teacher.load, { override });
    if (dataset) registerDataset(dataset.name, dataset.load, { override, module: url });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(
      `Cannot use the plug-in ${path}: ${error.message}. ` +
        "Choose another name, or replace the built-in one with --plugin-override",
      { cause: error },
    );
  }
  return {
    ...(task ? { task: task.name } : {}),
    ...(student ? { student: student.name } : {}),
    ...(teacher ? { teacher: teacher.name } : {}),
    ...(dataset ? { dataset: dataset.name } : {}),
  };
}

async function loadPlugin(path: string, override: boolean): Promise<LoadedPlugin> {
  const url = pathToFileURL(path).href;
  const known = loaded.get(url);
  if (known !== undefined) return known;
  const bytes = await readFileIfPresent(path).catch((error: Error) => {
    throw new ConfigError(`Cannot read the plug-in ${path}: ${error.message}`, { cause: error });
  });
  if (bytes === undefined) {
    throw new ConfigError(`Cannot read the plug-in ${path}: there is no such file`);
  }
  let module: { default?: unknown };
  try {
    module = await import(url);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`Cannot load the plug-in ${path}: ${reason}`, { cause: error });
  }
  const names = await register(path, checkPlugin(path, module.default), { override, url });
  const plugin = { path, hash: sha256(bytes), names };
  loaded.set(url, plugin);
  return plugin;
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
  for (const path of paths) plugins.push(await loadPlugin(resolve(path), override));
  return plugins;
}

/**
 * Hashes of what plug-ins brought, as a plan takes them: `"task my-task"` → hash of the module. A data
 * set goes by its name alone, as image folders do.
 */
export function pluginContents(plugins: readonly LoadedPlugin[]): Record<string, string> {
  return Object.fromEntries(
    plugins.flatMap(({ names, hash }) =>
      Object.entries(names).map(([kind, name]) => [
        kind === "dataset" ? name : `${kind} ${name}`,
        hash,
      ])
    ),
  );
}
