/**
 * The random numbers of a view: drawn once, before any pixel is touched.
 *
 * @module
 */

import type { RandomStream } from "../../random.ts";
import type { AugmentationRecipe, CentreCrop, ColourJitterStep, RandomCrop } from "./recipes.ts";
import type { Resampling } from "./resize.ts";

/** Width and height in pixels. */
export interface ImageExtent {
  readonly width: number;
  readonly height: number;
}

/** A pixel operation with its number: a factor, or the radius of a blur; grayscale has none. */
export interface PixelOperation {
  readonly name: "brightness" | "contrast" | "saturation" | "hue" | "grayscale" | "blur";
  readonly value: number;
}

/** Everything that makes a view of an image. */
export interface ViewParameters {
  readonly resampling: Resampling;
  /** In the order in which they are done. */
  readonly operations: readonly PixelOperation[];
}

/** Rounds halves to the even neighbour, as Python's `round` does. */
function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** torchvision's RandomResizedCrop.get_params. */
function drawCrop(random: RandomStream, recipe: RandomCrop, image: ImageExtent) {
  const { width, height } = image;
  const [leastRatio, mostRatio] = recipe.ratio;
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = width * height * random.uniform(...recipe.scale);
    const ratio = Math.exp(random.uniform(Math.log(leastRatio), Math.log(mostRatio)));
    const cropWidth = Math.round(Math.sqrt(area * ratio));
    const cropHeight = Math.round(Math.sqrt(area / ratio));
    if (cropWidth > 0 && cropWidth <= width && cropHeight > 0 && cropHeight <= height) {
      const top = random.integer(height - cropHeight + 1);
      const left = random.integer(width - cropWidth + 1);
      return { left, top, width: cropWidth, height: cropHeight };
    }
  }
  // The middle, with the ratio brought into range.
  const ratio = width / height;
  const cropHeight = ratio < leastRatio ? Math.round(width / leastRatio) : height;
  const cropWidth = ratio > mostRatio ? Math.round(height * mostRatio) : width;
  return {
    left: Math.floor((width - cropWidth) / 2),
    top: Math.floor((height - cropHeight) / 2),
    width: cropWidth,
    height: cropHeight,
  };
}

/** Resize of the short side and CenterCrop. */
function centreResampling(recipe: CentreCrop, image: ImageExtent, imageSize: number): Resampling {
  const { width, height } = image;
  const short = Math.round(imageSize * recipe.shortSide);
  const long = Math.trunc(short * Math.max(width, height) / Math.min(width, height));
  const resized = width <= height ? { width: short, height: long } : { width: long, height: short };
  return {
    crop: { left: 0, top: 0, width, height },
    resized,
    window: {
      left: roundHalfEven((resized.width - imageSize) / 2),
      top: roundHalfEven((resized.height - imageSize) / 2),
      width: imageSize,
      height: imageSize,
    },
    mirrored: false,
  };
}

/** torchvision's ColorJitter.get_params: four factors, and the order in which they are used. */
function drawColourJitter(random: RandomStream, step: ColourJitterStep): PixelOperation[] {
  const order = random.permutation(4);
  const factor = (strength: number) => random.uniform(Math.max(0, 1 - strength), 1 + strength);
  const operations: PixelOperation[] = [
    { name: "brightness", value: factor(step.brightness) },
    { name: "contrast", value: factor(step.contrast) },
    { name: "saturation", value: factor(step.saturation) },
    { name: "hue", value: random.uniform(-step.hue, step.hue) },
  ];
  return [...order].map((index) => operations[index]!);
}

/**
 * Draws the parameters of a view: a pure function of the stream, the recipe and the two sizes. The
 * steps are drawn before the crop, so that they are the same whatever the size of the image.
 *
 * @param imageSize Side of the view in pixels.
 */
export function drawViewParameters(
  random: RandomStream,
  recipe: AugmentationRecipe,
  image: ImageExtent,
  imageSize: number,
): ViewParameters {
  const operations: PixelOperation[] = [];
  let mirrored = false;
  for (const step of recipe.steps) {
    if (random.uniform() >= step.probability) continue;
    if (step.kind === "colourJitter") operations.push(...drawColourJitter(random, step));
    else if (step.kind === "grayscale") operations.push({ name: "grayscale", value: 1 });
    else if (step.kind === "blur") {
      operations.push({ name: "blur", value: random.uniform(...step.radius) });
    } else mirrored = !mirrored;
  }
  if (recipe.crop.kind === "centre") {
    return { resampling: centreResampling(recipe.crop, image, imageSize), operations };
  }
  const crop = drawCrop(random, recipe.crop, image);
  const resized = { width: imageSize, height: imageSize };
  // Mirroring last or first gives the same pixels: every operation treats left and right alike.
  return { resampling: { crop, resized, mirrored }, operations };
}
