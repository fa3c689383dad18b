/**
 * Sets of views on disk, keyed by their content.
 *
 * File: magic line, one JSON line (header with key, length and SHA-256 of the pixels, and the images
 * that were left out), the pixels.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { cacheFolder, sha256, writeFileAtomic } from "../files.ts";
import type { SkippedImage } from "./dataset.ts";
import { fillFrom } from "./file_reading.ts";
import { addDataWarning } from "./warnings.ts";

const magic = "lgd-bench views 1\n";
/** Larger sets are drawn every time: writing them would cost more disk than it saves time. */
const largestCachedBytes = 2 ** 30;
const readChunk = 4 * 2 ** 20;
/** A header longer than this counts as damage. */
const longestHeader = 2 ** 20;

const headerSchema = z.strictObject({
  key: z.string(),
  length: z.number().int().nonnegative(),
  skipped: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
  sha256: z.string(),
});

/** Bytes that Workers can share. */
export function sharedBytes(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}

function cachePath(key: string): string {
  return join(cacheFolder(), "views", `${key.slice(0, 32)}.bin`);
}

/** The pixels of a set of views, and the images that are not among them. */
export interface CachedViews {
  readonly pixels: Uint8Array;
  readonly skipped: readonly SkippedImage[];
}

/** What is after the magic line, or the reason why the file cannot be trusted. */
async function readViews(
  file: Deno.FsFile,
  key: string,
  samples: number,
  bytesPerSample: number,
): Promise<CachedViews | string> {
  const start = new Uint8Array(longestHeader);
  const filled = await fillFrom(file, start);
  const end = start.subarray(0, filled).indexOf(10, magic.length);
  const text = new TextDecoder().decode(start.subarray(0, Math.max(0, end)));
  if (!text.startsWith(magic)) return "no header";
  let header: z.infer<typeof headerSchema>;
  try {
    header = headerSchema.parse(JSON.parse(text.slice(magic.length)));
  } catch {
    return "damaged header";
  }
  if (header.key !== key) return "wrong key";
  const { size } = await file.stat();
  const length = (samples - header.skipped.length) * bytesPerSample;
  if (header.length !== length || size !== end + 1 + length) return "wrong length";
  await file.seek(end + 1, Deno.SeekMode.Start);
  const pixels = sharedBytes(length);
  const hash = createHash("sha256");
  const chunk = new Uint8Array(Math.min(readChunk, length));
  for (let offset = 0; offset < length;) {
    const part = chunk.subarray(0, Math.min(chunk.length, length - offset));
    if (await fillFrom(file, part) !== part.length) return "cut short";
    hash.update(part);
    pixels.set(part, offset);
    offset += part.length;
  }
  return hash.digest("hex") === header.sha256 ? { pixels, skipped: header.skipped } : "wrong hash";
}

/**
 * A set of views, or undefined where the cache does not have them. A damaged file is
 * never used: it is noted as a warning, and the caller draws the views anew.
 *
 * @param key Content key of the set.
 * @param samples Samples of the set, with those that were left out.
 * @param bytesPerSample Bytes of all views of one sample.
 */
export async function readCachedViews(
  key: string,
  samples: number,
  bytesPerSample: number,
): Promise<CachedViews | undefined> {
  const path = cachePath(key);
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  try {
    const views = await readViews(file, key, samples, bytesPerSample);
    if (typeof views !== "string") return views;
    addDataWarning(`Cache file ${path} is damaged (${views}); the views were drawn anew`);
    return undefined;
  } finally {
    file.close();
  }
}

/** Keeps the pixels of a set of views, unless they are more than 1 GiB. */
export async function writeCachedViews(key: string, views: CachedViews): Promise<void> {
  const { pixels, skipped } = views;
  if (pixels.length > largestCachedBytes) return;
  const header = { key, length: pixels.length, skipped, sha256: sha256(pixels) };
  const head = new TextEncoder().encode(`${magic}${JSON.stringify(header)}\n`);
  if (head.length > longestHeader) return;
  const file = new Uint8Array(head.length + pixels.length);
  file.set(head);
  file.set(pixels, head.length);
  await writeFileAtomic(cachePath(key), file);
}
