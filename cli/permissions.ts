/**
 * Which folders a command may write to. Imports nothing from npm: the launcher uses it.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { cacheFolder } from "../core/files.ts";
import { userPath, userProgram } from "../core/paths.ts";
import {
  defaultBenchFolder,
  defaultDetectFolder,
  defaultDistillFolder,
  defaultExportFolder,
  defaultFiguresFolder,
  defaultHistoryFile,
  defaultHistoryPage,
  defaultNightlyFolder,
  defaultPython,
  defaultRunFolder,
  defaultSegmentFolder,
  defaultStoreFolder,
} from "../core/recipe/default_folder.ts";

/** What the launcher must know of a command. */
interface CommandAccess {
  /** Options that take a value, by their long names. */
  readonly valueOptions: readonly string[];
  /** Whether it fills the cache. */
  readonly cache: boolean;
  /** Folders it writes besides the cache. */
  readonly folders: (parsed: ParsedArguments) => string[];
  /** Programs that it starts. @default {none} */
  readonly programs?: (parsed: ParsedArguments) => string[];
}

/** Arguments as far as the launcher reads them. */
interface ParsedArguments {
  readonly positionals: readonly string[];
  readonly options: ReadonlyMap<string, string>;
}

const noFolders = () => [];

/** A folder that the user names, absolute, or the default one. */
function named(parsed: ParsedArguments, option: string, otherwise: string): string {
  const path = parsed.options.get(option);
  return path === undefined || path === "" ? otherwise : userPath(path);
}

/** The store of a command line. */
function storeOf(parsed: ParsedArguments): string {
  return named(parsed, "store", defaultStoreFolder);
}

/** Options that say which student a file without a description is. */
const studentOptions = ["student", "image-size", "stem", "width-multiplier"] as const;

/** Every command that may run. A test keeps the options in step with the command line's own. */
export const commandAccess: Readonly<Record<string, CommandAccess>> = {
  reproduce: {
    valueOptions: [
      "size",
      "seeds",
      "out",
      "set",
      "cells",
      "executor",
      "jobs",
      "slots",
      "threads",
      "store",
      "plugin",
    ],
    cache: true,
    folders: (parsed) => [
      named(
        parsed,
        "out",
        defaultRunFolder(parsed.positionals[0] ?? "run", parsed.options.get("size") ?? "mini"),
      ),
      storeOf(parsed),
    ],
  },
  distill: {
    valueOptions: [
      "method",
      "teacher",
      "student",
      "data",
      "text",
      "text-task",
      "epochs",
      "seed",
      "size",
      "set",
      "out",
      "store",
      "threads",
      "plugin",
    ],
    cache: true,
    folders: (parsed) => [
      named(parsed, "out", defaultDistillFolder(Object.fromEntries(parsed.options))),
      storeOf(parsed),
    ],
  },
  evaluate: {
    valueOptions: [
      "task",
      "data",
      "set",
      "names",
      "teacher",
      "seed",
      "size",
      ...studentOptions,
      "threads",
      "out",
      "store",
      "plugin",
    ],
    cache: true,
    folders: (parsed) => [named(parsed, "out", ""), storeOf(parsed)],
  },
  detect: {
    valueOptions: ["out", "score", "short-side", "threads", "plugin"],
    cache: false,
    folders: (parsed) => [named(parsed, "out", defaultDetectFolder)],
  },
  segment: {
    valueOptions: [
      "names",
      "templates",
      "teacher",
      "output-stride",
      "window",
      "scales",
      "out",
      "threads",
      "plugin",
    ],
    cache: false,
    folders: (parsed) => [named(parsed, "out", defaultSegmentFolder)],
  },
  export: {
    valueOptions: ["out", "shape", ...studentOptions, "plugin"],
    cache: true,
    folders: (parsed) => {
      const [student] = parsed.positionals;
      return student ? [named(parsed, "out", defaultExportFolder(userPath(student)))] : [];
    },
  },
  figures: {
    valueOptions: [
      "data",
      "split",
      "teacher",
      "views",
      "points",
      ...studentOptions,
      "threads",
      "out",
      "plugin",
    ],
    cache: true,
    folders: (parsed) => [named(parsed, "out", defaultFiguresFolder)],
  },
  report: {
    valueOptions: ["out"],
    cache: false,
    folders: ({ positionals, options }) => [
      dirname(reportFile(positionals, options.get("out"))),
    ],
  },
  compare: { valueOptions: ["plugin"], cache: false, folders: noFolders },
  list: { valueOptions: ["plugin"], cache: false, folders: noFolders },
  data: {
    valueOptions: ["out", "split", "plugin"],
    cache: true,
    folders: (parsed) => [named(parsed, "out", "")],
  },
  store: {
    valueOptions: ["store", "older-than", "kinds", "keep"],
    cache: false,
    // Listing and verifying change nothing.
    folders: (parsed) => parsed.positionals[0] === "prune" ? [storeOf(parsed)] : [],
  },
  nightly: {
    valueOptions: [
      "tables",
      "size",
      "seeds",
      "set",
      "cells",
      "jobs",
      "threads",
      "folder",
      "history",
      "store",
      "branch",
      "accept",
      "known-losses",
      "tolerance",
      "speed",
      "speed-threads",
      "speed-runs",
      "speed-pairs",
      "python",
      "plugin",
    ],
    cache: true,
    folders: (parsed) => [
      named(parsed, "folder", defaultNightlyFolder),
      // The file is replaced by a new one beside it.
      dirname(named(parsed, "history", defaultHistoryFile)),
      named(parsed, "store", ""),
    ],
    programs: ({ options }) => [
      Deno.execPath(),
      // Which checks out the baseline's commit.
      "git",
      ...(options.get("speed") === "none"
        ? []
        : [userProgram(options.get("python") ?? defaultPython)]),
    ],
  },
  history: {
    valueOptions: [
      "history",
      "branch",
      "size",
      "machine",
      "last",
      "height",
      "out",
      "format",
      "time",
      "commit",
    ],
    cache: false,
    folders: historyFolders,
  },
  doctor: { valueOptions: [], cache: true, folders: noFolders },
  bench: {
    valueOptions: ["cases", "threads", "runs", "layout", "python", "profile", "long", "out"],
    cache: true,
    folders: (parsed) => [
      named(parsed, "out", defaultBenchFolder(Object.fromEntries(parsed.options))),
    ],
    programs: (
      { options },
    ) => [Deno.execPath(), userProgram(options.get("python") ?? defaultPython)],
  },
};

/** Where `history` writes: reading the history changes nothing. */
function historyFolders(parsed: ParsedArguments): string[] {
  const out = parsed.options.get("out");
  switch (parsed.positionals[0]) {
    case "add":
    case "merge":
      // The file is replaced by a new one beside it.
      return [dirname(named(parsed, "history", defaultHistoryFile))];
    case "page":
      return [dirname(named(parsed, "out", defaultHistoryPage))];
    case "export":
      return out === undefined || out === "" ? [] : [dirname(userPath(out))];
    default:
      return [];
  }
}

/** Where `report` writes: `--out`, the one folder's own report, or `runs/report.html` for several. */
export function reportFile(folders: readonly string[], out: string | undefined): string {
  if (out !== undefined) return userPath(out);
  const only = folders.length === 1 ? userPath(folders[0]!) : undefined;
  if (only === undefined) return join("runs", "report.html");
  return join(only.endsWith(".json") ? dirname(only) : only, "report", "index.html");
}

function parseArguments(args: readonly string[], valueOptions: readonly string[]): ParsedArguments {
  const positionals: string[] = [];
  const options = new Map<string, string>();
  for (let index = 0; index < args.length; index++) {
    const argument = args[index]!;
    if (argument === "--") {
      positionals.push(...args.slice(index + 1));
      break;
    }
    const match = /^--([^=]+)(?:=(.*))?$/s.exec(argument);
    if (match === null) {
      if (!argument.startsWith("-")) positionals.push(argument);
    } else if (valueOptions.includes(match[1]!)) {
      options.set(match[1]!, match[2] ?? args[++index] ?? "");
    }
  }
  return { positionals, options };
}

/** What a command line asks for; undefined for an unknown command and where help is asked for. */
function findAccess(
  args: readonly string[],
): { access: CommandAccess; parsed: ParsedArguments } | undefined {
  const [command = "", ...rest] = args;
  const access = Object.hasOwn(commandAccess, command) ? commandAccess[command] : undefined;
  if (access === undefined || rest.includes("--help") || rest.includes("-h")) return undefined;
  return { access, parsed: parseArguments(rest, access.valueOptions) };
}

/** Folders that a command line may write to; none for an unknown command. */
export function writableFolders(args: readonly string[]): string[] {
  const found = findAccess(args);
  if (found === undefined) return [];
  const { access, parsed } = found;
  return [...access.folders(parsed), ...(access.cache ? [cacheFolder()] : [])]
    .filter((folder) => folder !== "");
}

/** Programs that a command line may start; none for most commands. */
export function startedPrograms(args: readonly string[]): string[] {
  const found = findAccess(args);
  return (found?.access.programs?.(found.parsed) ?? []).filter((program) => program !== "");
}
