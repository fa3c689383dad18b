/**
 * Checks of the embedded data: counts, leaks between splits, icons that draw nothing.
 *
 * @module
 */

import { hashJson } from "../files.ts";
import type { InstancesAnnotation } from "./annotation.ts";
import { type SplitName, splitNames } from "./dataset.ts";
import { type Concept, loadConcepts } from "./readers/emoji/concepts.ts";
import { type IconSetInfo, iconSets } from "./readers/emoji/credits.ts";
import { emojiSets } from "./readers/emoji/emoji_sets.ts";
import {
  type IconPack,
  listIcons,
  loadIcons,
  makeIconList,
  readOrDrawIcons,
} from "./readers/emoji/icon_raster.ts";
import { mappedSceneBytes } from "./readers/emoji/mapped/draw_mapped_scene.ts";
import {
  loadMappedScenes,
  mappedSceneKey,
  type MappedSet,
} from "./readers/emoji/mapped/mapped_set.ts";
import { mappedSets } from "./readers/emoji/mapped/mapped_sets.ts";
import { notJudged } from "./readers/emoji/mapped/scene_parts.ts";
import { levelBytes } from "./readers/emoji/mipmaps.ts";
import { listSceneIcons } from "./readers/emoji/scenes/scene_pixels.ts";
import {
  type SceneContent,
  type SceneSet,
  sceneSets,
  sceneSubjects,
  selectScenes,
} from "./readers/emoji/scenes/scene_sets.ts";
import { getDataset } from "./registry.ts";

/** What was found about one icon set. */
export interface IconSetReport {
  readonly name: string;
  readonly package: string;
  readonly split: SplitName;
  /** Icons of the core classes. */
  readonly icons: number;
  /** Content key of the icons. */
  readonly hash: string;
  /** Concepts whose icon covers less than 1 % of its tile. */
  readonly empty: readonly string[];
}

/** What was found about one dataset. */
export interface DatasetReport {
  readonly name: string;
  readonly title: string;
  readonly classes: number;
  /** Samples by split. */
  readonly counts: Readonly<Partial<Record<SplitName, number>>>;
  /**
   * Least samples of a class by split; for scenes with objects, least icons; for scenes with a class
   * for every pixel, least scenes that show it.
   */
  readonly leastPerClass: Readonly<Partial<Record<SplitName, number>>>;
  /** Content key: samples, labels, class names and icons. */
  readonly hash: string;
}

/** Everything that {@linkcode verifyData} found. */
export interface VerifyReport {
  readonly iconSets: readonly IconSetReport[];
  readonly datasets: readonly DatasetReport[];
  /** What is wrong, one sentence each; empty where all is well. */
  readonly problems: readonly string[];
}

/** Side at which the cover of an icon is measured. */
const coverSide = 32;
/** Least share of the tile that an icon covers. */
const leastCover = 0.01;

/** Concepts whose icon draws nothing, or almost nothing. */
function findEmptyIcons(pack: IconPack): string[] {
  const pixels = pack.level(coverSide);
  const bytes = levelBytes(coverSide);
  return pack.list.conceptIds.filter((_, index) => {
    let alpha = 0;
    for (let at = index * bytes + 3; at < (index + 1) * bytes; at += 4) alpha += pixels[at]!;
    return alpha / 255 < leastCover * coverSide * coverSide;
  });
}

async function verifyIconSet(set: IconSetInfo): Promise<IconSetReport> {
  const pack = await loadIcons(set);
  const { list } = pack;
  const scenes = await readOrDrawIcons(set, await listSceneIcons(set));
  const concepts = await loadConcepts();
  const mapped = await Promise.all(
    mappedSets.map(async ({ subjects }) =>
      await readOrDrawIcons(set, await makeIconList(set, subjects(concepts)))
    ),
  );
  const empty = [...new Set([pack, scenes, ...mapped].flatMap(findEmptyIcons))];
  return {
    name: set.name,
    package: set.package,
    split: set.split,
    icons: list.conceptIds.length,
    hash: list.key,
    empty,
  };
}

async function verifyDataset(name: string, problems: string[]): Promise<DatasetReport> {
  const dataset = await getDataset(name);
  const counts: Partial<Record<SplitName, number>> = {};
  const leastPerClass: Partial<Record<SplitName, number>> = {};
  const splitOfSet = new Map<string, SplitName>();
  const content: unknown[] = [];
  for (const split of splitNames(dataset)) {
    const samples = await dataset.samples(split);
    const perClass = new Array<number>(dataset.classNames.length).fill(0);
    for (const { id, label } of samples) {
      if (perClass[label] === undefined) problems.push(`${name}: ${id} has no class ${label}`);
      else perClass[label]++;
      const iconSet = id.slice(0, id.indexOf("/"));
      const other = splitOfSet.get(iconSet);
      if (other !== undefined && other !== split) {
        problems.push(`${name}: icon set ${iconSet} is in ${other} and in ${split}`);
      }
      splitOfSet.set(iconSet, split);
    }
    const ids = new Set(samples.ids());
    if (ids.size !== samples.length) problems.push(`${name}: a sample of ${split} occurs twice`);
    counts[split] = samples.length;
    leastPerClass[split] = Math.min(...perClass);
    if (split !== "dev" && leastPerClass[split] === 0) {
      problems.push(`${name}: a class has no sample in ${split}`);
    }
    content.push([split, [...samples]]);
  }
  if (new Set(dataset.classNames).size !== dataset.classNames.length) {
    problems.push(`${name}: two classes have the same name`);
  }
  const icons = await Promise.all(iconSets.map(async (set) => (await listIcons(set)).key));
  return {
    name,
    title: dataset.title,
    classes: dataset.classNames.length,
    counts,
    leastPerClass,
    hash: hashJson({ classNames: dataset.classNames, content, icons }),
  };
}

/** A set of scenes: every class has icons in each split but dev. */
async function verifyScenes(
  set: SceneSet,
  concepts: readonly Concept[],
  problems: string[],
): Promise<DatasetReport> {
  const dataset = await getDataset<InstancesAnnotation>(set.name);
  const { icons }: SceneContent = selectScenes(set, sceneSubjects(concepts));
  const counts: Partial<Record<SplitName, number>> = {};
  const leastPerClass: Partial<Record<SplitName, number>> = {};
  const fingerprints: string[] = [];
  for (const split of splitNames(dataset)) {
    counts[split] = (await dataset.samples(split)).length;
    leastPerClass[split] = Math.min(...icons.get(split)!.map((own) => own.length));
    fingerprints.push(await dataset.fingerprint(split));
    if (split !== "dev" && leastPerClass[split] === 0) {
      problems.push(`${set.name}: a class has no icon in ${split}`);
    }
  }
  return {
    name: set.name,
    title: dataset.title,
    classes: dataset.classNames.length,
    counts,
    leastPerClass,
    hash: hashJson({ classNames: dataset.classNames, fingerprints }),
  };
}

/** A set of scenes with a class for every pixel: every class is seen in each split. */
async function verifyMappedSet(set: MappedSet, problems: string[]): Promise<DatasetReport> {
  const { name, title, classNames, size } = set;
  const sceneBytes = mappedSceneBytes(size), pixelBytes = 3 * size.width * size.height;
  const counts: Partial<Record<SplitName, number>> = {};
  const leastPerClass: Partial<Record<SplitName, number>> = {};
  const fingerprints: string[] = [];
  for (const split of Object.keys(set.counts)) {
    const scenes = await loadMappedScenes(set, split);
    counts[split] = scenes.length / sceneBytes;
    const perClass = new Array<number>(classNames.length).fill(0);
    for (let start = 0; start < scenes.length; start += sceneBytes) {
      const seen = new Set(scenes.subarray(start + pixelBytes, start + sceneBytes));
      seen.delete(notJudged);
      for (const value of seen) {
        if (perClass[value] === undefined) {
          problems.push(`${name}: scene ${start / sceneBytes} of ${split} has no class ${value}`);
        } else perClass[value]++;
      }
    }
    leastPerClass[split] = Math.min(...perClass);
    if (leastPerClass[split] === 0) problems.push(`${name}: a class is not seen in ${split}`);
    fingerprints.push(await mappedSceneKey(set, split));
  }
  const hash = hashJson({ classNames, fingerprints });
  return { name, title, classes: classNames.length, counts, leastPerClass, hash };
}

/** No class name, and no icon, may be in two of pretrain, transfer and unseen. */
function verifyConceptSplits(concepts: readonly Concept[], problems: string[]): void {
  const splits = new Map<string, string>();
  for (const concept of concepts) {
    if (concept.split === undefined) continue;
    const keys = [...concept.icons].map(([set, icon]) => `icon ${set}/${icon}`);
    keys.push(`class "${concept.className}"`);
    for (const key of keys) {
      const other = splits.get(key);
      if (other !== undefined && other !== concept.split) {
        problems.push(`${key} is in ${other} and in ${concept.split}`);
      }
      splits.set(key, concept.split);
    }
  }
}

/**
 * Checks the embedded data: every icon draws something, no icon set is in two splits, no concept in
 * two of pretrain, transfer and unseen, every class has samples.
 *
 * @param onProgress Told what was looked at.
 * @throws {DataError} where a package is missing or an icon cannot be drawn at all.
 */
export async function verifyData(
  onProgress: (message: string) => void = () => {},
): Promise<VerifyReport> {
  const problems: string[] = [];
  const setReports: IconSetReport[] = [];
  for (const set of iconSets) {
    const report = await verifyIconSet(set);
    for (const id of report.empty) problems.push(`${set.name}: icon of ${id} is (almost) empty`);
    setReports.push(report);
    onProgress(`icons of ${set.name}: ${report.icons}`);
  }
  verifyConceptSplits(await loadConcepts(), problems);
  const datasets: DatasetReport[] = [];
  for (const { name } of emojiSets) {
    datasets.push(await verifyDataset(name, problems));
    onProgress(`dataset ${name}`);
  }
  for (const set of sceneSets) {
    datasets.push(await verifyScenes(set, await loadConcepts(), problems));
    onProgress(`dataset ${set.name}`);
  }
  for (const set of mappedSets) {
    datasets.push(await verifyMappedSet(set, problems));
    onProgress(`dataset ${set.name}`);
  }
  return { iconSets: setReports, datasets, problems };
}
