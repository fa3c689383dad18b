/**
 * Makes small mutants of the source files and lists those that no test notices.
 *
 *     deno task mutants --count 100 --seed 0 --files 'core/store/**' --out runs/mutants.json
 *
 * What was tried stays in the list and is not tried again; `--survivors` tries again those in it
 * that no test noticed. The project's folder is copied, and only the copy is changed.
 *
 * @module
 */

import { join, posix } from "node:path";
import { parseArgs } from "node:util";
import { ConfigError } from "../core/errors.ts";
import { projectFolder, readTextIfPresent, sha256, writeFileAtomic } from "../core/files.ts";
import { listMutants, type Mutant } from "./mutants/list_mutants.ts";
import { MutantTrials, type TriedMutant } from "./mutants/try_mutants.ts";
import { positiveOption, readOptions, wholeNumberOption } from "./script_options.ts";
import { isTestFile, readSourceFiles, type SourceFile } from "./source_files.ts";

/** What tells a mutant from every other, wherever its file's other lines have moved it. */
export function mutantKey({ path, line, start, before, after }: Mutant): string {
  return [path, line, start, before, after].join("\n");
}

/**
 * The mutants of some files in an order that depends on the seed alone: a mutant added elsewhere
 * moves none of the others.
 */
export function orderMutants(files: readonly SourceFile[], seed: number): Mutant[] {
  return files.flatMap(({ path, text }) => listMutants(path, text))
    .map((mutant) => ({ mutant, rank: sha256(`${seed}\n${mutantKey(mutant)}`) }))
    .sort((a, b) => a.rank < b.rank ? -1 : 1)
    .map(({ mutant }) => mutant);
}

/** One line about a mutant that was tried. */
export function describeMutant(mutant: TriedMutant): string {
  const short = (text: string): string => JSON.stringify(text.replace(/\s+/g, " "));
  return `${mutant.outcome}: ${mutant.path}:${mutant.line} (${mutant.kind}) ` +
    `${short(mutant.before)} → ${short(mutant.after)}`;
}

/** How many mutants ended in which way. */
export function countOutcomes(tried: readonly TriedMutant[]): string {
  const counts = new Map<string, number>();
  for (const { outcome } of tried) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [`${tried.length} tried`, ...[...counts].sort().map(([name, count]) => `${count} ${name}`)]
    .join(", ");
}

/** What the command line says. */
function readCommandLine() {
  const { values } = parseArgs({
    args: [...Deno.args],
    options: {
      count: { type: "string", default: "20" },
      seed: { type: "string", default: "0" },
      files: { type: "string", multiple: true },
      out: { type: "string", default: join("runs", "mutants.json") },
      minutes: { type: "string", default: "Infinity" },
      tests: { type: "string", default: "6" },
      seconds: { type: "string", default: "30" },
      survivors: { type: "boolean", default: false },
    },
  });
  return {
    globs: values.files ?? ["{core,pipeline,reports,students,tasks,teachers,cli}/**"],
    out: values.out,
    survivors: values.survivors,
    count: wholeNumberOption("--count", values.count, 1),
    seed: wholeNumberOption("--seed", values.seed, 0),
    minutes: positiveOption("--minutes", values.minutes),
    tests: wholeNumberOption("--tests", values.tests, 1),
    seconds: positiveOption("--seconds", values.seconds),
  };
}

/** Source files that a pattern matches. @throws {ConfigError} for one that matches none */
function chooseFiles(files: readonly SourceFile[], globs: readonly string[]): SourceFile[] {
  const sources = files.filter(({ path }) => !isTestFile(path));
  for (const glob of globs) {
    if (sources.some(({ path }) => posix.matchesGlob(path, glob))) continue;
    throw new ConfigError(
      `--files: no source file matches "${glob}"; expected a pattern of paths from the project's ` +
        "folder, such as core/store/**",
    );
  }
  return sources.filter(({ path }) => globs.some((glob) => posix.matchesGlob(path, glob)));
}

if (import.meta.main) {
  const options = readOptions(readCommandLine);
  const files = await readSourceFiles();
  const chosen = readOptions(() => chooseFiles(files, options.globs));
  const tried: TriedMutant[] = JSON.parse(await readTextIfPresent(options.out) ?? "[]");
  const endsAt = performance.now() + options.minutes * 60_000;
  await using trials = await MutantTrials.open(projectFolder, files, {
    tests: options.tests,
    seconds: options.seconds,
  });
  const done = new Set(tried.map(mutantKey));
  const all = orderMutants(chosen, options.seed);
  const again = new Set(tried.filter(({ outcome }) => outcome === "survived").map(mutantKey));
  const wanted = options.survivors
    ? all.filter((mutant) => again.has(mutantKey(mutant)))
    : all.slice(0, options.count).filter((mutant) => !done.has(mutantKey(mutant)));
  for (const mutant of wanted) {
    if (performance.now() > endsAt) break;
    const result = await trials.try(mutant);
    const at = tried.findIndex((other) => mutantKey(other) === mutantKey(mutant));
    if (at < 0) tried.push(result);
    else tried[at] = result;
    await writeFileAtomic(options.out, JSON.stringify(tried, null, 2) + "\n");
    console.error(describeMutant(result));
  }
  console.error(`${countOutcomes(tried)}, of ${all.length} in ${chosen.length} files`);
}
