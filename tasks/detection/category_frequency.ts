/**
 * How frequent categories are, for LVIS's rules on data that do not say it.
 *
 * @module
 */

import type { CategoryFrequency, InstancesAnnotation } from "../../core/data/annotation.ts";
import { type Dataset, trainSplit } from "../../core/data/dataset.ts";

/** Most training images of a rare and of a common category, as LVIS counts them. */
const mostRare = 10, mostCommon = 100;

/** Frequency of a category that so many training images show. */
export function frequencyOf(images: number): CategoryFrequency {
  return images <= mostRare ? "rare" : images <= mostCommon ? "common" : "frequent";
}

/** The frequency of every category: what the data set says, or counted over its training images. */
export async function categoryFrequencies(
  dataset: Dataset<InstancesAnnotation>,
): Promise<readonly CategoryFrequency[]> {
  if (dataset.categoryFrequency !== undefined) return dataset.categoryFrequency;
  const split = trainSplit(dataset);
  const { length } = await dataset.samples(split);
  const images = new Uint32Array(dataset.classNames.length);
  for (let index = 0; index < length; index++) {
    const categories = dataset.imageCategories?.(split, index) ??
      (await dataset.annotation(split, index)).categories;
    for (const category of new Set(categories)) images[category]!++;
  }
  return Array.from(images, frequencyOf);
}
