/**
 * The figures of the detection task: curves, errors and categories from its evidence, scenes beside them.
 *
 * @module
 */

import type { Evidence } from "../../core/results/evidence.ts";
import type { Figure, Figures } from "../../core/results/figures.ts";
import { roundTo } from "../../core/round_to.ts";
import {
  categoryTable,
  errorBreakdown,
  precisionRecallCurves,
  type RegionKind,
} from "../../core/vision/evaluation/mod.ts";
import type { SceneFigure } from "./scene_figures.ts";

/** Overlaps of which curves are drawn. */
const drawnIous = [0.5, 0.75];

function curveFigure(evidence: Evidence, kind: RegionKind, split: string): Figure {
  const { recall, curves } = precisionRecallCurves(evidence, kind);
  return {
    kind: "lines",
    id: `precision-recall-${kind}`,
    title: `Precision and recall, ${kind}`,
    split,
    x: "recall",
    y: "precision, mean over categories",
    lines: drawnIous.flatMap((wanted) => {
      const curve = curves.find(({ iou }) => Math.abs(iou - wanted) < 1e-6);
      return curve === undefined ? [] : [{
        name: `IoU ${wanted}`,
        x: recall.map((value) => roundTo(value, 2)),
        y: curve.precision.map((value) => roundTo(value, 3)),
      }];
    }),
  };
}

function errorFigure(evidence: Evidence, kind: RegionKind, split: string): Figure {
  const { errors } = errorBreakdown(evidence, kind);
  return {
    kind: "bars",
    id: `errors-${kind}`,
    title: `Errors, ${kind}`,
    split,
    unit: "points of AP50 lost by the error (TIDE), less is better",
    compare: "beside",
    bars: errors.map(({ title, deltaAp }) => ({ name: title, value: roundTo(deltaAp, 2) })),
  };
}

function categoryFigure(
  evidence: Evidence,
  kind: RegionKind,
  split: string,
  classNames: readonly string[],
): Figure {
  return {
    kind: "bars",
    id: `categories-${kind}`,
    title: `AP by category, ${kind}`,
    split,
    unit: "points of AP",
    compare: "difference",
    bars: categoryTable(evidence, kind, classNames).slice(0, 2000).map(({ name, ap }) => ({
      name: name.slice(0, 200),
      value: ap === null ? null : roundTo(ap, 2),
    })),
  };
}

/** All figures of one split. */
export function detectionFigures(
  evidence: Evidence,
  { split, classNames, scenes }: {
    readonly split: string;
    readonly classNames: readonly string[];
    readonly scenes: readonly SceneFigure[];
  },
): Figures {
  const kinds = ["box", "mask"] as const;
  return {
    schemaVersion: 1,
    pictures: Object.fromEntries(scenes.map(({ scene, picture }) => [scene.picture, picture])),
    figures: [
      ...(scenes.length === 0 ? [] : [{
        kind: "scenes" as const,
        id: "scenes",
        title: "Scenes",
        split,
        scenes: scenes.map(({ scene }) => scene),
      }]),
      ...kinds.map((kind) => curveFigure(evidence, kind, split)),
      ...kinds.map((kind) => errorFigure(evidence, kind, split)),
      categoryFigure(evidence, "box", split, classNames),
    ],
  };
}
