/**
 * Fills the block of docs/architecture.md that shows the floors, from the rule that imports are
 * checked by:
 *
 *     deno run --allow-read --allow-env --allow-write=docs scripts/update_architecture.ts
 *
 * @module
 */

import { join } from "node:path";
import { projectFolder, writeFileAtomic } from "../core/files.ts";
import { floors, neighbours, roomOf } from "./check_dependencies.ts";
import { readSourceFiles } from "./source_files.ts";
import { replaceBlock } from "./update_readme.ts";

/** The document. */
export const architecturePath: string = join(projectFolder, "docs", "architecture.md");

/** Rooms that have files, by floor, from the ground up. */
export async function listFloors(): Promise<string[][]> {
  const rooms = new Set((await readSourceFiles()).map(({ path }) => roomOf(path)));
  return floors.map((floor) => floor.filter((room) => rooms.has(room)))
    .filter((floor) => floor.length > 0);
}

/** The document with its floors, the highest first. */
export function updateArchitecture(text: string, floors: readonly (readonly string[])[]): string {
  const lines = floors.toReversed().map((rooms) => rooms.join("   "));
  const drawing = ["```", ...lines, "```", "", `Beside that: ${[...neighbours].join("; ")}.`];
  return replaceBlock(text, "floors", drawing.join("\n"));
}

if (import.meta.main) {
  const text = await Deno.readTextFile(architecturePath);
  await writeFileAtomic(architecturePath, updateArchitecture(text, await listFloors()));
}
