/**
 * Run folders and stores stay outside the folders of images: inside, they would become a class.
 *
 * @module
 */

import { basename, dirname, isAbsolute, join, relative } from "node:path";
import { ConfigError } from "../errors.ts";

/** A data set that is a folder whose folders are classes. */
const imageFolder = /^imagefolder:(.+)$/s;

/** A path with links followed, as far as it exists. */
async function realPath(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound) || dirname(path) === path) return path;
    return join(await realPath(dirname(path)), basename(path));
  }
}

/** Paths of the image folders that a value names, at any depth. */
function imageFolders(value: unknown): string[] {
  if (typeof value === "string") {
    const path = imageFolder.exec(value)?.[1];
    return path === undefined ? [] : [path];
  }
  return typeof value === "object" && value !== null
    ? Object.values(value).flatMap(imageFolders)
    : [];
}

/**
 * Checks where a command is to write, before anything is created.
 *
 * @param places Absolute paths by the option that gives them: `--out`, `--store`.
 * @param data Names of data sets, or a value that holds them at any depth (`imagefolder:PATH`, the path
 * absolute).
 * @throws {ConfigError} where one is a folder of images or lies inside one, links followed.
 */
export async function assertOutsideData(
  places: Readonly<Record<string, string | undefined>>,
  data: unknown,
): Promise<void> {
  for (const folder of new Set(imageFolders(data))) {
    const realFolder = await realPath(folder);
    for (const [option, place] of Object.entries(places)) {
      if (place === undefined) continue;
      const inside = relative(realFolder, await realPath(place));
      if (inside === ".." || /^\.\.[/\\]/.test(inside) || isAbsolute(inside)) continue;
      throw new ConfigError(
        `${option}: ${place} lies inside the data, imagefolder:${folder}, where it would become a ` +
          `class; expected a folder outside of it. Give another one with ${option}`,
      );
    }
  }
}
