/**
 * Linear probe: one linear layer on frozen features, with all labels, by LGD's and SEED's protocol
 * (`main_lincls.py`) or by that of CLIP's authors.
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
import type { Task, TaskContext } from "../task.ts";
import { type LinearProbeSettings, linearProbeSettings } from "./settings.ts";
import { sweepRegularizer } from "./sweep_regularizer.ts";
import { type Probe, type ProbeData, probeLength, probeLogits, trainProbe } from "./train_probe.ts";

/** Evaluations of the loss in a sweep of the penalty, for the plan: 15 fits of some fifty. */
const expectedEvaluations = 750;

type Context = TaskContext<LabelAnnotation, LinearProbeSettings>;

/** The layer by the protocol of the settings; a sweep's strengths are kept as `penalty.json`. */
async function trainBy(context: Context, viewsPerSample: number, data: ProbeData): Promise<Probe> {
  const { settings } = context;
  if (settings.protocol === "sgd") return await trainProbe(context, settings, data);
  const { probe, ...sweep } = await sweepRegularizer(context, data, {
    ...settings,
    viewsPerSample,
  });
  if (!sweep.converged) {
    context.warn(
      `The logistic regression stopped after ${sweep.iterations} iterations without converging; ` +
        "raise tasks.linear-probe.maximumIterations",
    );
  }
  await context.keepFile("penalty.json", `${JSON.stringify(sweep, null, 1)}\n`);
  return probe;
}

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
    const { steps, batchSize } = settings.protocol === "sgd"
      ? probeLength(settings, trained)
      : { steps: expectedEvaluations, batchSize: trained };
    // Forward, and the gradient of the weight.
    const perStep = 2 * batchSize * model.featureLength * dataset.classNames.length;
    return { images, steps, macs: images * model.macs + steps * perStep };
  },
  async run(context) {
    const { model, dataset, settings, threads } = context;
    const train = await loadTrainViews(context, settings.viewsPerImage);
    const labels = viewLabels(train);
    const size = { width: model.featureLength, classes: dataset.classNames.length, threads };
    const probe = await trainBy(context, train.viewsPerSample, {
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
