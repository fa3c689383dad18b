/**
 * Detection and instance segmentation: Mask R-CNN with a feature pyramid, trained on the student.
 *
 * @module
 */

import type { InstancesAnnotation } from "../../core/data/annotation.ts";
import { getSplit, trainSplit } from "../../core/data/dataset.ts";
import type { Evidence } from "../../core/results/evidence.ts";
import { figuresFileName, formatFigures } from "../../core/results/figures.ts";
import type { Metric } from "../../core/results/metric.ts";
import {
  classAgnosticMetrics,
  cocoMetrics,
  errorMetrics,
  lvisMetrics,
} from "../../core/vision/evaluation/mod.ts";
import { templateSets } from "../../core/text/templates.ts";
import type { MeasuredBackbone, Task, TaskContext } from "../task.ts";
import { categoryFrequencies } from "./category_frequency.ts";
import { inferenceOf } from "./detection_options.ts";
import { detectorFileName, encodeDetectorFile } from "./detector_metadata.ts";
import { detectorSpecOf } from "./detector_spec.ts";
import { detectionFigures } from "./figures.ts";
import { Detector } from "./mask_rcnn/detector.ts";
import { levelGrids } from "./mask_rcnn/level_grids.ts";
import { validateSpec } from "./mask_rcnn/spec.ts";
import { assertMeasurableSplits, type MeasuredSplit, measureSplit } from "./measure_split.ts";
import { type DetectionSettings, detectionSettings } from "./settings.ts";
import { detectionSteps, trainDetector, type TrainedDetector } from "./train_detector.ts";

type Context = TaskContext<InstancesAnnotation, DetectionSettings>;

/** What is told of an evaluation at once; all others are details. */
const mainMetrics = new Set([
  "boxAp",
  "boxAp50",
  "boxAp75",
  "maskAp",
  "maskAp50",
  "maskAp75",
  "classAgnosticBoxAp50",
]);

/** Every metric once; COCO's come first, of which LVIS shares some. */
const metrics: readonly Metric[] = [
  ...new Map(
    (["box", "mask"] as const).flatMap((kind) => [
      ...cocoMetrics(kind),
      ...classAgnosticMetrics(kind),
      ...lvisMetrics(kind),
      ...errorMetrics(kind),
    ]).map((metric) => [
      metric.key,
      mainMetrics.has(metric.key) ? metric : { ...metric, isDetail: true },
    ]),
  ).values(),
];

function backboneOf({ model }: Context): MeasuredBackbone {
  if (model.backbone === undefined) throw new Error("internal: a model without a backbone");
  return model.backbone;
}

/** The detector as a file, for `detect` and `export`. */
function detectorFile(context: Context, { weights, steps }: TrainedDetector): Uint8Array {
  const { dataset, settings, seed } = context;
  const { student, imageSize } = backboneOf(context);
  return encodeDetectorFile(weights, {
    student: student.name,
    imageSize,
    widthMultiplier: student.widthMultiplier,
    stem: student.stem,
    settings,
    data: dataset.name,
    classNames: dataset.classNames,
    categoryIds: dataset.categoryIds ?? [],
    seed,
    steps,
  });
}

async function run(context: Context): Promise<Record<string, Evidence>> {
  const { dataset, settings, splits, threads } = context;
  const backbone = backboneOf(context);
  await assertMeasurableSplits(dataset, splits);
  const spec = detectorSpecOf(backbone, settings, dataset.classNames.length);
  const categoryFrequency = settings.protocol === "lvis"
    ? await categoryFrequencies(dataset)
    : undefined;
  const trained = await trainDetector(context, spec, backbone.weights);
  const detector = new Detector(spec, trained.weights, {
    threads,
    inference: inferenceOf(settings),
    classAgnostic: true,
  });
  // The report shows one split: the first that is a test.
  const shown = splits.find((split) => getSplit(dataset, split).role === "test") ?? splits[0];
  const measured: Record<string, MeasuredSplit> = {};
  try {
    for (const split of splits) {
      const scenes = split === shown ? settings.scenes : 0;
      const options = { scenes, categoryFrequency };
      measured[split] = await measureSplit(context, detector, split, options);
    }
  } finally {
    await detector.release();
  }
  await context.keepFile(detectorFileName, detectorFile(context, trained));
  if (shown !== undefined) {
    const { evidence, scenes } = measured[shown]!;
    const { classNames } = dataset;
    const figures = detectionFigures(evidence, { split: shown, classNames, scenes });
    await context.keepFile(figuresFileName, formatFigures(figures));
  }
  return Object.fromEntries(
    Object.entries(measured).map(([split, { evidence }]) => [split, evidence]),
  );
}

/**
 * Box and mask AP of a Mask R-CNN that is trained on the student. The detector is kept as
 * `detector.safetensors`, scenes, curves and errors of the first test split as `figures.json`.
 */
export const detection: Task<InstancesAnnotation, DetectionSettings> = {
  name: "detection",
  version: 2,
  title: "Detection and instance segmentation",
  settings: detectionSettings,
  needs: { annotation: "instances", model: ["backbone"] },
  usesViews: false,
  validateBackbone(settings, backbone) {
    const spec = detectorSpecOf(backbone, settings, 1);
    validateSpec(spec);
    // Strides that do not double are found where the levels are laid out.
    const side = 32 * settings.images.divisor;
    levelGrids(spec, { height: side, width: side });
  },
  metrics,
  classNames: (data) => data.classNames,
  templates: () => templateSets["imagenet-80"],
  async cost({ dataset, settings, splits, model }) {
    const { images, training } = settings;
    const train = (await dataset.samples(trainSplit(dataset))).length;
    const steps = detectionSteps(settings, Math.max(1, Math.floor(train / training.batchSize)));
    let tested = 0;
    for (const split of splits) {
      tested += Math.min((await dataset.samples(split)).length, settings.testImages ?? Infinity);
    }
    // By the area of the images; the heads cost about as much as the student again.
    const area = (images.testShortSide / model.imageSize) ** 2;
    const seen = tested + 3 * steps * training.batchSize;
    return { images: tested, steps, macs: 2 * seen * area * model.macs };
  },
  run,
};
