/**
 * Which classes, images and views figures show: by their places, never by what was found.
 *
 * @module
 */

import type { ViewSet } from "../../core/data/views/view_set.ts";

/** Items that are evenly spaced in a list, the first one among them. */
export function spacedItems<Item>(items: readonly Item[], most: number): Item[] {
  if (items.length <= most) return [...items];
  return Array.from(
    { length: most },
    (_, index) => items[Math.floor(index * items.length / most)]!,
  );
}

/** Classes that have samples, in their order. */
export function presentClasses({ samples }: Pick<ViewSet, "samples">): number[] {
  return [...new Set(samples.labels())].filter((label) => label >= 0).sort((a, b) => a - b);
}

/** The first view of the first sample of a class. */
export function firstViewOf({ samples, viewsPerSample }: ViewSet, label: number): number {
  return samples.labels().indexOf(label) * viewsPerSample;
}

/** As many views of each sample as there is room for; of many samples evenly spaced ones. */
export function chooseViews(
  { samples, viewsPerSample }: Pick<ViewSet, "samples" | "viewsPerSample">,
  most: number,
): number[] {
  const each = Math.max(1, Math.min(viewsPerSample, Math.floor(most / samples.length)));
  const chosen = spacedItems(Array.from({ length: samples.length }, (_, sample) => sample), most);
  return chosen.flatMap((sample) =>
    Array.from({ length: each }, (_, view) => sample * viewsPerSample + view)
  );
}
