/**
 * Drawing views of single images, in whichever thread: from a file, from what a data set decodes,
 * or by the data set's own composer.
 *
 * @module
 */

import type { Annotation } from "../annotation.ts";
import type { AugmentationRecipe } from "../augmentation/recipes.ts";
import {
  type Dataset,
  getSplit,
  type SplitName,
  type SplitRole,
  type ViewSource,
} from "../dataset.ts";
import { decodeImage, releaseImage } from "../decoding/image_decoder.ts";
import { datasetModules, openDatasetInWorker } from "../registry.ts";
import { drawImageView, recipeOfRole, type ViewTarget } from "./image_views.ts";

/** Where Workers get images from; can be sent to them. */
export type ImageOrigin =
  /** Every image comes with its path. */
  | { readonly kind: "files" }
  /** The Worker opens the data set for itself. */
  | {
    readonly kind: "dataset";
    readonly name: string;
    readonly split: SplitName;
    /** What the views are for. */
    readonly role: SplitRole;
    /** Modules to import before. */
    readonly modules: readonly string[];
  };

/** One image to be drawn. */
export interface ImageReference {
  /** Index into the samples of the split. */
  readonly sample: number;
  /** Names the image's random numbers. */
  readonly id: string;
  /** Where images are files. */
  readonly path?: string;
}

/** One view of an image, and where it goes. */
export interface ViewRequest extends ViewTarget {
  readonly viewSeed: number;
}

/** Draws views of the images of one split. */
export interface ImageDrawer {
  /**
   * Draws several views of one image, which is decoded once.
   *
   * @throws {DataError} where it cannot be decoded.
   */
  draw(image: ImageReference, views: readonly ViewRequest[]): Promise<void>;
}

/**
 * How Workers get at a split; undefined where only this thread can, since no Worker could open a
 * data set that no module registers.
 */
export function originOf(
  dataset: Dataset<Annotation>,
  split: SplitName,
  role: SplitRole,
): ImageOrigin | undefined {
  if (dataset.path !== undefined) return { kind: "files" };
  const modules = datasetModules(dataset.name);
  return modules && { kind: "dataset", name: dataset.name, split, role, modules };
}

/** An image of a split as Workers are told of it. */
export function referTo(
  dataset: Dataset<Annotation>,
  split: SplitName,
  sample: number,
  id: string,
): ImageReference {
  const path = dataset.path?.(split, sample);
  return { sample, id, ...(path === undefined ? {} : { path }) };
}

/** Draws from files. */
function fileDrawer(recipe: AugmentationRecipe): ImageDrawer {
  return {
    async draw({ path, id }, views) {
      const image = await decodeImage(path!);
      for (const view of views) drawImageView(image, view.viewSeed, id, recipe, view);
      releaseImage(image);
    },
  };
}

/** Writes RGB pixels as three planes. */
function splitPlanes(pixels: Uint8Array, area: number, output: Uint8Array, offset: number): void {
  for (let pixel = 0, from = 0; pixel < area; pixel++, from += 3) {
    output[offset + pixel] = pixels[from]!;
    output[offset + area + pixel] = pixels[from + 1]!;
    output[offset + 2 * area + pixel] = pixels[from + 2]!;
  }
}

/** Draws by a composer. */
function composedDrawer(source: ViewSource): ImageDrawer {
  let scratch = new Uint8Array(0);
  return {
    // deno-lint-ignore require-await -- what is thrown must reject
    async draw({ sample }, views) {
      for (const { viewSeed, imageSize, layout, output, offset } of views) {
        if (layout === "pixels") {
          source.draw(sample, viewSeed, imageSize, output, offset);
          continue;
        }
        const area = imageSize ** 2;
        if (scratch.length < 3 * area) scratch = new Uint8Array(3 * area);
        source.draw(sample, viewSeed, imageSize, scratch, 0);
        splitPlanes(scratch, area, output, offset);
      }
    },
  };
}

/**
 * Draws the images of a data set that is open in this thread.
 *
 * @param role What the views are for, whatever the split is for.
 */
export async function datasetDrawer(
  dataset: Dataset<Annotation>,
  split: SplitName,
  role: SplitRole,
): Promise<ImageDrawer> {
  getSplit(dataset, split);
  const { composer } = dataset;
  if (composer !== undefined) return composedDrawer(await composer.open(split, { role }));
  const recipe = recipeOfRole(role);
  if (dataset.path !== undefined) return fileDrawer(recipe);
  return {
    async draw({ sample, id }, views) {
      const image = await dataset.decode(split, sample);
      for (const view of views) drawImageView(image, view.viewSeed, id, recipe, view);
    },
  };
}

/** Opens what a Worker draws from. */
export async function openDrawer(
  origin: ImageOrigin,
  recipe: AugmentationRecipe,
): Promise<ImageDrawer> {
  if (origin.kind === "files") return fileDrawer(recipe);
  const dataset = await openDatasetInWorker(origin.name, origin.modules);
  return await datasetDrawer(dataset, origin.split, origin.role);
}
