/**
 * The scenes of a split: from the cache where they are there, else drawn and kept there.
 *
 * @module
 */

import { keepInCache } from "../../../../cache.ts";
import { hashJson } from "../../../../files.ts";
import { readCachedViews, writeCachedViews } from "../../../views/view_cache.ts";
import { sharedBytes } from "../../../views/view_set.ts";
import { loadConcepts } from "../concepts.ts";
import { type IconSetInfo, iconSetsOf } from "../credits.ts";
import { type IconList, type IconPack, makeIconList, readOrDrawIcons } from "../icon_raster.ts";
import { levelBytes } from "../mipmaps.ts";
import { compositionVersion } from "../views/composed_view.ts";
import { loadDistractors } from "./distractors.ts";
import { drawScene, type FindTexture, sceneBytes } from "./draw_scene.ts";
import { drawSceneLayout, type SceneMaterial, sceneVersion } from "./scene_layout.ts";
import { sceneCounts, sceneSubjects } from "./scene_sets.ts";

/** Scenes are drawn so many at a time, before others have a turn. */
const scenesPerTurn = 20;

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

async function openTextures(split: string): Promise<FindTexture> {
  const packs = new Map<string, { pack: IconPack; places: ReadonlyMap<string, number> }>();
  for (const set of iconSetsOf(split)) {
    const list = await listSceneIcons(set);
    const places = new Map(list.conceptIds.map((id, place) => [id, place]));
    packs.set(set.name, { pack: await readOrDrawIcons(set, list), places });
  }
  return ({ id, set }, level) => {
    const { pack, places } = packs.get(set.name)!;
    return { texture: pack.level(level), offset: places.get(id)! * levelBytes(level) };
  };
}

async function drawScenes(material: SceneMaterial, count: number): Promise<Uint8Array> {
  const findTexture = await openTextures(material.split);
  const scenes = sharedBytes(count * sceneBytes);
  for (let index = 0; index < count; index++) {
    drawScene(drawSceneLayout(material, index), findTexture, scenes, index * sceneBytes);
    // Let a progress bar and Ctrl-C have a turn.
    if (index % scenesPerTurn === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return scenes;
}

/**
 * All scenes of a split, `[scenes, sceneBytes]`, in shared memory. A damaged cache file is drawn
 * again, with a warning.
 *
 * @throws {DataError} where an icon package is not installed, or an icon cannot be drawn.
 */
export async function loadScenes(material: SceneMaterial): Promise<Uint8Array> {
  const samples = sceneCounts[material.split]!;
  const key = await sceneKey(material);
  const expected = { key, samples, viewsPerSample: 1, viewBytes: sceneBytes };
  const cached = await readCachedViews(expected, Infinity);
  if (cached?.pixels instanceof Uint8Array && cached.skipped.length === 0) return cached.pixels;
  const scenes = await drawScenes(material, samples);
  await keepInCache(() =>
    writeCachedViews(expected, async (writer) => {
      await writer.add(scenes);
      return [];
    })
  );
  return scenes;
}
