/**
 * Which training images have a label: seeded lists, balanced over the classes.
 *
 * @module
 */

import type { SampleList } from "../../core/data/sample_list.ts";
import { ConfigError } from "../../core/errors.ts";
import { RandomStream } from "../../core/random.ts";

/** How many images of each class have a label. */
export interface LabelAmount {
  /** Share of the images of each class, above 0, at most 1; null where `perClass` says it. */
  readonly fraction: number | null;
  /** Images of each class. */
  readonly perClass: number;
}

/** Of how many of a class's images the label is known: at least one, at most all. */
function labelledOfClass(images: number, { fraction, perClass }: LabelAmount): number {
  const amount = fraction === null ? perClass : Math.round(fraction * images);
  return Math.min(images, Math.max(1, amount));
}

/** Indices of each class's images. */
function imagesByClass(labels: ArrayLike<number>): Map<number, number[]> {
  const byClass = new Map<number, number[]>();
  for (let image = 0; image < labels.length; image++) {
    const list = byClass.get(labels[image]!) ?? [];
    if (list.length === 0) byClass.set(labels[image]!, list);
    list.push(image);
  }
  return byClass;
}

/** How many images {@linkcode labelledImages} will choose. */
export function countLabelled(samples: SampleList, amount: LabelAmount): number {
  let total = 0;
  for (const images of imagesByClass(samples.labels()).values()) {
    total += labelledOfClass(images.length, amount);
  }
  return total;
}

/**
 * Indices of the labelled images, in rising order: of each class so many images, drawn without
 * replacement from a counted seed. A larger amount adds images to those of a smaller one.
 *
 * @throws {ConfigError} where the amount is none.
 */
export function labelledImages(
  samples: SampleList,
  amount: LabelAmount,
  seed: number,
): Uint32Array {
  const { fraction, perClass } = amount;
  if (fraction !== null && !(fraction > 0 && fraction <= 1)) {
    throw new ConfigError(`fraction: expected more than 0 and at most 1, got ${fraction}`);
  }
  if (!(Number.isInteger(perClass) && perClass >= 1)) {
    throw new ConfigError(`perClass: expected a whole number from 1, got ${perClass}`);
  }
  const chosen: number[] = [];
  for (const [label, images] of imagesByClass(samples.labels())) {
    const order = new RandomStream(seed, "labels", label).permutation(images.length);
    const count = labelledOfClass(images.length, amount);
    for (let index = 0; index < count; index++) chosen.push(images[order[index]!]!);
  }
  return Uint32Array.from(chosen).sort();
}

/**
 * Tells that some classes have fewer images than `perClass` asks for; undefined where all have enough, or
 * a fraction is asked for.
 */
export function describeShortage(
  samples: SampleList,
  { fraction, perClass }: LabelAmount,
  classNames: readonly string[],
): string | undefined {
  if (fraction !== null) return undefined;
  const byClass = imagesByClass(samples.labels());
  const short = classNames.map((name, label) => ({ name, count: byClass.get(label)?.length ?? 0 }))
    .filter(({ count }) => count < perClass).sort((a, b) => a.count - b.count);
  const [fewest] = short;
  if (fewest === undefined) return undefined;
  return `${short.length} of ${classNames.length} classes have fewer training images than ` +
    `perClass asks for (${perClass}), the fewest "${fewest.name}" with ${fewest.count}: of these, all ` +
    "images that there are have a label";
}

/** All views of some images, in rising order. */
export function viewsOf(images: Uint32Array, viewsPerSample: number): Uint32Array {
  const views = new Uint32Array(images.length * viewsPerSample);
  for (let index = 0; index < views.length; index++) {
    const image = images[Math.floor(index / viewsPerSample)]!;
    views[index] = image * viewsPerSample + index % viewsPerSample;
  }
  return views;
}

/** The list as text: one `sample id <tab> class name` a line. */
export function labelListText(
  samples: SampleList,
  labelled: Uint32Array,
  classNames: readonly string[],
): string {
  const lines = Array.from(
    labelled,
    (image) => `${samples.id(image)}\t${classNames[samples.label(image)]}`,
  );
  return lines.join("\n") + "\n";
}
