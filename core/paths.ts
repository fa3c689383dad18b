/**
 * Paths as users write them: `~/` is their home folder, and others are relative to where they stand.
 * Every path that a user gives, by an option, a name, a recipe or an environment variable, is
 * resolved here. Imports nothing from npm: the launcher uses it.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { readVariable } from "./environment_variables.ts";
import { ConfigError } from "./errors.ts";

/**
 * Where the user stands: `deno task` and npm start programs in the project's folder and tell where
 * they were started in `INIT_CWD`.
 */
export function userFolder(): string {
  const told = readVariable("INIT_CWD");
  return told === undefined ? Deno.cwd() : resolve(told);
}

/** The user's home folder; undefined where the environment does not tell. */
function homeFolder(): string | undefined {
  return readVariable("HOME") ?? readVariable("USERPROFILE");
}

/**
 * A path that a user gave, absolute.
 *
 * @param folder What it is relative to. @default {where the user stands}
 * @throws {ConfigError} for an empty one, which would be the folder itself.
 */
export function userPath(path: string, folder?: string): string {
  if (path.trim() === "") throw new ConfigError("Expected a path, got an empty text");
  const home = homeFolder();
  if (home !== undefined && (path === "~" || /^~[/\\]/.test(path))) {
    return join(home, path.slice(1));
  }
  return resolve(folder ?? userFolder(), path);
}

/**
 * The path that a user gave, or the program's own where they gave none or an empty one; absolute.
 *
 * @param otherwise Relative to the working folder, which `deno task` makes the project's.
 */
export function userPathOr(path: string | undefined, otherwise: string): string {
  return path === undefined || path === "" ? resolve(otherwise) : userPath(path);
}

/** Values that hold a path after a prefix. */
const pathValue = /^(imagefolder|coco|lvis|file):(.+)$/s;

/**
 * A name that may be a path after a prefix: `imagefolder:PATH`, `coco:PATH`, `file:PATH`.
 *
 * @param folder See {@linkcode userPath}.
 */
export function userName(name: string, folder?: string): string {
  const match = pathValue.exec(name);
  return match === null ? name : `${match[1]}:${userPath(match[2]!, folder)}`;
}

/** `KEY=VALUE` of `--set`, whose value may be such a name. */
export function userSetting(text: string): string {
  const equals = text.indexOf("=");
  if (equals < 0) return text;
  return `${text.slice(0, equals + 1)}${userName(text.slice(equals + 1).trimStart())}`;
}

/** Whether a table is the path of a recipe, and no name. */
export function isRecipePath(table: string): boolean {
  return /\.ya?ml$/i.test(table);
}

/** A table: a name, or the path of a recipe. */
export function userTable(table: string): string {
  return isRecipePath(table) ? userPath(table) : table;
}

/** A program: a name that the system looks up, or a path. */
export function userProgram(program: string): string {
  return /[/\\]/.test(program) || program === "~" ? userPath(program) : program;
}
