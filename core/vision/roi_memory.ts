/**
 * The memory of the pooling kernels, one per thread. It holds feature maps, or the gradients that take
 * their place, and behind them room to work in. It grows to what the largest batch needs and is kept.
 *
 * @module
 */

import { memory, transpose } from "./kernels/roi_kernels.wasm";
import { EngineError } from "../errors.ts";

const pageBytes = 65536;
/** Where maps begin: the kernels' constants are below. */
export const firstAddress = 1024;
/** Channels are taken by so many. */
const channelBlock = 16;
/** Columns that are exchanged with rows at once. */
const stripColumns = 512;
/** Off from a power of two, so that rows do not fall on the same lines of the processor's cache. */
const stripStride = 4 * (stripColumns + 16);

let floats = new Float32Array(memory.buffer);

/** Bytes of `channels` numbers, rounded up to whole blocks. */
export function channelBytes(channels: number): number {
  return 4 * channelBlock * Math.ceil(channels / channelBlock);
}

/** Rounds an address up to a multiple of 64. */
export function alignAddress(address: number): number {
  return Math.ceil(address / 64) * 64;
}

/**
 * Lets the memory reach to an address.
 *
 * @throws {EngineError} if there is not that much memory.
 */
export function ensureMemory(end: number): void {
  const missing = end - memory.buffer.byteLength;
  if (missing > 0) {
    try {
      memory.grow(Math.ceil(missing / pageBytes));
    } catch (error) {
      throw new EngineError(
        `Cannot hold the feature maps: they need ${
          Math.ceil(end / 2 ** 20)
        } MiB of at most 4096, ` +
          "and the memory does not grow that far; make the batch or the images smaller",
        { cause: error },
      );
    }
  }
  if (floats.buffer !== memory.buffer) floats = new Float32Array(memory.buffer);
}

/** Numbers of the memory; stale after the next {@linkcode ensureMemory}. */
export function memoryFloats(address: number, length: number): Float32Array {
  return floats.subarray(address / 4, address / 4 + length);
}

/** Bytes to work in that {@linkcode loadMatrix} and {@linkcode readMatrix} need. */
export function stripBytes(channels: number): number {
  return channelBytes(channels) / 4 * stripStride;
}

/** A matrix of numbers: for every channel a row. */
export interface ChannelRows {
  readonly data: Float32Array;
  /** Where the first row begins. */
  readonly offset: number;
  readonly channels: number;
  readonly columns: number;
}

/** Writes channel rows to the memory with the channels of a column side by side. */
export function loadMatrix(
  { data, offset, channels, columns }: ChannelRows,
  address: number,
  strip: number,
): void {
  const bytes = channelBytes(channels), rows = bytes / 4;
  for (let row = channels; row < rows; row++) {
    memoryFloats(strip + row * stripStride, stripColumns).fill(0);
  }
  for (let start = 0; start < columns; start += stripColumns) {
    const count = Math.min(stripColumns, columns - start);
    for (let row = 0; row < channels; row++) {
      const from = offset + row * columns + start;
      floats.set(data.subarray(from, from + count), (strip + row * stripStride) / 4);
    }
    // Up to three columns too many: the caller leaves room, or writes there afterwards.
    transpose(strip, stripStride, rows, (count + 3) & ~3, address + start * bytes, bytes);
  }
}

/** The way back of {@linkcode loadMatrix}: writes to the rows' data. */
export function readMatrix(
  address: number,
  { data, offset, channels, columns }: ChannelRows,
  strip: number,
): void {
  const bytes = channelBytes(channels), rows = bytes / 4;
  for (let start = 0; start < columns; start += stripColumns) {
    const count = Math.min(stripColumns, columns - start);
    for (let column = 0; column < count; column += 16) {
      const from = address + (start + column) * bytes;
      transpose(from, bytes, 16, rows, strip + 4 * column, stripStride);
    }
    for (let row = 0; row < channels; row++) {
      const at = (strip + row * stripStride) / 4;
      data.set(floats.subarray(at, at + count), offset + row * columns + start);
    }
  }
}
