/**
 * Scenes for the report: pictures with the truth and what was found.
 *
 * @module
 */

import type { InstancesAnnotation } from "../../core/data/annotation.ts";
import type { RgbImage } from "../../core/data/augmentation/image_memory.ts";
import { encodePng, sizeWithin } from "../../core/data/encode_png.ts";
import { figureLimits, type FigureScene, type FigureShape } from "../../core/results/figures.ts";
import type { Detections } from "../../core/vision/detections.ts";
import { maskOutline } from "../../core/vision/mask_outline.ts";
import { rasterizePolygons } from "../../core/vision/polygons.ts";
import { decodeMask, type RunLengthMask } from "../../core/vision/run_length.ts";

/** Colours of a picture: a third of the bytes of all of them. */
const pictureColours = 128;
/** Detections below this are too many to look at. */
const lowestScore = 0.5;
/** Most detections of a scene. */
const mostShown = 12;

/** A picture, and a scene that refers to it. */
export interface SceneFigure {
  readonly scene: FigureScene;
  /** PNG as a data URI. */
  readonly picture: string;
}

/** What a scene is made of. */
export interface SceneOptions {
  /** Id of the sample. */
  readonly id: string;
  /** Key of the picture. */
  readonly picture: string;
  readonly image: RgbImage;
  readonly truth: InstancesAnnotation;
  readonly detections: Detections;
  readonly classNames: readonly string[];
}

/** The rows and columns of a large image that the pixels of a small one are taken from. */
function outlineAt(
  mask: RunLengthMask,
  size: { readonly width: number; readonly height: number },
): string {
  const full = decodeMask(mask);
  const { width, height } = size;
  if (width === mask.width && height === mask.height) return maskOutline(full, size);
  const small = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.min(mask.height - 1, Math.floor((y + 0.5) * mask.height / height));
    for (let x = 0; x < width; x++) {
      const column = Math.min(mask.width - 1, Math.floor((x + 0.5) * mask.width / width));
      small[y * width + x] = full[row * mask.width + column]!;
    }
  }
  return maskOutline(small, size);
}

/** Puts shapes on the pixels of a picture. */
class ShapeScale {
  readonly #image: RgbImage;
  readonly #size: { width: number; height: number };

  constructor(image: RgbImage, size: { width: number; height: number }) {
    this.#image = image;
    this.#size = size;
  }

  shape(
    label: string,
    boxes: Float32Array,
    index: number,
    mask: RunLengthMask | undefined,
  ): FigureShape {
    const { width, height } = this.#image;
    const box = Array.from(boxes.subarray(4 * index, 4 * index + 4), (side, place) => {
      const factor = place % 2 === 0 ? this.#size.width / width : this.#size.height / height;
      return Math.round(side * factor * 10) / 10;
    }) as [number, number, number, number];
    const outline = mask === undefined ? "" : outlineAt(mask, this.#size);
    return {
      label: label.slice(0, 200),
      box,
      // A mask of noise has an outline of every pixel: the box says enough.
      ...(outline === "" || outline.length > 20_000 ? {} : { outline }),
    };
  }
}

/** The mask of an object of the truth. */
export function truthMask(
  { masks }: Pick<InstancesAnnotation, "masks">,
  object: number,
  { width, height }: { readonly width: number; readonly height: number },
  what: string,
): RunLengthMask | undefined {
  const mask = masks[object];
  if (mask === undefined) return undefined;
  return mask.kind === "rle" ? mask : rasterizePolygons(mask.polygons, height, width, what);
}

/** Makes a scene. */
export async function makeScene(options: SceneOptions): Promise<SceneFigure> {
  const { id, picture, image, truth, detections, classNames } = options;
  const size = sizeWithin(image, figureLimits.pictureSide);
  const scale = new ShapeScale(image, size);
  const name = (label: number) => classNames[label] ?? `category ${label}`;
  const found = Array.from(detections.scores, (score, index) => ({ score, index }))
    .filter(({ score }) => score >= lowestScore).slice(0, mostShown)
    .map(({ score, index }): FigureShape => ({
      ...scale.shape(
        name(detections.labels[index]!),
        detections.boxes,
        index,
        detections.masks?.[index],
      ),
      score: Math.round(score * 1000) / 1000,
    }));
  const objects = Array.from(truth.categories, (category, object) => ({ category, object }))
    .filter(({ object }) => truth.crowd[object] === 0).slice(0, figureLimits.shapes)
    .map(({ category, object }) =>
      scale.shape(name(category), truth.boxes, object, truthMask(truth, object, image, id))
    );
  const png = await encodePng(image, {
    longSide: figureLimits.pictureSide,
    colours: pictureColours,
  });
  return {
    scene: { id: id.slice(0, 200), picture, ...size, truth: objects, found },
    picture: `data:image/png;base64,${png.toBase64()}`,
  };
}
