/**
 * Which tests cover a source file.
 *
 * @module
 */

import { posix } from "node:path";
import { listImports, withoutComments } from "../check_dependencies.ts";
import type { SourceFile } from "../source_files.ts";

/** Files that a module runs: what it imports, and modules that it starts by their address. */
function listRun({ path, text }: SourceFile): string[] {
  const started = [...withoutComments(text).matchAll(/new URL\(\s*["'](\.[^"'\n]+\.tsx?)["']/g)];
  return [
    ...listImports(text).filter(({ typeOnly }) => !typeOnly).map(({ specifier }) => specifier),
    ...started.map(([, specifier]) => specifier!),
  ].filter((specifier) => specifier.startsWith("."))
    .map((specifier) => posix.join(posix.dirname(path), specifier));
}

/**
 * Tests that run a file, nearest first: the one beside it, those of its folder, then by the number
 * of imports between.
 *
 * @param path The file, from the project's folder.
 * @param files Every source file of the project.
 */
export function findCoveringTests(path: string, files: readonly SourceFile[]): string[] {
  const importers = new Map<string, string[]>();
  for (const file of files) {
    for (const target of listRun(file)) {
      importers.set(target, [...importers.get(target) ?? [], file.path]);
    }
  }
  const distances = new Map([[path, 0]]);
  for (const [reached, distance] of distances) {
    for (const importer of importers.get(reached) ?? []) {
      if (!distances.has(importer)) distances.set(importer, distance + 1);
    }
  }
  const beside = path.replace(/\.(tsx?)$/, "_test.$1");
  const rank = (test: string): number =>
    test === beside
      ? 0
      : posix.dirname(test) === posix.dirname(path)
      ? 1
      : 1 + distances.get(test)!;
  return [...distances.keys()].filter((test) => /_test\.tsx?$/.test(test))
    .sort((a, b) => rank(a) - rank(b) || distances.get(a)! - distances.get(b)! || (a < b ? -1 : 1));
}
