/**
 * Commands that messages tell the user to type: as the user started this one, and quoted for a shell.
 *
 * @module
 */

import { delimiter, dirname, isAbsolute, join, relative } from "node:path";
import { readVariable } from "./environment_variables.ts";
import { projectFolder } from "./files.ts";
import { userFolder } from "./paths.ts";

/** A word as a shell reads it back: one of POSIX, or PowerShell and cmd on Windows. */
export function quoteWord(word: string, os: string = Deno.build.os): string {
  if (/^[\w@%+=:,./-]+$/.test(word) && !word.startsWith("=")) return word;
  if (os === "windows") {
    return /^[\w@+=:,.\\/-]+$/.test(word) ? word : `"${word.replaceAll('"', '\\"')}"`;
  }
  // deno-lint-ignore no-control-regex -- they would not survive being printed
  if (/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/.test(word)) {
    const bytes = [...new TextEncoder().encode(word)].map((byte) => {
      const sign = String.fromCharCode(byte);
      return /[\w@%+=:,./ -]/.test(sign) && byte < 128
        ? sign
        : `\\x${byte.toString(16).padStart(2, "0")}`;
    });
    return `$'${bytes.join("")}'`;
  }
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Whether npx started this program; a `deno` of one's own is not in its folder. */
function isFromNpx(program: string): boolean {
  return readVariable("npm_command") === "exec" && /[/\\]_npx[/\\]/.test(program);
}

/** Whether a shell finds `deno` by its name. */
function isOnPath(program: string): boolean {
  const name = Deno.build.os === "windows" ? "deno.exe" : "deno";
  const folders = readVariable("PATH")?.split(delimiter) ?? [dirname(program)];
  return folders.some((folder) => {
    try {
      return isAbsolute(folder) && Deno.statSync(join(folder, name)).isFile;
    } catch {
      return false;
    }
  });
}

/** How the user calls Deno: by npx where that started the program, by its path where no other way. */
export function denoCommand(program: string = Deno.execPath()): string {
  if (isFromNpx(program)) return "npx -y deno";
  return isOnPath(program) ? "deno" : quoteWord(program);
}

/**
 * A command line that the user can type where they stand.
 *
 * @param words Name of the task and its arguments: `["reproduce", "table2"]`.
 */
export function taskCommand(words: readonly string[]): string {
  const way = relative(projectFolder, userFolder());
  const isInside = !isAbsolute(way) && way.split(/[/\\]/)[0] !== "..";
  const config = isInside ? [] : ["--config", join(projectFolder, "deno.json")];
  return [denoCommand(), "task", ...[...config, ...words].map((word) => quoteWord(word))].join(" ");
}
