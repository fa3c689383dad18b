/**
 * Numbers that become more: a column of which nobody knows the length before.
 *
 * @module
 */

type Numbers = Float64Array | Float32Array | Uint32Array | Int32Array | Uint8Array;

/** A typed array that grows. */
export class GrowingColumn<T extends Numbers> {
  #numbers: T;
  #length = 0;

  /** @param kind Constructor of the typed array. */
  constructor(kind: new (length: number) => T) {
    this.#numbers = new kind(1024);
  }

  /** How many numbers there are. */
  get length(): number {
    return this.#length;
  }

  /** Appends a number. */
  push(value: number): void {
    if (this.#length === this.#numbers.length) this.#resize(Math.ceil(this.#length * 1.5));
    this.#numbers[this.#length++] = value;
  }

  #resize(length: number): void {
    const { buffer, BYTES_PER_ELEMENT } = this.#numbers;
    // The memory of the old one is given back at once, not when it is found.
    const moved = (buffer as ArrayBuffer).transfer(length * BYTES_PER_ELEMENT);
    this.#numbers = new (this.#numbers.constructor as new (buffer: ArrayBuffer) => T)(moved);
  }

  /** The numbers; the column must not be used after it. */
  finish(): T {
    this.#resize(this.#length);
    return this.#numbers;
  }
}
