/**
 * Robustness to common corruptions (Hendrycks and Dietterich, ICLR 2019): how much of the accuracy on
 * test views is left when noise, blur and the like are laid over them.
 *
 * @module
 */

import type { LabelAnnotation } from "../../core/data/annotation.ts";
import { corruptViews } from "../../core/data/views/corrupted_views.ts";
import type { ViewSet } from "../../core/data/views/view_set.ts";
import type { Evidence } from "../../core/results/evidence.ts";
import { figuresFileName, formatFigures } from "../../core/results/figures.ts";
import { templateSets } from "../../core/text/templates.ts";
import {
  classificationTask,
  countTestViews,
  countTrainImages,
  rightPerSample,
  type ViewClassifier,
  viewLabels,
} from "../classification.ts";
import { probeCost, trainProbeClassifier } from "../linear_probe/probe_classifier.ts";
import type { Task, TaskContext } from "../task.ts";
import { openTextClassifier } from "../zero_shot/text_classifier.ts";
import { corruptionColumn, robustnessMetrics } from "./corruption_metrics.ts";
import { robustnessFigures } from "./figures.ts";
import { type RobustnessSettings, robustnessSettings, severitiesOf } from "./settings.ts";

type Context = TaskContext<LabelAnnotation, RobustnessSettings>;

/**
 * Seed of all noise. It is the same for every seed of a training, as that of the views is: models are
 * compared on the same pixels.
 */
const corruptionSeed = 0;

/** Counts the right views of each image, as they are and with every corruption. */
async function measureViews(
  { settings, progress }: Context,
  views: ViewSet,
  { classify, split }: { readonly classify: ViewClassifier; readonly split: string },
): Promise<Evidence> {
  const { samples, viewsPerSample } = views;
  const labels = viewLabels(views);
  const rightOf = async (seen: ViewSet) => {
    const predict = await classify(seen);
    return rightPerSample(seen, (view) => predict(view) === labels[view]);
  };
  const { corruptions, strengths } = settings;
  const severities = severitiesOf(settings);
  const columns: Record<string, Float32Array> = {
    views: new Float32Array(samples.length).fill(viewsPerSample),
    clean: await rightOf(views),
  };
  const total = corruptions.length * severities.length;
  for (const [kind, name] of corruptions.entries()) {
    for (const [place, severity] of severities.entries()) {
      progress(split, kind * severities.length + place, total);
      const corrupted = corruptViews(views, { name, severity, strengths }, corruptionSeed);
      columns[corruptionColumn(name, severity)] = await rightOf(corrupted);
    }
  }
  progress(split, total, total);
  const sampleIds = samples.ids();
  return {
    sampleIds,
    tables: { images: { sample: Uint32Array.from(sampleIds, (_, index) => index), columns } },
  };
}

/** Top-1 of zero-shot or of a linear probe on corrupted test views. */
export const robustness: Task<LabelAnnotation, RobustnessSettings> = {
  ...classificationTask,
  name: "robustness",
  version: 1,
  title: "Robustness to corruptions",
  settings: robustnessSettings,
  needs: { annotation: "label", model: ["embeddings", "text"] },
  needsOf: ({ by }) => by === "zero-shot" ? ["embeddings", "text"] : ["features"],
  metrics: robustnessMetrics,
  templates: ({ templates }) => templateSets[templates],
  async cost(context) {
    const { dataset, settings, model } = context;
    const { by, corruptions, severities, linearProbe } = settings;
    const tested = await countTestViews(context) * (1 + corruptions.length * severities.length);
    if (by === "zero-shot") return { images: tested, steps: 0, macs: tested * model.macs };
    const trained = await countTrainImages(dataset) * linearProbe.viewsPerImage;
    const { steps, macs } = probeCost(context, linearProbe, trained);
    const images = tested + trained;
    return { images, steps, macs: images * model.macs + macs };
  },
  async run(context) {
    const { settings, splits, views } = context;
    const classify = settings.by === "zero-shot"
      ? await openTextClassifier(context, templateSets[settings.templates])
      : await trainProbeClassifier(context, settings.linearProbe, "tasks.robustness.linearProbe");
    const evidence: Record<string, Evidence> = {};
    for (const split of splits) {
      const viewSet = await context.loadViews(split, views);
      evidence[split] = await measureViews(context, viewSet, { classify, split });
    }
    const shown = splits[0];
    if (shown !== undefined) {
      const names = settings.corruptions, severities = severitiesOf(settings);
      const figures = robustnessFigures(evidence[shown]!, { split: shown, names, severities });
      await context.keepFile(figuresFileName, formatFigures(figures));
    }
    return evidence;
  },
};
