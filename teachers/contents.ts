/**
 * Hashes of the shipped teachers' weights, so that what other weights taught is run again.
 *
 * @module
 */

import { teachers } from "./registry.ts";

/** Names that come with the project; a plug-in's teacher is known by the hash of its module. */
const shipped: ReadonlySet<string> = new Set(teachers.names());

/**
 * Hashes by `teacher NAME`; names that are not shipped are passed over.
 *
 * @throws {DataError} when weights are missing or damaged.
 */
export async function teacherContents(names: Iterable<string>): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for (const name of new Set(names)) {
    if (!shipped.has(name)) continue;
    const teacher = await teachers.get(name)();
    contents[`teacher ${name}`] = teacher.hash;
    await teacher.release();
  }
  return contents;
}
