/**
 * Fills the table of docs/speed.md, so that no figure is typed by hand:
 *
 *     deno run --allow-read --allow-env --allow-write=docs scripts/update_speed.ts BENCH_FOLDER…
 *
 * Each folder holds the bench.json of a finished `deno task bench`.
 *
 * @module
 */

import { join } from "node:path";
import { projectFolder, writeFileAtomic } from "../core/files.ts";
import { parseSpeedFile, type SpeedFile } from "../core/results/speed_result.ts";
import { renderSpeedTable } from "../reports/speed_table.ts";
import { replaceBlock } from "./update_readme.ts";

/** Columns of the table. */
const width = 160;

/** docs/speed.md with the tables of some measurements. */
export function updateSpeed(text: string, files: readonly SpeedFile[]): string {
  const tables = files.map((file) => {
    const lines = renderSpeedTable(file, { width, brief: true }).split("\n").map((line) =>
      line.trimEnd()
    );
    return `\`\`\`\n${lines.join("\n").trim()}\n\`\`\``;
  });
  return replaceBlock(text, "bench", tables.join("\n\n"));
}

if (import.meta.main) {
  const path = join(projectFolder, "docs", "speed.md");
  const files = await Promise.all(Deno.args.map(async (folder) => {
    const path = join(folder, "bench.json");
    const file = parseSpeedFile(await Deno.readTextFile(path), path);
    if (!file.finished) throw new Error(`Cannot fill: the bench in ${folder} is not finished`);
    return file;
  }));
  await writeFileAtomic(path, updateSpeed(await Deno.readTextFile(path), files));
}
