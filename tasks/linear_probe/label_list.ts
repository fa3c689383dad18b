/**
 * Which training images have a label: the seeded lists of the semi-supervised columns.
 *
 * @module
 */

import { ConfigError } from "../../core/errors.ts";
import type { Sample } from "../../core/data/sample_list.ts";
import type { ViewSet } from "../../core/data/views/view_set.ts";
import { RandomStream } from "../../core/random.ts";

/** Of how many of a class's views the label is known: the fraction, rounded, at least one. */
function labelledOfClass(views: number, fraction: number): number {
  return Math.max(1, Math.round(fraction * views));
}

/**
 * How many views {@linkcode labelledViews} will choose.
 *
 * @param fraction Share of the views, above 0, at most 1.
 */
export function countLabelled(
  samples: Iterable<Sample>,
  viewsPerSample: number,
  fraction: number,
): number {
  const sizes = new Map<number, number>();
  for (const { label } of samples) sizes.set(label, (sizes.get(label) ?? 0) + viewsPerSample);
  let total = 0;
  for (const size of sizes.values()) total += labelledOfClass(size, fraction);
  return total;
}

/**
 * Indices of the labelled views, in rising order: of each class the given fraction of its views,
 * rounded, at least one, drawn without replacement from a counted seed.
 *
 * @param fraction Share of the views, above 0, at most 1.
 */
export function labelledViews(views: ViewSet, fraction: number, seed: number): Uint32Array {
  if (!(fraction > 0 && fraction <= 1)) {
    throw new ConfigError(`labelFraction is ${fraction}, wanted more than 0 and at most 1`);
  }
  const byClass = new Map<number, number[]>();
  views.samples.labels().forEach((label, sample) => {
    const list = byClass.get(label) ?? [];
    for (let view = 0; view < views.viewsPerSample; view++) {
      list.push(sample * views.viewsPerSample + view);
    }
    byClass.set(label, list);
  });
  const chosen: number[] = [];
  for (const [label, list] of byClass) {
    const count = labelledOfClass(list.length, fraction);
    const order = new RandomStream(seed, "labels", label).permutation(list.length);
    for (let index = 0; index < count; index++) chosen.push(list[order[index]!]!);
  }
  return Uint32Array.from(chosen).sort();
}

/** The list as text: one `sample id <tab> view <tab> class name` a line. */
export function labelListText(
  views: ViewSet,
  labelled: Uint32Array,
  classNames: readonly string[],
): string {
  const lines = Array.from(labelled, (index) => {
    const { id, label } = views.samples.at(Math.floor(index / views.viewsPerSample));
    return `${id}\t${index % views.viewsPerSample}\t${classNames[label]}`;
  });
  return lines.join("\n") + "\n";
}
