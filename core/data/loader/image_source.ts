/**
 * What a loader loads: a list of image files, or a split of a data set.
 *
 * @module
 */

import type { Annotation } from "../annotation.ts";
import type { Dataset, SplitName, SplitRole } from "../dataset.ts";
import type { SampleList } from "../sample_list.ts";
import {
  datasetDrawer,
  type ImageDrawer,
  type ImageOrigin,
  type ImageReference,
  originOf,
  referTo,
} from "../views/image_drawer.ts";

/** One image file. */
export interface ImageFile {
  readonly path: string;
  /** Names the image's random numbers and the image in reports; unlike the path, it never moves. */
  readonly id: string;
}

/** Images that a loader can draw. */
export interface ImageSource {
  readonly length: number;
  /** Where workers get them; undefined where only this thread can draw. */
  readonly origin: ImageOrigin | undefined;
  refer(sample: number): ImageReference;
  /** Draws in this thread. */
  openDrawer?(): Promise<ImageDrawer>;
}

/** Image files as a source. */
export function imagesOfFiles(files: readonly ImageFile[]): ImageSource {
  return {
    length: files.length,
    origin: { kind: "files" },
    refer(sample) {
      const { path, id } = files[sample]!;
      return { sample, id, path };
    },
  };
}

/**
 * A split of a data set as a source.
 *
 * @param role What the views are for.
 */
export function imagesOfSplit(
  dataset: Dataset<Annotation>,
  split: SplitName,
  samples: SampleList,
  role: SplitRole,
): ImageSource {
  return {
    length: samples.length,
    origin: originOf(dataset, split, role),
    refer: (sample) => referTo(dataset, split, sample, samples.id(sample)),
    openDrawer: () => datasetDrawer(dataset, split, role),
  };
}
