/**
 * Fills the blocks of README.md that hold numbers or credits, so that none is typed by hand:
 *
 *     deno run --allow-read --allow-env --allow-write=. scripts/update_readme.ts RUN_FOLDER
 *
 * `RUN_FOLDER` holds a finished run of table2. Without it only the credits are filled.
 *
 * @module
 */

import { join } from "node:path";
import { creditLines } from "../core/data/readers/emoji/credits.ts";
import { projectFolder, writeFileAtomic } from "../core/files.ts";
import { parseResult } from "../core/results/result_schema.ts";
import type { ResultFile } from "../core/results/result.ts";
import { formatDuration } from "../reports/format.ts";
import { computedSeconds } from "../reports/legend.ts";
import { renderMarkdownTable } from "../reports/markdown_table.ts";
import { renderTextTable } from "../reports/text_table.ts";

/** Columns of a terminal as it is shown. */
const terminalWidth = 110;

/**
 * A text with the block between `<!-- NAME:begin -->` and `<!-- NAME:end -->` replaced.
 *
 * @throws {RangeError} where the text has no such block.
 */
export function replaceBlock(text: string, name: string, content: string): string {
  const begin = `<!-- ${name}:begin -->`, end = `<!-- ${name}:end -->`;
  const start = text.indexOf(begin), stop = text.indexOf(end);
  if (start < 0 || stop < start) throw new RangeError(`Cannot fill: there is no block "${name}"`);
  return `${text.slice(0, start + begin.length)}\n${content.trim()}\n${text.slice(stop)}`;
}

/** Where and how long the table was made. */
export function describeRun({ environment, timings, seeds, project }: ResultFile): string {
  const { cpu, cores, memoryGigabytes, deno, onnxruntime } = environment;
  return `Made by ${project.name} ${project.version} in ${
    formatDuration(computedSeconds({ timings }))
  } of training and measuring, as many jobs at once as there are cores, on ` +
    `${cores} cores (${cpu ?? "unknown processor"}), ${memoryGigabytes} GB, Deno ${deno}, ` +
    `ONNX Runtime ${onnxruntime}; ${seeds.length === 1 ? "one seed" : `${seeds.length} seeds`}.`;
}

/** What the terminal shows at the end of a run: the differences and the notes, without the levels. */
export function terminalEnd(result: ResultFile): string {
  const lines = renderTextTable(result, { width: terminalWidth }).split("\n");
  const start = lines.findIndex((line) => line.startsWith("Differences"));
  return lines.slice(Math.max(0, start)).join("\n");
}

/** README.md with its blocks filled; those of a run only where there is a result. */
export function updateReadme(text: string, result?: ResultFile): string {
  const credits = creditLines().map((line) => `- ${line}`).join("\n");
  const credited = replaceBlock(text, "credits", credits);
  if (result === undefined) return credited;
  const table = `${renderMarkdownTable(result).trim()}\n\n${describeRun(result)}`;
  const output = `\`\`\`\n${terminalEnd(result).trimEnd()}\n\`\`\``;
  return replaceBlock(replaceBlock(credited, "table", table), "output", output);
}

if (import.meta.main) {
  const folder = Deno.args[0];
  const path = join(projectFolder, "README.md");
  let result: ResultFile | undefined;
  if (folder !== undefined) {
    const file = join(folder, "result.json");
    result = parseResult(await Deno.readTextFile(file), file);
    if (!result.finished) throw new Error(`Cannot fill: the run in ${folder} is not finished`);
  }
  await writeFileAtomic(path, updateReadme(await Deno.readTextFile(path), result));
}
