/**
 * What a run ran on: machine and versions.
 *
 * @module
 */

import { arch, cpus, release, totalmem } from "node:os";
import { join, resolve } from "node:path";
import project from "../../deno.json" with { type: "json" };
import { projectFolder, readTextIfPresent } from "../files.ts";

/** Facts about machine and versions, flat, as results and manifests hold them. */
export type Environment = Record<string, string | number | boolean | null>;

/** Name and version of the project, from `deno.json`. */
export function readProject(): Promise<{ name: string; version: string }> {
  return Promise.resolve({ name: "lgd-bench", version: project.version });
}

/** Version of an installed npm package, or null where it is not installed. */
export async function packageVersion(name: string): Promise<string | null> {
  const path = join(projectFolder, "node_modules", name, "package.json");
  const text = await readTextIfPresent(path).catch(() => undefined);
  if (text === undefined) return null;
  const { version } = JSON.parse(text) as { version?: string };
  return version ?? null;
}

/** The name of a commit, of SHA-1 or of SHA-256. */
export const commitName = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** The commit that a text begins with; null where there is none. */
function commitOf(text = ""): string | null {
  const [name] = text.split(/\s/, 1);
  return commitName.test(name!) ? name! : null;
}

/** A name of a reference that git allows; none leads out of git's folder. */
const referenceName = /^refs\/(?!.*\.\.)[^\s\\~^:?*[\p{Cc}]+$/u;

/** The commit the project's folder is at, or null where it is not a git checkout. */
export async function readGitCommit(folder: string = projectFolder): Promise<string | null> {
  // Read from the files: running git would need a permission.
  const read = (...path: string[]) => readTextIfPresent(join(...path)).catch(() => undefined);
  const place = join(folder, ".git");
  // In a worktree it is a file that names the folder, which names that of the repository.
  const link = /^gitdir: (.+)/.exec(await read(place) ?? "")?.[1];
  const gitFolder = link === undefined ? place : resolve(folder, link.trim());
  const common = link === undefined ? undefined : (await read(gitFolder, "commondir"))?.trim();
  const folders = common === undefined ? [gitFolder] : [gitFolder, resolve(gitFolder, common)];
  const head = (await read(gitFolder, "HEAD"))?.trim();
  if (head === undefined || !head.startsWith("ref: ")) return commitOf(head);
  const reference = head.slice("ref: ".length);
  if (!referenceName.test(reference)) return null;
  for (const one of folders) {
    const loose = await read(one, reference);
    if (loose !== undefined) return commitOf(loose);
  }
  const packed = await read(folders.at(-1)!, "packed-refs");
  return commitOf(packed?.split("\n").find((text) => text.endsWith(` ${reference}`)));
}

/** Version of the library that decodes and resizes images, or null where it cannot be loaded. */
async function libvipsVersion(): Promise<string | null> {
  try {
    const { default: sharp } = await import("sharp");
    return sharp.versions.vips;
  } catch {
    return null;
  }
}

/** CPU, memory, system and the versions of everything that can change a number. */
export async function readEnvironment(): Promise<Environment> {
  // It loads the runtime, which commands that only ask for the version have no use for.
  const { channelBlock } = await import("../engine/channel_block.ts");
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? null,
    cores: navigator.hardwareConcurrency,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30 * 10) / 10,
    system: `${Deno.build.os} ${release()} ${arch()}`,
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    onnxruntime: await packageVersion("onnxruntime-node"),
    // Decides the algorithms of convolutions, and with them the last bits of a training.
    channelBlock: await channelBlock() ?? null,
    sharp: await packageVersion("sharp"),
    libvips: await libvipsVersion(),
    project: (await readProject()).version,
    gitCommit: await readGitCommit(),
  };
}

/** Keys of an environment that can change numbers, where they differ between two sessions. */
export function describeEnvironmentChanges(before: Environment, now: Environment): string[] {
  return ["cpu", "deno", "onnxruntime", "channelBlock", "sharp", "libvips", "project"]
    .filter((key) => key in before && before[key] !== now[key])
    .map((key) => `${key}: ${before[key]} when the run began, ${now[key]} now`);
}
