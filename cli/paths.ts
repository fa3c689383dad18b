/**
 * Paths as users write them: `~/` is their home folder, and others are relative to where they stand.
 * Imports nothing from npm: the launcher uses it.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { readVariable } from "../core/environment_variables.ts";

/** Where the user stands: `deno task` starts commands in the project's folder and tells it. */
export function userFolder(): string {
  return readVariable("INIT_CWD") ?? Deno.cwd();
}

/** A path of the command line, absolute. */
export function userPath(path: string): string {
  const home = readVariable("HOME") ?? readVariable("USERPROFILE");
  if (home !== undefined && (path === "~" || /^~[/\\]/.test(path))) {
    return join(home, path.slice(1));
  }
  return resolve(userFolder(), path);
}

/** Values that hold a path after a prefix. */
const pathValue = /^(imagefolder|file):(.+)$/s;

/** A name that may be a path after a prefix: `imagefolder:PATH`, `file:PATH`. */
export function userName(name: string): string {
  const match = pathValue.exec(name);
  return match === null ? name : `${match[1]}:${userPath(match[2]!)}`;
}

/** `KEY=VALUE` of `--set`, whose value may be such a name. */
export function userSetting(text: string): string {
  const equals = text.indexOf("=");
  if (equals < 0) return text;
  return `${text.slice(0, equals + 1)}${userName(text.slice(equals + 1))}`;
}

/** A table: a name, or the path of a recipe. */
export function userTable(table: string): string {
  return /\.ya?ml$/.test(table) ? userPath(table) : table;
}

/** A program: a name that the system looks up, or a path. */
export function userProgram(program: string): string {
  return /[/\\]/.test(program) ? userPath(program) : program;
}
