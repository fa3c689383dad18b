/**
 * Maps of numbers read line by line, so that a map at the size of an image, with a number for each class
 * and pixel, is never there as a whole.
 *
 * @module
 */

import type { MapDimensions } from "../../core/nn/resample.ts";
import { bilinearNeighbours, type ResizeOptions } from "../../core/nn/resize_bilinear.ts";

/** A map whose lines are asked for from the first to the last. */
export interface MapLines extends MapDimensions {
  /** Numbers of a pixel. */
  readonly channels: number;
  /** A line, [width · channels], which holds until the next one is asked for. */
  line(y: number): Float32Array | Float64Array;
}

/** The lines of a map that is there. @param rows [height, width, channels]. */
export function arrayLines(rows: Float32Array, { height, width }: MapDimensions): MapLines {
  const channels = rows.length / (height * width);
  const length = width * channels;
  return { height, width, channels, line: (y) => rows.subarray(y * length, (y + 1) * length) };
}

/** The lines of a map at another size, bilinear, without antialiasing. */
export function resizedLines(
  from: MapLines,
  { height, width }: MapDimensions,
  options: ResizeOptions,
): MapLines {
  if (from.height === height && from.width === width) return from;
  const { channels } = from;
  const down = bilinearNeighbours(from.height, height, options);
  const across = bilinearNeighbours(from.width, width, options);
  const result = new Float64Array(width * channels);
  // Each line of the source is widened once, when it is first needed.
  const widened = [0, 1].map(() => ({ y: -1, line: new Float64Array(width * channels) }));
  const widenedLine = (y: number): Float64Array => {
    const kept = widened[y % 2]!;
    if (kept.y === y) return kept.line;
    kept.y = y;
    const source = from.line(y), { line } = kept;
    for (let x = 0, at = 0; x < width; x++) {
      const left = across.first[x]! * channels, right = across.second[x]! * channels;
      const far = across.share[x]!;
      for (let channel = 0; channel < channels; channel++, at++) {
        line[at] = source[left + channel]! * (1 - far) + source[right + channel]! * far;
      }
    }
    return line;
  };
  return {
    height,
    width,
    channels,
    line(y) {
      const low = down.share[y]!;
      const above = widenedLine(down.first[y]!), below = widenedLine(down.second[y]!);
      for (let at = 0; at < result.length; at++) {
        result[at] = above[at]! * (1 - low) + below[at]! * low;
      }
      return result;
    },
  };
}

/**
 * Adds the softmax of each pixel's logits to a line of sums.
 *
 * @param isMirrored Whether the logits run from right to left. @default {false}
 */
export function addSoftmax(
  sums: Float32Array | Float64Array,
  logits: Float32Array | Float64Array,
  channels: number,
  isMirrored = false,
): void {
  for (let begin = 0; begin < logits.length; begin += channels) {
    const to = isMirrored ? logits.length - channels - begin : begin;
    let largest = -Infinity, sum = 0;
    for (let at = begin; at < begin + channels; at++) largest = Math.max(largest, logits[at]!);
    for (let at = begin; at < begin + channels; at++) sum += Math.exp(logits[at]! - largest);
    for (let channel = 0; channel < channels; channel++) {
      sums[to + channel]! += Math.exp(logits[begin + channel]! - largest) / sum;
    }
  }
}

/** The class of the largest number of each pixel, the first of equal ones, `[height, width]`. */
export function classesOfLines(map: MapLines): Uint8Array {
  const { height, width, channels } = map;
  const classes = new Uint8Array(height * width);
  for (let y = 0, pixel = 0; y < height; y++) {
    const line = map.line(y);
    for (let begin = 0; begin < line.length; begin += channels, pixel++) {
      let best = 0;
      for (let at = 1; at < channels; at++) if (line[begin + at]! > line[begin + best]!) best = at;
      classes[pixel] = best;
    }
  }
  return classes;
}
