/**
 * The safetensors file format: named tensors, little-endian, behind a JSON header.
 *
 * Layout: 8 bytes with the header's length, the header
 * `{"__metadata__": {…}, "name": {"dtype", "shape", "data_offsets": [begin, end]}, …}`, the data.
 * Source: https://huggingface.co/docs/safetensors, "Format", with the checks of its reference
 * implementation (`safetensors/src/tensor.rs`): no holes, no overlaps, header ≤ 100 MB.
 *
 * @module
 */

/** Element types that are read. */
export type SafetensorsType = "F32" | "F16" | "BF16" | "I64";

/** A tensor of real numbers, always float32 in memory. */
export interface FloatSafetensor {
  /** Element type in the file. */
  readonly dtype: "F32" | "F16" | "BF16";
  readonly shape: readonly number[];
  /** Row by row. */
  readonly data: Float32Array<ArrayBuffer>;
}

/** A tensor of whole numbers, such as BatchNorm's `num_batches_tracked`. */
export interface IntegerSafetensor {
  readonly dtype: "I64";
  readonly shape: readonly number[];
  /** Row by row. */
  readonly data: BigInt64Array<ArrayBuffer>;
}

/** A tensor of a file. */
export type Safetensor = FloatSafetensor | IntegerSafetensor;

/** What a safetensors file holds. */
export interface SafetensorsFile {
  /** Tensors by name, in the header's order. */
  readonly tensors: Map<string, Safetensor>;
  /** Free text entries of the header. */
  readonly metadata: Record<string, string>;
}

/** A tensor to write: whole numbers where its data are `BigInt64Array`, else real ones. */
export interface WritableTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** How a file is written. */
export interface WriteSafetensorsOptions {
  /** Element type of real numbers; whole numbers are I64. @default {"F32"} */
  readonly dtype?: "F32" | "F16";
  /** Free text entries of the header. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Bytes of the number that says how long the header is. */
export const lengthBytes = 8;
/** Key of the free text entries. */
export const metadataKey = "__metadata__";

/** Bytes of an element by its type. */
export const elementBytes: Readonly<Record<SafetensorsType, number>> = {
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
};
