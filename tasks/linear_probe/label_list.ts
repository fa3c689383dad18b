/**
 * Which training images have a label: the seeded lists of the semi-supervised columns.
 *
 * @module
 */

import { ConfigError } from "../../core/errors.ts";
import type { ViewSet } from "../../core/data/dataset.ts";
import { RandomStream } from "../../core/random.ts";

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
  views.samples.forEach(({ label }, sample) => {
    const list = byClass.get(label) ?? [];
    for (let view = 0; view < views.viewsPerSample; view++) {
      list.push(sample * views.viewsPerSample + view);
    }
    byClass.set(label, list);
  });
  const chosen: number[] = [];
  for (const [label, list] of byClass) {
    const count = Math.max(1, Math.round(fraction * list.length));
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
    const { id, label } = views.samples[Math.floor(index / views.viewsPerSample)]!;
    return `${id}\t${index % views.viewsPerSample}\t${classNames[label]}`;
  });
  return lines.join("\n") + "\n";
}
