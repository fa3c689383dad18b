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

import { DataError } from "../errors.ts";

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

const lengthBytes = 8;
const maximumHeaderBytes = 100_000_000;
/** An object of objects with arrays is all that a header nests. */
const maximumHeaderDepth = 3;
const metadataKey = "__metadata__";

const elementBytes: Readonly<Record<SafetensorsType, number>> = { F32: 4, F16: 2, BF16: 2, I64: 8 };

function isReadable(dtype: unknown): dtype is SafetensorsType {
  return typeof dtype === "string" && Object.hasOwn(elementBytes, dtype);
}

/** A value for a message, cut short: it comes from a file. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** Where the string that opens at `start` of a valid JSON text ends: its closing quote. */
function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1);; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) return end;
  }
}

/**
 * The first key that stands twice in one object of a valid JSON text, or undefined. `JSON.parse`
 * keeps the last in silence.
 *
 * @throws {RangeError} when the text nests deeper than a header may.
 */
function duplicateKey(text: string): string | undefined {
  // One set of keys per open object, null per open array.
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === "{" || character === "[") {
      if (open.length === maximumHeaderDepth) throw new RangeError("it nests too deep");
      open.push(character === "{" ? new Set() : null);
    } else if (character === "}" || character === "]") {
      open.pop();
    } else if (character === '"') {
      const start = at;
      at = stringEnd(text, start);
      let next = at + 1;
      while (" \t\n\r".includes(text[next] ?? "-")) next++;
      if (text[next] !== ":") continue;
      const key = JSON.parse(text.slice(start, at + 1)) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}

/** The header as an object, and where the data begin. */
function readHeader(
  bytes: Uint8Array,
  fail: (reason: string) => never,
): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < lengthBytes) {
    fail(`the file has ${bytes.length} bytes, expected at least ${lengthBytes}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(maximumHeaderBytes)) {
    fail(`the header claims ${length} bytes, expected at most ${maximumHeaderBytes}`);
  }
  const dataStart = lengthBytes + Number(length);
  if (dataStart > bytes.length) {
    fail(`the header claims ${length} bytes, the file ends after ${bytes.length - lengthBytes}`);
  }
  let header: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(bytes.subarray(lengthBytes, dataStart));
    header = JSON.parse(text);
    const twice = duplicateKey(text);
    if (twice !== undefined) fail(`${show(twice)} stands twice in the header`);
  } catch (error) {
    if (error instanceof DataError) throw error;
    fail(`the header is not JSON in UTF-8: ${(error as Error).message}`);
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) {
    fail("the header is not a JSON object");
  }
  return { header: header as Record<string, unknown>, dataStart };
}

function readMetadata(value: unknown, fail: (reason: string) => never): Record<string, string> {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    fail(`${metadataKey} is ${show(value)}, expected an object of strings`);
  }
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") {
      fail(`${metadataKey} entry ${show(key)} is ${show(text)}, expected a string`);
    }
  }
  return value as Record<string, string>;
}

/** A tensor's entry in the header, checked. */
interface Entry {
  readonly name: string;
  readonly dtype: SafetensorsType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function readEntry(
  name: string,
  value: unknown,
  dataBytes: number,
  fail: (reason: string) => never,
): Entry {
  if (typeof value !== "object" || value === null) fail(`its entry is ${show(value)}`);
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  const isLength = (length: unknown) => Number.isSafeInteger(length) && (length as number) >= 0;
  if (!isReadable(dtype)) {
    fail(`its dtype is ${show(dtype)}, expected one of ${Object.keys(elementBytes).join(", ")}`);
  }
  if (!Array.isArray(shape) || !shape.every(isLength)) {
    fail(`its shape is ${show(shape)}, expected a list of whole numbers`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isLength)) {
    fail(`its data_offsets are ${show(offsets)}, expected two whole numbers`);
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > dataBytes) {
    fail(`its data_offsets are ${show(offsets)}, the file has ${dataBytes} bytes of data`);
  }
  let expected = elementBytes[dtype];
  for (const length of shape as number[]) {
    expected *= length;
    if (!Number.isSafeInteger(expected)) fail(`its shape ${show(shape)} is too large`);
  }
  if (end - begin !== expected) {
    fail(`it has ${end - begin} bytes, expected ${expected} for ${dtype} of shape ${show(shape)}`);
  }
  return { name, dtype, shape: shape as number[], begin, end };
}

/** Refuses data that belong to two tensors or to none. */
function checkLayout(
  entries: readonly Entry[],
  dataBytes: number,
  fail: (reason: string) => never,
): void {
  const sorted = entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  let previous: string | undefined;
  for (const entry of sorted) {
    if (entry.begin < end) {
      fail(`tensors ${show(previous)} and ${show(entry.name)} overlap at data byte ${entry.begin}`);
    }
    if (entry.begin > end) {
      fail(`data bytes ${end} to ${entry.begin}, before ${show(entry.name)}, belong to no tensor`);
    }
    end = entry.end;
    previous = entry.name;
  }
  if (end !== dataBytes) fail(`the last ${dataBytes - end} bytes belong to no tensor`);
}

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
 * the file or than 100 MB or no JSON, duplicate names, dtypes other than F32, F16, BF16 and I64,
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
