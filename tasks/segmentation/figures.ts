/**
 * The figures of segmentation: IoU of each class, which class is taken for which, and scenes beside them.
 *
 * @module
 */

import type { Evidence } from "../../core/results/evidence.ts";
import { type Figure, figureLimits, type Figures } from "../../core/results/figures.ts";
import { roundTo } from "../../core/round_to.ts";
import { segmentationClassTable } from "../../core/vision/evaluation/mod.ts";
import type { MapScene } from "./map_scenes.ts";

/** Most classes with a bar. */
const mostBars = 150;

const shorten = (name: string) => name.slice(0, 200);

/** What a split's figures are made of. */
export interface SegmentationFigureOptions {
  readonly split: string;
  readonly classNames: readonly string[];
  /** Pixels by true class (row) and predicted class, `[classes, classes]`. */
  readonly confusion: Float64Array;
  readonly scenes: readonly MapScene[];
}

function classFigure(
  evidence: Evidence,
  { split, classNames }: SegmentationFigureOptions,
): Figure {
  return {
    kind: "bars",
    id: "classes",
    title: "IoU by class",
    split,
    unit: "points of IoU",
    compare: classNames.length > figureLimits.matrix ? "difference" : "beside",
    bars: segmentationClassTable(evidence, classNames).slice(0, mostBars).map(({ name, iou }) => ({
      name: shorten(name),
      value: iou === null ? null : roundTo(iou, 2),
    })),
  };
}

/** The classes with most true pixels, in the order of their numbers. */
function commonClasses(confusion: Float64Array, classes: number): number[] {
  const truth = Array.from(
    { length: classes },
    (_, label) =>
      confusion.subarray(label * classes, (label + 1) * classes).reduce((a, b) => a + b, 0),
  );
  return truth.map((count, label) => ({ count, label })).filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count || a.label - b.label).slice(0, figureLimits.matrix)
    .map(({ label }) => label).sort((a, b) => a - b);
}

function confusionFigure(
  { split, classNames, confusion }: SegmentationFigureOptions,
): Figure[] {
  const classes = classNames.length;
  const shown = commonClasses(confusion, classes);
  if (shown.length === 0) return [];
  return [{
    kind: "matrix",
    id: "confusion",
    title: "Confusion of classes",
    split,
    unit: shown.length < classes
      ? `percent of a true class's pixels; the ${shown.length} most common of ${classes} classes`
      : "percent of a true class's pixels",
    row: "truth",
    column: "found",
    names: shown.map((label) => shorten(classNames[label]!)),
    values: shown.map((label) => {
      const row = confusion.subarray(label * classes, (label + 1) * classes);
      const sum = row.reduce((a, b) => a + b, 0);
      return shown.map((other) => roundTo(100 * row[other]! / sum, 1));
    }),
  }];
}

/** All figures of one split. */
export function segmentationFigures(
  evidence: Evidence,
  options: SegmentationFigureOptions,
): Figures {
  const { split, classNames, scenes } = options;
  return {
    schemaVersion: 1,
    pictures: Object.fromEntries(scenes.map(({ scene, picture }) => [scene.picture, picture])),
    figures: [
      ...(scenes.length === 0 ? [] : [{
        kind: "maps" as const,
        id: "maps",
        title: "Classes of pixels",
        split,
        names: classNames.map(shorten),
        maps: scenes.map(({ scene }) => scene),
      }]),
      classFigure(evidence, options),
      ...confusionFigure(options),
    ],
  };
}
