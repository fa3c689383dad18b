/**
 * An entry of a store and its `entry.json`: what it is, its files with sizes and checksums, and a
 * checksum of the description itself.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { sha256 } from "../files.ts";
import { isFileName, type StoreKind, storeKinds } from "./layout.ts";

/** A file of an entry. */
export interface StoredFile {
  /** Where it is. Never written to: the entry's other users would see it. */
  readonly path: string;
  /** Its length. */
  readonly bytes: number;
  /** SHA-256 of its content, 64 hex digits. */
  readonly sha256: string;
}

/** A whole entry, verified. */
export interface StoreEntry {
  readonly kind: StoreKind;
  /** Content key, 64 hex digits. */
  readonly key: string;
  /** Its folder. */
  readonly folder: string;
  /** What its maker says of it, plain JSON; `label` is what people are shown. */
  readonly info: Readonly<Record<string, unknown>>;
  /** Its files by name. */
  readonly files: Readonly<Record<string, StoredFile>>;
  /** When it was made, ISO 8601. */
  readonly createdAt: string;
  /** The bytes of the files that were asked for, as they were verified. */
  readonly contents: Readonly<Record<string, Uint8Array>>;
}

/** What `entry.json` says. */
export type EntryHead = Pick<StoreEntry, "kind" | "key" | "info" | "createdAt"> & {
  readonly files: Readonly<Record<string, Omit<StoredFile, "path">>>;
};

/** An entry in its folder, nothing of it loaded. */
export function entryOf(folder: string, head: EntryHead): StoreEntry {
  const files = Object.entries(head.files).map(([name, { bytes, sha256 }]) =>
    [name, { path: join(folder, name), bytes, sha256 }] as const
  );
  return { ...head, folder, files: Object.fromEntries(files), contents: {} };
}

/** Why an entry cannot be used. Only the store sees it: it tells, and moves the entry aside. */
export class EntryDamage extends Error {}

/** Most bytes of an `entry.json`; a curve of 100,000 points needs some 4 MB. */
export const mostHeadBytes = 32 * 2 ** 20;

/** Most bytes of one file of an entry: what one array can hold. */
export const mostFileBytes = 4 * 2 ** 30;

/** What is wrong with `info` that does not have the form that this version writes. */
export function describeForeignInfo(error: z.ZodError): string {
  const { path, message } = error.issues[0]!;
  return `its info is not what this version writes: ${path.join(".")}: ${message}`;
}

const headSchema = z.strictObject({
  schemaVersion: z.literal(1),
  kind: z.enum(storeKinds),
  key: z.string(),
  createdAt: z.iso.datetime(),
  info: z.record(z.string(), z.unknown()),
  files: z.record(
    z.string().refine(isFileName),
    z.strictObject({
      bytes: z.int().min(0).max(mostFileBytes),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});

/** The first line holds the checksum of all that follows, so that no byte is without one. */
const firstLine = (checksum: string) => `{"checksum":"${checksum}",\n`;

/** Length of that line. */
const firstLineLength = firstLine("0".repeat(64)).length;

/**
 * The text of an `entry.json`.
 *
 * @throws {TypeError} where `info` holds something that JSON cannot (NaN, a bigint, a circle).
 */
export function encodeHead(head: EntryHead): Uint8Array {
  const rest = JSON.stringify(
    { schemaVersion: 1, ...head },
    (name, value) => {
      if (typeof value === "number" && !Number.isFinite(value)) {
        throw new TypeError(
          `internal: info of a store entry: ${name} is ${value}, which is not JSON`,
        );
      }
      return value;
    },
    1,
  ).slice(2) + "\n";
  return new TextEncoder().encode(firstLine(sha256(rest)) + rest);
}

/**
 * Reads an `entry.json`.
 *
 * @throws {EntryDamage} where any byte of it is not as it was written.
 */
export function decodeHead(bytes: Uint8Array): EntryHead {
  const rest = bytes.subarray(firstLineLength);
  const start = new TextEncoder().encode(firstLine(sha256(rest)));
  if (bytes.length < start.length || !start.every((byte, index) => byte === bytes[index])) {
    throw new EntryDamage("the checksum of entry.json is wrong");
  }
  try {
    const value: unknown = JSON.parse(`{${new TextDecoder().decode(rest)}`);
    const { kind, key, info, files, createdAt } = headSchema.parse(value);
    return { kind, key, info, files, createdAt };
  } catch {
    // Written whole, by another version of this program.
    throw new EntryDamage("entry.json is of another version");
  }
}
