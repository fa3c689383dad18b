/**
 * Settings of the robustness to corruptions.
 *
 * @module
 */

import { z } from "zod";
import {
  corruptionNames,
  imagenetCorruptions,
  severities,
  type Severity,
  strengthSets,
} from "../../core/data/augmentation/corruptions/strengths.ts";
import { templatesSetting } from "../classification.ts";
import { linearProbeSettings } from "../linear_probe/settings.ts";

/** Whether no item of a list is there twice. */
const isUnique = (items: readonly unknown[]) => new Set(items).size === items.length;
const twice = "expected each of them once";

/** Why the fifteenth corruption of ImageNet-C is not there. */
const unknownCorruption = (given: unknown) =>
  given === "frost"
    ? "frost of ImageNet-C is made of photographs that do not come with this package; the others are " +
      imagenetCorruptions.join(", ")
    : undefined;

/**
 * The corruptions by default are those of ImageNet-C without frost, which needs photographs; Gaussian
 * blur, of its extra set, can be added, and counts in the mean then. The default of the strengths is what
 * `imagecorruptions` does at every size. `cifar-c` has the milder constants of CIFAR-10-C, which are meant
 * for images of 32 pixels.
 */
export const robustnessSettings = z.strictObject({
  by: z.enum(["zero-shot", "linear-probe"]).default("zero-shot").describe(
    "Who classifies: the nearest text, or a linear layer trained on clean training views",
  ),
  corruptions: z.array(z.enum(corruptionNames, { error: ({ input }) => unknownCorruption(input) }))
    .min(1).refine(isUnique, twice).default([...imagenetCorruptions]).describe(
      "Kinds of corruption; default: those of ImageNet-C without frost",
    ),
  severities: z.array(
    z.number().int().min(severities[0]).max(severities.at(-1)!),
  ).min(1).refine(isUnique, twice).default([...severities])
    .describe("Severities, 1 to 5"),
  strengths: z.enum(strengthSets).default("imagenet-c").describe(
    "Constants of the severities: imagenet-c as published for 224 pixels, cifar-c for 32",
  ),
  templates: templatesSetting,
  linearProbe: linearProbeSettings.default(() => linearProbeSettings.parse({})).describe(
    "How the linear layer is trained",
  ),
});

/** Settings of the robustness to corruptions, complete. */
export type RobustnessSettings = z.infer<typeof robustnessSettings>;

/** The severities of the settings, the mildest first. */
export function severitiesOf({ severities }: Pick<RobustnessSettings, "severities">): Severity[] {
  return severities.toSorted((a, b) => a - b) as Severity[];
}
