/**
 * EmojiCOCO: scenes composed of icons, with boxes, categories and masks.
 *
 * @module
 */

import type { InstancesAnnotation } from "../../../annotation.ts";
import type { RgbImage } from "../../../augmentation/image_memory.ts";
import { type Dataset, getSplit, type SplitInfo, type SplitName } from "../../../dataset.ts";
import type { ImageSize } from "../../../decoding/image_header.ts";
import { SampleList } from "../../../sample_list.ts";
import { loadConcepts } from "../concepts.ts";
import { creditLines, emojiSplits } from "../credits.ts";
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

/** One of the sets of scenes. A split is drawn when its first scene is asked for, then kept. */
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
  readonly #scenes = new Map<SplitName, Promise<Uint8Array>>();

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
  }

  #material(split: SplitName): SceneMaterial {
    getSplit(this, split);
    return this.#materials.get(split)!;
  }

  #check(split: SplitName, index: number): void {
    getSplit(this, split);
    const count = sceneCounts[split]!;
    if (!(Number.isInteger(index) && index >= 0 && index < count)) {
      throw new RangeError(
        `Split "${split}" of ${this.name} has no sample ${index}: expected 0 to ${count - 1}`,
      );
    }
  }

  /** Bytes of one scene: a window on shared memory. */
  async #scene(split: SplitName, index: number): Promise<Uint8Array> {
    this.#check(split, index);
    let scenes = this.#scenes.get(split);
    if (scenes === undefined) {
      scenes = loadScenes(this.#material(split));
      this.#scenes.set(split, scenes);
      scenes.catch(() => this.#scenes.delete(split));
    }
    return (await scenes).subarray(index * sceneBytes, (index + 1) * sceneBytes);
  }

  // deno-lint-ignore require-await -- a wrong split must reject, not throw
  async samples(split: SplitName): Promise<SampleList> {
    getSplit(this, split);
    return SampleList.from(
      Array.from({ length: sceneCounts[split]! }, (_, index) => ({
        id: `${split}/${`${index}`.padStart(4, "0")}`,
        label: -1,
      })),
    );
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
