/**
 * The checksum of our own safetensors files: over all metadata and all tensors.
 *
 * @module
 */

import { sha256 } from "../files.ts";

/** Key of the checksum among the metadata. */
export const checksumKey = "checksum";

/** Tensors as far as a checksum needs them. */
export type ChecksumTensors = ReadonlyMap<
  string,
  { readonly shape: readonly number[]; readonly data: ArrayLike<unknown> }
>;

/** SHA-256 of all metadata but the checksum itself, and of all tensors by their names. */
export function checksumOf(
  tensors: ChecksumTensors,
  metadata: Readonly<Record<string, string>>,
): string {
  const said = Object.entries(metadata).filter(([key]) => key !== checksumKey).sort();
  const parts: (string | Uint8Array)[] = [JSON.stringify(said)];
  for (const name of [...tensors.keys()].sort()) {
    const { shape, data } = tensors.get(name)!;
    const { buffer, byteOffset, byteLength } = data as unknown as Uint8Array;
    parts.push(JSON.stringify([name, shape]), new Uint8Array(buffer, byteOffset, byteLength));
  }
  return sha256(...parts);
}

/** What is wrong with the checksum of a file that must have one; undefined where it is right. */
export function checksumProblem(
  tensors: ChecksumTensors,
  metadata: Readonly<Record<string, string>>,
): string | undefined {
  const stored = metadata[checksumKey];
  if (stored === undefined) {
    return "it has no checksum, so whether its weights are whole is unknown";
  }
  if (stored === checksumOf(tensors, metadata)) return undefined;
  return "its checksum is wrong: it was changed after it was written. Make it again, or copy it again";
}
