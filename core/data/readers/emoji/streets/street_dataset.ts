/**
 * EmojiScapes: street scenes composed of icons and patterns, with a class for every pixel.
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
import { streetBytes } from "./draw_street.ts";
import { streetClasses } from "./street_classes.ts";
import { streetHeight, streetWidth } from "./street_layout.ts";
import { loadStreets, streetCounts, streetKey } from "./street_pixels.ts";

const pixelBytes = 3 * streetWidth * streetHeight;

/** The set of street scenes. */
class StreetDataset implements Dataset<SegmentationAnnotation> {
  readonly name = "emojiscapes-19";
  readonly title = "EmojiScapes-19";
  readonly credits: readonly string[] = creditLines();
  readonly annotationKind = "segmentation";
  readonly classNames: readonly string[] = streetClasses;
  readonly splits: readonly SplitInfo[] = emojiSplits;
  readonly isInMemory = true;
  readonly #scenes: DrawnSplits = new DrawnSplits({
    name: this.name,
    counts: streetCounts,
    sceneBytes: streetBytes,
    load: loadStreets,
  });

  #check(split: SplitName, index: number): void {
    getSplit(this, split);
    this.#scenes.assertIndex(split, index);
  }

  async #scene(split: SplitName, index: number): Promise<Uint8Array> {
    getSplit(this, split);
    return await this.#scenes.scene(split, index);
  }

  // deno-lint-ignore require-await -- a wrong split must reject, not throw
  async samples(split: SplitName): Promise<SampleList> {
    getSplit(this, split);
    return listDrawn(split, streetCounts[split]!);
  }

  async annotation(split: SplitName, index: number): Promise<SegmentationAnnotation> {
    const scene = await this.#scene(split, index);
    const map = Uint8Array.from(scene.subarray(pixelBytes));
    return { kind: "segmentation", width: streetWidth, height: streetHeight, map };
  }

  async decode(split: SplitName, index: number): Promise<RgbImage> {
    const scene = await this.#scene(split, index);
    const pixels = Uint8Array.from(scene.subarray(0, pixelBytes));
    return { width: streetWidth, height: streetHeight, pixels };
  }

  imageSize(split: SplitName, index: number): ImageSize {
    this.#check(split, index);
    return { width: streetWidth, height: streetHeight };
  }

  async fingerprint(split: SplitName): Promise<string> {
    getSplit(this, split);
    return await streetKey(split);
  }

  skipped(): readonly [] {
    return [];
  }
}

/** Opens the set of street scenes. */
export function openStreetDataset(): Dataset<SegmentationAnnotation> {
  return new StreetDataset();
}
