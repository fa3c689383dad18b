/**
 * A task as a plug-in: nearest class mean. Each class is the mean of the training features; a test
 * view belongs to the class whose mean has the largest cosine with it. Nothing is trained.
 *
 *     deno task evaluate STUDENT --plugin examples/class_mean_task.ts --task class-mean
 *
 * @module
 */

import type { LabelAnnotation } from "@lgd-bench/lgd-bench/data";
import {
  argMax,
  classificationTask,
  classifySplits,
  countTestViews,
  countTrainImages,
  loadTrainViews,
  publishedTemplates,
  type Task,
  viewLabels,
} from "@lgd-bench/lgd-bench/tasks";
import { z } from "zod";

/** Means of the rows of each class, of unit length, [classes, width]. */
function classMeans(
  features: Float32Array,
  { width, classes, labelOf }: {
    width: number;
    classes: number;
    labelOf: (view: number) => number;
  },
): Float32Array {
  const means = new Float32Array(classes * width);
  for (let view = 0; view * width < features.length; view++) {
    const row = features.subarray(view * width, (view + 1) * width);
    const length = Math.hypot(...row) || 1;
    const start = labelOf(view) * width;
    for (let column = 0; column < width; column++) means[start + column]! += row[column]! / length;
  }
  for (let start = 0; start < means.length; start += width) {
    const length = Math.hypot(...means.subarray(start, start + width)) || 1;
    for (let column = 0; column < width; column++) means[start + column]! /= length;
  }
  return means;
}

const settings = z.strictObject({
  trainViews: z.number().int().min(1).max(1000).default(4)
    .describe("Views of each training image that make the means"),
});

/** The task. */
export const classMean: Task<LabelAnnotation, z.infer<typeof settings>> = {
  // Top-1 accuracy, and the class names of the data set.
  ...classificationTask,
  name: "class-mean",
  version: 1,
  title: "Nearest class mean",
  settings,
  needs: { annotation: "label", model: ["features"] },
  templates: publishedTemplates,
  async cost(context) {
    const { dataset, settings: { trainViews }, model } = context;
    const images = await countTrainImages(dataset) * trainViews + await countTestViews(context);
    return { images, steps: 0, macs: images * model.macs };
  },
  async run(context) {
    const { model, dataset, settings: { trainViews } } = context;
    const width = model.featureLength, classes = dataset.classNames.length;
    const train = await loadTrainViews(context, trainViews);
    const labels = viewLabels(train);
    const means = classMeans(await model.features(train), {
      width,
      classes,
      labelOf: (view) => labels[view]!,
    });
    const cosines = new Float32Array(classes);
    return await classifySplits(context, async (views) => {
      const features = await model.features(views);
      return (view) => {
        for (let label = 0; label < classes; label++) {
          let dot = 0;
          for (let index = 0; index < width; index++) {
            dot += features[view * width + index]! * means[label * width + index]!;
          }
          cosines[label] = dot;
        }
        return argMax(cosines, 0, classes);
      };
    });
  },
};

/** The plug-in. */
export default { task: classMean };
