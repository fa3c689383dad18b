/**
 * Dense zero-shot segmentation: every pixel gets the class whose text embedding is nearest to its own,
 * before anything is trained on pixels.
 *
 * The pixels of the last feature map go one by one through what was trained to embed their mean: a
 * student's distillation head, a teacher's projection (MaskCLIP: Zhou et al., "Extract Free Dense Labels
 * from CLIP", ECCV 2022).
 *
 * @module
 */

import type { SegmentationAnnotation } from "../../core/data/annotation.ts";
import type { Dataset, SplitName } from "../../core/data/dataset.ts";
import { ConfigError } from "../../core/errors.ts";
import type { Evidence } from "../../core/results/evidence.ts";
import { templateSets } from "../../core/text/templates.ts";
import { buildTextBank, findEqualRows } from "../../core/text/text_bank.ts";
import { boundaryMetrics, segmentationMetrics } from "../../core/vision/evaluation/mod.ts";
import { measureSplits } from "../segmentation/measure_split.ts";
import { PixelClassifier } from "../segmentation/pixel_classifier.ts";
import { inferenceOf } from "../segmentation/segmenter_options.ts";
import type { Task, TaskContext } from "../task.ts";
import { type DenseZeroShotSettings, denseZeroShotSettings } from "./settings.ts";
import { textPixelModel } from "./text_pixels.ts";

type Context = TaskContext<SegmentationAnnotation, DenseZeroShotSettings>;

/**
 * The names that texts are made of.
 *
 * @throws {ConfigError} where there are not as many as classes.
 */
function namesOf(
  { name, classNames }: Pick<Dataset, "name" | "classNames">,
  names: readonly string[] | null = null,
): readonly string[] {
  if (names === null) return classNames;
  if (names.length === classNames.length) return names;
  throw new ConfigError(
    `tasks.dense-zero-shot.names: expected ${classNames.length} names, one for each class of ${name} ` +
      `in their order (${classNames.slice(0, 3).join(", ")} …), got ${names.length}`,
  );
}

async function run(context: Context): Promise<Record<SplitName, Evidence>> {
  const { model, dataset, settings, threads, warn } = context;
  const names = namesOf(dataset, settings.names);
  const bank = await buildTextBank(model.encodeText!, names, templateSets[settings.templates]);
  const same = findEqualRows(bank);
  if (same !== undefined) {
    const [first, second] = same.map((row) => names[row]!);
    warn(
      `the text encoder makes the same of "${first}" and "${second}": no pixel can be of the second ` +
        "class",
    );
  }
  const { outputStride } = settings;
  const pixels = textPixelModel({
    encoder: model.dense!,
    bank,
    name: model.name,
    ...(outputStride === null ? {} : { outputStride }),
  }, { threads });
  const classifier = new PixelClassifier(pixels, inferenceOf(settings));
  let measured: Record<SplitName, Evidence>;
  try {
    measured = await measureSplits(context, classifier);
  } finally {
    await classifier.release();
  }
  return measured;
}

/** mIoU of pixels that are told apart by the class names alone. */
export const denseZeroShot: Task<SegmentationAnnotation, DenseZeroShotSettings> = {
  name: "dense-zero-shot",
  version: 1,
  title: "Dense zero-shot segmentation",
  settings: denseZeroShotSettings,
  needs: { annotation: "segmentation", model: ["dense", "text"] },
  usesViews: false,
  metrics: [...segmentationMetrics, ...boundaryMetrics],
  classNames: (data, settings) => namesOf(data, settings?.names),
  templates: ({ templates }) => templateSets[templates],
  async cost({ dataset, settings, splits, model }) {
    let images = 0;
    for (const split of splits) {
      const { length } = await dataset.samples(split);
      images += Math.min(length, settings.testImages ?? Infinity);
    }
    // By the area of the images, where it is known without decoding them.
    const size = dataset.imageSize?.(splits[0]!, 0);
    const area = size === undefined ? 1 : size.width * size.height / model.imageSize ** 2;
    const looks = settings.inference.scales.reduce((sum, scale) => sum + scale ** 2, 0) *
      (settings.inference.flip ? 2 : 1);
    return { images, steps: 0, macs: images * area * looks * model.macs };
  },
  run,
};
