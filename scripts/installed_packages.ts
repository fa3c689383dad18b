/**
 * Whether the project's packages are installed as its lock file says. Where they are, Deno need not look
 * at each of them again, which takes as long as the rest of a command's start.
 *
 * @module
 */

import { join } from "node:path";
import { projectFolder } from "../core/files.ts";

/** A package in `deno.lock`. */
interface LockedPackage {
  /** What it needs: keys, or names where there is one version. */
  readonly dependencies?: readonly string[];
  readonly optionalDependencies?: readonly string[];
  /** Systems that it is for, where not for all. */
  readonly os?: readonly string[];
}

/** What is read of `deno.lock`. */
interface LockFile {
  readonly npm?: Readonly<Record<string, LockedPackage>>;
  /** `npm:zod@4.6.7` → the rest of its key in `npm`. */
  readonly specifiers?: Readonly<Record<string, string>>;
}

/** What is read of `deno.json`. */
interface Config {
  readonly imports?: Readonly<Record<string, string>>;
}

/** Name of a package in a specifier or a key: `npm:@a/b@1.0.0` → `@a/b`. */
function nameOf(specifier: string): string {
  const text = specifier.replace(/^npm:/, "");
  const end = text.indexOf("@", 1);
  return end < 0 ? text : text.slice(0, end);
}

/**
 * Keys of the packages that some packages need, with them: what stands under `dependencies`, not what is
 * optional, as the builds for other systems are; undefined where the lock has no such key.
 */
export function neededPackages(lock: LockFile, roots: readonly string[]): string[] | undefined {
  const { npm = {} } = lock;
  const needed = new Set<string>();
  const open = [...roots];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    const found = Object.hasOwn(npm, key)
      ? key
      // Where there is one version, the name stands for it.
      : Object.keys(npm).find((other) => nameOf(other) === key);
    if (found === undefined) return undefined;
    if (needed.has(found)) continue;
    needed.add(found);
    open.push(...npm[found]!.dependencies ?? []);
  }
  return [...needed];
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/**
 * Whether everything is installed. False where in doubt: then Deno looks, and installs what is missing.
 *
 * @param folder Of the project.
 */
export function arePackagesInstalled(folder: string = projectFolder): boolean {
  try {
    const read = (name: string): unknown => JSON.parse(Deno.readTextFileSync(join(folder, name)));
    const { imports = {} } = read("deno.json") as Config;
    const lock = read("deno.lock") as LockFile;
    const wanted = Object.values(imports).filter((target) => target.startsWith("npm:"));
    const roots = wanted.map((target) => `${nameOf(target)}@${lock.specifiers?.[target]}`);
    const modules = join(folder, "node_modules");
    return neededPackages(lock, roots)?.every((key) => {
          // Without the versions of its peers.
          const name = key.replace(/(?<=.@[^_]*)_.*$/, "").replaceAll("/", "+");
          return isFile(join(modules, ".deno", name, ".initialized"));
        }) === true && wanted.every((target) => {
        // The link of a package follows its files; a link to another version is of an earlier install.
        const link = Deno.realPathSync(join(modules, nameOf(target)));
        const [version] = lock.specifiers![target]!.split("_");
        return link.includes(`${nameOf(target).replaceAll("/", "+")}@${version}`);
      });
  } catch {
    return false;
  }
}
