/**
 * The processes that started the launcher: when one of them is killed, nobody is left to stop the
 * command, which would go on unseen.
 *
 * @module
 */

import process from "node:process";
import { readVariable } from "../core/environment_variables.ts";

/** Processes between npx and this one: npm, a shell, `deno task`; with room for a wrapper. */
const mostStarters = 6;

/** A process of the system. */
export interface SystemProcess {
  /** Id of its parent. */
  readonly parent: number;
  /** Its command line. */
  readonly command: string;
}

/** Asks `ps` for a process; undefined where it is gone, or the system has no `ps`. */
async function readProcess(pid: number): Promise<SystemProcess | undefined> {
  try {
    const { stdout } = await new Deno.Command("ps", {
      args: ["-o", "ppid=,args=", "-p", String(pid)],
      stderr: "null",
    }).output();
    const match = /^\s*(\d+)\s+(.*)$/m.exec(new TextDecoder().decode(stdout));
    return match === null ? undefined : { parent: Number(match[1]), command: match[2]! };
  } catch {
    return undefined;
  }
}

/**
 * Ids of the processes that must live for the command to go on: `deno task`, and where npx started that,
 * everything up to npx. The user's shell is none of them: a command under `nohup` outlives it.
 *
 * @param read Looks a process up. @default {by ps}
 */
export async function findStarters(
  { parent = Deno.ppid, read = readProcess }: {
    parent?: number;
    read?: (pid: number) => Promise<SystemProcess | undefined>;
  } = {},
): Promise<number[]> {
  // `deno task` tells where it was started; a launcher that was started by hand has no starter.
  if (readVariable("INIT_CWD") === undefined) return [];
  if (readVariable("npm_command") !== "exec") return [parent];
  const chain: number[] = [];
  for (let pid = parent; pid > 1 && chain.length < mostStarters;) {
    const found = await read(pid);
    if (found === undefined) break;
    chain.push(pid);
    if (/\bnpm exec\b|[/\\ ]npx(?:-cli\.js)?\b|^npx\b/.test(found.command)) return chain;
    pid = found.parent;
  }
  // npx is not above: its variables were left by something else.
  return [parent];
}

/** Whether a process is there; one that has ended and that nobody has asked for counts too. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process may not be asked.
    return (error as { code?: string }).code === "EPERM";
  }
}

/** Whether one of some processes has ended, and waits for its parent to ask for it. */
async function hasZombie(pids: readonly number[]): Promise<boolean> {
  try {
    const { stdout } = await new Deno.Command("ps", {
      args: ["-o", "stat=", "-p", pids.join(",")],
      stderr: "null",
    }).output();
    return /^\s*Z/m.test(new TextDecoder().decode(stdout));
  } catch {
    return false;
  }
}

/** Milliseconds between two looks. */
const interval = 500;

/** Looks between two at zombies, which cost a process each. */
const zombieEvery = 4;

/**
 * Watches processes.
 *
 * @param pids The first one is the parent of this process.
 * @param onGone Called once, when one of them has ended.
 * @returns Ends the watch.
 */
export function watchProcesses(pids: readonly number[], onGone: () => void): () => void {
  const [parent, ...others] = pids;
  if (parent === undefined) return () => {};
  let looks = 0;
  let ended = false;
  const end = () => {
    ended = true;
    clearInterval(timer);
  };
  const timer = setInterval(async () => {
    looks++;
    let gone = Deno.ppid !== parent || !others.every(exists);
    if (!gone && others.length > 0 && looks % zombieEvery === 0) gone = await hasZombie(others);
    if (!gone || ended) return;
    end();
    onGone();
  }, interval);
  return end;
}
