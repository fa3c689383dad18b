/**
 * A checksum within an ONNX file: an entry `checksum` of its metadata, SHA-256 of the file without
 * that entry, which is the last field of the file. ONNX itself has none.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { sha256 } from "../files.ts";
import type { ModelOutline } from "./model_outline.ts";
import { onnx, producerName } from "./proto_messages.ts";

/** Key of the entry. */
export const modelChecksumKey = "checksum";

/** Keys of metadata that only a file with a checksum has. */
const ownKeys = [modelChecksumKey, "student", "modelKey"];

/**
 * Whether a file must have a checksum. The producer stands before the graph, the metadata behind it:
 * a file that is cut off behind its graph is still told.
 */
function needsChecksum(
  { producer, metadata }: Pick<ModelOutline, "producer" | "metadata">,
): boolean {
  return ownKeys.some((key) => metadata[key] !== undefined) ||
    (producer.name === producerName && producer.version !== "");
}

/** The field of the entry, as the last bytes of a file. */
function checksumField(value: string): Uint8Array {
  const metadataProps = [{ key: modelChecksumKey, value }];
  return onnx.lookupType("ModelProto").encode({ metadataProps }).finish();
}

/** A file with its checksum: fields of a message may follow each other in any order. */
export function addModelChecksum(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const field = checksumField(sha256(bytes));
  const file = new Uint8Array(bytes.length + field.length);
  file.set(bytes);
  file.set(field, bytes.length);
  return file;
}

/**
 * Checks a file by its own checksum.
 *
 * @param outline What the file says of itself.
 * @param source Its path, for messages.
 * @returns Whether it has one; files from elsewhere have none.
 * @throws {DataError} where the checksum is wrong, or a file of ours has none, or keeps weights elsewhere.
 */
export function checkModelChecksum(
  bytes: Uint8Array,
  outline: Pick<ModelOutline, "producer" | "metadata" | "externalData">,
  source: string,
): boolean {
  if (!needsChecksum(outline)) return false;
  // Files of ours hold all of their weights. Refused all the same: what the checksum was made of is gone.
  if (outline.externalData.length > 0) {
    const places = outline.externalData.slice(0, 3).map((place) => JSON.stringify(place));
    throw new DataError(
      `Cannot load ${source}: another program has saved it again, with its weights in ` +
        `${
          places.join(", ")
        } (external data), so its checksum says nothing of it. Use the file that ` +
        "was exported, or export it again",
    );
  }
  const stored = outline.metadata[modelChecksumKey];
  if (stored === undefined) {
    throw new DataError(
      `Cannot load ${source}: it has no checksum, so nobody can tell whether it is whole; it was ` +
        "changed after it was written, or another program has saved it again. Use the file that was " +
        "exported, or export it again",
    );
  }
  const end = Math.max(0, bytes.length - checksumField(stored).length);
  const expected = checksumField(sha256(bytes.subarray(0, end)));
  const found = bytes.subarray(end);
  if (expected.length !== found.length || !expected.every((byte, at) => byte === found[at])) {
    throw new DataError(
      `Cannot load ${source}: its checksum is wrong: it was changed after it was written, or another ` +
        "program has saved it again. Use the file that was exported: export it or copy it again",
    );
  }
  return true;
}
