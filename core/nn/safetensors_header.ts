/**
 * Headers of safetensors files; nothing in them is trusted.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { describeForeignBytes } from "../foreign_file.ts";
import { duplicateKey } from "./duplicate_key.ts";
import {
  elementBytes,
  lengthBytes,
  metadataKey,
  type SafetensorsType,
} from "./safetensors_format.ts";

const maximumHeaderBytes = 100_000_000;
/** An object of objects with arrays is all that a header nests. */
const maximumHeaderDepth = 3;

function isReadable(dtype: unknown): dtype is SafetensorsType {
  return typeof dtype === "string" && Object.hasOwn(elementBytes, dtype);
}

/** A value for a message, cut short: it comes from a file. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** Whether a file begins as ONNX does: a version, then the producer, the operators or the graph. */
function isOnnx(bytes: Uint8Array): boolean {
  return bytes[0] === 0x08 && bytes[1]! < 0x20 && [0x12, 0x3a, 0x42].includes(bytes[2]!);
}

/** The header as an object, and where the data begin. */
export function readHeader(
  bytes: Uint8Array,
  fail: (reason: string) => never,
): { header: Record<string, unknown>; dataStart: number } {
  const failLength = (reason: string): never => {
    // The first bytes of another kind of file would be a length of 19 digits.
    const foreign = describeForeignBytes(bytes);
    if (foreign === undefined) return fail(reason);
    return fail(bytes.length < lengthBytes ? `${reason}; it is ${foreign}` : `it is ${foreign}`);
  };
  if (bytes.length < lengthBytes) {
    failLength(`the file has ${bytes.length} bytes, expected at least ${lengthBytes}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(maximumHeaderBytes)) {
    // A length of 19 digits would say nothing to anybody.
    failLength(
      isOnnx(bytes)
        ? "it is an ONNX file; safetensors are expected here"
        : `its first ${lengthBytes} bytes are not the length of a header (at most ` +
          `${maximumHeaderBytes} bytes): it is another kind of file, or damaged; copy or download it again`,
    );
  }
  const dataStart = lengthBytes + Number(length);
  if (dataStart > bytes.length) {
    failLength(
      `the header claims ${length} bytes, the file ends after ${bytes.length - lengthBytes}`,
    );
  }
  let header: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(bytes.subarray(lengthBytes, dataStart));
    header = JSON.parse(text);
    const twice = duplicateKey(text, maximumHeaderDepth);
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

/** The free text entries of a header. */
export function readMetadata(
  value: unknown,
  fail: (reason: string) => never,
): Record<string, string> {
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
export interface Entry {
  readonly name: string;
  readonly dtype: SafetensorsType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** The entry of a tensor. */
export function readEntry(
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
export function checkLayout(
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
