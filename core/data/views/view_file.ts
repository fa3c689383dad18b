/**
 * The file of a fixed set of views.
 *
 * A magic line; the pixels, view by view; a trailer: one JSON line (key, sizes, the images that were
 * left out) and a CRC-32 for each view; then the trailer's length (8 bytes, little-endian) and
 * the SHA-256 of magic line, trailer and length. Every byte is covered: pixels by the sums in the
 * trailer, which is covered by the hash. So one view can be checked without reading the others.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { DataError } from "../../errors.ts";
import { sha256 } from "../../files.ts";
import type { SkippedImage } from "../dataset.ts";
import { fillFrom, fillFromSync } from "../file_reading.ts";
import { sharedBytes, type ViewFile } from "./view_set.ts";

const magic = new TextEncoder().encode("lgd-bench views 2\n");
const lengthBytes = 8, hashBytes = 32;
/** A trailer longer than this counts as damage. */
const longestTrailer = 2 ** 30;
/** Bytes read at a time where a whole file is read. */
const chunkBytes = 4 * 2 ** 20;

const headSchema = z.strictObject({
  key: z.string(),
  views: z.number().int().nonnegative(),
  viewBytes: z.number().int().positive(),
  skipped: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
});

/** Checksum of the pixels of one view. */
export function viewChecksum(pixels: Uint8Array): number {
  // A window on shared memory cannot be passed to crc32, but a Buffer over it is.
  return crc32(Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength));
}

/** What a file says of itself. */
export interface ViewFileHead {
  readonly key: string;
  /** Views that are there: without those of the images that were left out. */
  readonly views: number;
  readonly viewBytes: number;
  readonly skipped: readonly SkippedImage[];
}

/** What stands before the pixels. */
export function viewFileStart(): Uint8Array {
  return magic;
}

/** What stands behind the pixels. */
export function viewFileEnd(head: ViewFileHead, checksums: Uint32Array): Uint8Array {
  const line = new TextEncoder().encode(JSON.stringify(head) + "\n");
  const sums = new Uint8Array(checksums.length * 4);
  const view = new DataView(sums.buffer);
  checksums.forEach((sum, index) => view.setUint32(index * 4, sum, true));
  const trailer = line.length + sums.length;
  const end = new Uint8Array(trailer + lengthBytes + hashBytes);
  end.set(line);
  end.set(sums, line.length);
  new DataView(end.buffer).setBigUint64(trailer, BigInt(trailer), true);
  const hash = sha256(magic, end.subarray(0, trailer + lengthBytes));
  end.set(Uint8Array.fromHex(hash), trailer + lengthBytes);
  return end;
}

/** A file that is sound as far as its trailer tells. */
export interface OpenedViewFile {
  readonly head: ViewFileHead;
  readonly checksums: Uint32Array;
}

async function readAt(file: Deno.FsFile, offset: number, target: Uint8Array): Promise<boolean> {
  await file.seek(offset, Deno.SeekMode.Start);
  return await fillFrom(file, target) === target.length;
}

/** What a file is expected to hold. */
export interface ExpectedViews {
  readonly key: string;
  /** Samples of the split, with those that were left out. */
  readonly samples: number;
  readonly viewsPerSample: number;
  readonly viewBytes: number;
}

/**
 * Reads the trailer of a file, or gives the reason why it cannot be trusted.
 *
 * @param expected What it must hold; absent where any whole file is right.
 */
export async function readViewFileHead(
  file: Deno.FsFile,
  expected?: ExpectedViews,
): Promise<OpenedViewFile | string> {
  const { size, isFile } = await file.stat();
  if (!isFile) return "it is not a file";
  const start = new Uint8Array(magic.length);
  if (!await readAt(file, 0, start) || !start.every((byte, at) => byte === magic[at])) {
    return "no header";
  }
  const tail = new Uint8Array(lengthBytes + hashBytes);
  if (size < magic.length + tail.length || !await readAt(file, size - tail.length, tail)) {
    return "cut short";
  }
  const trailer = Number(new DataView(tail.buffer).getBigUint64(0, true));
  if (trailer > Math.min(longestTrailer, size - magic.length - tail.length)) return "wrong length";
  const end = new Uint8Array(trailer + lengthBytes);
  if (!await readAt(file, size - tail.length - trailer, end)) return "cut short";
  const hash = Uint8Array.fromHex(sha256(magic, end));
  if (!hash.every((byte, at) => byte === tail[lengthBytes + at])) return "wrong hash";
  const line = end.indexOf(10);
  let head: z.infer<typeof headSchema>;
  try {
    head = headSchema.parse(JSON.parse(new TextDecoder().decode(end.subarray(0, line))));
  } catch {
    return "damaged header";
  }
  if (expected && (head.key !== expected.key || head.viewBytes !== expected.viewBytes)) {
    return "wrong key";
  }
  const { samples, viewsPerSample } = expected ?? {
    samples: head.views + head.skipped.length,
    viewsPerSample: 1,
  };
  if (
    head.views !== (samples - head.skipped.length) * viewsPerSample ||
    trailer !== line + 1 + 4 * head.views ||
    size !== magic.length + head.views * head.viewBytes + trailer + tail.length
  ) return "wrong length";
  const sums = new DataView(end.buffer, line + 1);
  const checksums = Uint32Array.from(
    { length: head.views },
    (_, index) => sums.getUint32(index * 4, true),
  );
  return { head, checksums };
}

/** Reads all pixels, chunk by chunk, or gives the reason why they cannot be trusted. */
async function checkPixels(
  file: Deno.FsFile,
  { head: { views, viewBytes }, checksums }: OpenedViewFile,
  take: (pixels: Uint8Array, offset: number) => void,
): Promise<string | undefined> {
  await file.seek(magic.length, Deno.SeekMode.Start);
  const chunk = new Uint8Array(Math.max(1, Math.floor(chunkBytes / viewBytes)) * viewBytes);
  for (let view = 0; view < views;) {
    const count = Math.min(chunk.length / viewBytes, views - view);
    const part = chunk.subarray(0, count * viewBytes);
    if (await fillFrom(file, part) !== part.length) return "cut short";
    for (let index = 0; index < count; index++) {
      const own = part.subarray(index * viewBytes, (index + 1) * viewBytes);
      if (viewChecksum(own) !== checksums[view + index]) return "wrong hash";
    }
    take(part, view * viewBytes);
    view += count;
  }
  return undefined;
}

/** Reads all pixels into shared memory, or gives the reason why they cannot be trusted. */
export async function readViewPixels(
  file: Deno.FsFile,
  opened: OpenedViewFile,
): Promise<Uint8Array | string> {
  const { views, viewBytes } = opened.head;
  const pixels = sharedBytes(views * viewBytes);
  return await checkPixels(file, opened, (part, offset) => pixels.set(part, offset)) ?? pixels;
}

/** What is wrong with a whole file of views, of whatever key; undefined where all is well. */
export async function findViewFileProblem(path: string): Promise<string | undefined> {
  using file = await Deno.open(path);
  const opened = await readViewFileHead(file);
  return typeof opened === "string" ? opened : await checkPixels(file, opened, () => {});
}

/** Views that are read from a file as they are needed. */
export class StoredViews implements ViewFile {
  readonly viewBytes: number;
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #checksums: Uint32Array;
  readonly #view: Uint8Array;
  #closed = false;

  /** @param file Open for reading; closed with the views. */
  constructor(path: string, file: Deno.FsFile, { head, checksums }: OpenedViewFile) {
    this.#path = path;
    this.#file = file;
    this.#checksums = checksums;
    this.viewBytes = head.viewBytes;
    this.#view = new Uint8Array(head.viewBytes);
  }

  read(indices: ArrayLike<number>, output: Uint8Array): void {
    const { viewBytes } = this;
    for (let place = 0; place < indices.length; place++) {
      const index = indices[place]!;
      this.#file.seekSync(magic.length + index * viewBytes, Deno.SeekMode.Start);
      const filled = fillFromSync(this.#file, this.#view);
      if (filled !== viewBytes || viewChecksum(this.#view) !== this.#checksums[index]) {
        throw new DataError(
          `Cache file ${this.#path} is damaged (wrong hash of view ${index}); remove it and run ` +
            "the command again",
        );
      }
      output.set(this.#view, place * viewBytes);
    }
  }

  close(): void {
    if (!this.#closed) this.#file.close();
    this.#closed = true;
  }
}
