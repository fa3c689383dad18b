/**
 * Linear probe (LGD's and SEED's `main_lincls.py`): one linear layer on frozen features, with all
 * labels.
 *
 * @module
 */

import type { LabelAnnotation } from "../../core/data/annotation.ts";
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
import type { Task } from "../task.ts";
import { type LinearProbeSettings, linearProbeSettings } from "./settings.ts";
import { probeLength, probeLogits, trainProbe } from "./train_probe.ts";

/** Top-1 of a linear layer trained on frozen features with all labels. */
export const linearProbe: Task<LabelAnnotation, LinearProbeSettings> = {
  ...classificationTask,
  name: "linear-probe",
  version: 2,
  title: "Linear probe",
  settings: linearProbeSettings,
  needs: { annotation: "label", model: ["features"] },
  templates: publishedTemplates,
  async cost(context) {
    const { dataset, settings, model } = context;
    const trained = await countTrainImages(dataset) * settings.viewsPerImage;
    const images = trained + await countTestViews(context);
    const { steps, batchSize } = probeLength(settings, trained);
    // Forward, and the gradient of the weight.
    const perStep = 2 * batchSize * model.featureLength * dataset.classNames.length;
    return { images, steps, macs: images * model.macs + steps * perStep };
  },
  async run(context) {
    const { model, dataset, settings, threads } = context;
    const train = await loadTrainViews(context, settings.viewsPerImage);
    const labels = viewLabels(train);
    const size = { width: model.featureLength, classes: dataset.classNames.length, threads };
    const probe = await trainProbe(context, settings, {
      features: await model.features(train),
      labels,
      rows: Uint32Array.from(labels, (_, view) => view),
      ...size,
    });
    return await classifySplits(context, async (views) => {
      const logits = await probeLogits(probe, await model.features(views), size);
      return (view) => argMax(logits, view * size.classes, size.classes);
    });
  },
};
