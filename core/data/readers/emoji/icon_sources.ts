/**
 * Icons as their npm packages hold them: SVG bodies, aliases and view boxes.
 *
 * @module
 */

import { createRequire } from "node:module";
import { resolve } from "node:path";
import { z } from "zod";
import { DataError } from "../../../errors.ts";
import { projectFolder, sha256 } from "../../../files.ts";
import { denoCommand } from "../../../task_command.ts";
import type { IconSetInfo } from "./credits.ts";

const dimensions = {
  left: z.number().optional(),
  top: z.number().optional(),
  width: z.number().positive().optional(),
  height: z.number().positive().optional(),
  hFlip: z.boolean().optional(),
  vFlip: z.boolean().optional(),
  rotate: z.number().int().optional(),
};

// The format is described at https://iconify.design/docs/types/iconify-json.html.
const iconFileSchema = z.object({
  left: dimensions.left,
  top: dimensions.top,
  width: dimensions.width,
  height: dimensions.height,
  icons: z.record(z.string(), z.object({ body: z.string(), ...dimensions })),
  aliases: z.record(z.string(), z.object({ parent: z.string(), ...dimensions })).optional(),
});

type IconFile = z.infer<typeof iconFileSchema>;

/** What is needed to draw one icon. */
export interface IconSource {
  /** A whole SVG document, square. */
  readonly svg: string;
  /** Mirror the picture left to right after drawing it. */
  readonly flipHorizontal: boolean;
}

async function readIconFile(set: IconSetInfo): Promise<{ path: string; bytes: Uint8Array }> {
  try {
    const path = createRequire(resolve(projectFolder, "deno.json")).resolve(
      `${set.package}/icons.json`,
    );
    return { path, bytes: await Deno.readFile(path) };
  } catch (error) {
    throw new DataError(
      `Cannot read the icons of ${set.package}: ${
        error instanceof Error ? error.message : String(error)
      }. Run "${denoCommand()} install" in the project's folder`,
      { cause: error },
    );
  }
}

const hashes = new Map<string, Promise<string>>();

/**
 * SHA-256 of the file of an icon set: it covers the body of every icon. Computed once a process.
 *
 * @throws {DataError} where the package is not installed.
 */
export function hashIconFile(set: IconSetInfo): Promise<string> {
  let hash = hashes.get(set.name);
  if (hash === undefined) {
    hash = readIconFile(set).then(({ bytes }) => sha256(bytes));
    hashes.set(set.name, hash);
    hash.catch(() => hashes.delete(set.name));
  }
  return hash;
}

function findIcon(file: IconFile, name: string, size: number, path: string): IconSource {
  let flipHorizontal = false;
  let current = name;
  let box: { left?: number; top?: number; width?: number; height?: number } = {};
  // An alias may name another alias; a circle of them would have no end.
  for (let depth = 0; depth < 5; depth++) {
    const icon = file.icons[current];
    const alias = file.aliases?.[current];
    const entry = icon ?? alias;
    if (entry === undefined) break;
    if (entry.vFlip === true || (entry.rotate ?? 0) !== 0) {
      throw new DataError(`Icon "${name}" of ${path} is turned, which is not supported`);
    }
    if (entry.hFlip === true) flipHorizontal = !flipHorizontal;
    const own = Object.fromEntries(
      (["left", "top", "width", "height"] as const)
        .filter((key) => entry[key] !== undefined)
        .map((key) => [key, entry[key]]),
    );
    // What the alias says goes before what its parent says.
    box = { ...own, ...box };
    if (icon !== undefined) {
      const left = box.left ?? file.left ?? 0;
      const top = box.top ?? file.top ?? 0;
      const width = box.width ?? file.width ?? 16;
      const height = box.height ?? file.height ?? 16;
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" ` +
        `xmlns:xlink="http://www.w3.org/1999/xlink" width="${size}" height="${size}" ` +
        `viewBox="${left} ${top} ${width} ${height}">${icon.body}</svg>`;
      return { svg, flipHorizontal };
    }
    current = alias!.parent;
  }
  throw new DataError(
    `Icon "${name}" is not in ${path}. The package has another version than the concept table; ` +
      `run "${denoCommand()} install" in the project's folder`,
  );
}

/**
 * Reads icons of a set as SVG documents, in the order of `names`.
 *
 * @param size Side of the picture in pixels; an oblong view box is centred in it.
 * @throws {DataError} where the package is not installed or lacks an icon.
 */
export async function readIcons(
  set: IconSetInfo,
  names: readonly string[],
  size: number,
): Promise<IconSource[]> {
  const { path, bytes } = await readIconFile(set);
  const parsed = iconFileSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
  if (!parsed.success) {
    throw new DataError(`Icon file ${path} is damaged: ${z.prettifyError(parsed.error)}`);
  }
  return names.map((name) => findIcon(parsed.data, name, size, path));
}
