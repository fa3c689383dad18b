/**
 * The street scenes of a split: from the cache where they are there, else drawn and kept there.
 *
 * @module
 */

import { keepInCache } from "../../../../cache.ts";
import { hashJson } from "../../../../files.ts";
import type { SplitName } from "../../../dataset.ts";
import { readCachedViews, writeCachedViews } from "../../../views/view_cache.ts";
import { sharedBytes } from "../../../views/view_set.ts";
import { loadConcepts } from "../concepts.ts";
import { iconSetsOf } from "../credits.ts";
import { type IconPack, makeIconList, readOrDrawIcons } from "../icon_raster.ts";
import { levelBytes } from "../mipmaps.ts";
import type { FindTexture } from "../scenes/draw_icon.ts";
import { iconsOfSplit } from "../scenes/scene_sets.ts";
import { compositionVersion } from "../views/composed_view.ts";
import { drawStreet, streetBytes } from "./draw_street.ts";
import { type StreetSubject, streetSubjects } from "./street_classes.ts";
import { type StreetMaterial, streetVersion } from "./street_layout.ts";
import { drawStreetParts } from "./street_parts.ts";

/** Scenes of each split. */
export const streetCounts: Readonly<Record<SplitName, number>> = {
  train: 1000,
  dev: 150,
  val: 200,
  ood: 200,
};

/** Scenes are drawn so many at a time, before others have a turn. */
const scenesPerTurn = 20;

async function loadSubjects(): Promise<StreetSubject[]> {
  return streetSubjects(await loadConcepts());
}

/** Content key of a split's scenes: pixels and maps. */
export async function streetKey(split: SplitName): Promise<string> {
  const subjects = await loadSubjects();
  const icons = await Promise.all(
    iconSetsOf(split).map(async (set) => [set.name, (await makeIconList(set, subjects)).key]),
  );
  return hashJson({
    scenes: "emojiscapes-19",
    split,
    count: streetCounts[split],
    streetVersion,
    compositionVersion,
    icons,
  });
}

async function openTextures(
  split: SplitName,
  subjects: readonly StreetSubject[],
): Promise<FindTexture> {
  const packs = new Map<string, { pack: IconPack; places: ReadonlyMap<string, number> }>();
  for (const set of iconSetsOf(split)) {
    const list = await makeIconList(set, subjects);
    const places = new Map(list.conceptIds.map((id, place) => [id, place]));
    packs.set(set.name, { pack: await readOrDrawIcons(set, list), places });
  }
  return ({ id, set }, level) => {
    const { pack, places } = packs.get(set.name)!;
    return { texture: pack.level(level), offset: places.get(id)! * levelBytes(level) };
  };
}

/** The drawings that a split's scenes are made of. */
export function streetMaterial(
  split: SplitName,
  subjects: readonly StreetSubject[],
): StreetMaterial {
  const names = new Set(subjects.map((subject) => subject.class));
  return {
    split,
    icons: new Map(
      Array.from(names, (name) => [
        name,
        iconsOfSplit(subjects.filter((subject) => subject.class === name), split),
      ]),
    ),
  };
}

/** Draws the first scenes of a split, `[scenes, streetBytes]`, in shared memory. */
export async function drawStreets(split: SplitName, count: number): Promise<Uint8Array> {
  const subjects = await loadSubjects();
  const findTexture = await openTextures(split, subjects);
  const material = streetMaterial(split, subjects);
  const scenes = sharedBytes(count * streetBytes);
  for (let index = 0; index < count; index++) {
    drawStreet(drawStreetParts(material, index), findTexture, scenes, index * streetBytes);
    // Let a progress bar and Ctrl-C have a turn.
    if (index % scenesPerTurn === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return scenes;
}

/**
 * All scenes of a split, `[scenes, streetBytes]`, in shared memory. A damaged cache file is drawn
 * again, with a warning.
 *
 * @throws {DataError} where an icon package is not installed, or an icon cannot be drawn.
 */
export async function loadStreets(split: SplitName): Promise<Uint8Array> {
  const samples = streetCounts[split]!;
  const expected = {
    key: await streetKey(split),
    samples,
    viewsPerSample: 1,
    viewBytes: streetBytes,
  };
  const cached = await readCachedViews(expected, Infinity);
  if (cached?.pixels instanceof Uint8Array && cached.skipped.length === 0) return cached.pixels;
  const scenes = await drawStreets(split, samples);
  await keepInCache(() =>
    writeCachedViews(expected, async (writer) => {
      await writer.add(scenes);
      return [];
    })
  );
  return scenes;
}
