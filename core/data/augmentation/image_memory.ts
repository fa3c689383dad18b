/**
 * The memory in which images are augmented: that of the WebAssembly kernels, one per thread.
 *
 * @module
 */

import { memory } from "./kernels/image_kernels.wasm";

/** Bytes that a kernel may read or write behind a buffer. */
const overrun = 64;
const pageBytes = 65536;
/** Where images begin: the kernels' constants are below. */
export const firstAddress = 1024;

let top = firstAddress;

/** Forgets all reserved memory: called before every image. The memory itself stays. */
export function releaseMemory(): void {
  top = firstAddress;
}

/**
 * Reserves memory until the next {@linkcode releaseMemory}.
 *
 * @returns Its address, a multiple of 16. The content is whatever was there before.
 */
export function reserveMemory(bytes: number): number {
  const address = top;
  top = (top + bytes + overrun + 15) & ~15;
  const missing = top - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
  return address;
}

/** Bytes of the memory; stale after the next {@linkcode reserveMemory}. */
export function memoryBytes(address: number, length: number): Uint8Array {
  return new Uint8Array(memory.buffer, address, length);
}

/** 32-bit whole numbers of the memory; stale after the next {@linkcode reserveMemory}. */
export function memoryIntegers(address: number, length: number): Int32Array {
  return new Int32Array(memory.buffer, address, length);
}

/** An image that is being augmented: three planes of bytes (red, green, blue). */
export interface PlanarImage {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Address of the first plane. */
  readonly address: number;
  /** Bytes from one plane to the next, at least width × height. */
  readonly planeStride: number;
}

/** Reserves an image. */
export function reserveImage(width: number, height: number): PlanarImage {
  const planeStride = (width * height + overrun + 15) & ~15;
  return { width, height, planeStride, address: reserveMemory(3 * planeStride) };
}

/** A decoded image: RGB bytes, rows from the top, `[height, width, 3]`. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}
