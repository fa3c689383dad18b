/**
 * Zero-shot classification (LGD's `main_zscls.py`): the class whose text embedding is nearest.
 *
 * @module
 */

import { z } from "zod";
import type { LabelAnnotation } from "../../core/data/annotation.ts";
import { templateSets } from "../../core/text/templates.ts";
import {
  classificationTask,
  classifySplits,
  countTestViews,
  templatesSetting,
} from "../classification.ts";
import type { Task } from "../task.ts";
import { openTextClassifier } from "./text_classifier.ts";

/** Settings of {@linkcode zeroShot}; the published prompts are the 80 of CLIP. */
export const zeroShotSettings = z.strictObject({ templates: templatesSetting });

/** Settings of {@linkcode zeroShot}, complete. */
export type ZeroShotSettings = z.infer<typeof zeroShotSettings>;

/**
 * Top-1 of argmax_k z · l_k with the head's embedding z (the head is kept here) and the text bank
 * of the dataset's own class names.
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
    const templates = templateSets[context.settings.templates];
    return await classifySplits(context, await openTextClassifier(context, templates));
  },
};
