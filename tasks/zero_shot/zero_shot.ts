/**
 * Zero-shot classification (LGD's `main_zscls.py`): the class whose text embedding is nearest.
 *
 * @module
 */

import { z } from "zod";
import type { LabelAnnotation } from "../../core/data/annotation.ts";
import { countViews } from "../../core/data/views/view_set.ts";
import { ConfigError } from "../../core/errors.ts";
import { templateSets } from "../../core/text/templates.ts";
import { buildTextBank, findEqualRows, type TextBank } from "../../core/text/text_bank.ts";
import {
  argMax,
  classificationTask,
  classifySplits,
  countTestViews,
  templatesSetting,
} from "../classification.ts";
import type { Task } from "../task.ts";

/** Settings of {@linkcode zeroShot}; the published prompts are the 80 of CLIP. */
export const zeroShotSettings = z.strictObject({ templates: templatesSetting });

/** Settings of {@linkcode zeroShot}, complete. */
export type ZeroShotSettings = z.infer<typeof zeroShotSettings>;

/**
 * Rows of another length would be read askew, and give a number all the same.
 *
 * @throws {ConfigError} where an embedding has another length than the texts' ones.
 */
function assertSameLength(
  model: string,
  numbers: number,
  views: number,
  { dimension }: TextBank,
): void {
  if (numbers === views * dimension) return;
  throw new ConfigError(
    `Cannot measure zero-shot with ${model}: its embeddings have ${
      numbers / views
    } numbers, and those of the ` +
      `texts ${dimension}: they are of different spaces. Use the text encoder of the teacher that ` +
      "the model was distilled from",
  );
}

/**
 * Top-1 of argmax_k z · l_k with the head's embedding z (the head is kept here) and the text bank
 * of the dataset's own class names. The official factor of 100 on the logits changes no argmax.
 */
export const zeroShot: Task<LabelAnnotation, ZeroShotSettings> = {
  ...classificationTask,
  name: "zero-shot",
  version: 1,
  title: "Zero-shot classification",
  settings: zeroShotSettings,
  needs: { annotation: "label", model: ["embeddings", "text"] },
  templates: ({ templates }) => templateSets[templates],
  async cost(context) {
    const images = await countTestViews(context);
    return { images, steps: 0, macs: images * context.model.macs };
  },
  async run(context) {
    const { model, dataset, settings } = context;
    const bank = await buildTextBank(
      model.encodeText!,
      dataset.classNames,
      templateSets[settings.templates],
    );
    const same = findEqualRows(bank);
    if (same !== undefined) {
      const [first, second] = same.map((row) => dataset.classNames[row]!);
      context.warn(
        `the text encoder makes the same of "${first}" and "${second}": the second class can never ` +
          "be right",
      );
    }
    const logits = new Float32Array(bank.classes);
    return await classifySplits(context, async (views) => {
      const embeddings = await model.embeddings!(views);
      assertSameLength(model.name, embeddings.length, countViews(views), bank);
      return (view) => {
        for (let row = 0; row < bank.classes; row++) {
          let dot = 0;
          for (let column = 0; column < bank.dimension; column++) {
            dot += embeddings[view * bank.dimension + column]! *
              bank.data[row * bank.dimension + column]!;
          }
          logits[row] = dot;
        }
        return argMax(logits, 0, bank.classes);
      };
    });
  },
};
