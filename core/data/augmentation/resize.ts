/**
 * Crop and resize: PIL's BILINEAR, a triangle filter with antialiasing (Pillow's Resample.c).
 *
 * @module
 */

import { resampleColumns, resampleRows } from "./kernels/image_kernels.wasm";
import {
  memoryBytes,
  memoryIntegers,
  type PlanarImage,
  reserveImage,
  reserveMemory,
  type RgbImage,
} from "./image_memory.ts";

/** A rectangle of whole pixels. */
export interface CropBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** How a crop becomes a view. */
export interface Resampling {
  /** Rectangle of the source; nothing outside it is looked at. */
  readonly crop: CropBox;
  /** Size to which the crop is brought. */
  readonly resized: { readonly width: number; readonly height: number };
  /** The part of the resized crop that is needed; default: all of it. */
  readonly window?: CropBox;
  /** Exchanges left and right, after everything else. */
  readonly mirrored: boolean;
}

/** Fraction bits of a weight; a weight of 1 is 2²². */
const weightOne = 2 ** 22;

/** Filter weights along one axis, in the kernels' memory. */
interface AxisWeights {
  readonly starts: number;
  readonly counts: number;
  readonly weights: number;
  /** Room for the weights of one target pixel. */
  readonly taps: number;
  /** Source pixels that are read: first, and the one behind the last. */
  readonly range: readonly [number, number];
}

/**
 * Weights that bring `extent` source pixels to `size` target pixels, for the target pixels
 * `from` … `from + count − 1`. With s = extent / size and f = max(1, s), the weight of source pixel
 * x for target pixel t is max(0, 1 − |x + ½ − (t + ½)·s| / f), divided by their sum.
 */
function prepareAxis(
  extent: number,
  size: number,
  from: number,
  count: number,
  reversed: boolean,
): AxisWeights {
  const scale = extent / size;
  const support = Math.max(1, scale);
  // At most 2 · ceil(support) + 1 weights are used; they are read in pairs.
  const taps = Math.ceil(support) * 2 + 2;
  const starts = reserveMemory(count * 4), counts = reserveMemory(count * 4);
  const weights = reserveMemory(count * taps * 4);
  const startValues = memoryIntegers(starts, count), countValues = memoryIntegers(counts, count);
  const weightValues = memoryIntegers(weights, count * taps);
  const inverse = 1 / support;
  memoryIntegers(weights, count * taps).fill(0);
  let first = extent, end = 0;
  for (let index = 0; index < count; index++) {
    const centre = (from + index + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const stop = Math.min(extent, Math.trunc(centre + support + 0.5));
    const slot = reversed ? count - 1 - index : index;
    let sum = 0;
    for (let x = start; x < stop; x++) {
      sum += Math.max(0, 1 - Math.abs((x - centre + 0.5) * inverse));
    }
    for (let x = start; x < stop; x++) {
      const weight = Math.max(0, 1 - Math.abs((x - centre + 0.5) * inverse));
      weightValues[slot * taps + x - start] = Math.trunc(0.5 + weight / sum * weightOne);
    }
    startValues[slot] = start;
    countValues[slot] = stop - start;
    if (start < first) first = start;
    if (stop > end) end = stop;
  }
  return { starts, counts, weights, taps, range: [first, end] };
}

/**
 * Weights as resampleRows reads them: in pairs of neighbours, the bits above the lowest 11 of both,
 * then the lowest 11 of both. All target pixels get as many as the one that has most.
 */
function pairWeights(axis: AxisWeights, count: number): { pairs: number; weights: number } {
  let most = 0;
  for (const taps of memoryIntegers(axis.counts, count)) most = Math.max(most, taps);
  const pairs = most + 1 >> 1;
  const weights = reserveMemory(count * pairs * 8);
  const from = memoryIntegers(axis.weights, count * axis.taps);
  const to = memoryIntegers(weights, count * pairs * 2);
  for (let index = 0; index < count; index++) {
    for (let pair = 0; pair < pairs; pair++) {
      const tap = index * axis.taps + 2 * pair;
      // Behind the last weight of a pixel there are zeros.
      const a = from[tap]!, b = from[tap + 1]!;
      const slot = (index * pairs + pair) * 2;
      to[slot] = a >> 11 | b >> 11 << 16;
      to[slot + 1] = a & 2047 | (b & 2047) << 16;
    }
  }
  return { pairs, weights };
}

/**
 * Crops, resizes and perhaps mirrors an image: rows first, rounded to bytes, then columns. Equal to
 * the bit to `crop(…).resize(…, BILINEAR)` of Pillow, followed by a crop to the window and a flip;
 * only for tall crops Pillow 13 takes the columns first, which moves some bytes by 1.
 *
 * @throws {RangeError} where the crop or the window is not inside its image.
 */
export function resampleImage(source: RgbImage, resampling: Resampling): PlanarImage {
  const { crop, resized, mirrored } = resampling;
  const window = resampling.window ?? { left: 0, top: 0, ...resized };
  checkInside("crop", crop, source);
  checkInside("window", window, resized);
  const image = reserveImage(window.width, window.height);
  const x = prepareAxis(crop.width, resized.width, window.left, window.width, mirrored);
  const y = prepareAxis(crop.height, resized.height, window.top, window.height, false);
  const pairs = pairWeights(x, window.width);

  const rows = y.range[1] - y.range[0];
  const stride = source.width * 3;
  const firstByte = (crop.top + y.range[0]) * stride;
  // Room for four rows at a time, and for zero weights behind the last pixel.
  const from = reserveMemory((rows + 4) * stride);
  const rowBytes = window.width * 3;
  const betweenStride = rowBytes + 1;
  const between = reserveMemory((rows + 3) * betweenStride);
  const scratch = reserveMemory(rowBytes);
  memoryBytes(from, rows * stride)
    .set(source.pixels.subarray(firstByte, firstByte + rows * stride));
  // The kernels count rows from the first that was copied.
  const starts = memoryIntegers(y.starts, window.height);
  for (let index = 0; index < starts.length; index++) starts[index]! -= y.range[0];
  resampleRows(
    from + crop.left * 3,
    stride,
    rows,
    between,
    betweenStride,
    window.width,
    x.starts,
    pairs.pairs,
    pairs.weights,
  );
  resampleColumns(
    between,
    betweenStride,
    rowBytes,
    image.address,
    image.planeStride,
    window.height,
    y.starts,
    y.counts,
    y.weights,
    y.taps,
    scratch,
  );
  return image;
}

function checkInside(
  name: string,
  box: CropBox,
  size: { readonly width: number; readonly height: number },
): void {
  const { left, top, width, height } = box;
  if (
    ![left, top, width, height].every(Number.isSafeInteger) || left < 0 || top < 0 || width < 1 ||
    height < 1 || left + width > size.width || top + height > size.height
  ) {
    throw new RangeError(
      `Cannot resize: ${name} is ${width} × ${height} at (${left}, ${top}), expected whole pixels ` +
        `inside ${size.width} × ${size.height}`,
    );
  }
}
