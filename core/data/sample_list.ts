/**
 * Lists of samples, kept in columns: a million of them take some 50 MB, and no object each.
 *
 * @module
 */

/** One picture: an icon, a scene or an image file. The sampling unit of every statistic. */
export interface Sample {
  /** `"noto/dog-face"`, or a path relative to the data set's folder. */
  readonly id: string;
  /** Index into the data set's class names; −1 where the annotation is not a label. */
  readonly label: number;
}

/** Bytes of ids in one piece of memory; no id lies across two. */
const chunkBytes = 2 ** 20;
/** An id longer than this is refused: its length is kept in 16 bits. */
const longestId = 65_535;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface Columns {
  readonly chunks: readonly Uint8Array[];
  /** Place of each id: chunk · 2²⁰ + offset. */
  readonly starts: Float64Array;
  readonly lengths: Uint16Array;
  readonly labels: Int32Array;
}

/** Samples of a split, in their order. */
export class SampleList implements Iterable<Sample> {
  readonly #columns: Columns;

  private constructor(columns: Columns) {
    this.#columns = columns;
  }

  /** A list of samples that exist as objects. */
  static from(samples: Iterable<Sample>): SampleList {
    const builder = new SampleListBuilder();
    for (const { id, label } of samples) builder.add(id, label);
    return builder.build();
  }

  /** Only {@linkcode SampleListBuilder} has columns. */
  static fromColumns(columns: Columns): SampleList {
    return new SampleList(columns);
  }

  /** How many samples there are. */
  get length(): number {
    return this.#columns.labels.length;
  }

  #check(index: number): void {
    if (!(Number.isInteger(index) && index >= 0 && index < this.length)) {
      throw new RangeError(`Sample ${index} is not in the list: expected 0 to ${this.length - 1}`);
    }
  }

  /** Bytes of an id in UTF-8: for hashes. A window on the list's memory: read it, do not write it. */
  idBytes(index: number): Uint8Array {
    this.#check(index);
    const { chunks, starts, lengths } = this.#columns;
    const start = starts[index]!;
    const offset = start % chunkBytes;
    return chunks[Math.floor(start / chunkBytes)]!.subarray(offset, offset + lengths[index]!);
  }

  /** Id of a sample. @throws {RangeError} where there is no such sample. */
  id(index: number): string {
    return decoder.decode(this.idBytes(index));
  }

  /** Label of a sample; −1 where it has none. @throws {RangeError} where there is no such sample. */
  label(index: number): number {
    this.#check(index);
    return this.#columns.labels[index]!;
  }

  /** A sample as an object. @throws {RangeError} where there is no such sample. */
  at(index: number): Sample {
    return { id: this.id(index), label: this.label(index) };
  }

  /** All ids, in order. */
  ids(): string[] {
    return Array.from({ length: this.length }, (_, index) => this.id(index));
  }

  /** All labels, in order. */
  labels(): Int32Array {
    return this.#columns.labels.slice();
  }

  /** The samples of these indices, in their order; ids are shared with this list. */
  select(indices: ArrayLike<number>): SampleList {
    const { chunks, starts, lengths, labels } = this.#columns;
    const columns = {
      chunks,
      starts: new Float64Array(indices.length),
      lengths: new Uint16Array(indices.length),
      labels: new Int32Array(indices.length),
    };
    for (let place = 0; place < indices.length; place++) {
      const index = indices[place]!;
      this.#check(index);
      columns.starts[place] = starts[index]!;
      columns.lengths[place] = lengths[index]!;
      columns.labels[place] = labels[index]!;
    }
    return new SampleList(columns);
  }

  *[Symbol.iterator](): Iterator<Sample> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }
}

/** A column at another length. The memory of the old one is given back at once, not when it is found. */
function resized<T extends Float64Array | Uint16Array | Int32Array>(column: T, length: number): T {
  const buffer = (column.buffer as ArrayBuffer).transfer(length * column.BYTES_PER_ELEMENT);
  return new (column.constructor as new (buffer: ArrayBuffer) => T)(buffer);
}

/** Builds a {@linkcode SampleList}, sample by sample. */
export class SampleListBuilder {
  readonly #chunks: Uint8Array[] = [];
  #offset = chunkBytes;
  #starts = new Float64Array(64);
  #lengths = new Uint16Array(64);
  #labels = new Int32Array(64);
  #length = 0;

  /** How many samples were added. */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds a sample behind the others.
   *
   * @throws {RangeError} where the id has more than 65,535 bytes or the label is no 32-bit number.
   */
  add(id: string, label: number): void {
    // Three bytes of UTF-8 for each unit of UTF-16 at most: ids are encoded twice only at the limits.
    if (id.length * 3 > Math.min(longestId, chunkBytes - this.#offset)) {
      const bytes = encoder.encode(id).length;
      if (bytes > longestId) {
        throw new RangeError(`Cannot list a sample: its id has ${bytes} bytes, limit ${longestId}`);
      }
      if (bytes > chunkBytes - this.#offset) {
        this.#chunks.push(new Uint8Array(chunkBytes));
        this.#offset = 0;
      }
    }
    if (!Number.isInteger(label) || label < -1 || label > 0x7fffffff) {
      throw new RangeError(
        `Cannot list sample "${id}": its label is ${label}, expected −1 or more`,
      );
    }
    if (this.#length === this.#labels.length) {
      const length = Math.ceil(this.#length * 1.5);
      this.#starts = resized(this.#starts, length);
      this.#lengths = resized(this.#lengths, length);
      this.#labels = resized(this.#labels, length);
    }
    if (this.#chunks.length === 0) {
      this.#chunks.push(new Uint8Array(chunkBytes));
      this.#offset = 0;
    }
    const chunk = this.#chunks.at(-1)!;
    const { written } = encoder.encodeInto(id, chunk.subarray(this.#offset));
    this.#starts[this.#length] = (this.#chunks.length - 1) * chunkBytes + this.#offset;
    this.#lengths[this.#length] = written;
    this.#labels[this.#length] = label;
    this.#offset += written;
    this.#length++;
  }

  /** The list; the builder must not be used after it. */
  build(): SampleList {
    return SampleList.fromColumns({
      chunks: this.#chunks,
      starts: resized(this.#starts, this.#length),
      lengths: resized(this.#lengths, this.#length),
      labels: resized(this.#labels, this.#length),
    });
  }
}
