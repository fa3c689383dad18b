/**
 * Semantic segmentation: a head trained on the student gives every pixel a class.
 *
 * @module
 */

import type { SegmentationAnnotation } from "../../core/data/annotation.ts";
import {
  type Dataset,
  type SkippedImage,
  type SplitName,
  trainSplit,
} from "../../core/data/dataset.ts";
import { ConfigError } from "../../core/errors.ts";
import type { NamedTensors } from "../../core/nn/parameters.ts";
import type { Evidence } from "../../core/results/evidence.ts";
import { templateSets } from "../../core/text/templates.ts";
import { boundaryMetrics, segmentationMetrics } from "../../core/vision/evaluation/mod.ts";
import type { MeasuredBackbone, Task, TaskContext } from "../task.ts";
import { checkLabels } from "./check_labels.ts";
import { measureSplits } from "./measure_split.ts";
import { Segmenter } from "./segmenter.ts";
import { encodeSegmenterFile, segmenterFileName } from "./segmenter_metadata.ts";
import { inferenceOf, segmenterSpecOf } from "./segmenter_options.ts";
import { type SegmentationSettings, segmentationSettings } from "./settings.ts";
import type { SegmenterSpec } from "./spec.ts";
import { type LabelledCropBatches, trainSegmenter } from "./train_segmenter.ts";

/** Batches of a split, and what became of its images. */
export interface OpenedCropBatches extends LabelledCropBatches {
  /** Images that cannot be read, with the reasons. */
  readonly skipped: readonly SkippedImage[];
  /** Content key of everything that is read. */
  readonly hash: string;
}

/** How training batches are drawn. */
export interface CropOptions {
  readonly batchSize: number;
  readonly seed: number;
  readonly crop: { readonly height: number; readonly width: number };
  /** Size that images are brought to first; their own where absent. */
  readonly resize?: { readonly height: number; readonly width: number };
  /** Least and greatest factor on the size. */
  readonly scales: readonly [number, number];
  /** A crop with a larger share of one class is drawn again. */
  readonly maximumClassShare: number;
  readonly mirrorProbability: number;
  readonly photometric: boolean;
  /** Red, green and blue of the padding, which normalisation makes almost 0. */
  readonly padding: readonly [number, number, number];
}

/** Opens training batches of a split. */
export type OpenCropBatches = (
  dataset: Dataset<SegmentationAnnotation>,
  split: SplitName,
  options: CropOptions,
) => Promise<OpenedCropBatches>;

type Context = TaskContext<SegmentationAnnotation, SegmentationSettings>;

/** Most classes: maps of labels are bytes, of which 255 is "not judged". */
const mostClasses = 255;

function backboneOf({ model }: Context): MeasuredBackbone {
  if (model.backbone === undefined) throw new Error("internal: a model without a backbone");
  return model.backbone;
}

function cropOptions(
  { images, training }: SegmentationSettings,
  { preprocess }: SegmenterSpec,
  seed: number,
): CropOptions {
  const [red, green, blue] = preprocess.mean.map((mean) => Math.round(255 * mean));
  return {
    batchSize: training.batchSize,
    seed,
    crop: images.crop,
    ...(images.resize === null ? {} : { resize: images.resize }),
    scales: images.scales,
    maximumClassShare: images.maximumClassShare,
    mirrorProbability: images.flip,
    photometric: images.photometric,
    padding: [red!, green!, blue!],
  };
}

async function train(
  context: Context,
  spec: SegmenterSpec,
  openBatches: OpenCropBatches,
): Promise<NamedTensors> {
  const { dataset, settings, seed } = context;
  const split = trainSplit(dataset);
  const batches = await openBatches(dataset, split, cropOptions(settings, spec, seed));
  const { weights } = backboneOf(context);
  const trained = await trainSegmenter(context, settings, spec, weights, batches);
  const { length } = await dataset.samples(split);
  const { skipped, hash } = batches;
  const damaged = skipped.filter(({ stage }) => stage === "decoding").length;
  await context.countImages(split, { used: length - damaged, skipped, hash });
  return trained;
}

function segmenterFile(context: Context, weights: NamedTensors): Uint8Array {
  const { dataset, settings, seed } = context;
  const { student, imageSize } = backboneOf(context);
  return encodeSegmenterFile(weights, {
    student: student.name,
    imageSize,
    widthMultiplier: student.widthMultiplier,
    stem: student.stem,
    settings,
    data: dataset.name,
    classNames: [...dataset.classNames],
    seed,
    steps: settings.training.steps,
  });
}

async function run(
  context: Context,
  openBatches: OpenCropBatches,
): Promise<Record<SplitName, Evidence>> {
  const { dataset, settings, threads } = context;
  const classes = dataset.classNames.length;
  if (classes > mostClasses) {
    throw new ConfigError(
      `Cannot segment ${dataset.name}: it has ${classes} classes, possible are ${mostClasses}`,
    );
  }
  const spec = segmenterSpecOf(backboneOf(context).architecture, settings, classes);
  await checkLabels(context);
  const weights = await train(context, spec, openBatches);
  const segmenter = new Segmenter(spec, weights, { threads, inference: inferenceOf(settings) });
  let measured: Record<SplitName, Evidence>;
  try {
    measured = await measureSplits(context, segmenter);
  } finally {
    await segmenter.release();
  }
  await context.keepFile(segmenterFileName, segmenterFile(context, weights));
  return measured;
}

/**
 * The task of segmentation: mIoU of a head that is trained on the student. The segmenter is kept as
 * `segmenter.safetensors`.
 *
 * @param openBatches Draws the training batches.
 */
export function segmentationTask(openBatches: OpenCropBatches): Task<SegmentationAnnotation> {
  const task: Task<SegmentationAnnotation, SegmentationSettings> = {
    name: "semantic-segmentation",
    version: 1,
    title: "Semantic segmentation",
    settings: segmentationSettings,
    needs: { annotation: "segmentation", model: ["backbone"] },
    usesViews: false,
    metrics: [...segmentationMetrics, ...boundaryMetrics],
    classNames: (data) => data.classNames,
    templates: () => templateSets["imagenet-80"],
    async cost({ dataset, settings, splits, model }) {
      const { images: { crop }, training, testImages } = settings;
      let tested = 0;
      for (const split of splits) {
        tested += Math.min((await dataset.samples(split)).length, testImages ?? Infinity);
      }
      // By the area of the crops; the dilated student with its head costs about four times the student.
      const area = crop.height * crop.width / model.imageSize ** 2;
      const seen = tested + 3 * training.steps * training.batchSize;
      return { images: tested, steps: training.steps, macs: 4 * seen * area * model.macs };
    },
    run: (context) => run(context, openBatches),
  };
  return task;
}
