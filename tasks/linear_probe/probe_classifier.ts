/**
 * Classifies views by a linear layer that was trained on the frozen features of the training views.
 *
 * @module
 */

import type { LabelAnnotation } from "../../core/data/annotation.ts";
import { argMax, loadTrainViews, type ViewClassifier, viewLabels } from "../classification.ts";
import type { CostContext, TaskContext } from "../task.ts";
import type { LinearProbeSettings } from "./settings.ts";
import { sweepRegularizer } from "./sweep_regularizer.ts";
import { type Probe, type ProbeData, probeLength, probeLogits, trainProbe } from "./train_probe.ts";

/** Evaluations of the loss in a sweep of the penalty, for the plan: 15 fits of some fifty. */
const expectedEvaluations = 750;

/** Steps and multiplications of the training, without the features. */
export function probeCost(
  { dataset, model }: Pick<CostContext<LabelAnnotation>, "dataset" | "model">,
  settings: LinearProbeSettings,
  trainViews: number,
): { readonly steps: number; readonly macs: number } {
  const { steps, batchSize } = settings.protocol === "sgd"
    ? probeLength(settings, trainViews)
    : { steps: expectedEvaluations, batchSize: trainViews };
  // Forward, and the gradient of the weight.
  const perStep = 2 * batchSize * model.featureLength * dataset.classNames.length;
  return { steps, macs: steps * perStep };
}

/** What the training needs of a task. */
export type ProbeContext = Pick<
  TaskContext<LabelAnnotation>,
  | "model"
  | "dataset"
  | "loadViews"
  | "threads"
  | "seed"
  | "fit"
  | "progress"
  | "keepFile"
  | "warn"
>;

/** The layer by the protocol of the settings; a sweep's strengths are kept as `penalty.json`. */
async function trainBy(
  context: ProbeContext,
  { settings, place }: { readonly settings: LinearProbeSettings; readonly place: string },
  viewsPerSample: number,
  data: ProbeData,
): Promise<Probe> {
  if (settings.protocol === "sgd") return await trainProbe(context, settings, data);
  const { probe, ...sweep } = await sweepRegularizer(context, data, {
    ...settings,
    viewsPerSample,
  });
  if (!sweep.converged) {
    context.warn(
      `The logistic regression stopped after ${sweep.iterations} iterations without converging; ` +
        `raise ${place}.maximumIterations`,
    );
  }
  await context.keepFile("penalty.json", `${JSON.stringify(sweep, null, 1)}\n`);
  return probe;
}

/**
 * Trains the layer with all labels and opens its classifier.
 *
 * @param place Where the settings stand, for messages: `"tasks.linear-probe"`.
 */
export async function trainProbeClassifier(
  context: ProbeContext,
  settings: LinearProbeSettings,
  place: string,
): Promise<ViewClassifier> {
  const { model, dataset, threads } = context;
  const train = await loadTrainViews(context, settings.viewsPerImage);
  const labels = viewLabels(train);
  const size = { width: model.featureLength, classes: dataset.classNames.length, threads };
  const probe = await trainBy(context, { settings, place }, train.viewsPerSample, {
    features: await model.features(train),
    labels,
    rows: Uint32Array.from(labels, (_, view) => view),
    ...size,
  });
  return async (views) => {
    const logits = await probeLogits(probe, await model.features(views), size);
    return (view) => argMax(logits, view * size.classes, size.classes);
  };
}
