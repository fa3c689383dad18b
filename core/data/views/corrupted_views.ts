/**
 * Views with a corruption, computed as they are read: nothing of them is kept.
 *
 * @module
 */

import { hashJson } from "../../files.ts";
import { RandomStream } from "../../random.ts";
import {
  corruptImage,
  type Corruption,
  corruptionVersion,
} from "../augmentation/corruptions/corrupt_image.ts";
import { readViews, type ViewFile, type ViewSet } from "./view_set.ts";

/**
 * Fixed views, each corrupted by random numbers of its own: a pure function of (seed, corruption,
 * severity, sample id, view). The views themselves stay open, and must until these have been read.
 */
export function corruptViews(views: ViewSet, corruption: Corruption, seed: number): ViewSet {
  const { samples, viewsPerSample, imageSize } = views;
  const viewBytes = 3 * imageSize ** 2;
  const file: ViewFile = {
    viewBytes,
    read(indices, output) {
      const clean = new Uint8Array(indices.length * viewBytes);
      readViews(views, indices, clean);
      for (let place = 0; place < indices.length; place++) {
        const index = indices[place]!, start = place * viewBytes;
        const sample = Math.floor(index / viewsPerSample);
        const random = new RandomStream(
          seed,
          "corruption",
          corruption.name,
          corruption.severity,
          samples.id(sample),
          index % viewsPerSample,
        );
        const image = {
          width: imageSize,
          height: imageSize,
          pixels: clean.subarray(start, start + viewBytes),
        };
        output.set(corruptImage(image, corruption, random).pixels, start);
      }
    },
    close() {},
  };
  return {
    ...views,
    pixels: file,
    hash: hashJson({ views: views.hash, corruption, corruptionVersion, seed }),
    isTransient: true,
  };
}
