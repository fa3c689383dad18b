/**
 * Tries mutants against the tests that cover them, in a copy of the project.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { isTestFile, type SourceFile } from "../source_files.ts";
import { findCoveringTests } from "./covering_tests.ts";
import { applyMutant, type Mutant } from "./list_mutants.ts";

/** What became of a mutant: `rejected` passes the tests, but not the compiler. */
export type MutantOutcome = "caught" | "timed out" | "rejected" | "uncovered" | "survived";

/** A mutant that was tried. */
export interface TriedMutant extends Mutant {
  readonly outcome: MutantOutcome;
  /** Tests that ran, the one that failed last. */
  readonly tests: readonly string[];
}

/** Limits of one mutant. */
export interface MutantLimits {
  /** Test files that are run at most. */
  readonly tests: number;
  /** Seconds that a test file may take without a mutant; slower ones are left out. */
  readonly seconds: number;
}

const testArguments: readonly string[] = [
  "test",
  "--no-check",
  "--quiet",
  "--fail-fast",
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-ffi",
  "--allow-run",
];

/** Whether Deno succeeds at something in time. */
async function run(
  args: readonly string[],
  cwd: string,
  seconds: number,
): Promise<boolean | "timed out"> {
  // A group of its own, so that what a test started ends with it.
  const process = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    detached: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    Deno.kill(-process.pid, "SIGKILL");
  }, seconds * 1000);
  const interrupt = (): void => {
    Deno.kill(-process.pid, "SIGKILL");
    Deno.exit(130);
  };
  Deno.addSignalListener("SIGINT", interrupt);
  const { success } = await process.status;
  Deno.removeSignalListener("SIGINT", interrupt);
  clearTimeout(timer);
  // A mutant must not use up the machine's processes: nothing of a test outlives it.
  try {
    Deno.kill(-process.pid, "SIGKILL");
  } catch {
    // Nothing was left.
  }
  return late ? "timed out" : success;
}

function runTest(test: string, folder: string, seconds: number): Promise<boolean | "timed out"> {
  return run([...testArguments, test], folder, seconds);
}

/** A copy of a project in a temporary folder, in which mutants are tried one after the other. */
export class MutantTrials {
  readonly #files: readonly SourceFile[];
  readonly #limits: MutantLimits;
  /** Whether a test file passes in time without a mutant, where that is known. */
  readonly #passes = new Map<string, boolean>();

  private constructor(
    /** The copy's folder. */
    readonly folder: string,
    files: readonly SourceFile[],
    limits: MutantLimits,
  ) {
    this.#files = files;
    this.#limits = limits;
  }

  /**
   * Copies a project.
   *
   * @param project Its folder; never written to.
   * @param files Its source files.
   * @param limits Of each mutant.
   */
  static async open(
    project: string,
    files: readonly SourceFile[],
    limits: MutantLimits,
  ): Promise<MutantTrials> {
    const folder = await Deno.makeTempDir({ prefix: "mutants-" });
    await copyFolder(project, folder);
    return new MutantTrials(folder, files, limits);
  }

  /** Tries one mutant; the copy is as before afterwards. */
  async try(mutant: Mutant): Promise<TriedMutant> {
    const file = this.#files.find(({ path }) => path === mutant.path);
    if (file === undefined || isTestFile(mutant.path)) {
      throw new Error(`${mutant.path}: expected a source file that is no test`);
    }
    const ran: string[] = [];
    const end = (outcome: MutantOutcome): TriedMutant => ({ ...mutant, outcome, tests: ran });
    const path = join(this.folder, mutant.path);
    const mutated = applyMutant(file.text, mutant);
    try {
      await Deno.writeTextFile(path, mutated);
      for (const test of findCoveringTests(mutant.path, this.#files)) {
        if (ran.length === this.#limits.tests) break;
        if (this.#passes.get(test) === false) continue;
        // A mutant may be slow on a busy machine without being an endless loop.
        const passed = await runTest(test, this.folder, 3 * this.#limits.seconds);
        if (passed !== true) {
          await Deno.writeTextFile(path, file.text);
          const usable = await this.#passesWithoutMutant(test);
          await Deno.writeTextFile(path, mutated);
          if (!usable) continue;
        }
        ran.push(test);
        if (passed !== true) return end(passed === false ? "caught" : passed);
      }
      if (ran.length === 0) return end("uncovered");
      const compiles = await run(["check", "--quiet", mutant.path], this.folder, 300);
      return end(compiles === false ? "rejected" : "survived");
    } finally {
      await Deno.writeTextFile(path, file.text);
    }
  }

  /** Whether a test can tell anything; asked only once it fails, as most never do. */
  async #passesWithoutMutant(test: string): Promise<boolean> {
    const known = this.#passes.get(test);
    if (known !== undefined) return known;
    const passes = await runTest(test, this.folder, this.#limits.seconds) === true;
    this.#passes.set(test, passes);
    return passes;
  }

  /** Removes the copy. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

const notCopied: ReadonlySet<string> = new Set([".cache", ".git", "coverage", "datasets", "runs"]);

async function copyFolder(from: string, to: string): Promise<void> {
  for await (const { name, isDirectory, isFile } of Deno.readDir(from)) {
    if (notCopied.has(name)) continue;
    const target = join(to, name);
    if (name === "node_modules") await Deno.symlink(join(from, name), target, { type: "dir" });
    else if (isDirectory) {
      await Deno.mkdir(target);
      await copyFolder(join(from, name), target);
    } else if (isFile) {
      await Deno.mkdir(dirname(target), { recursive: true });
      await Deno.copyFile(join(from, name), target);
    }
  }
}
