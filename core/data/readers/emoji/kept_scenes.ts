/**
 * Scenes of a split: from the cache where they are there, else drawn of icons and kept there.
 *
 * @module
 */

import { keepInCache } from "../../../cache.ts";
import { readCachedViews, writeCachedViews } from "../../views/view_cache.ts";
import { sharedBytes } from "../../views/view_set.ts";
import { type IconSetInfo, iconSetsOf } from "./credits.ts";
import { type IconList, type IconPack, readOrDrawIcons } from "./icon_raster.ts";
import { levelBytes } from "./mipmaps.ts";
import type { FindTexture } from "./scenes/draw_icon.ts";

/** Scenes are drawn so many at a time, before others have a turn. */
const scenesPerTurn = 20;

/** Opens the icons that a split's scenes show, drawn or from the cache. */
export async function openTextures(
  split: string,
  listIcons: (set: IconSetInfo) => Promise<IconList>,
): Promise<FindTexture> {
  const packs = new Map<string, { pack: IconPack; places: ReadonlyMap<string, number> }>();
  for (const set of iconSetsOf(split)) {
    const list = await listIcons(set);
    const places = new Map(list.conceptIds.map((id, place) => [id, place]));
    packs.set(set.name, { pack: await readOrDrawIcons(set, list), places });
  }
  return ({ id, set }, level) => {
    const { pack, places } = packs.get(set.name)!;
    return { texture: pack.level(level), offset: places.get(id)! * levelBytes(level) };
  };
}

/**
 * Draws scenes one behind the other into shared memory, `[count, sceneBytes]`.
 *
 * @param draw Writes one scene at an offset.
 */
export async function drawInTurns(
  count: number,
  sceneBytes: number,
  draw: (index: number, output: Uint8Array, offset: number) => void,
): Promise<Uint8Array> {
  const scenes = sharedBytes(count * sceneBytes);
  for (let index = 0; index < count; index++) {
    draw(index, scenes, index * sceneBytes);
    // Let a progress bar and Ctrl-C have a turn.
    if (index % scenesPerTurn === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return scenes;
}

/**
 * All scenes of a split, `[scenes, sceneBytes]`, in shared memory. A damaged cache file is drawn
 * again, with a warning.
 *
 * @param kept.key Content key of the scenes.
 * @param draw Draws all of them.
 */
export async function keepScenes(
  { key, count, sceneBytes }: {
    readonly key: string;
    readonly count: number;
    readonly sceneBytes: number;
  },
  draw: () => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const expected = { key, samples: count, viewsPerSample: 1, viewBytes: sceneBytes };
  const cached = await readCachedViews(expected, Infinity);
  if (cached?.pixels instanceof Uint8Array && cached.skipped.length === 0) return cached.pixels;
  const scenes = await draw();
  await keepInCache(() =>
    writeCachedViews(expected, async (writer) => {
      await writer.add(scenes);
      return [];
    })
  );
  return scenes;
}
