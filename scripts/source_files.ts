/**
 * The project's own source files.
 *
 * @module
 */

import { join, relative } from "node:path";
import { projectFolder } from "../core/files.ts";

const skippedFolders: ReadonlySet<string> = new Set([
  ".cache",
  ".ci",
  ".git",
  "coverage",
  "datasets",
  "node_modules",
  "runs",
]);

/** One source file. */
export interface SourceFile {
  /** Path from the project's folder, with slashes. */
  readonly path: string;
  /** Its text. */
  readonly text: string;
}

async function collect(folder: string, files: string[]): Promise<void> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory && !skippedFolders.has(entry.name)) await collect(path, files);
    else if (entry.isFile && /\.tsx?$/.test(entry.name)) files.push(path);
  }
}

/** Every TypeScript file of a project, sorted by path. */
export async function readSourceFiles(folder: string = projectFolder): Promise<SourceFile[]> {
  const paths: string[] = [];
  await collect(folder, paths);
  return await Promise.all(
    paths.sort().map(async (path) => ({
      path: relative(folder, path).replaceAll("\\", "/"),
      text: await Deno.readTextFile(path),
    })),
  );
}

/** Whether a file is a test, or data or tools of tests. */
export function isTestFile(path: string): boolean {
  return /_test\.tsx?$/.test(path) || path.includes("testdata/");
}
