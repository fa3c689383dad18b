/**
 * Scenes composed of icons and patterns as a data set, with a class for every pixel.
 *
 * @module
 */

import type { SegmentationAnnotation } from "../../../annotation.ts";
import type { RgbImage } from "../../../augmentation/image_memory.ts";
import { type Dataset, getSplit, type SplitInfo, type SplitName } from "../../../dataset.ts";
import type { ImageSize } from "../../../decoding/image_header.ts";
import type { SampleList } from "../../../sample_list.ts";
import { creditLines, emojiSplits } from "../credits.ts";
import { DrawnSplits, listDrawn } from "../drawn_splits.ts";
import { mappedSceneBytes } from "./draw_mapped_scene.ts";
import { loadMappedScenes, mappedSceneKey, type MappedSet } from "./mapped_set.ts";

/** A set of scenes. */
class MappedDataset<C extends string> implements Dataset<SegmentationAnnotation> {
  readonly name: string;
  readonly title: string;
  readonly credits: readonly string[] = creditLines();
  readonly annotationKind = "segmentation";
  readonly classNames: readonly string[];
  readonly splits: readonly SplitInfo[] = emojiSplits;
  readonly isInMemory = true;
  readonly #set: MappedSet<C>;
  readonly #scenes: DrawnSplits;
  readonly #pixelBytes: number;

  constructor(set: MappedSet<C>) {
    const { name, title, classNames, counts, size } = set;
    this.name = name;
    this.title = title;
    this.classNames = classNames;
    this.#set = set;
    this.#pixelBytes = 3 * size.width * size.height;
    this.#scenes = new DrawnSplits({
      name,
      counts,
      sceneBytes: mappedSceneBytes(size),
      load: (split) => loadMappedScenes(set, split),
    });
  }

  async #scene(split: SplitName, index: number): Promise<Uint8Array> {
    getSplit(this, split);
    return await this.#scenes.scene(split, index);
  }

  // deno-lint-ignore require-await -- a wrong split must reject, not throw
  async samples(split: SplitName): Promise<SampleList> {
    getSplit(this, split);
    return listDrawn(split, this.#set.counts[split]!);
  }

  async annotation(split: SplitName, index: number): Promise<SegmentationAnnotation> {
    const scene = await this.#scene(split, index);
    const map = Uint8Array.from(scene.subarray(this.#pixelBytes));
    return { kind: "segmentation", ...this.#set.size, map };
  }

  async decode(split: SplitName, index: number): Promise<RgbImage> {
    const scene = await this.#scene(split, index);
    const pixels = Uint8Array.from(scene.subarray(0, this.#pixelBytes));
    return { ...this.#set.size, pixels };
  }

  imageSize(split: SplitName, index: number): ImageSize {
    getSplit(this, split);
    this.#scenes.assertIndex(split, index);
    return this.#set.size;
  }

  async fingerprint(split: SplitName): Promise<string> {
    getSplit(this, split);
    return await mappedSceneKey(this.#set, split);
  }

  skipped(): readonly [] {
    return [];
  }
}

/** Opens a set of scenes. */
export function openMappedDataset<C extends string>(
  set: MappedSet<C>,
): Dataset<SegmentationAnnotation> {
  return new MappedDataset(set);
}
