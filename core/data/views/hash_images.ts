/**
 * Content keys of the images of a split.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Annotation } from "../annotation.ts";
import type { Dataset, SplitName } from "../dataset.ts";
import { mostImageBytes } from "../decoding/image_decoder.ts";
import type { SampleList } from "../sample_list.ts";

/** Files that are read at the same time. */
const filesInFlight = 4;

/** Bytes of a file that may be decoded; undefined for any other, which would only be refused. */
async function readWhole(path: string): Promise<Uint8Array | undefined> {
  const { isFile, size } = await Deno.stat(path);
  return isFile && size <= mostImageBytes ? await Deno.readFile(path) : undefined;
}

/**
 * What determines the pixels of a split's images, and its labels: the bytes of files, so that a
 * picture that is exchanged for another of the same size and time is noticed; the data set's own
 * fingerprint where images are no files.
 */
export async function hashImages(
  dataset: Dataset<Annotation>,
  split: SplitName,
  samples: SampleList,
): Promise<string> {
  if (dataset.path === undefined) return await dataset.fingerprint(split);
  const hashes = new Uint8Array(samples.length * 32);
  let next = 0;
  await Promise.all(Array.from({ length: filesInFlight }, async () => {
    while (next < samples.length) {
      const index = next++;
      const bytes = await readWhole(dataset.path!(split, index)).catch(() => undefined);
      // An unreadable file keeps its zeros, which no hash is.
      if (bytes) hashes.set(createHash("sha256").update(bytes).digest(), index * 32);
    }
  }));
  const hash = createHash("sha256");
  for (let index = 0; index < samples.length; index++) {
    hash.update(samples.idBytes(index));
    hash.update(`\0${samples.label(index)}\0`);
    hash.update(hashes.subarray(index * 32, (index + 1) * 32));
  }
  return hash.digest("hex");
}
