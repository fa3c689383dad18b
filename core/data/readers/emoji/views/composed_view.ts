/**
 * Composed views: an icon, turned, scaled, moved and maybe mirrored, on a random background.
 *
 * @module
 */

import { RandomStream } from "../../../../random.ts";
import {
  anyContrast,
  type Background,
  createBackground,
  drawBackground,
  fillBackgroundRow,
} from "./background.ts";
import {
  type ColourMap,
  drawColourJitter,
  identityColourMap,
  resetColourMap,
} from "./colour_jitter.ts";

/** Changes when the same seed draws other pixels; part of every content key. */
export const compositionVersion = 1;

/** How much of a view is not the icon's own. */
export interface Composition {
  /** Least and greatest contrast of the background's two colours. */
  readonly contrasts: readonly [number, number];
  /** Whether views for training get colour jitter and greyscale. */
  readonly jitter: boolean;
}

/**
 * Quiet backgrounds and the icon's own colours: the views of the data sets. At 32 pixels a student
 * spends its short training on patterns and false colours otherwise, see docs/embedded.md.
 */
export const quietComposition: Composition = { contrasts: [0.05, 0.25], jitter: false };

/** Backgrounds of any contrast, and colour jitter in training: what the teacher is trained on. */
export const strongComposition: Composition = { contrasts: anyContrast, jitter: true };

/** Least and greatest side of the icon, in view sides. */
export const scaleRange: readonly [number, number] = [0.6, 1];
/** Greatest turn to either side, in degrees. */
export const largestRotation = 20;
/** How far the icon's tile may stick out of the view, in view sides. */
const overhang = 0.04;

/** Parameters of one view; independent of its size, and reused from view to view. */
export interface ViewParameters {
  /** Side of the icon, in view sides. */
  scale: number;
  /** Turn, in radians, clockwise on the screen. */
  rotation: number;
  /** Centre of the icon, in view sides from the top left corner. */
  centreX: number;
  centreY: number;
  flip: boolean;
  readonly background: Background;
  readonly colour: ColourMap;
  /** Whether `colour` is not the identity. */
  jittered: boolean;
}

/** Room for the parameters of a view. */
export function createViewParameters(): ViewParameters {
  return {
    scale: 1,
    rotation: 0,
    centreX: 0.5,
    centreY: 0.5,
    flip: false,
    background: createBackground(),
    colour: identityColourMap(),
    jittered: false,
  };
}

/**
 * Draws the parameters of a view: a pure function of (view seed, sample id, composition, augmented).
 *
 * @param options.augmented Adds the composition's colour jitter: train views only. Background, scale,
 *   rotation, shift and mirroring are the same with and without it.
 */
export function drawViewParameters(
  viewSeed: number,
  sampleId: string,
  { composition, augmented }: { readonly composition: Composition; readonly augmented: boolean },
  parameters: ViewParameters,
): void {
  const random = new RandomStream(viewSeed, "view", sampleId);
  parameters.scale = random.uniform(...scaleRange);
  parameters.rotation = random.uniform(-1, 1) * largestRotation * Math.PI / 180;
  const room = (1 - parameters.scale) / 2 + overhang;
  parameters.centreX = 0.5 + room * random.uniform(-1, 1);
  parameters.centreY = 0.5 + room * random.uniform(-1, 1);
  parameters.flip = random.uniform() < 0.5;
  drawBackground(random, parameters.background, composition.contrasts);
  const jittered = augmented && composition.jitter;
  if (jittered) drawColourJitter(random, parameters.colour);
  else resetColourMap(parameters.colour);
  parameters.jittered = jittered;
}

let row = new Float64Array(0);

function toByte(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : value + 0.5 | 0;
}

/**
 * Draws a view: icon over background (both premultiplied: icon + (1 − alpha) · background), then
 * the colour map.
 *
 * @param texture Premultiplied RGBA with a border of one transparent pixel,
 *   `[textureSize + 2, textureSize + 2, 4]` at `textureOffset`; `textureSize` should be about
 *   `scale * size` (see `levelFor`), for pixels are read bilinearly, without further averaging.
 * @param output Takes `size * size * 3` bytes, RGB, at `outputOffset`.
 */
export function composeView(
  parameters: ViewParameters,
  texture: Uint8Array,
  textureOffset: number,
  textureSize: number,
  size: number,
  output: Uint8Array,
  outputOffset: number,
): void {
  if (row.length < size * 3) row = new Float64Array(size * 3);
  const { background, colour, jittered } = parameters;
  const stride = (textureSize + 2) * 4;
  // From the centre of a view pixel to a place in the texture: turn back, scale, mirror.
  const pixels = textureSize / (parameters.scale * size);
  const mirror = parameters.flip ? -1 : 1;
  const cosine = Math.cos(parameters.rotation) * pixels;
  const sine = Math.sin(parameters.rotation) * pixels;
  const stepX = mirror * cosine, stepY = -sine;
  const centre = textureSize / 2 + 0.5;
  const limit = textureSize + 1;
  const m0 = colour[0]!, m1 = colour[1]!, m2 = colour[2]!, m3 = colour[3]!;
  const m4 = colour[4]!, m5 = colour[5]!, m6 = colour[6]!, m7 = colour[7]!;
  const m8 = colour[8]!, m9 = colour[9]!, m10 = colour[10]!, m11 = colour[11]!;
  let to = outputOffset;
  for (let y = 0; y < size; y++) {
    fillBackgroundRow(background, y, size, row);
    const fromCentreX = 0.5 - parameters.centreX * size;
    const fromCentreY = y + 0.5 - parameters.centreY * size;
    let u = centre + mirror * (fromCentreX * cosine + fromCentreY * sine);
    let v = centre + fromCentreY * cosine - fromCentreX * sine;
    for (let x = 0; x < size; x++, u += stepX, v += stepY, to += 3) {
      let red = row[x * 3]!, green = row[x * 3 + 1]!, blue = row[x * 3 + 2]!;
      if (u > 0 && v > 0 && u < limit && v < limit) {
        const column = u | 0, line = v | 0;
        const s = u - column, t = v - line;
        const w11 = s * t, w10 = t - w11, w01 = s - w11, w00 = 1 - s - w10;
        const a = textureOffset + line * stride + column * 4;
        const b = a + stride;
        const alpha = w00 * texture[a + 3]! + w01 * texture[a + 7]! +
          w10 * texture[b + 3]! + w11 * texture[b + 7]!;
        if (alpha > 0) {
          const through = 1 - alpha / 255;
          red = red * through + w00 * texture[a]! + w01 * texture[a + 4]! +
            w10 * texture[b]! + w11 * texture[b + 4]!;
          green = green * through + w00 * texture[a + 1]! + w01 * texture[a + 5]! +
            w10 * texture[b + 1]! + w11 * texture[b + 5]!;
          blue = blue * through + w00 * texture[a + 2]! + w01 * texture[a + 6]! +
            w10 * texture[b + 2]! + w11 * texture[b + 6]!;
        }
      }
      if (jittered) {
        output[to] = toByte(m0 * red + m1 * green + m2 * blue + m3);
        output[to + 1] = toByte(m4 * red + m5 * green + m6 * blue + m7);
        output[to + 2] = toByte(m8 * red + m9 * green + m10 * blue + m11);
      } else {
        output[to] = toByte(red);
        output[to + 1] = toByte(green);
        output[to + 2] = toByte(blue);
      }
    }
  }
}
