/**
 * A set of scenes with a class for every pixel: from the cache where they are there, else drawn and
 * kept there.
 *
 * @module
 */

import { hashJson } from "../../../../files.ts";
import type { SplitName } from "../../../dataset.ts";
import type { ImageSize } from "../../../decoding/image_header.ts";
import { type Concept, loadConcepts } from "../concepts.ts";
import { iconSetsOf } from "../credits.ts";
import { makeIconList } from "../icon_raster.ts";
import { drawInTurns, keepScenes, openTextures } from "../kept_scenes.ts";
import { compositionVersion } from "../views/composed_view.ts";
import { mappedSceneBytes, ScenePainter } from "./draw_mapped_scene.ts";
import { mappedMaterial, type MappedSubject } from "./mapped_subjects.ts";
import type { MappedMaterial, MappedPart } from "./scene_parts.ts";

/** What a set of scenes is. */
export interface MappedSet<C extends string = string> {
  readonly name: string;
  readonly title: string;
  /** In the order of their indices. */
  readonly classNames: readonly C[];
  /** Size of every scene. */
  readonly size: ImageSize;
  /** Scenes of each split. */
  readonly counts: Readonly<Record<SplitName, number>>;
  /** Numbers that change when the same scene is drawn in another way; part of every content key. */
  readonly versions: Readonly<Record<string, number>>;
  /** The emojis that the scenes show. */
  subjects(concepts: readonly Concept[]): readonly MappedSubject<C>[];
  /** What a scene shows: a pure function of the split and the scene's index. */
  parts(material: MappedMaterial<C>, index: number): readonly MappedPart<C>[];
}

/** Content key of a split's scenes: pixels and maps. */
export async function mappedSceneKey<C extends string>(
  { name, counts, versions, subjects }: MappedSet<C>,
  split: SplitName,
): Promise<string> {
  const own = subjects(await loadConcepts());
  const icons = await Promise.all(
    iconSetsOf(split).map(async (set) => [set.name, (await makeIconList(set, own)).key]),
  );
  return hashJson({
    scenes: name,
    split,
    count: counts[split],
    ...versions,
    compositionVersion,
    icons,
  });
}

/** Draws the first scenes of a split, one behind the other, in shared memory. */
export async function drawMappedScenes<C extends string>(
  { classNames, size, subjects, parts }: MappedSet<C>,
  split: SplitName,
  count: number,
): Promise<Uint8Array> {
  const own = subjects(await loadConcepts());
  const findTexture = await openTextures(split, (set) => makeIconList(set, own));
  const material = mappedMaterial(split, own);
  const painter = new ScenePainter(classNames, size);
  return await drawInTurns(count, mappedSceneBytes(size), (index, output, offset) => {
    painter.draw(parts(material, index), findTexture, output, offset);
  });
}

/**
 * All scenes of a split, one behind the other, in shared memory. A damaged cache file is drawn again,
 * with a warning.
 *
 * @throws {DataError} where an icon package is not installed, or an icon cannot be drawn.
 */
export async function loadMappedScenes<C extends string>(
  set: MappedSet<C>,
  split: SplitName,
): Promise<Uint8Array> {
  const count = set.counts[split]!, sceneBytes = mappedSceneBytes(set.size);
  const kept = { key: await mappedSceneKey(set, split), count, sceneBytes };
  return await keepScenes(kept, () => drawMappedScenes(set, split, count));
}
