/**
 * Semi-supervised classification: few images have a label, by which a linear layer on frozen features
 * or the whole student is trained.
 *
 * @module
 */

import type { LabelAnnotation } from "../../core/data/annotation.ts";
import { trainSplit } from "../../core/data/dataset.ts";
import {
  argMax,
  classificationTask,
  classifySplits,
  countTestViews,
  countTrainImages,
  loadTrainViews,
  publishedTemplates,
  viewLabels,
} from "../classification.ts";
import { probeLength, probeLogits, trainProbe } from "../linear_probe/train_probe.ts";
import type { Task, TaskContext } from "../task.ts";
import { fineTune, fineTuningLength, openFineTuned } from "./fine_tune.ts";
import {
  countLabelled,
  describeShortage,
  labelledImages,
  labelListText,
  viewsOf,
} from "./label_list.ts";
import { type SemiSupervisedSettings, semiSupervisedSettings } from "./settings.ts";

type Context = TaskContext<LabelAnnotation, SemiSupervisedSettings>;

/** The training views, their labels, and which of them may be learned from; the list is kept. */
async function loadLabelled(context: Context) {
  const { dataset, settings, seed } = context;
  const views = await loadTrainViews(context, settings.viewsPerImage);
  const images = labelledImages(views.samples, settings, seed);
  const shortage = describeShortage(views.samples, settings, dataset.classNames);
  if (shortage !== undefined) context.warn(shortage);
  await context.keepFile(
    `labels-${trainSplit(dataset)}.tsv`,
    labelListText(views.samples, images, dataset.classNames),
  );
  return { views, labels: viewLabels(views), rows: viewsOf(images, views.viewsPerSample) };
}

async function runProbe(context: Context) {
  const { model, dataset, settings, threads } = context;
  const { views, labels, rows } = await loadLabelled(context);
  const size = { width: model.featureLength, classes: dataset.classNames.length, threads };
  const probeSettings = { ...settings.linearProbe, viewsPerImage: settings.viewsPerImage };
  const features = await model.features(views);
  const probe = await trainProbe(context, probeSettings, { features, labels, rows, ...size });
  return await classifySplits(context, async (views) => {
    const logits = await probeLogits(probe, await model.features(views), size);
    return (view) => argMax(logits, view * size.classes, size.classes);
  });
}

async function runFineTuning(context: Context) {
  const { model: { backbone }, dataset, settings, threads } = context;
  if (backbone === undefined) throw new Error("internal: a model without a backbone");
  const classes = dataset.classNames.length;
  const labelled = await loadLabelled(context);
  const weights = await fineTune(context, backbone, settings.fineTuning, { ...labelled, classes });
  const student = await openFineTuned(backbone, weights, { classes, threads });
  try {
    return await classifySplits(context, async (views) => {
      const logits = await student.logits(views);
      return (view) => argMax(logits, view * classes, classes);
    });
  } finally {
    await student.release();
  }
}

/**
 * Top-1 with few labels. Images are drawn, not views: all views of a labelled image have its label.
 * The list of labelled images is kept as `labels-<split>.tsv`.
 */
export const semiSupervised: Task<LabelAnnotation, SemiSupervisedSettings> = {
  ...classificationTask,
  name: "semi-supervised",
  version: 1,
  title: "Semi-supervised classification",
  settings: semiSupervisedSettings,
  needs: { annotation: "label", model: ["features"] },
  needsOf: ({ by }) => by === "fine-tune" ? ["backbone"] : ["features"],
  templates: publishedTemplates,
  async cost(context) {
    const { dataset, settings, model } = context;
    const samples = await dataset.samples(trainSplit(dataset));
    const labelled = countLabelled(samples, settings) * settings.viewsPerImage;
    const tested = await countTestViews(context);
    if (settings.by === "fine-tune") {
      const { steps, batchSize } = fineTuningLength(settings.fineTuning, labelled);
      // Forward, and the gradients of activations and weights.
      return { images: tested, steps, macs: (tested + 3 * steps * batchSize) * model.macs };
    }
    const images = await countTrainImages(dataset) * settings.viewsPerImage + tested;
    const { steps, batchSize } = probeLength(settings.linearProbe, labelled);
    const perStep = 2 * batchSize * model.featureLength * dataset.classNames.length;
    return { images, steps, macs: images * model.macs + steps * perStep };
  },
  run: (context) =>
    context.settings.by === "fine-tune" ? runFineTuning(context) : runProbe(context),
};
