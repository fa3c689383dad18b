/**
 * JSON files with a checksum over all of them.
 *
 * The first line is `{"checksum":"…",`, SHA-256 of every byte after that line, so that no byte is
 * without one and the file is still JSON for everybody.
 *
 * @module
 */

import { DataError } from "./errors.ts";
import { sha256 } from "./files.ts";

/** Name of the checksum among the keys. */
export const checksumKey = "checksum";

const firstLine = /^\{"checksum":"([0-9a-f]{64})",\n/;

/** What stands after the first line of a value without keys. */
const emptyRest = "}\n";

/**
 * The text of a file.
 *
 * @throws {TypeError} for a value with a key `checksum`, whose place it would take.
 */
export function formatCheckedJson(value: Readonly<Record<string, unknown>>): string {
  if (Object.hasOwn(value, checksumKey)) {
    throw new TypeError(`internal: a value with a key "${checksumKey}" cannot be written`);
  }
  const text = JSON.stringify(value, null, 1);
  if (text === "{}") return `{"${checksumKey}":"${sha256(emptyRest)}"${emptyRest}`;
  const rest = text.slice(2) + "\n";
  return `{"${checksumKey}":"${sha256(rest)}",\n${rest}`;
}

/** What a file holds. */
export interface CheckedJson {
  /** Its value, without the checksum. */
  readonly value: unknown;
  /** Whether it has a checksum, and it is right; a file from elsewhere has none. */
  readonly isChecked: boolean;
}

/**
 * Reads the text of a file.
 *
 * @param path Named in errors.
 * @throws {DataError} where it is not JSON, or its checksum is wrong.
 */
export function parseCheckedJson(text: string, path: string): CheckedJson {
  const start = firstLine.exec(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new DataError(`Cannot read ${path}: it is not JSON (${(error as Error).message})`);
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new DataError(`Cannot read ${path}: expected a JSON object`);
  }
  if (!Object.hasOwn(value, checksumKey)) return { value, isChecked: false };
  const { [checksumKey]: stored, ...content } = value as Record<string, unknown>;
  const rest = start === null
    ? Object.keys(content).length === 0 ? emptyRest : undefined
    : text.slice(start[0].length);
  if (rest === undefined || stored !== sha256(rest)) {
    throw new DataError(
      `Cannot read ${path}: its checksum is wrong: it was changed after it was written`,
    );
  }
  return { value: content, isChecked: true };
}

/**
 * Reads a file that this program wrote itself: it must have a checksum.
 *
 * @throws {DataError} as {@linkcode parseCheckedJson}, and where there is no checksum.
 */
export function parseOwnJson(text: string, path: string): unknown {
  const { value, isChecked } = parseCheckedJson(text, path);
  if (isChecked) return value;
  throw new DataError(`Cannot read ${path}: it has no checksum, expected one in its first line`);
}
