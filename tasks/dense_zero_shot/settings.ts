/**
 * Settings of dense zero-shot segmentation.
 *
 * @module
 */

import { z } from "zod";
import { templatesSetting } from "../classification.ts";
import { measuringSettings, outputStride } from "../segmentation/settings.ts";

/** Settings of the task `dense-zero-shot`. */
export const denseZeroShotSettings = z.strictObject({
  templates: templatesSetting,
  names: z.array(z.string().min(1).max(200)).min(1).max(255).nullable().default(null).describe(
    "Names of the classes for the texts, in the order of the data's classes; null: the data's own",
  ),
  outputStride: outputStride.nullable().default(null).describe(
    "Pixels of the image on a side of one pixel of the last map: strides beyond it become dilations; " +
      "null: all strides stay",
  ),
  ...measuringSettings,
});

/** Settings of the task `dense-zero-shot`, complete. */
export type DenseZeroShotSettings = z.infer<typeof denseZeroShotSettings>;
