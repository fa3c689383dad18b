/**
 * ADE20K's table of classes, `objectInfo150.txt`: a line with the names of the columns, then
 * `Idx  Ratio  Train  Val  Name` for each class, with tabs between. A name may have further names
 * behind it, with commas.
 *
 * @module
 */

import { DataError } from "../../../errors.ts";
import { explainReadError } from "../../../files.ts";
import { mostLabelClasses } from "./label_rule.ts";

/** Name of the file. */
export const ade20kNamesFile = "objectInfo150.txt";

/** Most bytes of the table. */
const mostBytes = 2 ** 20;

/**
 * Names of the classes, of several names the first, in the order of their numbers from 1.
 *
 * @throws {DataError} naming the line that is not of this kind.
 */
export function parseAde20kNames(text: string, path: string): string[] {
  const lines = text.split(/\r?\n/);
  const fail = (line: number, problem: string): never => {
    throw new DataError(`${path}, line ${line}: ${problem}`);
  };
  const columns = lines[0]!.replace(/^\ufeff/, "").split("\t").map((name) => name.trim());
  const [indexColumn, nameColumn] = ["Idx", "Name"].map((name) => columns.indexOf(name));
  if (indexColumn! < 0 || nameColumn! < 0) {
    fail(1, 'expected columns with tabs between them, "Idx" and "Name" among them');
  }
  const names: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line.trim() === "") continue;
    const cells = line.split("\t");
    const number = cells[indexColumn!]?.trim() ?? "", name = cells[nameColumn!] ?? "";
    if (number !== `${names.length + 1}`) {
      fail(index + 1, `expected class ${names.length + 1}, got ${JSON.stringify(number)}`);
    }
    const first = name.split(/[,;]/)[0]!.trim();
    if (first === "") fail(index + 1, `class ${number} has no name`);
    if (names.includes(first)) {
      fail(
        index + 1,
        `two classes are called "${first}": ${names.indexOf(first) + 1} and ${number}`,
      );
    }
    names.push(first);
    if (names.length > mostLabelClasses) {
      fail(index + 1, `there are more than ${mostLabelClasses} classes`);
    }
  }
  if (names.length === 0) fail(1, "no class follows");
  return names;
}

/** Reads the table. @throws {DataError} where it is missing, too large or not such a table. */
export function readAde20kNames(path: string): string[] {
  let text: string;
  try {
    const { size, isFile } = Deno.statSync(path);
    if (!isFile || size > mostBytes) {
      throw new DataError(
        `${path} is not a table of classes: expected a file of at most ${mostBytes} bytes`,
      );
    }
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new DataError(
        `There is no ${path}, which names the classes; it comes with ADEChallengeData2016.zip`,
      );
    }
    throw error instanceof DataError ? error : explainReadError(path, error);
  }
  return parseAde20kNames(text, path);
}
