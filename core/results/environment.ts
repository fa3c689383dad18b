/**
 * What a run ran on: machine and versions.
 *
 * @module
 */

import { arch, cpus, release, totalmem } from "node:os";
import { join } from "node:path";
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

/** The commit the project's folder is at, or null where it is not a git checkout. */
export async function readGitCommit(folder: string = projectFolder): Promise<string | null> {
  // Read from the files: running git would need a permission.
  const gitFolder = join(folder, ".git");
  const read = (name: string) => readTextIfPresent(join(gitFolder, name)).catch(() => undefined);
  const head = (await read("HEAD"))?.trim();
  if (head === undefined) return null;
  if (!head.startsWith("ref: ")) return /^[0-9a-f]{40}$/.test(head) ? head : null;
  const reference = head.slice("ref: ".length);
  if (!/^refs\/[\w./-]+$/.test(reference) || reference.includes("..")) return null;
  const loose = (await read(reference))?.trim();
  if (loose !== undefined) return loose;
  const packed = await read("packed-refs");
  const line = packed?.split("\n").find((text) => text.endsWith(` ${reference}`));
  return line?.slice(0, 40) ?? null;
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
