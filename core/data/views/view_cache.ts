/**
 * Sets of views on disk, keyed by their content: read where they are there, written as they are
 * drawn.
 *
 * @module
 */

import { join } from "node:path";
import { openCacheFile } from "../../cache.ts";
import { cacheFolder, writeFileInParts } from "../../files.ts";
import type { SkippedImage } from "../dataset.ts";
import { addDataWarning } from "../warnings.ts";
import {
  type ExpectedViews,
  readViewFileHead,
  readViewPixels,
  StoredViews,
  viewChecksum,
  viewFileEnd,
  viewFileStart,
} from "./view_file.ts";
import type { ViewFile } from "./view_set.ts";

function cachePath(key: string): string {
  return join(cacheFolder(), "views", `${key.slice(0, 32)}.bin`);
}

/** The pixels of a set of views, and the images that are not among them. */
export interface CachedViews {
  readonly pixels: Uint8Array | ViewFile;
  readonly skipped: readonly SkippedImage[];
}

/**
 * A set of views, or undefined where the cache does not have them. A damaged file is never used: it
 * is noted as a warning, and the caller draws the views again.
 *
 * @param memoryBytes Larger sets are left in their file.
 */
export async function readCachedViews(
  expected: ExpectedViews,
  memoryBytes: number,
): Promise<CachedViews | undefined> {
  const path = cachePath(expected.key);
  const file = await openCacheFile(path);
  if (file === undefined) return undefined;
  let keepOpen = false;
  try {
    const opened = await readViewFileHead(file, expected);
    if (typeof opened !== "string") {
      const { head: { views, viewBytes, skipped } } = opened;
      if (views * viewBytes > memoryBytes) {
        keepOpen = true;
        return { pixels: new StoredViews(path, file, opened), skipped };
      }
      const pixels = await readViewPixels(file, opened);
      if (typeof pixels !== "string") return { pixels, skipped };
      addDataWarning(damageWarning(path, pixels));
    } else addDataWarning(damageWarning(path, opened));
    return undefined;
  } finally {
    if (!keepOpen) file.close();
  }
}

function damageWarning(path: string, reason: string): string {
  return `Cache file ${path} is damaged (${reason}); the views were drawn again`;
}

/** Takes the pixels of a set, in order. */
export interface ViewWriter {
  /** Adds whole views. */
  add(pixels: Uint8Array): Promise<void>;
}

/**
 * Writes a set of views, whole or not at all.
 *
 * @param draw Gives all pixels to the writer; its result is what is known only then: the images that
 *   were left out.
 * @throws {WriteError} where the cache cannot be written.
 */
export async function writeCachedViews(
  { key, viewBytes }: Pick<ExpectedViews, "key" | "viewBytes">,
  draw: (writer: ViewWriter) => Promise<readonly SkippedImage[]>,
): Promise<void> {
  await writeFileInParts(cachePath(key), async (write) => {
    const checksums: Uint32Array[] = [];
    let views = 0;
    await write(viewFileStart());
    const skipped = await draw({
      async add(pixels) {
        const count = pixels.length / viewBytes;
        checksums.push(Uint32Array.from(
          { length: count },
          (_, view) => viewChecksum(pixels.subarray(view * viewBytes, (view + 1) * viewBytes)),
        ));
        views += count;
        await write(pixels);
      },
    });
    const all = new Uint32Array(views);
    let filled = 0;
    for (const part of checksums) {
      all.set(part, filled);
      filled += part.length;
    }
    await write(viewFileEnd({ key, views, viewBytes, skipped }, all));
  });
}
