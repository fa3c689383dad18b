/**
 * The street scenes of a split: from the cache where they are there, else drawn and kept there.
 *
 * @module
 */

import { hashJson } from "../../../../files.ts";
import type { SplitName } from "../../../dataset.ts";
import { loadConcepts } from "../concepts.ts";
import { iconSetsOf } from "../credits.ts";
import { makeIconList } from "../icon_raster.ts";
import { drawInTurns, keepScenes, openTextures } from "../kept_scenes.ts";
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
  const findTexture = await openTextures(split, (set) => makeIconList(set, subjects));
  const material = streetMaterial(split, subjects);
  return await drawInTurns(count, streetBytes, (index, output, offset) => {
    drawStreet(drawStreetParts(material, index), findTexture, output, offset);
  });
}

/**
 * All scenes of a split, `[scenes, streetBytes]`, in shared memory. A damaged cache file is drawn
 * again, with a warning.
 *
 * @throws {DataError} where an icon package is not installed, or an icon cannot be drawn.
 */
export async function loadStreets(split: SplitName): Promise<Uint8Array> {
  const count = streetCounts[split]!;
  const kept = { key: await streetKey(split), count, sceneBytes: streetBytes };
  return await keepScenes(kept, () => drawStreets(split, count));
}
