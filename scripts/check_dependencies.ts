/**
 * Checks how rooms depend on each other: one way only, no circles (types included), and only
 * `core/engine` imports the runtime. Says how long the source files are, too.
 *
 * @module
 */

import { posix } from "node:path";
import { findTooLong, medianLength, mostLines } from "./file_lengths.ts";
import { describeCircle, findKnots } from "./import_circles.ts";
import { isTestFile, readSourceFiles, type SourceFile } from "./source_files.ts";

/**
 * Rooms from the ground up. A file may import from its own room and from rooms below; rooms on one
 * floor do not know each other, except as {@linkcode neighbours} says.
 */
export const floors: readonly (readonly string[])[] = [
  ["core"],
  ["core/onnx", "core/projection"],
  ["core/autodiff", "core/engine"],
  ["core/nn", "core/optim", "core/data", "core/text"],
  ["core/vision"],
  ["core/train"],
  ["core/methods"],
  ["core/store", "core/launch", "core/results"],
  // What detectors are measured by makes evidence; the rest of its folder is for training, too.
  ["core/recipe", "core/history", "core/vision/evaluation"],
  ["students", "teachers"],
  ["tasks"],
  ["pipeline"],
  ["benchmarks", "reports"],
  ["nightly"],
  ["cli", "mod.ts"],
  // Scripts, those beside the data they make, and examples of plug-ins.
  ["scripts", "data", "examples"],
];

/** Imports between rooms of one floor that are allowed. */
export const neighbours: ReadonlySet<string> = new Set([
  // Parameters of layers are trained by optimizers; a data set's names are tokenised.
  "core/optim → core/nn",
  "core/data → core/text",
  // The shipped teacher's image tower is a student's architecture.
  "teachers → students",
]);

/**
 * Folders that stand below the rest of their room, with the files of the rest that they may import:
 * kernels of a layout know no layers.
 */
const foundations: Readonly<Record<string, readonly string[]>> = {
  "core/nn/chwn": ["core/nn/normalize_batch.ts", "core/nn/window.ts"],
};

/** Packages that only one room may import. */
const keptPackages: Readonly<Record<string, string>> = { "onnxruntime-node": "core/engine" };

/** One import of one file. */
export interface Import {
  /** The specifier as written. */
  readonly specifier: string;
  /** Line number, from 1. */
  readonly line: number;
  /** Whether it is gone after compilation. It counts all the same. */
  readonly typeOnly: boolean;
}

/** The code of a module with its comments blanked, so that line numbers stay; strings are kept. */
export function withoutComments(text: string): string {
  return text.replace(
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (whole, string: string | undefined) => string ?? whole.replace(/[^\n]/g, " "),
  );
}

/** Imports, re-exports and dynamic imports of a module, in their order. */
export function listImports(text: string): Import[] {
  const code = withoutComments(text);
  const pattern =
    /(?:^|[;\n])[ \t]*(?:import|export)\b(?<clause>[^;"'`]*?)\bfrom\s*["'](?<from>[^"'\n]+)["']|(?:^|[;\n])[ \t]*import\s*["'](?<bare>[^"'\n]+)["']|\bimport\(\s*["'](?<dynamic>[^"'\n]+)["']/g;
  return [...code.matchAll(pattern)].map((match) => {
    const { clause, from, bare, dynamic } = match.groups!;
    const specifier = (from ?? bare ?? dynamic)!;
    const at = match.index + match[0].lastIndexOf(specifier);
    const line = code.slice(0, at).split("\n").length;
    return { specifier, line, typeOnly: /^\s*type\b/.test(clause ?? "") };
  });
}

/**
 * The room of a file: its folder in `core`, or the one in that where it has a floor of its own; else
 * its top folder, else its own name.
 */
export function roomOf(path: string): string {
  const parts = path.split("/");
  const inner = parts.slice(0, 3).join("/");
  if (parts.length > 3 && floorOf(inner) >= 0) return inner;
  if (parts.length === 1) return path === "cli.ts" ? "cli" : path;
  if (parts[0] !== "core") return parts[0]!;
  return parts.length === 2 ? "core" : `core/${parts[1]}`;
}

function floorOf(room: string): number {
  return floors.findIndex((rooms) => rooms.includes(room));
}

/** Everything that is wrong with the imports of files, one sentence each. */
export function findDependencyProblems(files: readonly SourceFile[]): string[] {
  const problems: string[] = [];
  const edges = new Map<string, string[]>();
  for (const { path, text } of files) {
    const room = roomOf(path);
    const floor = floorOf(room);
    if (floor < 0 && !isTestFile(path)) problems.push(`${path}: the room "${room}" has no floor`);
    const targets: string[] = [];
    edges.set(path, targets);
    for (const { specifier, line } of listImports(text)) {
      const place = `${path}:${line}`;
      const name = specifier.replace(/^npm:/, "");
      for (const [kept, owner] of Object.entries(keptPackages)) {
        const isKept = name === kept || name.startsWith(`${kept}/`) || name.startsWith(`${kept}@`);
        if (isKept && room !== owner) {
          problems.push(`${place}: only ${owner} may import "${kept}"`);
        }
      }
      if (!specifier.startsWith(".")) continue;
      const target = posix.join(posix.dirname(path), specifier);
      targets.push(target);
      const other = roomOf(target);
      if (isTestFile(path) || floor < 0) continue;
      for (const [folder, allowed] of Object.entries(foundations)) {
        const leaves = path.startsWith(`${folder}/`) && !target.startsWith(`${folder}/`);
        if (leaves && other === room && !allowed.includes(target)) {
          problems.push(`${place}: ${folder} may not import ${target}, which stands above it`);
        }
      }
      if (other === room) continue;
      if (target.startsWith("../")) {
        problems.push(`${place}: "${specifier}" is outside the project`);
      } else if (isTestFile(target)) problems.push(`${place}: imports the test file ${target}`);
      else if (floorOf(other) > floor) {
        problems.push(`${place}: ${room} may not import from ${other}, which stands above it`);
      } else if (floorOf(other) === floor && !neighbours.has(`${room} → ${other}`)) {
        problems.push(`${place}: ${room} may not import from ${other}, on the same floor`);
      }
    }
  }
  problems.push(...findKnots(edges).map((knot) => describeCircle(knot, edges)));
  return problems;
}

if (import.meta.main) {
  const files = await readSourceFiles();
  const problems = findDependencyProblems(files);
  const tooLong = findTooLong(files);
  for (const problem of [...problems, ...tooLong]) console.error(problem);
  console.error(`${files.length} files, ${problems.length} problems with imports`);
  console.error(
    `median length of source files ${medianLength(files)} lines, ` +
      `${tooLong.length} files of more than ${mostLines}`,
  );
  if (problems.length + tooLong.length > 0) Deno.exit(1);
}
