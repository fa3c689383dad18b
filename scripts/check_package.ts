/**
 * Checks the package as it would be published: its modules and their public types by
 * `deno publish --dry-run`, and that it holds every file that the program asks for by `packageFile`,
 * and no tests.
 *
 * Needs `--allow-run=deno`; no network.
 *
 * @module
 */

import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { projectFolder } from "../core/files.ts";
import { isTestFile, readSourceFiles, type SourceFile } from "./source_files.ts";

/** Paths of the files that a dry run lists, relative to the project's folder. */
export function listedFiles(output: string, folder: string = projectFolder): string[] {
  return [...output.matchAll(/^\s*(file:\/\/\S+) \([\d.]+[KMG]?B\)$/gm)]
    .map(([, url]) => relative(folder, fileURLToPath(url!)).replaceAll("\\", "/"));
}

/** What is wrong with the package of these files, one sentence each. */
export function findPackageProblems(
  packaged: readonly string[],
  sources: readonly SourceFile[],
): string[] {
  const problems = packaged.filter((path) => isTestFile(path) || path.startsWith("scripts/"))
    .map((path) => `${path}: is of no use to who installs the package; exclude it in deno.json`);
  for (const { path, text } of sources) {
    if (isTestFile(path) || !packaged.includes(path)) continue;
    for (const [, literal] of text.matchAll(/\bpackageFile\(\s*["`]([^"`]+)["`]/g)) {
      // `benchmarks/paper/${name}.yaml`: something must be in that folder.
      const start = literal!.split("${")[0]!;
      if (packaged.some((file) => file === start || file.startsWith(start))) continue;
      problems.push(`${path}: reads ${literal}, which is not in the package`);
    }
  }
  return problems;
}

if (import.meta.main) {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    // `deno task check` has looked at the types before.
    args: ["publish", "--dry-run", "--allow-dirty", "--no-check"],
    cwd: projectFolder,
    env: { NO_COLOR: "1" },
  }).output();
  const output = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
  if (!success) {
    console.error(output);
    Deno.exit(1);
  }
  const packaged = listedFiles(output);
  const problems = findPackageProblems(packaged, await readSourceFiles());
  for (const problem of problems) console.error(problem);
  console.error(`${packaged.length} files in the package, ${problems.length} problems`);
  if (problems.length > 0 || packaged.length === 0) Deno.exit(1);
}
