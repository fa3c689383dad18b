/**
 * Evidence as a file: a header in JSON, the numbers as they are in memory, and a SHA-256 of all
 * bytes before it.
 *
 * Layout, little-endian: 8 bytes `LGDEVID` and version 1; uint32 length of the header; the header,
 * UTF-8, filled with spaces to a multiple of 4; for each table `sample` as uint32, then each column as
 * float32; 32 bytes SHA-256.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { z } from "zod";
import { DataError } from "../errors.ts";
import { type Evidence, type EvidenceTable, findEvidenceProblem } from "./evidence.ts";

const magic = Uint8Array.from([...new TextEncoder().encode("LGDEVID"), 1]);
const checksumLength = 32;

/** Largest file that is read: 1 GiB, or 10 million detections with 20 columns. */
export const maximumEvidenceBytes: number = 2 ** 30;

const count = z.number().int().nonnegative().max(2 ** 31);
const headerSchema = z.strictObject({
  splits: z.array(z.strictObject({
    name: z.string(),
    sampleIds: z.array(z.string()),
    tables: z.array(z.strictObject({
      name: z.string(),
      rows: count,
      columns: z.array(z.string()),
    })),
  })),
});

function sha256Bytes(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}

/** The file of the evidence of several splits. */
export function encodeSplitEvidence(splits: Readonly<Record<string, Evidence>>): Uint8Array {
  const entries = Object.entries(splits);
  const header = JSON.stringify({
    splits: entries.map(([name, { sampleIds, tables }]) => ({
      name,
      sampleIds,
      tables: Object.entries(tables).map(([name, { sample, columns }]) => ({
        name,
        rows: sample.length,
        columns: Object.keys(columns),
      })),
    })),
  });
  const text = new TextEncoder().encode(header);
  const textLength = Math.ceil(text.length / 4) * 4;
  const parts = entries.flatMap(([, { tables }]) =>
    Object.values(tables).flatMap(({ sample, columns }) => [sample, ...Object.values(columns)])
  );
  const start = magic.length + 4 + textLength;
  const end = start + parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (end + checksumLength > maximumEvidenceBytes) {
    throw new DataError(
      `Cannot write evidence: it takes ${end} bytes, expected at most ${maximumEvidenceBytes}`,
    );
  }
  const bytes = new Uint8Array(end + checksumLength);
  bytes.set(magic);
  new DataView(bytes.buffer).setUint32(magic.length, textLength, true);
  bytes.fill(0x20, magic.length + 4, start).set(text, magic.length + 4);
  let offset = start;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), offset);
    offset += part.byteLength;
  }
  bytes.set(sha256Bytes(bytes.subarray(0, end)), end);
  return bytes;
}

/**
 * Reads the evidence of several splits back.
 *
 * @param path Named in errors.
 * @throws {DataError} where the file is cut off, damaged, too large or of another kind.
 */
export function decodeSplitEvidence(bytes: Uint8Array, path: string): Record<string, Evidence> {
  const fail = (reason: string): never => {
    throw new DataError(`Cannot read the evidence in ${path}: ${reason}. Measure again`);
  };
  const least = magic.length + 4 + checksumLength;
  if (bytes.length > maximumEvidenceBytes) {
    fail(`expected at most ${maximumEvidenceBytes} bytes, got ${bytes.length}`);
  }
  if (bytes.length < least) fail(`expected at least ${least} bytes, got ${bytes.length}`);
  if (!magic.every((byte, index) => bytes[index] === byte)) fail("it is not an evidence file");
  const end = bytes.length - checksumLength;
  const checksum = sha256Bytes(bytes.subarray(0, end));
  if (!checksum.every((byte, index) => bytes[end + index] === byte)) {
    fail("its content does not match its checksum");
  }
  const textLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(magic.length, true);
  let offset = magic.length + 4 + textLength;
  if (offset > end) fail(`its header claims ${textLength} bytes`);
  let header: z.infer<typeof headerSchema>;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(
      bytes.subarray(magic.length + 4, offset),
    );
    header = headerSchema.parse(JSON.parse(text));
  } catch (error) {
    return fail(`its header is not valid (${(error as Error).message.split("\n")[0]})`);
  }
  /** The next four-byte numbers, copied: the file may begin at any address. */
  const take = (length: number): ArrayBuffer => {
    if (offset + 4 * length > end) fail("its tables are longer than the file");
    // No slice: that of a Buffer shares its memory.
    const copy = new Uint8Array(bytes.subarray(offset, offset += 4 * length));
    return copy.buffer;
  };
  const splits: Record<string, Evidence> = {};
  for (const { name, sampleIds, tables } of header.splits) {
    const read: Record<string, EvidenceTable> = {};
    for (const { name, rows, columns } of tables) {
      const sample = new Uint32Array(take(rows));
      read[name] = {
        sample,
        columns: Object.fromEntries(
          columns.map((column) => [column, new Float32Array(take(rows))]),
        ),
      };
    }
    splits[name] = { sampleIds, tables: read };
    const problem = findEvidenceProblem(splits[name]);
    if (problem !== undefined) fail(`split ${name}: ${problem}`);
  }
  if (offset !== end) fail("it is longer than its tables");
  return splits;
}

/** The file of the evidence of one split. */
export function encodeEvidence(evidence: Evidence): Uint8Array {
  return encodeSplitEvidence({ evidence });
}

/**
 * Reads the evidence of one split back.
 *
 * @param path Named in errors.
 * @throws {DataError} where the file is damaged, or holds other splits.
 */
export function decodeEvidence(bytes: Uint8Array, path: string): Evidence {
  const { evidence, ...others } = decodeSplitEvidence(bytes, path);
  if (evidence === undefined || Object.keys(others).length > 0) {
    throw new DataError(`Cannot read the evidence in ${path}: it holds several splits`);
  }
  return evidence;
}
