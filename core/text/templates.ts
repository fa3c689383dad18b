/**
 * Prompt templates: sentences around a class name.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";

/**
 * Names of the template sets: `imagenet-80` (the published protocol), `emoji` (20 of our own, for
 * small drawn pictures) and `name` (the bare name).
 */
export type TemplateSetName = "imagenet-80" | "emoji" | "name";

/**
 * The 80 prompt templates that OpenAI published for zero-shot classification of ImageNet with CLIP
 * (github.com/openai/CLIP, `notebooks/Prompt_Engineering_for_ImageNet.ipynb`; MIT License,
 * copyright 2021 OpenAI), in their order; the official LGD code uses them for every data set.
 */
const imagenetTemplates: readonly string[] = [
  "a bad photo of a {}.",
  "a photo of many {}.",
  "a sculpture of a {}.",
  "a photo of the hard to see {}.",
  "a low resolution photo of the {}.",
  "a rendering of a {}.",
  "graffiti of a {}.",
  "a bad photo of the {}.",
  "a cropped photo of the {}.",
  "a tattoo of a {}.",
  "the embroidered {}.",
  "a photo of a hard to see {}.",
  "a bright photo of a {}.",
  "a photo of a clean {}.",
  "a photo of a dirty {}.",
  "a dark photo of the {}.",
  "a drawing of a {}.",
  "a photo of my {}.",
  "the plastic {}.",
  "a photo of the cool {}.",
  "a close-up photo of a {}.",
  "a black and white photo of the {}.",
  "a painting of the {}.",
  "a painting of a {}.",
  "a pixelated photo of the {}.",
  "a sculpture of the {}.",
  "a bright photo of the {}.",
  "a cropped photo of a {}.",
  "a plastic {}.",
  "a photo of the dirty {}.",
  "a jpeg corrupted photo of a {}.",
  "a blurry photo of the {}.",
  "a photo of the {}.",
  "a good photo of the {}.",
  "a rendering of the {}.",
  "a {} in a video game.",
  "a photo of one {}.",
  "a doodle of a {}.",
  "a close-up photo of the {}.",
  "a photo of a {}.",
  "the origami {}.",
  "the {} in a video game.",
  "a sketch of a {}.",
  "a doodle of the {}.",
  "a origami {}.",
  "a low resolution photo of a {}.",
  "the toy {}.",
  "a rendition of the {}.",
  "a photo of the clean {}.",
  "a photo of a large {}.",
  "a rendition of a {}.",
  "a photo of a nice {}.",
  "a photo of a weird {}.",
  "a blurry photo of a {}.",
  "a cartoon {}.",
  "art of a {}.",
  "a sketch of the {}.",
  "a embroidered {}.",
  "a pixelated photo of a {}.",
  "itap of the {}.",
  "a jpeg corrupted photo of the {}.",
  "a good photo of a {}.",
  "a plushie {}.",
  "a photo of the nice {}.",
  "a photo of the small {}.",
  "a photo of the weird {}.",
  "the cartoon {}.",
  "art of the {}.",
  "a drawing of the {}.",
  "a photo of the large {}.",
  "a black and white photo of a {}.",
  "the plushie {}.",
  "a dark photo of a {}.",
  "itap of a {}.",
  "graffiti of the {}.",
  "a toy {}.",
  "itap of my {}.",
  "a photo of a cool {}.",
  "a photo of a small {}.",
  "a tattoo of the {}.",
];

const emojiTemplates: readonly string[] = [
  "an icon of a {}.",
  "a small icon of the {}.",
  "a small picture of a {}.",
  "a colorful icon of a {}.",
  "a simple drawing of a {}.",
  "a simple drawing of the {}.",
  "a flat drawing of a {}.",
  "a cartoon of a {}.",
  "a cartoon {}.",
  "a sticker of a {}.",
  "a symbol of a {}.",
  "a digital drawing of a {}.",
  "a line drawing of a {}.",
  "a black and white drawing of a {}.",
  "a shaded drawing of a {}.",
  "a tiny picture of the {}.",
  "a tilted picture of a {}.",
  "a picture of a {} on a colored background.",
  "a picture of a {} on a striped background.",
  "a {}.",
];

/** The template sets; `{}` marks the place of the name. */
export const templateSets: Readonly<Record<TemplateSetName, readonly string[]>> = {
  "imagenet-80": imagenetTemplates,
  "emoji": emojiTemplates,
  "name": ["{}"],
};

/** Names of the sets of prompts. */
export const templateSetNames: readonly TemplateSetName[] = Object.keys(
  templateSets,
) as TemplateSetName[];

/**
 * Puts a class name in the place of every `{}` of a template. The name goes in as it is, with its
 * capitals and underscores, as in the official code.
 *
 * @throws {ConfigError} where the template has no `{}`.
 */
export function fillTemplate(template: string, className: string): string {
  if (!template.includes("{}")) {
    throw new ConfigError(
      `Cannot use the template ${JSON.stringify(template)}: it has no {}. Write {} where the ` +
        `class name belongs`,
    );
  }
  return template.replaceAll("{}", () => className);
}
