/**
 * The sets of scenes: their categories, and the icons that may stand for each.
 *
 * @module
 */

import type { SplitName } from "../../../dataset.ts";
import type { Concept } from "../concepts.ts";
import { emojiSplits, type IconSetInfo, iconSetsOf } from "../credits.ts";
import type { IconSubject } from "../icon_raster.ts";
import { cocoCategories } from "./coco_categories.ts";

/** One set of scenes. */
export interface SceneSet {
  readonly name: string;
  readonly title: string;
  /** Fewest icons that a category has in training, and in each of val and ood. */
  readonly leastIcons: { readonly train: number; readonly test: number };
}

/** All sets of scenes; the number in a name is the number of its categories. */
export const sceneSets: readonly SceneSet[] = [
  {
    name: "emojicoco-31",
    title: "EmojiCOCO-31",
    leastIcons: { train: 7, test: 2 },
  },
  {
    name: "emojicoco-63",
    title: "EmojiCOCO-63",
    leastIcons: { train: 1, test: 1 },
  },
];

/** Scenes of each split. */
export const sceneCounts: Readonly<Record<SplitName, number>> = {
  train: 2000,
  dev: 300,
  val: 300,
  ood: 300,
};

/** Kinds of concepts whose tiles show a surrounding, not the outline of an object. */
const surroundings: ReadonlySet<string> = new Set([
  "place",
  "vehicle",
  "sky-time",
  "person",
  "activity",
]);

/** Those of an object's icons that have its outline. */
function iconsWithOutline({ icons, stratum, tileSets }: Concept): ReadonlyMap<string, string> {
  if (!surroundings.has(stratum)) return icons;
  return new Map([...icons].filter(([set]) => !tileSets.includes(set)));
}

/** A concept as an object of scenes. */
export interface SceneSubject extends IconSubject {
  /** Its name among COCO's categories. */
  readonly category: string;
}

/** The concepts that scenes show as objects, in their order. */
export function sceneSubjects(concepts: readonly Concept[]): SceneSubject[] {
  return concepts.flatMap((concept) =>
    concept.coco === undefined
      ? []
      : [{ id: concept.id, icons: iconsWithOutline(concept), category: concept.coco }]
  );
}

/** One drawing of something. */
export interface SceneIcon {
  /** Concept that it shows. */
  readonly id: string;
  readonly set: IconSetInfo;
}

/** The drawings of some subjects by the icon sets of a split. */
export function iconsOfSplit(subjects: readonly IconSubject[], split: SplitName): SceneIcon[] {
  const sets = iconSetsOf(split);
  return subjects.flatMap(({ id, icons }) =>
    sets.filter((set) => icons.has(set.name)).map((set) => ({ id, set }))
  );
}

/** Categories of a set of scenes. */
export interface SceneContent {
  readonly classNames: readonly string[];
  /** COCO's id of each class. */
  readonly categoryIds: readonly number[];
  /** By split and class. */
  readonly icons: ReadonlyMap<SplitName, readonly (readonly SceneIcon[])[]>;
}

/** Works out the categories of a set in COCO's order, and the drawings of each in every split. */
export function selectScenes(
  { leastIcons }: SceneSet,
  subjects: readonly SceneSubject[],
): SceneContent {
  const categories = cocoCategories.flatMap(([id, name]) => {
    const own = subjects.filter(({ category }) => category === name);
    const icons = new Map(emojiSplits.map(({ name: split }) => [split, iconsOfSplit(own, split)]));
    const isEnough = emojiSplits.every(({ name: split, role }) =>
      role === "tune" || icons.get(split)!.length >= leastIcons[role]
    );
    return isEnough ? [{ id, name, icons }] : [];
  });
  return {
    classNames: categories.map(({ name }) => name),
    categoryIds: categories.map(({ id }) => id),
    icons: new Map(
      emojiSplits.map(({ name }) => [name, categories.map(({ icons }) => icons.get(name)!)]),
    ),
  };
}
