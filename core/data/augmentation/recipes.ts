/**
 * Augmentation recipes by name: what is done to a photograph, and how likely.
 *
 * @module
 */

import { Registry } from "../../registry.ts";

/** Least and most of a number that is drawn uniformly. */
export type Range = readonly [number, number];

/** torchvision's RandomResizedCrop. */
export interface RandomCrop {
  readonly kind: "random";
  /** Share of the image's area. */
  readonly scale: Range;
  /** Width over height, uniform in its logarithm. */
  readonly ratio: Range;
}

/** torchvision's Resize of the short side, then CenterCrop. */
export interface CentreCrop {
  readonly kind: "centre";
  /** Short side after Resize for a view of 1 pixel, e.g. 256 / 224. */
  readonly shortSide: number;
}

/** torchvision's ColorJitter: four adjustments in random order. */
export interface ColourJitterStep {
  readonly kind: "colourJitter";
  readonly probability: number;
  /** Factors are drawn from 1 − value (at least 0) to 1 + value. */
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  /** Part of a circle, drawn from −value to value. */
  readonly hue: number;
}

/** torchvision's RandomGrayscale. */
export interface GrayscaleStep {
  readonly kind: "grayscale";
  readonly probability: number;
}

/** MoCo v2's GaussianBlur (moco/loader.py): PIL's, with a standard deviation in view pixels. */
export interface BlurStep {
  readonly kind: "blur";
  readonly probability: number;
  /** Standard deviation in pixels of the view. */
  readonly radius: Range;
}

/** torchvision's RandomHorizontalFlip. */
export interface FlipStep {
  readonly kind: "flip";
  readonly probability: number;
}

/** One step of a recipe. */
export type AugmentationStep = ColourJitterStep | GrayscaleStep | BlurStep | FlipStep;

/** How views are made of photographs. */
export interface AugmentationRecipe {
  readonly name: string;
  readonly crop: RandomCrop | CentreCrop;
  /** In the order in which they are done. */
  readonly steps: readonly AugmentationStep[];
}

const ratio: Range = [3 / 4, 4 / 3];

/** Jitter, grayscale, blur and flip of MoCo v2 (main_moco.py, `--aug-plus`). */
const mocov2Steps: readonly AugmentationStep[] = [
  {
    kind: "colourJitter",
    probability: 0.8,
    brightness: 0.4,
    contrast: 0.4,
    saturation: 0.4,
    hue: 0.1,
  },
  { kind: "grayscale", probability: 0.2 },
  { kind: "blur", probability: 0.5, radius: [0.1, 2] },
  { kind: "flip", probability: 0.5 },
];

/** All recipes. Normalisation is not part of them: it belongs to the teacher and the student. */
export const augmentationRecipes: Registry<AugmentationRecipe> = new Registry("augmentation");

for (
  const recipe of [
    // The augmentation of every LGD and SEED run: `mocov2_aug` of the official code.
    { name: "mocov2", crop: { kind: "random", scale: [0.2, 1], ratio }, steps: mocov2Steps },
    // `swav_aug` of the official code.
    { name: "swav", crop: { kind: "random", scale: [0.14, 1], ratio }, steps: mocov2Steps },
    // `simclr_aug`, the same as `mocov1_aug`, of the official code.
    {
      name: "simclr",
      crop: { kind: "random", scale: [0.2, 1], ratio },
      steps: [
        { kind: "grayscale", probability: 0.2 },
        {
          kind: "colourJitter",
          probability: 1,
          brightness: 0.4,
          contrast: 0.4,
          saturation: 0.4,
          hue: 0.4,
        },
        { kind: "flip", probability: 0.5 },
      ],
    },
    // Training of the linear probe (main_lincls.py).
    {
      name: "lincls_train",
      crop: { kind: "random", scale: [0.08, 1], ratio },
      steps: [{ kind: "flip", probability: 0.5 }],
    },
    // Evaluation: Resize 256, CenterCrop 224, or the same shares at another size.
    { name: "val", crop: { kind: "centre", shortSide: 256 / 224 }, steps: [] },
  ] satisfies AugmentationRecipe[]
) augmentationRecipes.register(recipe.name, recipe);
