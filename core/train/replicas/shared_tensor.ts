/**
 * Tensors in memory that threads share.
 *
 * @module
 */

import type { HostData, HostTensor } from "../../engine/session.ts";
import { sizeOf } from "../../onnx/graph.ts";
import type { DataType } from "../../onnx/op.ts";

/** A tensor in shared memory. */
export interface SharedTensor {
  readonly dtype: DataType;
  readonly shape: readonly number[];
  readonly memory: SharedArrayBuffer;
}

const bytesOf: Record<DataType, number> = { float32: 4, int64: 8, int32: 4, uint8: 1, bool: 1 };

/** A tensor of a type in new shared memory, with the data where they are given. */
export function shareTensor(
  { dtype, shape }: Pick<HostTensor, "dtype" | "shape">,
  data?: HostData,
): SharedTensor {
  const memory = new SharedArrayBuffer(sizeOf(shape) * bytesOf[dtype]);
  const shared = { dtype, shape, memory };
  if (data) writeTensor(shared, data);
  return shared;
}

/** Puts data into a shared tensor of as many numbers. */
export function writeTensor({ memory }: SharedTensor, data: HostData): void {
  new Uint8Array(memory).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

/** The numbers of a shared float32 tensor. */
export function sharedFloats({ memory }: SharedTensor): Float32Array<SharedArrayBuffer> {
  return new Float32Array(memory);
}
