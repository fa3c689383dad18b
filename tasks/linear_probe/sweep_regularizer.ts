/**
 * Chooses the strength of the penalty of a logistic regression on held-out images, as CLIP's authors
 * do (arXiv 2103.00020, appendix A.3): seven strengths two decades apart, then around the best one at
 * half the distance, again and again, down to eight a decade.
 *
 * @module
 */

import { RandomStream } from "../../core/random.ts";
import type { TaskContext } from "../task.ts";
import { argMax } from "../classification.ts";
import { LogisticRegression } from "./logistic_regression.ts";
import { type Probe, type ProbeData, probeLogits } from "./train_probe.ts";

/** What the sweep may do. */
export interface SweepOptions {
  /** Share of the images of each class that is held out. */
  readonly validationShare: number;
  /** Most iterations of each fit. */
  readonly maximumIterations: number;
  /** Views of each image: all of them are held out together. */
  readonly viewsPerSample: number;
}

/** One strength that was tried. */
export interface TriedStrength {
  /** log10 of C. */
  readonly exponent: number;
  /** Share of the held-out views that is right. */
  readonly accuracy: number;
}

/** A trained layer, and how its penalty was chosen. */
export interface SweptProbe {
  readonly probe: Probe;
  /** log10 of the chosen C. */
  readonly exponent: number;
  /** None where nothing could be held out: C is 1 then. */
  readonly tried: readonly TriedStrength[];
  readonly iterations: number;
  readonly converged: boolean;
}

/**
 * Holds out a share of the images of each class, at least one where it has two; a class of one image
 * keeps it.
 */
export function holdOut(
  { labels, rows }: Pick<ProbeData, "labels" | "rows">,
  { validationShare, viewsPerSample, seed }: Omit<SweepOptions, "maximumIterations"> & {
    readonly seed: number;
  },
): { train: Uint32Array; validation: Uint32Array } {
  const byClass = new Map<number, Map<number, number[]>>();
  for (const row of rows) {
    const label = labels[row]!, image = Math.floor(row / viewsPerSample);
    const images = byClass.get(label) ?? new Map<number, number[]>();
    byClass.set(label, images);
    images.set(image, [...(images.get(image) ?? []), row]);
  }
  const train: number[] = [], validation: number[] = [];
  for (const [label, images] of [...byClass].sort(([a], [b]) => a - b)) {
    const views = [...images.values()];
    const order = new RandomStream(seed, "held out", label).permutation(views.length);
    const held = views.length < 2
      ? 0
      : Math.min(views.length - 1, Math.max(1, Math.round(validationShare * views.length)));
    order.forEach((image, rank) => (rank < held ? validation : train).push(...views[image]!));
  }
  const sorted = (values: number[]) => Uint32Array.from(values).sort();
  return { train: sorted(train), validation: sorted(validation) };
}

/** Exponents of the first round, and how far apart those of the last one are. */
const firstExponents = [-6, -4, -2, 0, 2, 4, 6], finest = 1 / 8;

/**
 * Trains the layer with the best penalty on all labelled views. Of equally good strengths the one with
 * the stronger penalty is taken.
 */
export async function sweepRegularizer(
  context: Pick<TaskContext, "seed" | "threads" | "progress">,
  data: ProbeData,
  options: SweepOptions,
): Promise<SweptProbe> {
  const { seed, threads } = context, { maximumIterations } = options;
  const { train, validation } = holdOut(data, { ...options, seed });
  const tried = new Map<number, TriedStrength & { readonly x: Float64Array }>();
  const trials = firstExponents.length + 2 * Math.log2(2 / finest);
  const limits = { maximumIterations };
  const best = () =>
    [...tried.values()].sort((a, b) => b.accuracy - a.accuracy || a.exponent - b.exponent)[0]!;
  if (validation.length > 0) {
    const regression = await LogisticRegression.open({ ...data, rows: train }, threads);
    const held = gather(data, validation);
    const tryOne = async (exponent: number) => {
      // The fit of the nearest strength is near already.
      const near = [...tried.values()].sort((a, b) =>
        Math.abs(a.exponent - exponent) - Math.abs(b.exponent - exponent)
      )[0];
      const fit = await regression.fit(10 ** exponent, near?.x, limits);
      const logits = await probeLogits(regression.probeOf(fit), held.features, {
        ...data,
        threads,
      });
      const right = held.labels.filter((label, row) =>
        argMax(logits, row * data.classes, data.classes) === label
      ).length;
      tried.set(exponent, { exponent, accuracy: right / held.labels.length, x: fit.x });
      context.progress("penalty", tried.size, trials);
    };
    try {
      for (const exponent of firstExponents) {
        await tryOne(exponent);
      }
      for (let distance = 1; distance >= finest; distance /= 2) {
        const { exponent } = best();
        await tryOne(exponent - distance);
        await tryOne(exponent + distance);
      }
    } finally {
      await regression.release();
    }
  }
  const chosen = validation.length > 0 ? best() : { exponent: 0, x: undefined };
  const regression = await LogisticRegression.open(data, threads);
  try {
    const fit = await regression.fit(10 ** chosen.exponent, chosen.x, limits);
    return {
      probe: regression.probeOf(fit),
      exponent: chosen.exponent,
      tried: [...tried.values()].map(({ exponent, accuracy }) => ({ exponent, accuracy }))
        .sort((a, b) => a.exponent - b.exponent),
      iterations: fit.iterations,
      converged: fit.converged,
    };
  } finally {
    await regression.release();
  }
}

/** Rows one behind the other, with their labels. */
function gather({ features, width, labels }: ProbeData, rows: Uint32Array) {
  const own = new Float32Array(rows.length * width);
  rows.forEach((row, place) =>
    own.set(features.subarray(row * width, (row + 1) * width), place * width)
  );
  return { features: own, labels: Array.from(rows, (row) => labels[row]!) };
}
