/**
 * k-nearest-neighbour classification on frozen features: nothing is trained.
 *
 * @module
 */

import type { LabelAnnotation } from "../../core/data/annotation.ts";
import {
  classificationTask,
  classifySplits,
  countTestViews,
  countTrainImages,
  loadTrainViews,
  publishedTemplates,
  viewLabels,
} from "../classification.ts";
import type { Task } from "../task.ts";
import { findNeighbours, unitRows, vote } from "./neighbours.ts";
import { type NearestNeighboursSettings, nearestNeighboursSettings } from "./settings.ts";

/** What it means that there are fewer training views than are to vote. */
function describeFewViews({ k, weighted }: NearestNeighboursSettings, views: number): string {
  return `tasks.k-nn.k is ${k}, and there are ${views} training views: all of them vote on every image` +
    (weighted ? "" : ", so that every image is given the most frequent class");
}

/** Top-1 of the vote of the k training views with the largest cosine of features. */
export const nearestNeighbours: Task<LabelAnnotation, NearestNeighboursSettings> = {
  ...classificationTask,
  name: "k-nn",
  version: 1,
  title: "k-nearest neighbours",
  settings: nearestNeighboursSettings,
  needs: { annotation: "label", model: ["features"] },
  templates: publishedTemplates,
  async cost(context) {
    const { dataset, settings, model } = context;
    const trained = await countTrainImages(dataset) * settings.viewsPerImage;
    const tested = await countTestViews(context);
    const images = trained + tested;
    return { images, steps: 0, macs: images * model.macs + trained * tested * model.featureLength };
  },
  async run(context) {
    const { model, dataset, settings, threads } = context;
    const train = await loadTrainViews(context, settings.viewsPerImage);
    const labels = viewLabels(train);
    if (settings.k > labels.length) context.warn(describeFewViews(settings, labels.length));
    const width = model.featureLength, classes = dataset.classNames.length;
    const units = unitRows(await model.features(train), width);
    return await classifySplits(context, async (views) => {
      const queries = unitRows(await model.features(views), width);
      const neighbours = await findNeighbours(units, queries, {
        width,
        k: settings.k,
        threads,
        onProgress: (done, total) => context.progress("neighbours", done, total),
      });
      return (view) => vote(neighbours, view, { labels, classes, ...settings });
    });
  },
};
