/**
 * Reads and writes safetensors files.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import {
  elementBytes,
  lengthBytes,
  metadataKey,
  type Safetensor,
  type SafetensorsFile,
  type WritableTensor,
  type WriteSafetensorsOptions,
} from "./safetensors_format.ts";
import {
  checkLayout,
  type Entry,
  readEntry,
  readHeader,
  readMetadata,
  show,
} from "./safetensors_header.ts";

export type { Safetensor, SafetensorsFile, WritableTensor, WriteSafetensorsOptions };

/** A bfloat16 number is the upper half of a float32. */
function fromBfloat16(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const words = Uint32Array.from(halves, (half) => half << 16);
  return new Float32Array(words.buffer);
}

function readData({ dtype, shape, begin, end }: Entry, data: Uint8Array): Safetensor {
  // A copy is aligned and does not keep the whole file alive.
  const buffer = new Uint8Array(data.subarray(begin, end)).buffer;
  switch (dtype) {
    case "F32":
      return { dtype, shape, data: new Float32Array(buffer) };
    case "F16":
      return { dtype, shape, data: Float32Array.from(new Float16Array(buffer)) };
    case "BF16":
      return { dtype, shape, data: fromBfloat16(new Uint16Array(buffer)) };
    case "I64":
      return { dtype, shape, data: new BigInt64Array(buffer) };
  }
}

/**
 * Reads a safetensors file; nothing in it is trusted.
 *
 * @param bytes The whole file.
 * @param source Its path, for messages.
 * @throws {DataError} naming the file and the tensor: truncated file, header that is longer than
 * the file or than 100 MB or not JSON, duplicate names, dtypes other than F32, F16, BF16 and I64,
 * offsets that overlap, leave holes or leave the file, sizes that do not match the shape.
 */
export function readSafetensors(bytes: Uint8Array, source: string): SafetensorsFile {
  function fail(reason: string): never {
    throw new DataError(`Cannot read ${source} as safetensors: ${reason}`);
  }
  const { header, dataStart } = readHeader(bytes, fail);
  const data = bytes.subarray(dataStart);
  const entries: Entry[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === metadataKey) continue;
    entries.push(
      readEntry(name, value, data.length, (reason) => fail(`tensor ${show(name)}: ${reason}`)),
    );
  }
  checkLayout(entries, data.length, fail);
  const metadata = readMetadata(
    Object.hasOwn(header, metadataKey) ? header[metadataKey] : undefined,
    fail,
  );
  const tensors = new Map(entries.map((entry) => [entry.name, readData(entry, data)]));
  return { tensors, metadata };
}

function toFloat16(name: string, data: Float32Array): Uint8Array {
  const halves = Float16Array.from(data);
  const lost = halves.findIndex((half, index) =>
    !Number.isFinite(half) && Number.isFinite(data[index]!)
  );
  if (lost >= 0) {
    throw new DataError(
      `Cannot write tensor "${name}" as F16: element ${lost} is ${data[lost]}, ` +
        "expected at most 65504 in magnitude; write F32",
    );
  }
  return new Uint8Array(halves.buffer);
}

function toBytes(data: Float32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * The bytes of a safetensors file. Equal content gives equal bytes: tensors stand in order of
 * dtype (I64 first, so that all are aligned) and name, as in the reference implementation.
 *
 * @throws {DataError} naming the tensor when its data do not fit its shape, its name is reserved,
 * or a number is too large for F16.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, WritableTensor>,
  options: WriteSafetensorsOptions = {},
): Uint8Array<ArrayBuffer> {
  const floatType = options.dtype ?? "F32";
  const sorted = [...tensors].map(([name, { shape, data }]) => {
    const size = shape.reduce((product, length) => product * length, 1);
    if (name === metadataKey) throw new DataError(`Cannot write tensor "${name}": reserved name`);
    if (data.length !== size) {
      throw new DataError(
        `Cannot write tensor "${name}": it has ${data.length} elements, ` +
          `expected ${size} for shape [${shape.join(", ")}]`,
      );
    }
    const dtype = data instanceof BigInt64Array ? "I64" as const : floatType;
    const bytes = data instanceof Float32Array && dtype === "F16"
      ? toFloat16(name, data)
      : toBytes(data);
    return { name, dtype, shape, bytes };
  }).sort((a, b) => elementBytes[b.dtype] - elementBytes[a.dtype] || (a.name < b.name ? -1 : 1));

  let end = 0;
  const entries = sorted.map(({ name, dtype, shape, bytes }) => {
    const begin = end;
    end += bytes.length;
    return [name, { dtype, shape, data_offsets: [begin, end] }] as const;
  });
  const header = new TextEncoder().encode(JSON.stringify(Object.fromEntries<unknown>([
    ...(options.metadata ? [[metadataKey, options.metadata] as const] : []),
    ...entries,
  ])));
  // Spaces bring the data to a multiple of 8 bytes.
  const headerLength = Math.ceil(header.length / 8) * 8;
  const file = new Uint8Array(lengthBytes + headerLength + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.set(header, lengthBytes);
  file.fill(0x20, lengthBytes + header.length, lengthBytes + headerLength);
  let at = lengthBytes + headerLength;
  for (const { bytes } of sorted) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}
