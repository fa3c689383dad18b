/**
 * EmojiCOCO: scenes composed of icons, with boxes, categories and masks.
 *
 * @module
 */

import type { InstancesAnnotation } from "../../../annotation.ts";
import type { RgbImage } from "../../../augmentation/image_memory.ts";
import { type Dataset, getSplit, type SplitInfo, type SplitName } from "../../../dataset.ts";
import type { ImageSize } from "../../../decoding/image_header.ts";
import type { SampleList } from "../../../sample_list.ts";
import { loadConcepts } from "../concepts.ts";
import { creditLines, emojiSplits } from "../credits.ts";
import { DrawnSplits, listDrawn } from "../drawn_splits.ts";
import { loadDistractors } from "./distractors.ts";
import { sceneBytes } from "./draw_scene.ts";
import { annotateScene } from "./scene_annotation.ts";
import { drawSceneLayout, type SceneMaterial, sceneSide } from "./scene_layout.ts";
import { loadScenes, sceneKey } from "./scene_pixels.ts";
import {
  iconsOfSplit,
  type SceneContent,
  sceneCounts,
  type SceneSet,
  sceneSubjects,
  selectScenes,
} from "./scene_sets.ts";

const pixelBytes = 3 * sceneSide ** 2;

/** One of the sets of scenes. */
class SceneDataset implements Dataset<InstancesAnnotation> {
  readonly name: string;
  readonly title: string;
  readonly credits: readonly string[] = creditLines();
  readonly annotationKind = "instances";
  readonly classNames: readonly string[];
  readonly categoryIds: readonly number[];
  readonly splits: readonly SplitInfo[] = emojiSplits;
  readonly isInMemory = true;
  readonly #materials: ReadonlyMap<SplitName, SceneMaterial>;
  readonly #scenes: DrawnSplits;

  constructor(
    { name, title }: SceneSet,
    content: SceneContent,
    materials: ReadonlyMap<SplitName, SceneMaterial>,
  ) {
    this.name = name;
    this.title = title;
    this.classNames = content.classNames;
    this.categoryIds = content.categoryIds;
    this.#materials = materials;
    this.#scenes = new DrawnSplits({
      name,
      counts: sceneCounts,
      sceneBytes,
      load: (split) => loadScenes(this.#material(split)),
    });
  }

  #material(split: SplitName): SceneMaterial {
    getSplit(this, split);
    return this.#materials.get(split)!;
  }

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
    return listDrawn(split, sceneCounts[split]!);
  }

  async annotation(split: SplitName, index: number): Promise<InstancesAnnotation> {
    const scene = await this.#scene(split, index);
    const layout = drawSceneLayout(this.#material(split), index);
    return annotateScene(layout, index, scene.subarray(pixelBytes));
  }

  async decode(split: SplitName, index: number): Promise<RgbImage> {
    const scene = await this.#scene(split, index);
    const pixels = Uint8Array.from(scene.subarray(0, pixelBytes));
    return { width: sceneSide, height: sceneSide, pixels };
  }

  imageSize(split: SplitName, index: number): ImageSize {
    this.#check(split, index);
    return { width: sceneSide, height: sceneSide };
  }

  imageId(split: SplitName, index: number): number {
    this.#check(split, index);
    return index + 1;
  }

  async fingerprint(split: SplitName): Promise<string> {
    return await sceneKey(this.#material(split));
  }

  skipped(): readonly [] {
    return [];
  }
}

/**
 * Opens a set of scenes.
 *
 * @throws {DataError} where a table of the embedded data is missing or damaged.
 */
export async function openSceneDataset(set: SceneSet): Promise<Dataset<InstancesAnnotation>> {
  const [concepts, distractors] = await Promise.all([loadConcepts(), loadDistractors()]);
  const content = selectScenes(set, sceneSubjects(concepts));
  const materials = emojiSplits.map(({ name: split }) =>
    [split, {
      name: set.name,
      split,
      objects: content.icons.get(split)!,
      distractors: iconsOfSplit(distractors, split),
    }] as const
  );
  return new SceneDataset(set, content, new Map(materials));
}
