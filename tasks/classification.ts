/**
 * What tasks that classify images share.
 *
 * @module
 */

import { z } from "zod";
import type { LabelAnnotation } from "../core/data/annotation.ts";
import type { Dataset, SplitName } from "../core/data/dataset.ts";
import { trainSplit } from "../core/data/dataset.ts";
import type { SampleList } from "../core/data/sample_list.ts";
import type { ViewSet } from "../core/data/views/view_set.ts";
import type { Evidence } from "../core/results/evidence.ts";
import { accuracy, accuracyEvidence } from "../core/results/metric.ts";
import { type TemplateSetName, templateSets } from "../core/text/templates.ts";
import type { CostContext, TaskContext } from "./task.ts";

/** A data set of images with one label each. */
export type LabelledDataset = Dataset<LabelAnnotation>;

/** The parts of a task that every classification has. */
export const classificationTask = {
  metrics: [accuracy],
  classNames: (data: LabelledDataset): readonly string[] => data.classNames,
} as const;

/** Setting: prompts of the text bank. */
export const templatesSetting: z.ZodDefault<z.ZodType<TemplateSetName>> = z.enum([
  "imagenet-80",
  "emoji",
  "name",
]).default("imagenet-80").describe("Prompt templates of the class names") as never;

/** The published prompts, for tasks whose own numbers need none. */
export function publishedTemplates(): readonly string[] {
  return templateSets["imagenet-80"];
}

/** Setting: views of each training image. */
export const viewsPerImageSetting: z.ZodDefault<z.ZodNumber> = z.number().int().min(1).max(10_000)
  .default(1).describe("Different augmented views of each training image");

/** Index of the largest element of a row; of equal ones the first. */
export function argMax(values: ArrayLike<number>, start: number, length: number): number {
  let best = 0;
  for (let index = 1; index < length; index++) {
    if (values[start + index]! > values[start + best]!) best = index;
  }
  return best;
}

/** How many of each sample's views are right, from one answer per view. */
export function rightPerSample(
  { samples, viewsPerSample }: Pick<ViewSet, "samples" | "viewsPerSample">,
  isRight: (view: number) => boolean,
): Float32Array {
  const right = new Float32Array(samples.length);
  for (let view = 0; view < samples.length * viewsPerSample; view++) {
    if (isRight(view)) right[Math.floor(view / viewsPerSample)]!++;
  }
  return right;
}

/** Evidence of accuracy, from the class that each view was given. */
export function predictionEvidence(
  views: Pick<ViewSet, "samples" | "viewsPerSample">,
  predict: (view: number) => number,
): Evidence {
  const { samples, viewsPerSample } = views;
  const labels = samples.labels();
  const right = rightPerSample(
    views,
    (view) => predict(view) === labels[Math.floor(view / viewsPerSample)],
  );
  return accuracyEvidence(samples.ids(), right, viewsPerSample);
}

/** Label of every view, [samples × views]. */
export function viewLabels(
  { samples, viewsPerSample }: { samples: SampleList; viewsPerSample: number },
): Int32Array {
  const labels = samples.labels();
  return Int32Array.from(
    { length: labels.length * viewsPerSample },
    (_, view) => labels[Math.floor(view / viewsPerSample)]!,
  );
}

/** Loads the views of the split that is trained on. */
export function loadTrainViews(
  context: Pick<TaskContext<LabelAnnotation>, "dataset" | "loadViews">,
  views: number,
  options?: { imageSize?: number },
): Promise<ViewSet> {
  return context.loadViews(trainSplit(context.dataset), views, options);
}

/** Views that are tested. */
export async function countTestViews(
  { dataset, splits, views }: Pick<
    CostContext<LabelAnnotation>,
    "dataset" | "splits" | "views"
  >,
): Promise<number> {
  return views * await countSamples(dataset, splits);
}

/** Images of the split that is trained on. */
export async function countTrainImages(dataset: LabelledDataset): Promise<number> {
  return await countSamples(dataset, [trainSplit(dataset)]);
}

async function countSamples(
  dataset: LabelledDataset,
  splits: readonly SplitName[],
): Promise<number> {
  let count = 0;
  for (const split of splits) count += (await dataset.samples(split)).length;
  return count;
}

/** Looks at views, and says which class each of them is taken for. */
export type ViewClassifier = (views: ViewSet) => Promise<(view: number) => number>;

/** Measures one split after the other by what each of its views is taken for. */
export async function classifySplits(
  { splits, views, loadViews, progress }: Pick<
    TaskContext<LabelAnnotation>,
    "splits" | "views" | "loadViews" | "progress"
  >,
  classifier: ViewClassifier,
): Promise<Record<SplitName, Evidence>> {
  const evidence: Record<SplitName, Evidence> = {};
  for (const [index, split] of splits.entries()) {
    const viewSet = await loadViews(split, views);
    evidence[split] = predictionEvidence(viewSet, await classifier(viewSet));
    progress("test", index + 1, splits.length);
  }
  return evidence;
}
