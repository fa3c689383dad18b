/**
 * A fixed number of views of every sample of a split, in memory or in a file.
 *
 * @module
 */

import type { SkippedImage } from "../dataset.ts";
import type { SampleList } from "../sample_list.ts";

/** Views in a file of the cache, read by their position. */
export interface ViewFile {
  /** Bytes of one view: imageSize × imageSize × 3. */
  readonly viewBytes: number;
  /**
   * Reads views, one behind the other, each checked against its checksum.
   *
   * @param indices Indices of views, `[n]`.
   * @param output Takes n × viewBytes bytes: RGB, rows from the top.
   * @throws {DataError} where the file was changed or removed since it was opened.
   */
  read(indices: ArrayLike<number>, output: Uint8Array): void;
  /** Closes the file. May be called twice. */
  close(): void;
}

/** A fixed number of views of every sample of a split. */
export interface ViewSet {
  readonly samples: SampleList;
  readonly viewsPerSample: number;
  /** Side of a view in pixels. */
  readonly imageSize: number;
  /**
   * RGB, `[samples × views, imageSize, imageSize, 3]`; view v of sample s is at index
   * `s * viewsPerSample + v`. In memory it is backed by a SharedArrayBuffer, so that Workers share
   * it; a larger set is in a file. `fillBatch` reads both.
   */
  readonly pixels: Uint8Array | ViewFile;
  /** Content key: everything that determines the pixels and the labels. */
  readonly hash: string;
  readonly skipped: readonly SkippedImage[];
  /** Looked at once: what a model makes of it is kept neither in memory nor in the cache. */
  readonly isTransient?: true;
}

/** A set of views that is in memory. */
export interface MemoryViewSet extends ViewSet {
  readonly pixels: Uint8Array;
}

/** Number of views of a set. */
export function countViews(views: Pick<ViewSet, "samples" | "viewsPerSample">): number {
  return views.samples.length * views.viewsPerSample;
}

/** Whether the pixels of a set are in memory. */
export function isInMemory(views: ViewSet): views is MemoryViewSet {
  return views.pixels instanceof Uint8Array;
}

/**
 * Copies views as they are: RGB, rows from the top, one view behind the other.
 *
 * @param output Takes a view's bytes for each index.
 */
export function readViews(views: ViewSet, indices: ArrayLike<number>, output: Uint8Array): void {
  const { pixels, imageSize } = views;
  if (!(pixels instanceof Uint8Array)) return pixels.read(indices, output);
  const viewBytes = 3 * imageSize ** 2;
  for (let place = 0; place < indices.length; place++) {
    const start = indices[place]! * viewBytes;
    output.set(pixels.subarray(start, start + viewBytes), place * viewBytes);
  }
}

/** Closes the file of a set that has one. */
export function closeViews(views: ViewSet): void {
  if (!(views.pixels instanceof Uint8Array)) views.pixels.close();
}

/** Bytes that Workers can share. */
export function sharedBytes(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}
