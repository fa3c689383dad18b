/**
 * A hash of what a parser gives, so that contents can be compared.
 *
 * @module
 */

import { createHash, type Hash } from "node:crypto";

function add(hash: Hash, value: unknown): void {
  if (ArrayBuffer.isView(value)) {
    // A window on shared memory cannot be hashed.
    const bytes = Uint8Array.from(
      new Uint8Array(value.buffer, value.byteOffset, value.byteLength),
    );
    hash.update(`${value.constructor.name} ${value.byteLength} `).update(bytes);
  } else if (value instanceof Map || Array.isArray(value)) {
    hash.update("[");
    for (const item of value) add(hash, item);
    hash.update("]");
  } else if (value !== null && typeof value === "object") {
    hash.update("{");
    for (const key of Object.keys(value).sort()) {
      add(hash, key);
      add(hash, (value as Record<string, unknown>)[key]);
    }
    hash.update("}");
  } else hash.update(`${typeof value} ${String(value)};`);
}

/** SHA-256 of a plain value: objects without order, lists, maps, arrays of numbers. */
export function digest(value: unknown): string {
  const hash = createHash("sha256");
  add(hash, value);
  return hash.digest("hex");
}
