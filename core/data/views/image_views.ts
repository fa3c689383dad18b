/**
 * Views of photographs: `mocov2` for training, the centre (`val`) else.
 *
 * @module
 */

import { RandomStream } from "../../random.ts";
import { drawView, type ViewLayout } from "../augmentation/draw_view.ts";
import type { RgbImage } from "../augmentation/image_memory.ts";
import { type AugmentationRecipe, augmentationRecipes } from "../augmentation/recipes.ts";
import { drawViewParameters } from "../augmentation/view_parameters.ts";
import type { SplitRole } from "../dataset.ts";

/** Changes when the same seed draws other pixels; part of every content key. */
export const imageViewVersion = 2;

/** Recipe of the views of a split, by what it is for. */
export function recipeOfRole(role: SplitRole): AugmentationRecipe {
  return augmentationRecipes.get(role === "train" ? "mocov2" : "val");
}

/** Where a view goes. */
export interface ViewTarget {
  /** Side of the view in pixels. */
  readonly imageSize: number;
  readonly layout: ViewLayout;
  /** Takes imageSize × imageSize × 3 bytes at `offset`. */
  readonly output: Uint8Array;
  readonly offset: number;
}

/**
 * Draws a view of an image: a pure function of (view seed, sample id, recipe, size) and the pixels.
 * At another size the same seed gives the same crop, factors and flip; the radius of the blur is
 * in pixels of the view, as torchvision's.
 *
 * @param sampleId Names the image's own random numbers.
 */
export function drawImageView(
  image: RgbImage,
  viewSeed: number,
  sampleId: string,
  recipe: AugmentationRecipe,
  target: ViewTarget,
): void {
  const { imageSize, layout, output, offset } = target;
  const random = new RandomStream(viewSeed, "view", sampleId);
  const parameters = drawViewParameters(random, recipe, image, imageSize);
  drawView(image, parameters, layout, output, offset);
}
