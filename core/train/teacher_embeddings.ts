/**
 * The teacher's embeddings of fixed views, computed once and kept: the teacher is frozen and sees
 * the same bytes in every run, method and epoch ("dataset reinforcement", MobileCLIP).
 *
 * The key is the content: views' hash, teacher's hash, version of ONNX Runtime. On every reading a
 * few views are embedded anew and compared, so that a wrong cache cannot train a student.
 *
 * @module
 */

import { join } from "node:path";
import { fillBatch } from "../data/batches.ts";
import type { ViewSet } from "../data/views/view_set.ts";
import { runtimeVersion } from "../engine/session.ts";
import { DataError } from "../errors.ts";
import { cacheFolder, readFileIfPresent, sha256, writeFileAtomic } from "../files.ts";
import { RandomStream } from "../random.ts";
import { encodeViews } from "./embed_views.ts";

/** The part of a teacher that is needed here. */
export interface FrozenEncoder {
  readonly name: string;
  readonly hash: string;
  readonly dimension: number;
  readonly batchSize: number;
  encodeImages(images: Uint8Array): Promise<Float32Array>;
}

/** What {@linkcode teacherEmbeddings} may be told. */
export interface TeacherEmbeddingOptions {
  /** Told how many views are done. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Told when a cache file is thrown away, and why. */
  readonly onWarning?: (message: string) => void;
}

const hashBytes = 32;

/** A file's hash, then the numbers. */
function decode(bytes: Uint8Array, length: number): Float32Array | undefined {
  if (bytes.length !== hashBytes + length * 4) return undefined;
  const content = bytes.slice(hashBytes);
  const stored = Array.from(bytes.subarray(0, hashBytes), (b) => b.toString(16).padStart(2, "0"));
  return sha256(content) === stored.join("") ? new Float32Array(content.buffer) : undefined;
}

function encode(embeddings: Float32Array): Uint8Array {
  const content = new Uint8Array(embeddings.buffer, embeddings.byteOffset, embeddings.byteLength);
  const bytes = new Uint8Array(hashBytes + content.length);
  const hash = sha256(content);
  for (let index = 0; index < hashBytes; index++) {
    bytes[index] = parseInt(hash.slice(2 * index, 2 * index + 2), 16);
  }
  bytes.set(content, hashBytes);
  return bytes;
}

/** Largest distance between a cached and a live embedding of one view, as a share of its length. */
const mostDistance = 0.014;
/** Least and greatest length of a cached embedding, in lengths of a live one: both are unit vectors. */
const lengths = { least: 0.9, most: 1.1 };

/** Length of one row. */
function rowLength(rows: Float32Array, row: number, columns: number): number {
  let sum = 0;
  for (let index = row * columns; index < (row + 1) * columns; index++) sum += rows[index]! ** 2;
  return Math.sqrt(sum);
}

/**
 * Embeds one batch of views anew, others at each reading, and looks at the length of all rows; the
 * index of a view that differs, or undefined.
 */
async function spotCheck(
  encoder: FrozenEncoder,
  views: ViewSet,
  embeddings: Float32Array,
): Promise<number | undefined> {
  const { batchSize, dimension } = encoder;
  const total = views.samples.length * views.viewsPerSample;
  // By chance on purpose: nothing that is trained depends on which views are checked.
  const random = new RandomStream(crypto.getRandomValues(new Uint32Array(1))[0]!, "spot check");
  const indices = Uint32Array.from({ length: batchSize }, () => random.integer(total));
  const images = new Uint8Array(batchSize * 3 * views.imageSize ** 2);
  fillBatch(views, indices, images, "chwn");
  const live = await encoder.encodeImages(images);
  for (let place = 0; place < batchSize; place++) {
    let distance = 0;
    for (let column = 0; column < dimension; column++) {
      const cached = embeddings[indices[place]! * dimension + column]!;
      distance += (live[place * dimension + column]! - cached) ** 2;
    }
    const allowed = mostDistance * rowLength(live, place, dimension);
    if (!(Math.sqrt(distance) <= allowed)) return indices[place];
  }
  const unit = rowLength(live, 0, dimension);
  for (let row = 0; row < total; row++) {
    const length = rowLength(embeddings, row, dimension) / unit;
    if (!(length >= lengths.least && length <= lengths.most)) return row;
  }
  return undefined;
}

/**
 * The teacher's embeddings of all views, [views, D], from the cache where they are there.
 *
 * @throws {DataError} when the encoder's batch does not fit the views.
 */
export async function teacherEmbeddings(
  encoder: FrozenEncoder,
  views: ViewSet,
  options: TeacherEmbeddingOptions = {},
): Promise<Float32Array> {
  const key = sha256(views.hash, encoder.hash, `onnxruntime ${runtimeVersion}`);
  const path = join(cacheFolder(), "embeddings", `${key}.bin`);
  const length = views.samples.length * views.viewsPerSample * encoder.dimension;
  const bytes = await readFileIfPresent(path);
  if (bytes) {
    const cached = decode(bytes, length);
    const wrong = cached ? await spotCheck(encoder, views, cached) : undefined;
    if (cached && wrong === undefined) return cached;
    options.onWarning?.(
      cached
        ? `Cached embedding of view ${wrong} differs from ${encoder.name}'s: computing all anew`
        : `Cached embeddings ${path} are damaged: computing them anew`,
    );
  }
  const { embedding } = await encodeViews(views, {
    batchSize: encoder.batchSize,
    encode: async (images) => ({ embedding: await encoder.encodeImages(images) }),
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  });
  if (embedding.length !== length) {
    throw new DataError(
      `Teacher ${encoder.name} gave ${embedding.length} numbers for ${views.samples.length} samples, wanted ${length}`,
    );
  }
  await writeFileAtomic(path, encode(embedding));
  return embedding;
}
