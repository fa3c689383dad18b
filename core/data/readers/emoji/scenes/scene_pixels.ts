/**
 * The scenes of a split: from the cache where they are there, else drawn and kept there.
 *
 * @module
 */

import { hashJson } from "../../../../files.ts";
import { loadConcepts } from "../concepts.ts";
import { type IconSetInfo, iconSetsOf } from "../credits.ts";
import { type IconList, makeIconList } from "../icon_raster.ts";
import { drawInTurns, keepScenes, openTextures } from "../kept_scenes.ts";
import { compositionVersion } from "../views/composed_view.ts";
import { loadDistractors } from "./distractors.ts";
import { drawScene, sceneBytes } from "./draw_scene.ts";
import { drawSceneLayout, type SceneMaterial, sceneVersion } from "./scene_layout.ts";
import { sceneCounts, sceneSubjects } from "./scene_sets.ts";

const lists = new Map<string, Promise<IconList>>();

/** The icons of a set that scenes show. Computed once a process. */
export function listSceneIcons(set: IconSetInfo): Promise<IconList> {
  let list = lists.get(set.name);
  if (list === undefined) {
    list = Promise.all([loadConcepts(), loadDistractors()]).then(([concepts, distractors]) =>
      makeIconList(set, [...sceneSubjects(concepts), ...distractors])
    );
    lists.set(set.name, list);
    list.catch(() => lists.delete(set.name));
  }
  return list;
}

/** Content key of a split's scenes: pixels and annotations. */
export async function sceneKey({ name, split }: SceneMaterial): Promise<string> {
  const icons = await Promise.all(
    iconSetsOf(split).map(async (set) => [
      set.name,
      (await listSceneIcons(set)).key,
    ]),
  );
  return hashJson({
    scenes: name,
    split,
    count: sceneCounts[split],
    sceneVersion,
    compositionVersion,
    icons,
  });
}

async function drawScenes(material: SceneMaterial, count: number): Promise<Uint8Array> {
  const findTexture = await openTextures(material.split, listSceneIcons);
  return await drawInTurns(count, sceneBytes, (index, output, offset) => {
    drawScene(drawSceneLayout(material, index), findTexture, output, offset);
  });
}

/**
 * All scenes of a split, `[scenes, sceneBytes]`, in shared memory. A damaged cache file is drawn
 * again, with a warning.
 *
 * @throws {DataError} where an icon package is not installed, or an icon cannot be drawn.
 */
export async function loadScenes(material: SceneMaterial): Promise<Uint8Array> {
  const count = sceneCounts[material.split]!;
  const key = await sceneKey(material);
  return await keepScenes({ key, count, sceneBytes }, () => drawScenes(material, count));
}
