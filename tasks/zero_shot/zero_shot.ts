/**
 * Zero-shot classification (LGD's `main_zscls.py`): the class whose text embedding is nearest.
 *
 * @module
 */

import { ConfigError } from "../../core/errors.ts";
import { buildTextBank } from "../../core/methods/lgd/tsb.ts";
import type { TaskOutcome } from "../../core/recipe/cell.ts";
import { type TemplateSetName, templateSets } from "../../core/text/templates.ts";
import { validateTextNames } from "../../core/text/text_names.ts";
import { argMax, hitsPerSample, type Task } from "../task.ts";

/**
 * Top-1 of argmax_k z · l_k with the head's embedding z (the head is kept here) and the text bank
 * of the dataset's own class names. The official factor of 100 on the logits changes no argmax.
 */
export const zeroShot: Task = {
  name: "zero-shot",
  version: 1,
  metrics: [{ key: "top1", unit: "%", higherIsBetter: true }],
  classNames: (dataset) => dataset.classNames,
  async plan({ dataset, splits, testViews }) {
    let images = 0;
    for (const split of splits) images += (await dataset.samples(split)).length * testViews;
    return { steps: 0, images };
  },
  async run(context): Promise<TaskOutcome> {
    const { model, dataset, column, splits, testViews } = context;
    if (!model.embeddings || !model.encodeText) {
      throw new ConfigError(
        `Cannot classify zero-shot with ${model.name}: it has no embedding in the space of a text encoder`,
      );
    }
    const templates = templateSets[context.options["templates"] as TemplateSetName];
    await validateTextNames(dataset.classNames, `data set ${dataset.name}`);
    const bank = await buildTextBank(model.encodeText, dataset.classNames, templates);
    const outcome: TaskOutcome = {
      column,
      task: zeroShot.name,
      taskVersion: zeroShot.version,
      metric: "top1",
      unit: "%",
      splits: {},
    };
    const logits = new Float32Array(bank.classes);
    for (const [index, split] of splits.entries()) {
      const views = await context.loadViews(split, testViews);
      const embeddings = await model.embeddings(views);
      const hits = hitsPerSample(views, (view) => {
        for (let row = 0; row < bank.classes; row++) {
          let dot = 0;
          for (let column = 0; column < bank.dimension; column++) {
            dot += embeddings[view * bank.dimension + column]! *
              bank.data[row * bank.dimension + column]!;
          }
          logits[row] = dot;
        }
        const sample = Math.floor(view / views.viewsPerSample);
        return argMax(logits, 0, bank.classes) === views.samples.label(sample);
      });
      outcome.splits[split] = { sampleIds: views.samples.ids(), hits };
      context.progress(index + 1, splits.length);
    }
    return outcome;
  },
};
