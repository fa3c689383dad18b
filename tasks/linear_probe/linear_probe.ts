/**
 * Linear probe: one linear layer on frozen features, with all labels, by LGD's and SEED's protocol
 * (`main_lincls.py`) or by that of CLIP's authors.
 *
 * @module
 */

import type { LabelAnnotation } from "../../core/data/annotation.ts";
import {
  classificationTask,
  classifySplits,
  countTestViews,
  countTrainImages,
  publishedTemplates,
} from "../classification.ts";
import type { Task } from "../task.ts";
import { probeCost, trainProbeClassifier } from "./probe_classifier.ts";
import { type LinearProbeSettings, linearProbeSettings } from "./settings.ts";

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
    const { steps, macs } = probeCost(context, settings, trained);
    return { images, steps, macs: images * model.macs + macs };
  },
  run: async (context) =>
    await classifySplits(
      context,
      await trainProbeClassifier(context, context.settings, "tasks.linear-probe"),
    ),
};
