/**
 * A task as a plug-in: nearest class mean. Each class is the mean of the training features; a test
 * view belongs to the class whose mean has the largest cosine with it. Nothing is trained.
 *
 *     deno task evaluate STUDENT --plugin examples/class_mean_task.ts --task class-mean
 *
 * @module
 */

import type { TaskOutcome } from "../core/recipe/cell.ts";
import { argMax, hitsPerSample, type Task } from "../tasks/task.ts";

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

const classMean: Task = {
  name: "class-mean",
  version: 1,
  metrics: [{ key: "top1", unit: "%", higherIsBetter: true }],
  classNames: (dataset) => dataset.classNames,
  async plan({ dataset, splits, testViews }) {
    let images = (await dataset.samples("train")).length;
    for (const split of splits) images += (await dataset.samples(split)).length * testViews;
    return { steps: 0, images };
  },
  async run({ model, dataset, column, splits, testViews, loadViews, options }) {
    const width = model.featureLength, classes = dataset.classNames.length;
    const trainViews = Number(options["trainViews"] ?? 4);
    const train = await loadViews("train", trainViews);
    const means = classMeans(await model.features(train), {
      width,
      classes,
      labelOf: (view) => train.samples.label(Math.floor(view / trainViews)),
    });
    const outcome: TaskOutcome = {
      column,
      task: classMean.name,
      taskVersion: classMean.version,
      metric: "top1",
      unit: "%",
      splits: {},
    };
    const cosines = new Float32Array(classes);
    for (const split of splits) {
      const views = await loadViews(split, testViews);
      const features = await model.features(views);
      const hits = hitsPerSample(views, (view) => {
        for (let label = 0; label < classes; label++) {
          let dot = 0;
          for (let index = 0; index < width; index++) {
            dot += features[view * width + index]! * means[label * width + index]!;
          }
          cosines[label] = dot;
        }
        const sample = views.samples.at(Math.floor(view / views.viewsPerSample));
        return argMax(cosines, 0, classes) === sample.label;
      });
      outcome.splits[split] = { sampleIds: views.samples.ids(), hits };
    }
    return outcome;
  },
};

/** The plug-in. */
export default { task: classMean };
