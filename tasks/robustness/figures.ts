/**
 * The figures of robustness: accuracy by severity, and by corruption.
 *
 * @module
 */

import type {
  CorruptionName,
  Severity,
} from "../../core/data/augmentation/corruptions/strengths.ts";
import type { Evidence } from "../../core/results/evidence.ts";
import type { Figures } from "../../core/results/figures.ts";
import { corruptionColumn, corruptionTitles } from "./corruption_metrics.ts";

/** Accuracy of a column in percent. */
function accuracyOf({ tables }: Evidence, column: string): number {
  const { columns } = tables["images"]!;
  const right = columns[column]!, views = columns["views"]!;
  return 100 * right.reduce((sum, count, row) => sum + count / views[row]!, 0) / right.length;
}

const mean = (values: readonly number[]) =>
  Number((values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(2));

/** All figures of one split. */
export function robustnessFigures(
  evidence: Evidence,
  { split, names, severities }: {
    readonly split: string;
    readonly names: readonly CorruptionName[];
    /** The mildest first. */
    readonly severities: readonly Severity[];
  },
): Figures {
  const of = (name: CorruptionName, severity: Severity) =>
    accuracyOf(evidence, corruptionColumn(name, severity));
  const clean = mean([accuracyOf(evidence, "clean")]);
  return {
    schemaVersion: 1,
    pictures: {},
    figures: [
      {
        kind: "lines",
        id: "severities",
        title: "Accuracy by severity of the corruptions",
        split,
        x: "severity (0: no corruption)",
        y: "accuracy, %, mean over corruptions",
        xRange: [0, 5],
        yRange: [0, 100],
        lines: [{
          name: "all corruptions",
          x: [0, ...severities],
          y: [
            clean,
            ...severities.map((severity) => mean(names.map((name) => of(name, severity)))),
          ],
        }],
      },
      {
        kind: "bars",
        id: "corruptions",
        title: "Accuracy by corruption",
        split,
        unit: "% accuracy, mean over severities",
        compare: "beside",
        bars: [
          { name: "no corruption", value: clean },
          ...names.map((name) => ({
            name: corruptionTitles[name],
            value: mean(severities.map((severity) => of(name, severity))),
          })),
        ],
      },
    ],
  };
}
