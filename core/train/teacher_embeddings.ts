/**
 * The teacher's embeddings of fixed views, computed once and kept: the teacher is frozen and sees
 * the same bytes in every run, method and epoch ("dataset reinforcement", MobileCLIP).
 *
 * The key is the content: views' hash, teacher's hash, version of ONNX Runtime. On every reading a
 * few views are embedded again and compared, so that a wrong cache cannot train a student.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { fillBatch } from "../data/batches.ts";
import { fillFrom } from "../data/file_reading.ts";
import { countViews, type ViewSet } from "../data/views/view_set.ts";
import { runtimeVersion } from "../engine/session.ts";
import { DataError, WriteError } from "../errors.ts";
import { cacheRequiredError, keepInCache, openCacheFile } from "../cache.ts";
import { cacheFolder, sha256, writeFileInParts } from "../files.ts";
import { RandomStream } from "../random.ts";
import { encodeViewBatches } from "./embed_views.ts";
import { changedTable, type EmbeddingTable, FileTable, memoryTable } from "./embedding_table.ts";

/** How the embeddings of an encoder are made of another one's. */
export interface EmbeddingChange {
  readonly base: FrozenEncoder;
  /** Unit rows of the base to unit rows of the encoder, each by itself. */
  change(rows: Float32Array): Float32Array;
}

/** The part of a teacher that is needed here. */
export interface FrozenEncoder {
  readonly name: string;
  readonly hash: string;
  readonly dimension: number;
  readonly batchSize: number;
  encodeImages(images: Uint8Array): Promise<Float32Array>;
  /**
   * Where its embeddings are another encoder's, changed row by row: only those are computed and kept, and
   * changed as they are read.
   */
  readonly changes?: EmbeddingChange;
}

/** What {@linkcode teacherEmbeddings} may be told. */
export interface TeacherEmbeddingOptions {
  /** Told how many views are done. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Told when a cache file is thrown away, and why. */
  readonly onWarning?: (message: string) => void;
}

/** Tables up to this size are held in memory where the caller says nothing. */
const defaultMemoryBytes = 256 * 2 ** 20;
const hashBytes = 32;
/** Bytes read at a time where a whole file is read. */
const chunkBytes = 4 * 2 ** 20;

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
 * Checks what a teacher gave.
 *
 * @param rows How many rows count; what fills up a batch is not looked at.
 * @throws {DataError} naming the teacher where a number is NaN or infinite.
 */
export function validateEmbeddings(
  encoder: Pick<FrozenEncoder, "name" | "dimension">,
  embeddings: Float32Array,
  rows: number,
  view: (row: number) => string,
): void {
  const { name, dimension } = encoder;
  for (let index = 0; index < rows * dimension; index++) {
    if (Number.isFinite(embeddings[index]!)) continue;
    throw new DataError(
      `Teacher ${name} gave a non-finite embedding (${embeddings[index]}) for ` +
        `${
          view(Math.floor(index / dimension))
        }; nothing was kept. Check its weights and preprocessing`,
    );
  }
}

/** A few views embedded again, and the length of a live embedding. */
interface SpotCheck {
  readonly indices: Uint32Array;
  readonly live: Float32Array;
}

async function embedSome(encoder: FrozenEncoder, views: ViewSet): Promise<SpotCheck> {
  const { batchSize } = encoder;
  const total = countViews(views);
  // By chance on purpose: nothing that is trained depends on which views are checked. A batch of them is
  // looked at, all where there are no more.
  const random = new RandomStream(crypto.getRandomValues(new Uint32Array(1))[0]!, "spot check");
  const indices = Uint32Array.from(
    { length: batchSize },
    (_, place) => total <= batchSize ? place % total : random.integer(total),
  );
  const images = new Uint8Array(batchSize * 3 * views.imageSize ** 2);
  fillBatch(views, indices, images, "chwn");
  const live = await encoder.encodeImages(images);
  validateEmbeddings(encoder, live, batchSize, (row) => `view ${indices[row]}`);
  return { indices, live };
}

/** Index of a view whose cached row differs from a live one, or undefined. */
function compareRows(
  { indices, live }: SpotCheck,
  rows: Float32Array,
  dimension: number,
): number | undefined {
  for (let place = 0; place < indices.length; place++) {
    let distance = 0;
    for (let column = 0; column < dimension; column++) {
      const cached = rows[place * dimension + column]!;
      distance += (live[place * dimension + column]! - cached) ** 2;
    }
    const allowed = mostDistance * rowLength(live, place, dimension);
    if (!(Math.sqrt(distance) <= allowed)) return indices[place];
  }
  return undefined;
}

/** Least and greatest length among rows, and which rows these are. */
class LengthRange {
  #least = { length: Infinity, row: -1 };
  #most = { length: -Infinity, row: -1 };

  /** Looks at rows, the first of which is number `first`. */
  add(rows: Float32Array, dimension: number, first: number): void {
    for (let row = 0; row < rows.length / dimension; row++) {
      const own = rowLength(rows, row, dimension);
      // A length that is not a number is the worst.
      const length = Number.isNaN(own) ? Infinity : own;
      if (length < this.#least.length) this.#least = { length, row: first + row };
      if (length > this.#most.length) this.#most = { length, row: first + row };
    }
  }

  /** A row whose length is not that of a live one, or undefined. */
  findWrong(unit: number): number | undefined {
    if (this.#least.length < lengths.least * unit) return this.#least.row;
    return this.#most.length > lengths.most * unit ? this.#most.row : undefined;
  }
}

/** Why a cache file is not used. */
type Rejection = { readonly kind: "damaged" } | { readonly kind: "differs"; readonly view: number };

const damaged: Rejection = { kind: "damaged" };

/** Reads a cache file through: its hash, the lengths of its rows, a few of its rows. */
async function openCached(
  path: string,
  encoder: FrozenEncoder,
  views: ViewSet,
  memoryBytes: number,
): Promise<EmbeddingTable | Rejection | undefined> {
  const { dimension } = encoder;
  const rows = countViews(views);
  const file = await openCacheFile(path);
  if (file === undefined) return undefined;
  let keepOpen = false;
  try {
    const { size, isFile } = await file.stat();
    const rowBytes = 4 * dimension;
    if (!isFile || size !== hashBytes + rows * rowBytes) return damaged;
    const stored = new Uint8Array(hashBytes);
    await fillFrom(file, stored);
    const inMemory = rows * rowBytes <= memoryBytes;
    const all = inMemory ? new Float32Array(rows * dimension) : undefined;
    const hash = createHash("sha256");
    const perChunk = Math.max(1, Math.floor(chunkBytes / rowBytes));
    const range = new LengthRange();
    const chunk = new Float32Array(Math.min(perChunk, rows) * dimension);
    for (let first = 0; first < rows; first += perChunk) {
      const part = chunk.subarray(0, Math.min(perChunk, rows - first) * dimension);
      const bytes = new Uint8Array(part.buffer, 0, part.byteLength);
      if (await fillFrom(file, bytes) !== bytes.length) return damaged;
      hash.update(bytes);
      all?.set(part, first * dimension);
      range.add(part, dimension, first);
    }
    if (hash.digest("hex") !== stored.toHex()) return damaged;
    const table = all
      ? memoryTable(all, dimension)
      : new FileTable(path, file, { offset: hashBytes, rows, dimension });
    const check = await embedSome(encoder, views);
    const some = new Float32Array(check.indices.length * dimension);
    table.gather(check.indices, some);
    const view = compareRows(check, some, dimension) ??
      range.findWrong(rowLength(check.live, 0, dimension));
    if (view !== undefined) return { kind: "differs", view };
    keepOpen = !inMemory;
    return table;
  } finally {
    if (!keepOpen) file.close();
  }
}

/** What is wrong with a cache file of embeddings; undefined where all is well. */
export async function findEmbeddingFileProblem(path: string): Promise<string | undefined> {
  using file = await Deno.open(path);
  const stored = new Uint8Array(hashBytes);
  if (await fillFrom(file, stored) !== hashBytes) return "cut short";
  const hash = createHash("sha256");
  const chunk = new Uint8Array(chunkBytes);
  for (let count = await fillFrom(file, chunk); count > 0; count = await fillFrom(file, chunk)) {
    hash.update(chunk.subarray(0, count));
  }
  return hash.digest("hex") === stored.toHex() ? undefined : "wrong hash";
}

/** Embeds all views and hands on their rows, each checked. */
async function embedAll(
  encoder: FrozenEncoder,
  views: ViewSet,
  { onProgress }: TeacherEmbeddingOptions,
  take: (rows: Float32Array<ArrayBuffer>, first: number) => Promise<void> | void,
): Promise<void> {
  const { dimension, batchSize } = encoder;
  const total = countViews(views);
  await encodeViewBatches(views, {
    batchSize,
    encode: async (images) => ({ embedding: await encoder.encodeImages(images) }),
    async take({ embedding }, first, count) {
      if (embedding.length !== batchSize * dimension) {
        throw new DataError(
          `Teacher ${encoder.name} gave ${embedding.length * total / batchSize} numbers for ` +
            `${views.samples.length} samples, expected ${total * dimension}`,
        );
      }
      validateEmbeddings(encoder, embedding, count, (row) => {
        const sample = Math.floor((first + row) / views.viewsPerSample);
        return `a view of ${views.samples.id(sample)}`;
      });
      await take(Float32Array.from(embedding.subarray(0, count * dimension)), first);
      onProgress?.(first + count, total);
    },
  });
}

/** Embeds all views into a cache file, and into memory where they are needed there. */
async function embedIntoFile(
  path: string,
  encoder: FrozenEncoder,
  views: ViewSet,
  options: TeacherEmbeddingOptions,
  all: Float32Array | undefined,
): Promise<void> {
  await writeFileInParts(path, async (append, patch) => {
    await append(new Uint8Array(hashBytes));
    const hash = createHash("sha256");
    await embedAll(encoder, views, options, async (rows, first) => {
      const bytes = new Uint8Array(rows.buffer);
      hash.update(bytes);
      await append(bytes);
      all?.set(rows, first * encoder.dimension);
    });
    await patch(0, Uint8Array.from(hash.digest()));
  });
}

/** The embeddings of an encoder that changes another one's; in memory where they are small enough. */
async function openChanged(
  encoder: FrozenEncoder,
  { base, change }: EmbeddingChange,
  views: ViewSet,
  options: TeacherEmbeddingOptions & { readonly memoryBytes: number },
): Promise<EmbeddingTable> {
  const { dimension } = encoder;
  const table = changedTable(await openTeacherEmbeddings(base, views, options), {
    dimension,
    change,
    validate(rows, indices) {
      if (rows.length !== indices.length * dimension) {
        throw new DataError(
          `Teacher ${encoder.name} changed ${indices.length} embeddings to ${rows.length} numbers, ` +
            `expected ${indices.length * dimension}`,
        );
      }
      validateEmbeddings(encoder, rows, indices.length, (row) => `view ${indices[row]}`);
    },
  });
  try {
    const check = await embedSome(encoder, views);
    const some = new Float32Array(check.indices.length * dimension);
    table.gather(check.indices, some);
    const wrong = compareRows(check, some, dimension);
    if (wrong !== undefined) {
      throw new DataError(
        `Teacher ${encoder.name} embeds view ${wrong} to other numbers than its change of ${base.name}'s`,
      );
    }
  } catch (error) {
    table.close();
    throw error;
  }
  if (table.rows * dimension * 4 > options.memoryBytes) return table;
  return memoryTable(gatherAll(table), dimension);
}

/** All rows of a table, which is closed, in one matrix. */
function gatherAll(table: EmbeddingTable): Float32Array {
  try {
    const all = new Float32Array(table.rows * table.dimension);
    table.gather(Uint32Array.from({ length: table.rows }, (_, row) => row), all);
    return all;
  } finally {
    table.close();
  }
}

/**
 * The teacher's embeddings of all views, `[views, D]`, from the cache where they are there.
 *
 * Where the cache cannot be written, they are in memory all the same, with a warning.
 *
 * @param options.memoryBytes Larger tables are left in their file. @default {256 MiB}
 * @throws {DataError} where the encoder's batch does not fit the views, or an embedding is not finite:
 *   then nothing is kept.
 */
export async function openTeacherEmbeddings(
  encoder: FrozenEncoder,
  views: ViewSet,
  options: TeacherEmbeddingOptions & { readonly memoryBytes?: number } = {},
): Promise<EmbeddingTable> {
  const { memoryBytes = defaultMemoryBytes } = options;
  if (encoder.changes !== undefined) {
    return await openChanged(encoder, encoder.changes, views, { ...options, memoryBytes });
  }
  const key = sha256(views.hash, encoder.hash, `onnxruntime ${runtimeVersion}`);
  const path = join(cacheFolder(), "embeddings", `${key}.bin`);
  const cached = await openCached(path, encoder, views, memoryBytes);
  if (cached !== undefined && !("kind" in cached)) return cached;
  if (cached !== undefined) {
    options.onWarning?.(
      cached.kind === "differs"
        ? `Cached embedding of view ${cached.view} differs from ${encoder.name}'s: ` +
          "computing all again"
        : `Cached embeddings ${path} are damaged: computing them again`,
    );
  }
  const { dimension } = encoder;
  const rows = countViews(views);
  const inMemory = rows * dimension * 4 <= memoryBytes;
  const all = inMemory ? new Float32Array(rows * dimension) : undefined;
  if (all === undefined) {
    try {
      await embedIntoFile(path, encoder, views, options, all);
    } catch (error) {
      if (error instanceof WriteError) throw cacheRequiredError("the teacher's embeddings", error);
      throw error;
    }
  } else {
    if (!await keepInCache(() => embedIntoFile(path, encoder, views, options, all))) {
      await embedAll(encoder, views, options, (rows, first) => all.set(rows, first * dimension));
    }
    return memoryTable(all, dimension);
  }
  return new FileTable(path, await Deno.open(path), { offset: hashBytes, rows, dimension });
}

/**
 * {@linkcode openTeacherEmbeddings} as one matrix in memory, for tasks that need all rows at once.
 *
 * @returns `[views, D]`
 */
export async function teacherEmbeddings(
  encoder: FrozenEncoder,
  views: ViewSet,
  options: TeacherEmbeddingOptions = {},
): Promise<Float32Array> {
  return gatherAll(
    await openTeacherEmbeddings(encoder, views, { ...options, memoryBytes: Infinity }),
  );
}
