/**
 * An older commit beside the project, to be measured in the same night.
 *
 * @module
 */

import { join } from "node:path";
import { allowEnvironment } from "../core/environment_variables.ts";
import { EngineError } from "../core/errors.ts";
import { projectFolder, readTextIfPresent } from "../core/files.ts";
import type { ProcessSpec } from "../benchmarks/speed/processes.ts";

/** Runs git in the project's folder; its output, or why it failed. */
export async function runGit(
  ...args: string[]
): Promise<
  { readonly output: string; readonly failure?: undefined } | { readonly failure: string }
> {
  try {
    const { success, stdout, stderr } = await new Deno.Command("git", {
      args: ["-C", projectFolder, ...args],
      stdin: "null",
    }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
    return success ? { output: decode(stdout) } : { failure: decode(stderr).slice(0, 300) };
  } catch (error) {
    return { failure: `git cannot be started: ${(error as Error).message}` };
  }
}

/** Whether files of the project that git knows differ from its commit; undefined without git. */
export async function hasChanges(): Promise<boolean | undefined> {
  const { output } = { output: undefined, ...await runGit("status", "--porcelain", "-uno") };
  return output === undefined ? undefined : output !== "";
}

/** The branch that is checked out; undefined where none is, as in a workflow. */
export async function currentBranch(): Promise<string | undefined> {
  const { output } = { output: undefined, ...await runGit("rev-parse", "--abbrev-ref", "HEAD") };
  return output === undefined || output === "HEAD" || output === "" ? undefined : output;
}

/**
 * Checks out a commit as a worktree, hands its folder to `use`, and removes it. Packages are the
 * project's own.
 *
 * @param folder Where it is checked out; what a killed night left there is removed.
 * @returns What `use` gives, or why the commit cannot be measured.
 */
export async function withOldCommit<T>(
  commit: string,
  folder: string,
  use: (folder: string) => Promise<T>,
): Promise<{ readonly value: T } | { readonly reason: string }> {
  const remove = async () => {
    await runGit("worktree", "remove", "--force", folder);
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    await runGit("worktree", "prune");
  };
  await remove();
  const added = await runGit("worktree", "add", "--detach", folder, commit);
  if (added.failure !== undefined) {
    await remove();
    return { reason: `commit ${commit.slice(0, 12)} cannot be checked out: ${added.failure}` };
  }
  try {
    const [before, now] = await Promise.all(
      [folder, projectFolder].map((place) => readTextIfPresent(join(place, "deno.lock"))),
    );
    if (before !== now) {
      return { reason: `commit ${commit.slice(0, 12)} has other packages (deno.lock)` };
    }
    await linkPackages(folder);
    return { value: await use(folder) };
  } finally {
    await remove();
  }
}

/**
 * Links the project's packages into a folder: in a process of its own, since making links takes leave to
 * write anywhere.
 */
async function linkPackages(folder: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["eval", "--no-config", "Deno.symlinkSync(Deno.args[0], Deno.args[1])"],
      ...[join(projectFolder, "node_modules"), join(folder, "node_modules")],
    ],
    stdin: "null",
  }).output();
  if (success) return;
  const reason = new TextDecoder().decode(stderr).trim().slice(-200);
  throw new EngineError(`its packages cannot be linked: ${reason}`);
}

/** The measuring process of a checked-out commit; see `ownProcess`. */
export function processOf(folder: string, path: string, args: readonly string[]): ProcessSpec {
  return {
    program: Deno.execPath(),
    args: [
      "run",
      "--no-prompt",
      "--no-check",
      "--node-modules-dir=manual",
      `--config=${join(folder, "deno.json")}`,
      "--allow-read",
      allowEnvironment(),
      "--allow-sys",
      `--allow-ffi=${join(folder, "node_modules")},${join(projectFolder, "node_modules")}`,
      join(folder, path),
      ...args,
    ],
  };
}
