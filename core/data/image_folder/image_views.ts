/**
 * Views of photographs: a random crop and colour jitter for training, the centre else.
 *
 * @module
 */

import { RandomStream } from "../../random.ts";
import { drawColourJitter, identityColourMap } from "../views/colour_jitter.ts";
import type { DecodedImage } from "./image_decoder.ts";

/** Changes when the same seed draws other pixels; part of every content key. */
export const imageViewVersion = 1;

/** Share of the area that a train crop covers, as in MoCo v2 (main_moco.py). */
const areaRange: readonly [number, number] = [0.2, 1];
/** Width over height of a train crop, as in torchvision's RandomResizedCrop. */
const ratioRange: readonly [number, number] = [3 / 4, 4 / 3];
/** Share of the short side that an evaluation view covers: 224 of 256. */
const centreShare = 0.875;

/** A rectangle in source pixels. */
interface Crop {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * Random crop, as torchvision's RandomResizedCrop but in whole and broken pixels alike, so that it
 * does not depend on the resolution.
 */
function drawCrop(random: RandomStream, width: number, height: number, crop: Crop): void {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = width * height * random.uniform(...areaRange);
    const ratio = Math.exp(random.uniform(Math.log(ratioRange[0]), Math.log(ratioRange[1])));
    crop.width = Math.sqrt(area * ratio);
    crop.height = Math.sqrt(area / ratio);
    if (crop.width <= width && crop.height <= height) {
      crop.left = random.uniform(0, width - crop.width);
      crop.top = random.uniform(0, height - crop.height);
      return;
    }
  }
  // The middle, with the ratio brought into range.
  crop.width = Math.min(width, height * ratioRange[1]);
  crop.height = Math.min(height, width / ratioRange[0]);
  crop.left = (width - crop.width) / 2;
  crop.top = (height - crop.height) / 2;
}

let weights = new Float64Array(0);
let starts = new Int32Array(0);
let counts = new Int32Array(0);
let columnSums = new Float64Array(0);
/** Source pixels that one view pixel can touch: a triangle of radius ≤ 2 plus the ends. */
const mostTaps = 6;

/**
 * Triangle filter weights along one axis, with antialiasing as in PIL's BILINEAR: radius
 * max(1, source pixels per view pixel), clipped at the ends of the image.
 */
function fillWeights(
  axis: number,
  from: number,
  extent: number,
  limit: number,
  size: number,
  mirrored: boolean,
): void {
  const ratio = extent / size;
  const radius = Math.max(1, ratio);
  for (let index = 0; index < size; index++) {
    const place = mirrored ? size - 1 - index : index;
    const centre = from + (place + 0.5) * ratio;
    const start = Math.max(0, Math.floor(centre - radius + 0.5));
    const end = Math.min(limit, Math.floor(centre + radius + 0.5));
    const count = Math.max(1, Math.min(mostTaps, end - start));
    const slot = axis * size + index;
    starts[slot] = Math.min(start, limit - 1);
    counts[slot] = count;
    let sum = 0;
    for (let tap = 0; tap < count; tap++) {
      const weight = Math.max(0, 1 - Math.abs(start + tap + 0.5 - centre) / radius);
      weights[slot * mostTaps + tap] = weight;
      sum += weight;
    }
    if (sum > 0) {
      for (let tap = 0; tap < count; tap++) weights[slot * mostTaps + tap]! /= sum;
    } else weights[slot * mostTaps] = 1;
  }
}

const crop: Crop = { left: 0, top: 0, width: 1, height: 1 };
const colour = identityColourMap();

function toByte(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : value + 0.5 | 0;
}

/**
 * Draws a view of an image: a pure function of (view seed, sample id, augmented) and the pixels.
 *
 * @param augmented Random crop, mirroring, colour jitter; else the centre, the same for every seed.
 * @param output Takes `size * size * 3` bytes, RGB, at `offset`.
 */
export function drawImageView(
  image: DecodedImage,
  viewSeed: number,
  sampleId: string,
  augmented: boolean,
  size: number,
  output: Uint8Array,
  offset: number,
): void {
  let mirrored = false;
  if (augmented) {
    const random = new RandomStream(viewSeed, "view", sampleId);
    drawCrop(random, image.width, image.height, crop);
    mirrored = random.uniform() < 0.5;
    drawColourJitter(random, colour);
  } else {
    const side = Math.min(image.width, image.height) * centreShare;
    crop.width = side;
    crop.height = side;
    crop.left = (image.width - side) / 2;
    crop.top = (image.height - side) / 2;
  }
  // Below 2 source pixels per view pixel, so that the filter stays small.
  const wanted = Math.floor(Math.log2(Math.min(crop.width, crop.height) / size));
  const level = Math.max(0, Math.min(image.levels.length - 1, wanted));
  const pixels = image.levels[level]!;
  const levelWidth = Math.max(1, image.width >> level);
  const levelHeight = Math.max(1, image.height >> level);
  const scaleX = levelWidth / image.width, scaleY = levelHeight / image.height;
  if (starts.length < 2 * size) {
    starts = new Int32Array(2 * size);
    counts = new Int32Array(2 * size);
    weights = new Float64Array(2 * size * mostTaps);
  }
  fillWeights(0, crop.left * scaleX, crop.width * scaleX, levelWidth, size, mirrored);
  fillWeights(1, crop.top * scaleY, crop.height * scaleY, levelHeight, size, false);
  resample(pixels, levelWidth, size, augmented, output, offset);
}

/** Filters columns first, then rows, then applies the colour map. */
function resample(
  pixels: Uint8Array,
  levelWidth: number,
  size: number,
  jittered: boolean,
  output: Uint8Array,
  offset: number,
): void {
  if (columnSums.length < levelWidth * 3) columnSums = new Float64Array(levelWidth * 3);
  const firstColumn = Math.min(starts[0]!, starts[size - 1]!);
  const lastColumn = Math.max(
    starts[0]! + counts[0]!,
    starts[size - 1]! + counts[size - 1]!,
  );
  let to = offset;
  for (let y = 0; y < size; y++) {
    const slotY = size + y;
    for (let index = firstColumn * 3; index < lastColumn * 3; index++) {
      let sum = 0;
      for (let tap = 0; tap < counts[slotY]!; tap++) {
        sum += weights[slotY * mostTaps + tap]! *
          pixels[(starts[slotY]! + tap) * levelWidth * 3 + index]!;
      }
      columnSums[index] = sum;
    }
    for (let x = 0; x < size; x++, to += 3) {
      let red = 0, green = 0, blue = 0;
      for (let tap = 0; tap < counts[x]!; tap++) {
        const weight = weights[x * mostTaps + tap]!;
        const from = (starts[x]! + tap) * 3;
        red += weight * columnSums[from]!;
        green += weight * columnSums[from + 1]!;
        blue += weight * columnSums[from + 2]!;
      }
      for (let channel = 0; channel < 3; channel++) {
        const row = channel * 4;
        output[to + channel] = toByte(
          jittered
            ? colour[row]! * red + colour[row + 1]! * green + colour[row + 2]! * blue +
              colour[row + 3]!
            : channel === 0
            ? red
            : channel === 1
            ? green
            : blue,
        );
      }
    }
  }
}
