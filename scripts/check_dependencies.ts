/**
 * Checks how rooms depend on each other: one way only, no circles, and only `core/engine` imports
 * the runtime.
 *
 * @module
 */

import { posix } from "node:path";
import { isTestFile, readSourceFiles, type SourceFile } from "./source_files.ts";

/**
 * Rooms from the ground up. A file may import from its own room and from rooms below; rooms on one
 * floor do not know each other, except as `neighbours` says.
 */
const floors: readonly (readonly string[])[] = [
  ["core"],
  ["core/onnx"],
  ["core/autodiff", "core/engine"],
  ["core/nn", "core/optim", "core/data", "core/text"],
  ["core/vision"],
  ["core/train"],
  ["core/methods"],
  ["core/store", "core/launch", "core/results"],
  ["core/recipe"],
  ["students", "teachers"],
  ["tasks"],
  ["pipeline"],
  ["benchmarks", "reports"],
  ["cli", "mod.ts"],
  // Scripts, those beside the data they make, and examples of plug-ins.
  ["scripts", "data", "examples"],
];

/** Imports between rooms of one floor that are wanted. */
const neighbours: ReadonlySet<string> = new Set([
  // Parameters of layers are trained by optimizers; a data set's names are tokenised.
  "core/optim → core/nn",
  "core/data → core/text",
  // The shipped teacher's image tower is a student's architecture.
  "teachers → students",
]);

/** Packages that only one room may import. */
const keptPackages: Readonly<Record<string, string>> = { "onnxruntime-node": "core/engine" };

/** One import of one file. */
export interface Import {
  /** The specifier as written. */
  readonly specifier: string;
  /** Line number, from 1. */
  readonly line: number;
  /** Whether it is gone after compilation. */
  readonly typeOnly: boolean;
}

/** Imports, re-exports and dynamic imports of a module, in their order. */
export function listImports(text: string): Import[] {
  // Comments are blanked, not removed, so that line numbers stay. Strings are kept: `"//"` is none.
  const code = text.replace(
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (whole, string: string | undefined) => string ?? whole.replace(/[^\n]/g, " "),
  );
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

/** The room of a file: its folder in `core`, else its top folder, else its own name. */
export function roomOf(path: string): string {
  const parts = path.split("/");
  if (parts.length === 1) return path === "cli.ts" ? "cli" : path;
  if (parts[0] !== "core") return parts[0]!;
  return parts.length === 2 ? "core" : `core/${parts[1]}`;
}

function floorOf(room: string): number {
  return floors.findIndex((rooms) => rooms.includes(room));
}

/** The first circle among files, as the paths along it; undefined where there is none. */
function findCircle(edges: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const state = new Map<string, "open" | "closed">();
  const trail: string[] = [];
  const visit = (path: string): string[] | undefined => {
    if (state.get(path) === "closed") return undefined;
    if (state.get(path) === "open") return [...trail.slice(trail.indexOf(path)), path];
    state.set(path, "open");
    trail.push(path);
    for (const next of edges.get(path) ?? []) {
      const circle = visit(next);
      if (circle !== undefined) return circle;
    }
    trail.pop();
    state.set(path, "closed");
    return undefined;
  };
  for (const path of edges.keys()) {
    const circle = visit(path);
    if (circle !== undefined) return circle;
  }
  return undefined;
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
      if (isTestFile(path) || other === room || floor < 0) continue;
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
  const circle = findCircle(edges);
  if (circle !== undefined) problems.push(`files import each other: ${circle.join(" → ")}`);
  return problems;
}

if (import.meta.main) {
  const files = await readSourceFiles();
  const problems = findDependencyProblems(files);
  for (const problem of problems) console.error(problem);
  console.error(`${files.length} files, ${problems.length} problems with imports`);
  if (problems.length > 0) Deno.exit(1);
}
