/**
 * Maps of numbers from 0 to 1 as pictures of heat.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { type Colour, encodeLabelPng } from "../../core/data/encode_label_png.ts";
import { upsampleMap } from "../../core/vision/upsample_map.ts";

/** Steps of the colours. */
const levels = 64;
/** Side of a picture, pixels. */
const side = 64;

/** Anchors of the scale, from nothing to most: matplotlib's inferno, lightness rising all the way. */
const anchors: readonly Colour[] = [
  [0, 0, 4],
  [40, 11, 84],
  [101, 21, 110],
  [159, 42, 99],
  [212, 72, 66],
  [245, 125, 21],
  [250, 193, 39],
  [252, 255, 164],
];

/** The colours of the scale, from 0 to 1. */
export const heatColours: readonly Colour[] = Array.from({ length: levels }, (_, level) => {
  const at = level / (levels - 1) * (anchors.length - 1);
  const first = Math.min(anchors.length - 2, Math.floor(at)), share = at - first;
  return [0, 1, 2].map((channel) =>
    Math.round(anchors[first]![channel]! * (1 - share) + anchors[first + 1]![channel]! * share)
  ) as unknown as Colour;
});

/** A map of numbers from 0 to 1, [height, width], as a PNG in a data URI. */
export function heatPicture(
  values: readonly number[],
  size: { readonly height: number; readonly width: number },
): string {
  const large = upsampleMap(values, size, { height: side, width: side });
  const labels = Uint8Array.from(large, (value) => Math.round(value * (levels - 1)));
  const png = encodeLabelPng(labels, { height: side, width: side }, heatColours);
  return `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
}
