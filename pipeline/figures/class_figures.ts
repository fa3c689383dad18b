/**
 * Figures of single classes: pairs that are taken for each other, and what one row gains over another.
 *
 * @module
 */

import type { ConfusionFigure, GainFigure } from "../../core/results/joint_figures.ts";
import { jointFigureLimits } from "../../core/results/joint_figure_limits.ts";
import { roundTo } from "../../core/round_to.ts";
import type { TextBank } from "../../core/text/text_bank.ts";
import { makeAtlas } from "./atlas.ts";
import { firstViewOf, presentClasses } from "./choose.ts";
import type { CommonFigureFields } from "./common_fields.ts";
import type { EmbeddedRow, EmbeddedSplit } from "./embedded_rows.ts";

/** Views of each class. */
function countViewsOf(labels: ArrayLike<number>, classes: number): Float64Array {
  const counts = new Float64Array(classes);
  for (let view = 0; view < labels.length; view++) counts[labels[view]!]!++;
  return counts;
}

/** Views by true and predicted class, `[classes, classes]`. */
export function countConfusions(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classes: number,
): Float64Array {
  const counts = new Float64Array(classes * classes);
  for (let view = 0; view < labels.length; view++) {
    counts[labels[view]! * classes + predictions[view]!]!++;
  }
  return counts;
}

/** Two classes and how often they are taken for each other. */
interface Pair {
  readonly first: number;
  readonly second: number;
  /** Percent of the views of both, by row. */
  readonly values: readonly number[];
}

/**
 * The pairs of classes that are most taken for each other, by the mean over rows of the percentage of the
 * views of both that are taken for the other one.
 *
 * @param counts Of each row, see {@linkcode countConfusions}.
 */
export function confusedPairs(
  counts: readonly Float64Array[],
  views: Float64Array,
  most: number,
): Pair[] {
  const classes = views.length;
  const pairs: (Pair & { readonly mean: number })[] = [];
  for (let first = 0; first < classes; first++) {
    for (let second = first + 1; second < classes; second++) {
      const both = views[first]! + views[second]!;
      // A class without views can only be taken for another wrongly.
      if (views[first] === 0 || views[second] === 0) continue;
      const values = counts.map((own) =>
        100 * (own[first * classes + second]! + own[second * classes + first]!) / both
      );
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      if (mean > 0) pairs.push({ first, second, values, mean });
    }
  }
  return pairs.sort((a, b) => b.mean - a.mean || a.first - b.first || a.second - b.second)
    .slice(0, most).map(({ mean: _order, ...pair }) => pair);
}

function cosineOf({ data, dimension }: TextBank, first: number, second: number): number {
  let dot = 0;
  for (let column = 0; column < dimension; column++) {
    dot += data[first * dimension + column]! * data[second * dimension + column]!;
  }
  return dot;
}

/** The pairs of classes that rows confuse most; undefined where none are confused. */
export async function confusionFigure(
  { dataset, labels, rows }: EmbeddedSplit,
  most: number,
  common: CommonFigureFields,
): Promise<{ figure: ConfusionFigure; pictures: Record<string, string> } | undefined> {
  const { classNames } = dataset;
  const classes = classNames.length;
  const views = countViewsOf(labels, classes);
  const counts = rows.map(({ predictions }) => countConfusions(labels, predictions, classes));
  const pairs = confusedPairs(counts, views, most);
  const shown = [...new Set(pairs.flatMap(({ first, second }) => [first, second]))];
  const set = rows[0]!.views;
  const drawn = await makeAtlas(set, shown.map((label) => firstViewOf(set, label)));
  if (pairs.length === 0 || drawn === undefined) return undefined;
  return {
    pictures: drawn.pictures,
    figure: {
      ...common,
      kind: "confusions",
      atlas: drawn.atlas,
      rows: rows.map(({ row }, index) => {
        const own = counts[index]!;
        let right = 0;
        for (let label = 0; label < classes; label++) right += own[label * classes + label]!;
        const wrong = labels.length - right;
        const inPairs = pairs.reduce(
          (sum, { first, second }) =>
            sum + own[first * classes + second]! + own[second * classes + first]!,
          0,
        );
        return {
          row,
          errors: roundTo(100 * wrong / labels.length, 2),
          shown: wrong === 0 ? 0 : roundTo(100 * inPairs / wrong, 2),
        };
      }),
      pairs: pairs.map(({ first, second, values }) => ({
        first: classNames[first]!.slice(0, 200),
        second: classNames[second]!.slice(0, 200),
        tiles: [shown.indexOf(first), shown.indexOf(second)],
        cosine: roundTo(cosineOf(rows[0]!.bank, first, second), 3),
        values: values.map((value) => roundTo(value, 2)),
      })),
    },
  };
}

/** Percent of the views of each class that are right. */
function rightByClass(
  { predictions }: EmbeddedRow,
  labels: Int32Array,
  views: Float64Array,
): Float64Array {
  const right = new Float64Array(views.length);
  labels.forEach((label, view) => right[label]! += Number(predictions[view] === label));
  return right.map((count, label) => 100 * count / views[label]!);
}

/** What one row gains over another by class; undefined where one of them is not there. */
export function gainFigure(
  { dataset, labels, rows }: EmbeddedSplit,
  { base, other }: { readonly base: string; readonly other: string },
  common: CommonFigureFields,
): GainFigure | undefined {
  const before = rows.find(({ row }) => row === base);
  const after = rows.find(({ row }) => row === other);
  if (before === undefined || after === undefined) return undefined;
  const views = countViewsOf(labels, dataset.classNames.length);
  const [first, second] = [before, after].map((row) => rightByClass(row, labels, views));
  return {
    ...common,
    kind: "gain",
    base,
    other,
    classes: presentClasses(before.views).slice(0, jointFigureLimits.classes).map((label) => ({
      name: dataset.classNames[label]!.slice(0, 200),
      views: views[label]!,
      base: roundTo(first![label]!, 2),
      other: roundTo(second![label]!, 2),
    })),
  };
}
