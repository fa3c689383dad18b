/**
 * What is judged on an image of which not every category is known, as in LVIS.
 *
 * Source: `LVISEval._prepare` and `evaluate_img` of the lvis package.
 *
 * @module
 */

import type { InstancesAnnotation } from "../../data/annotation.ts";

/** What an image's truth says about categories. */
export interface KnownCategories {
  /** Whether the image was labelled for a category: with objects, or as having none. */
  isKnown(category: number): boolean;
  /** Whether objects of a category may be without a label: surplus detections are ignored. */
  isPartial(category: number): boolean;
}

/** Every category is known in full: COCO, and images of which nothing else is said. */
export const allKnown: KnownCategories = { isKnown: () => true, isPartial: () => false };

/**
 * What is known of an image.
 *
 * @param objects Objects that are judged, as indices; default: all.
 */
export function knownCategories(
  { categories, federated }: InstancesAnnotation,
  objects: Iterable<number> = categories.keys(),
): KnownCategories {
  if (federated === undefined) return allKnown;
  const known = new Set(federated.negative);
  for (const object of objects) known.add(categories[object]!);
  const partial = new Set(federated.notExhaustive);
  return {
    isKnown: (category) => known.has(category),
    isPartial: (category) => partial.has(category),
  };
}
