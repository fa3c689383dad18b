/**
 * Views side by side in one picture, which a report refers to tile by tile.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { encodePng } from "../../core/data/encode_png.ts";
import { readViews, type ViewSet } from "../../core/data/views/view_set.ts";
import { sha256 } from "../../core/files.ts";
import { figureLimits } from "../../core/results/figures.ts";
import type { FigureAtlas } from "../../core/results/joint_figures.ts";

/** Colours of the picture: a third of the bytes of all of them. */
const colours = 128;
/** Sides of tiles, from the largest: the first that fits is taken. */
const tileSides = [64, 32, 24, 16] as const;
/** Most tiles that are larger than the usual ones. */
const mostLarge = 48;

/**
 * A picture made smaller: every pixel is the mean of those that it stands for. One of its size is left as
 * it is.
 *
 * @param pixels [height, width, channels].
 */
export function shrink(
  pixels: ArrayLike<number>,
  channels: number,
  from: { readonly height: number; readonly width: number },
  to: { readonly height: number; readonly width: number },
): Float64Array {
  const result = new Float64Array(to.height * to.width * channels);
  for (let y = 0; y < to.height; y++) {
    const top = Math.floor(y * from.height / to.height);
    const bottom = Math.max(top + 1, Math.floor((y + 1) * from.height / to.height));
    for (let x = 0; x < to.width; x++) {
      const left = Math.floor(x * from.width / to.width);
      const right = Math.max(left + 1, Math.floor((x + 1) * from.width / to.width));
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let row = top; row < bottom; row++) {
          for (let column = left; column < right; column++) {
            sum += pixels[(row * from.width + column) * channels + channel]!;
          }
        }
        result[(y * to.width + x) * channels + channel] = sum / ((bottom - top) * (right - left));
      }
    }
  }
  return result;
}

/** Views as one picture of tiles. */
async function drawTiles(
  views: ViewSet,
  indices: readonly number[],
  tile: number,
): Promise<{ uri: string; columns: number }> {
  const { imageSize } = views;
  const columns = Math.min(64, Math.ceil(Math.sqrt(indices.length)));
  const width = columns * tile, height = Math.ceil(indices.length / columns) * tile;
  const pixels = new Uint8Array(3 * width * height);
  const view = new Uint8Array(3 * imageSize ** 2);
  const size = { height: imageSize, width: imageSize };
  for (const [place, index] of indices.entries()) {
    readViews(views, [index], view);
    const small = shrink(view, 3, size, { height: tile, width: tile });
    const left = (place % columns) * tile, top = Math.floor(place / columns) * tile;
    for (let row = 0; row < tile; row++) {
      pixels.set(
        Uint8Array.from(small.subarray(3 * row * tile, 3 * (row + 1) * tile), Math.round),
        3 * ((top + row) * width + left),
      );
    }
  }
  const png = await encodePng({ width, height, pixels }, { colours });
  return { uri: `data:image/png;base64,${Buffer.from(png).toString("base64")}`, columns };
}

/**
 * Views as an atlas, with tiles as large as there is room for; undefined where they are too many.
 *
 * @param indices Indices of the views, in the order of the tiles.
 */
export async function makeAtlas(
  views: ViewSet,
  indices: readonly number[],
): Promise<{ atlas: FigureAtlas; pictures: Record<string, string> } | undefined> {
  if (indices.length === 0 || indices.length > 4096) return undefined;
  const sides = new Set(tileSides.map((side) => Math.min(side, views.imageSize)));
  for (const tile of sides) {
    if (tile > 32 && indices.length > mostLarge) continue;
    const { uri, columns } = await drawTiles(views, indices, tile);
    if (uri.length > figureLimits.pictureText) continue;
    const picture = sha256(uri).slice(0, 16);
    return {
      atlas: { picture, tile, columns, count: indices.length },
      pictures: { [picture]: uri },
    };
  }
  return undefined;
}
