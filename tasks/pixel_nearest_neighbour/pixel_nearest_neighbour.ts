/**
 * The task that needs no model: the label of the training view whose pixels are most alike. A floor
 * under the numbers of trained models.
 *
 * @module
 */

import { z } from "zod";
import type { LabelAnnotation } from "../../core/data/annotation.ts";
import { pixelNearestNeighbour } from "../../core/data/pixel_nearest_neighbour.ts";
import type { Evidence } from "../../core/results/evidence.ts";
import { accuracyEvidence } from "../../core/results/metric.ts";
import {
  classificationTask,
  countTestViews,
  countTrainImages,
  loadTrainViews,
  publishedTemplates,
} from "../classification.ts";
import type { Task } from "../task.ts";

/** Settings of {@linkcode pixelNeighbour}. */
export const pixelNeighbourSettings = z.strictObject({
  viewsPerImage: z.number().int().min(1).max(1000).default(10)
    .describe("Different augmented views of each training image"),
  imageSize: z.number().int().min(8).max(512).default(32).describe("Side of the views, pixels"),
  side: z.number().int().min(1).max(512).default(16)
    .describe("Side to which views are shrunk before they are compared; divides imageSize"),
  maximumTrainViews: z.number().int().min(1).default(16_384)
    .describe("Most training views; of more, each image gives its first ones, at least one"),
}).refine(({ imageSize, side }) => imageSize % side === 0, {
  message: "expected a divisor of imageSize",
  path: ["side"],
});

/** Settings of {@linkcode pixelNeighbour}, complete. */
export type PixelNeighbourSettings = z.infer<typeof pixelNeighbourSettings>;

/** Top-1 of the nearest training view by the cosine of mean-free pixels. */
export const pixelNeighbour: Task<LabelAnnotation, PixelNeighbourSettings> = {
  ...classificationTask,
  name: "pixel-nearest-neighbour",
  version: 1,
  title: "Pixel 1-NN",
  settings: pixelNeighbourSettings,
  needs: { annotation: "label", model: [] },
  templates: publishedTemplates,
  async cost(context) {
    const { dataset, settings: { viewsPerImage, maximumTrainViews, side } } = context;
    const trainImages = await countTrainImages(dataset);
    const perImage = Math.max(
      1,
      Math.min(viewsPerImage, Math.floor(maximumTrainViews / Math.max(1, trainImages))),
    );
    const tested = await countTestViews(context);
    const macs = tested * trainImages * perImage * 3 * side ** 2;
    return { images: 0, steps: 0, macs };
  },
  async run(context) {
    const { settings: { viewsPerImage, imageSize, side, maximumTrainViews }, splits } = context;
    const train = await loadTrainViews(context, viewsPerImage, { imageSize });
    const evidence: Record<string, Evidence> = {};
    for (const split of splits) {
      const test = await context.loadViews(split, context.views, { imageSize });
      const { hits } = await pixelNearestNeighbour(train, test, {
        side,
        maximumTrainViews,
        onProgress: (done, total) => context.progress(split, done, total),
      });
      // Fractions of the views were added up: the whole number is the nearest.
      const right = hits.map((hit) => Math.round(hit * test.viewsPerSample));
      evidence[split] = accuracyEvidence(test.samples.ids(), right, test.viewsPerSample);
    }
    return evidence;
  },
};
