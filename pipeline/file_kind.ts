/**
 * What a safetensors file says it is.
 *
 * @module
 */

import { readFileIfPresent } from "../core/files.ts";
import { readSafetensors } from "../core/nn/safetensors.ts";
import { userPath } from "../core/paths.ts";

/**
 * The kind in the header of a file, `"detector"` or `"segmenter"`; undefined for students, for weights from
 * elsewhere, and where there is no such file.
 *
 * @throws {DataError} where it is no safetensors file, or damaged.
 */
export async function kindOfFile(path: string): Promise<string | undefined> {
  const bytes = await readFileIfPresent(userPath(path));
  return bytes === undefined ? undefined : readSafetensors(bytes, path).metadata["kind"];
}
