/**
 * Scenes for the report: pictures with the class of every pixel, in truth and as it was found.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { SegmentationAnnotation } from "../../core/data/annotation.ts";
import type { RgbImage } from "../../core/data/augmentation/image_memory.ts";
import { encodePng, sizeWithin } from "../../core/data/encode_png.ts";
import { figureLimits, type FigureMap } from "../../core/results/figures.ts";

/** Colours of a picture: a third of the bytes of all of them. */
const pictureColours = 128;
/** Runs of both maps of all scenes of a measurement: more is noise that nobody can look at. */
const mostRuns = 100_000;

/** A picture, and a scene that refers to it. */
export interface MapScene {
  readonly scene: FigureMap;
  /** PNG as a data URI. */
  readonly picture: string;
}

type Size = { readonly width: number; readonly height: number };

/**
 * Runs of one class, row by row, of a map at a smaller size: the nearest pixels.
 *
 * @param isJudged Whether the class of a pixel counts; others become −1.
 */
function runsOf(
  map: Uint8Array | Uint16Array,
  from: Size,
  to: Size,
  isJudged: (label: number) => boolean,
): number[] {
  const runs: number[] = [];
  for (let y = 0; y < to.height; y++) {
    const row = Math.min(from.height - 1, Math.floor((y + 0.5) * from.height / to.height));
    for (let x = 0; x < to.width; x++) {
      const column = Math.min(from.width - 1, Math.floor((x + 0.5) * from.width / to.width));
      const value = map[row * from.width + column]!;
      const label = isJudged(value) ? value : -1;
      if (runs.at(-2) === label) runs[runs.length - 1]!++;
      else runs.push(label, 1);
    }
  }
  return runs;
}

/** Makes scenes, as long as they are not too much to keep. */
export class MapScenes {
  readonly #classes: number;
  readonly #scenes: MapScene[] = [];
  #runs = 0;

  constructor(classes: number) {
    this.#classes = classes;
  }

  /** All of them, in the order in which they were added. */
  get scenes(): readonly MapScene[] {
    return this.#scenes;
  }

  /** Adds a scene; one whose maps are noise is left out. */
  async add(
    { id, image, truth, prediction }: {
      readonly id: string;
      readonly image: RgbImage;
      readonly truth: SegmentationAnnotation;
      readonly prediction: Uint8Array;
    },
  ): Promise<void> {
    const longSide = figureLimits.pictureSide;
    const size = sizeWithin(image, longSide);
    const isJudged = (label: number) => label < this.#classes;
    const scene: FigureMap = {
      id: id.slice(0, 200),
      picture: `${this.#scenes.length}`,
      ...size,
      truth: runsOf(truth.map, image, size, isJudged),
      found: runsOf(prediction, image, size, isJudged),
    };
    const runs = (scene.truth.length + scene.found.length) / 2;
    const isTooLong = Math.max(scene.truth.length, scene.found.length) > 2 * figureLimits.runs;
    if (isTooLong || this.#runs + runs > mostRuns) return;
    const png = await encodePng(image, { longSide, colours: pictureColours });
    const picture = `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
    if (picture.length > figureLimits.pictureText) return;
    this.#runs += runs;
    this.#scenes.push({ scene, picture });
  }
}
