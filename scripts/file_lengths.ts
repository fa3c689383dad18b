/**
 * How long source files are: one that grows long has more than one subject.
 *
 * @module
 */

import { isTestFile, type SourceFile } from "./source_files.ts";

/** Lines that no source file may exceed. */
export const mostLines = 500;

function countLines({ text }: SourceFile): number {
  return text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}

/** Median number of lines of the files that are no tests; the lower of the two middle ones. */
export function medianLength(files: readonly SourceFile[]): number {
  const lengths = files.filter(({ path }) => !isTestFile(path)).map(countLines);
  return lengths.sort((a, b) => a - b)[Math.floor((lengths.length - 1) / 2)] ?? 0;
}

/** One sentence for each file, tests excluded, that exceeds {@linkcode mostLines}. */
export function findTooLong(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const lines = countLines(file);
    return isTestFile(file.path) || lines <= mostLines
      ? []
      : [`${file.path}: ${lines} lines, at most ${mostLines} expected: split it by subject`];
  });
}
