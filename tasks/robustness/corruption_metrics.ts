/**
 * What can be read of classified views with and without corruptions.
 *
 * Evidence is one row per image in table `images`: `views`, `clean`, the number of right views as they
 * are, and `NAME/SEVERITY`, that of right views with a corruption.
 *
 * @module
 */

import {
  type CorruptionName,
  corruptionNames,
  severities,
  type Severity,
} from "../../core/data/augmentation/corruptions/strengths.ts";
import { TaskError } from "../../core/errors.ts";
import type { Evidence } from "../../core/results/evidence.ts";
import { type Metric, onePerSample, sampleMeanMetric } from "../../core/results/metric.ts";

/** Name of a corruption for the reader. */
export const corruptionTitles: Readonly<Record<CorruptionName, string>> = {
  "gaussian-noise": "Gaussian noise",
  "shot-noise": "shot noise",
  "impulse-noise": "impulse noise",
  "defocus-blur": "defocus blur",
  "glass-blur": "glass blur",
  "motion-blur": "motion blur",
  "zoom-blur": "zoom blur",
  snow: "snow",
  fog: "fog",
  brightness: "brightness",
  contrast: "contrast",
  "elastic-transform": "elastic transform",
  pixelate: "pixelation",
  "jpeg-compression": "JPEG",
  "gaussian-blur": "Gaussian blur",
};

/** Column of the evidence. */
export function corruptionColumn(name: CorruptionName, severity: Severity): string {
  return `${name}/${severity}`;
}

/** Which columns count. */
interface Choice {
  readonly name?: CorruptionName;
  readonly severity?: Severity;
}

/** Every corruption and severity that is wanted. */
function wantedColumns({ name, severity }: Choice): string[] {
  return corruptionNames.filter((own) => name === undefined || own === name).flatMap((own) =>
    severities.filter((value) => severity === undefined || value === severity)
      .map((value) => corruptionColumn(own, value))
  );
}

/**
 * Mean share of right views of each image over the corruptions that were measured: all kinds have the
 * same severities, so it is the mean over kinds of the means over severities.
 *
 * @throws {TaskError} where none of them was measured.
 */
function corruptedShares(evidence: Evidence, choice: Choice): Float64Array {
  const there = evidence.tables["images"]?.columns ?? {};
  const columns = wantedColumns(choice).filter((column) => there[column] !== undefined);
  if (columns.length === 0) {
    const { name, severity } = choice;
    const what = [
      ...(name === undefined ? [] : [corruptionTitles[name]]),
      ...(severity === undefined ? [] : [`severity ${severity}`]),
    ].join(", ");
    throw new TaskError(
      `Cannot read evidence: expected views with corruption${
        what === "" ? "" : ` (${what})`
      }, got ` +
        `${Object.keys(there).join(", ") || "none"}; add it to tasks.robustness.corruptions or ` +
        "tasks.robustness.severities",
    );
  }
  return onePerSample(
    evidence,
    "images",
    ["views", ...columns],
    (views, ...right) => right.reduce((sum, count) => sum + count, 0) / (views! * right.length),
  );
}

/** Share of right views of each image as it is. */
function cleanShares(evidence: Evidence): Float64Array {
  return onePerSample(evidence, "images", ["clean", "views"], (right, views) => right! / views!);
}

const percent = { unit: "%", higherIsBetter: true, scale: 100 } as const;

/** Accuracy over the chosen corruptions. */
function corruptedAccuracy(key: string, title: string, choice: Choice): Metric {
  return sampleMeanMetric({
    ...percent,
    key,
    title,
    values: (evidence) => corruptedShares(evidence, choice),
  });
}

/** A metric that is one of many. */
const detail = (metric: Metric): Metric => ({ ...metric, isDetail: true });

/** Accuracy with corruptions as a share of that without: undefined where nothing is right without. */
const relativeAccuracy: Metric = {
  key: "relative-accuracy",
  title: "accuracy with corruptions, share of that without",
  unit: "%",
  higherIsBetter: true,
  value: (evidence, weights) => relativeAccuracy.compile!(evidence)(weights),
  compile(evidence) {
    const corrupted = corruptedShares(evidence, {}), clean = cleanShares(evidence);
    return (weights) => {
      let above = 0, below = 0;
      for (let sample = 0; sample < weights.length; sample++) {
        above += weights[sample]! * corrupted[sample]!;
        below += weights[sample]! * clean[sample]!;
      }
      return 100 * above / below;
    };
  },
};

/** All metrics; the mean accuracy with corruptions is the main one. */
export const robustnessMetrics: readonly Metric[] = [
  corruptedAccuracy("corrupted-accuracy", "accuracy with corruptions, mean over all", {}),
  sampleMeanMetric({
    ...percent,
    key: "clean-accuracy",
    title: "accuracy without corruption",
    values: cleanShares,
  }),
  sampleMeanMetric({
    ...percent,
    key: "lost-accuracy",
    title: "accuracy lost by corruptions",
    unit: "points",
    higherIsBetter: false,
    values: (evidence) => {
      const corrupted = corruptedShares(evidence, {});
      return cleanShares(evidence).map((share, sample) => share - corrupted[sample]!);
    },
  }),
  detail(relativeAccuracy),
  detail(sampleMeanMetric({
    ...percent,
    key: "corruption-error",
    title: "error with corruptions, mean over all",
    higherIsBetter: false,
    values: (evidence) => corruptedShares(evidence, {}).map((share) => 1 - share),
  })),
  ...severities.map((severity) =>
    detail(
      corruptedAccuracy(`severity-${severity}`, `accuracy at severity ${severity}`, { severity }),
    )
  ),
  ...corruptionNames.map((name) =>
    detail(corruptedAccuracy(name, `accuracy with ${corruptionTitles[name]}`, { name }))
  ),
  ...corruptionNames.flatMap((name) =>
    severities.map((severity) =>
      detail(corruptedAccuracy(
        `${name}-${severity}`,
        `accuracy with ${corruptionTitles[name]}, severity ${severity}`,
        { name, severity },
      ))
    )
  ),
];
