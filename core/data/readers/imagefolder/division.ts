/**
 * Division of classes into train, dev and val, for folders that have no splits.
 *
 * @module
 */

import { RandomStream } from "../../../random.ts";
import type { SplitName } from "../../dataset.ts";
import type { SampleList } from "../../sample_list.ts";

/** Seed of the division. */
const divisionSeed = 0;
/** Least images of a class that can be divided: one for each of train, dev and val. */
export const leastPerClass = 3;

/** End of each class's images in a list that is sorted by class. */
export function classEnds(list: SampleList, classes: number): number[] {
  const ends = new Array<number>(classes).fill(0);
  for (const label of list.labels()) ends[label]!++;
  for (let label = 1; label < classes; label++) ends[label]! += ends[label - 1]!;
  return ends;
}

/** Places of a class's images by split: a tenth (at least one) each for dev and val, the rest train. */
export function divideClass(name: string, count: number): Map<SplitName, number[]> {
  const tenth = Math.max(1, Math.round(count / 10));
  const parts = new Map<SplitName, number[]>([["train", []], ["dev", []], ["val", []]]);
  const order = new RandomStream(divisionSeed, "imagefolder", name).permutation(count);
  order.forEach((index, place) => {
    const split = place < tenth ? "val" : place < 2 * tenth ? "dev" : "train";
    parts.get(split)!.push(index);
  });
  for (const part of parts.values()) part.sort((a, b) => a - b);
  return parts;
}
