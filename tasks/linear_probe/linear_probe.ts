/**
 * Linear probe (LGD's and SEED's `main_lincls.py`): one linear layer on frozen features, with all
 * labels.
 *
 * @module
 */

<<<<<<< HEAD
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
=======
import { trainSplit } from "../../core/data/dataset.ts";
import { Session } from "../../core/engine/session.ts";
import { ModuleContext } from "../../core/nn/module_context.ts";
import { constantInitializer, normalInitializer } from "../../core/nn/initializers.ts";
import { linear } from "../../core/nn/layers.ts";
import { supervised } from "../../core/methods/supervised/supervised.ts";
import { buildTrainingStep } from "../../core/train/training_step.ts";
import { namedParts } from "../../core/nn/parameters.ts";
import { Graph } from "../../core/onnx/graph.ts";
import { sgd } from "../../core/optim/optimizer.ts";
import { stepDecay } from "../../core/optim/schedule.ts";
import { RandomStream } from "../../core/random.ts";
import type { TaskOutcome } from "../../core/recipe/cell.ts";
import { Trainer } from "../../core/train/trainer.ts";
import type { LinearProbeProtocol } from "../../core/recipe/protocol.ts";
import { floatTensor } from "../../core/engine/session.ts";
import { argMax, hitsPerSample, type Task, type TaskContext } from "../task.ts";
import { countLabelled, labelledViews, labelListText } from "./label_list.ts";
>>>>>>> cbce520fabdfb34b7e018fc052dc34cff5b1a0eb

/** Top-1 of a linear layer trained on frozen features with all labels. */
export const linearProbe: Task<LabelAnnotation, LinearProbeSettings> = {
  ...classificationTask,
  name: "linear-probe",
<<<<<<< HEAD
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
=======
  version: 1,
  metrics: [{ key: "top1", unit: "%", higherIsBetter: true }],
  classNames: (dataset) => dataset.classNames,
  async plan(context) {
    const { dataset, splits, testViews } = context;
    const options = optionsOf(context);
    const train = await dataset.samples(trainSplit(dataset));
    let images = train.length * options.viewsPerImage;
    for (const split of splits) images += (await dataset.samples(split)).length * testViews;
    const labelled = countLabelled(train, options.viewsPerImage, options.labelFraction);
    const batch = batchSizeFor(options, labelled);
    return { steps: Math.round(options.epochs * Math.floor(labelled / batch)), images };
  },
  async run(context): Promise<TaskOutcome> {
    const { model, dataset, column, splits, testViews, seed } = context;
    const options = optionsOf(context);
    const train = await context.loadViews(trainSplit(dataset), options.viewsPerImage);
    const features = await model.features(train);
    const labelled = labelledViews(train, options.labelFraction, seed);
    if (options.labelFraction < 1) {
      await context.keepFile(
        `labels-${column}.tsv`,
        labelListText(train, labelled, dataset.classNames),
      );
    }
    const labels = new Uint32Array(train.samples.length * train.viewsPerSample);
    for (let view = 0; view < labels.length; view++) {
      labels[view] = train.samples.label(Math.floor(view / train.viewsPerSample));
    }
    const probe = await trainProbe(context, features, labels, labelled);
    const outcome: TaskOutcome = {
      column,
      task: linearProbe.name,
      taskVersion: linearProbe.version,
      metric: "top1",
      unit: "%",
      splits: {},
    };
    const classes = dataset.classNames.length;
    for (const split of splits) {
      const views = await context.loadViews(split, testViews);
      const logits = await classify(
        probe,
        await model.features(views),
        model.featureLength,
        classes,
      );
      const hits = hitsPerSample(views, (view) => {
        const sample = Math.floor(view / views.viewsPerSample);
        return argMax(logits, view * classes, classes) === views.samples.label(sample);
      });
      outcome.splits[split] = { sampleIds: views.samples.ids(), hits };
    }
    return outcome;
>>>>>>> cbce520fabdfb34b7e018fc052dc34cff5b1a0eb
  },
};
