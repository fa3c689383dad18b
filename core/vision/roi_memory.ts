/**
 * The memory of the pooling kernels, one per thread. It holds feature maps, or the gradients that take
 * their place, and behind them room to work in. It grows to what the largest batch needs and is kept.
 *
 * @module
 */

import { memory, transpose } from "./kernels/roi_kernels.wasm";
import { KernelMemory } from "./kernel_memory.ts";

/** Where maps are, and what pooling works in. */
export const roiMemory: KernelMemory = new KernelMemory(memory, "the feature maps");

/** Channels are taken by so many. */
const channelBlock = 16;
/** Columns that are exchanged with rows at once. */
const stripColumns = 512;
/** Off from a power of two, so that rows do not fall on the same lines of the processor's cache. */
const stripStride = 4 * (stripColumns + 16);

/** Bytes of `channels` numbers, rounded up to whole blocks. */
export function channelBytes(channels: number): number {
  return 4 * channelBlock * Math.ceil(channels / channelBlock);
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
    roiMemory.floats(strip + row * stripStride, stripColumns).fill(0);
  }
  for (let start = 0; start < columns; start += stripColumns) {
    const count = Math.min(stripColumns, columns - start);
    for (let row = 0; row < channels; row++) {
      const from = offset + row * columns + start;
      roiMemory.allFloats.set(data.subarray(from, from + count), (strip + row * stripStride) / 4);
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
      data.set(roiMemory.floats(strip + row * stripStride, count), offset + row * columns + start);
    }
  }
}
