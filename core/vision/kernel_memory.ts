/**
 * The memory of a WebAssembly module whose kernels take addresses: it grows to what the largest call needs
 * and is kept.
 *
 * @module
 */

import { EngineError } from "../errors.ts";

const pageBytes = 65536;

/** Rounds an address up to a multiple of 64. */
export function alignAddress(address: number): number {
  return Math.ceil(address / 64) * 64;
}

/** A module's memory, seen as numbers. */
export class KernelMemory {
  /** First free address: the kernels' constants are below. */
  static readonly firstAddress = 1024;
  readonly #memory: WebAssembly.Memory;
  readonly #purpose: string;
  #floats: Float32Array<ArrayBuffer>;

  /** @param purpose What it holds, for the message where there is not enough. */
  constructor(memory: WebAssembly.Memory, purpose: string) {
    this.#memory = memory;
    this.#purpose = purpose;
    this.#floats = new Float32Array(memory.buffer as ArrayBuffer);
  }

  /**
   * Lets the memory reach to an address.
   *
   * @throws {EngineError} if there is not that much memory.
   */
  ensure(end: number): void {
    const missing = end - this.#memory.buffer.byteLength;
    if (missing > 0) {
      try {
        this.#memory.grow(Math.ceil(missing / pageBytes));
      } catch (error) {
        throw new EngineError(
          `Cannot hold ${this.#purpose}: they need ${
            Math.ceil(end / 2 ** 20)
          } MiB of at most 4096, ` +
            "and the memory does not grow that far; make the batch or the images smaller",
          { cause: error },
        );
      }
    }
    if (this.#floats.buffer !== this.#memory.buffer) {
      this.#floats = new Float32Array(this.#memory.buffer as ArrayBuffer);
    }
  }

  /**
   * Lays out buffers one behind the other, with 64 bytes of room behind each for kernels that take several
   * numbers at once.
   *
   * @param start First free address.
   * @returns Their addresses, and the first free one behind them.
   */
  reserve<Name extends string>(
    sizes: Record<Name, number>,
    start: number = KernelMemory.firstAddress,
  ): Record<Name, number> & { end: number } {
    let end = alignAddress(start);
    const places: Record<string, number> = {};
    for (const [name, bytes] of Object.entries<number>(sizes)) {
      places[name] = end;
      end = alignAddress(end + bytes + 64);
    }
    this.ensure(end);
    return { ...places, end } as Record<Name, number> & { end: number };
  }

  /** All numbers of the memory; stale after it has grown. */
  get allFloats(): Float32Array<ArrayBuffer> {
    return this.#floats;
  }

  /** Numbers of the memory; stale after it has grown. */
  floats(address: number, length: number): Float32Array<ArrayBuffer> {
    return this.#floats.subarray(address / 4, address / 4 + length);
  }

  /** Whole numbers of the memory; stale after it has grown. */
  integers(address: number, length: number): Int32Array<ArrayBuffer> {
    return new Int32Array(this.#memory.buffer as ArrayBuffer, address, length);
  }

  /** Bytes of the memory; stale after it has grown. */
  bytes(address: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#memory.buffer as ArrayBuffer, address, length);
  }
}
