/**
 * Checks that some things are done in one place only: printing, reading environment variables, and
 * telling where the user stands. What is done anywhere cannot be cleaned, documented or allowed in
 * one place.
 *
 * @module
 */

import { tell } from "../core/output.ts";
import { withoutComments } from "./check_dependencies.ts";
import { isTestFile, readSourceFiles, type SourceFile } from "./source_files.ts";

/** Something that one module does for all. */
interface Door {
  /** What is looked for in the code. */
  readonly pattern: RegExp;
  /** The module that may. */
  readonly module: string;
  /** What the others call. */
  readonly instead: string;
}

/** The doors. */
export const doors: readonly Door[] = [
  {
    pattern: /\bconsole\b(?!["'`\w-])|\b(?:Deno|process)\s*\.\s*(?:stdout|stderr)\b/,
    module: "core/output.ts",
    instead: "printLine, printBlock, printJson or tell",
  },
  {
    pattern: /(?<![.\w])(?:alert|confirm|prompt)\(/,
    module: "core/output.ts",
    instead: "printLine, printBlock, printJson or tell",
  },
  {
    pattern: /\b(?:Deno|process)\s*\.\s*env\b/,
    module: "core/environment_variables.ts",
    instead: "readVariable",
  },
  {
    pattern: /\b(?:Deno|process)\s*\.\s*cwd\b|\bhomedir\b/,
    module: "core/paths.ts",
    instead: "userPath, userPathOr or userFolder",
  },
];

/** Programs of their own: scripts, those that made the data, and examples of programs of users. */
function isProgram(path: string): boolean {
  return /^(?:scripts|examples)\//.test(path) || /^data\/.*\/make_\w+\.ts$/.test(path) ||
    path.endsWith("/kernels/build_kernels.ts");
}

/** Everything that goes past a door, one sentence each. */
export function findBypasses(files: readonly SourceFile[]): string[] {
  const problems: string[] = [];
  for (const { path, text } of files) {
    if (isTestFile(path) || isProgram(path)) continue;
    for (const [index, line] of withoutComments(text).split("\n").entries()) {
      for (const { pattern, module, instead } of doors) {
        const found = pattern.exec(line)?.[0];
        if (found === undefined || path === module) continue;
        problems.push(`${path}:${index + 1}: "${found}" is for ${module} alone; use ${instead}`);
      }
    }
  }
  return problems;
}

if (import.meta.main) {
  const files = await readSourceFiles();
  const problems = findBypasses(files);
  for (const problem of problems) tell(problem);
  tell(`${files.length} files, ${problems.length} ways past a door`);
  if (problems.length > 0) Deno.exit(1);
}
