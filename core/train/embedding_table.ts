/**
 * Embeddings of many views, a row each: in memory, or in a file of which rows are read by position.
 *
 * @module
 */

import { fillFromSync } from "../data/file_reading.ts";
import { DataError } from "../errors.ts";

/** Rows of numbers. */
export interface EmbeddingTable {
  readonly rows: number;
  /** Numbers in a row. */
  readonly dimension: number;
  /**
   * Copies rows one behind the other.
   *
   * @param output At least `indices.length * dimension` numbers.
   */
  gather(indices: ArrayLike<number>, output: Float32Array): void;
  /** Closes the file where there is one. May be called twice. */
  close(): void;
}

/** A table that is in memory, `[rows, dimension]`. */
export function memoryTable(embeddings: Float32Array, dimension: number): EmbeddingTable {
  return {
    rows: embeddings.length / dimension,
    dimension,
    gather(indices, output) {
      for (let place = 0; place < indices.length; place++) {
        const row = indices[place]!;
        output.set(embeddings.subarray(row * dimension, (row + 1) * dimension), place * dimension);
      }
    },
    close() {},
  };
}

/** A table in a file of 32-bit numbers, little-endian, that begins at an offset. */
export class FileTable implements EmbeddingTable {
  readonly rows: number;
  readonly dimension: number;
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #offset: number;
  readonly #row: Float32Array;
  readonly #bytes: Uint8Array;
  #closed = false;

  /** @param file Open for reading; closed with the table. */
  constructor(
    path: string,
    file: Deno.FsFile,
    { offset, rows, dimension }: { offset: number; rows: number; dimension: number },
  ) {
    this.#path = path;
    this.#file = file;
    this.#offset = offset;
    this.rows = rows;
    this.dimension = dimension;
    this.#row = new Float32Array(dimension);
    this.#bytes = new Uint8Array(this.#row.buffer);
  }

  gather(indices: ArrayLike<number>, output: Float32Array): void {
    for (let place = 0; place < indices.length; place++) {
      const position = this.#offset + indices[place]! * this.#bytes.length;
      this.#file.seekSync(position, Deno.SeekMode.Start);
      if (fillFromSync(this.#file, this.#bytes) !== this.#bytes.length) {
        throw new DataError(
          `Cache file ${this.#path} has become shorter; remove it and run the command again`,
        );
      }
      output.set(this.#row, place * this.dimension);
    }
  }

  close(): void {
    if (!this.#closed) this.#file.close();
    this.#closed = true;
  }
}

/**
 * What a change of every row makes of another table, made as rows are read.
 *
 * @param change Rows to rows of `dimension` numbers, each by itself.
 * @param validate Told the rows that were made, and of which ones they are.
 */
export function changedTable(
  table: EmbeddingTable,
  { dimension, change, validate }: {
    readonly dimension: number;
    readonly change: (rows: Float32Array) => Float32Array;
    readonly validate: (rows: Float32Array, indices: ArrayLike<number>) => void;
  },
): EmbeddingTable {
  return {
    rows: table.rows,
    dimension,
    gather(indices, output) {
      const rows = new Float32Array(indices.length * table.dimension);
      table.gather(indices, rows);
      const changed = change(rows);
      validate(changed, indices);
      output.set(changed);
    },
    close: () => table.close(),
  };
}
