/**
 * Draws the classes of pixels over a picture, with a legend below.
 *
 * @module
 */

import { createCanvas, ImageData, type SKRSContext2D } from "@napi-rs/canvas";
import type { RgbImage } from "../core/data/augmentation/image_memory.ts";
import type { Colour } from "../core/data/encode_label_png.ts";
import type { DrawnShare } from "../pipeline/segment.ts";
import { cleanText } from "./format.ts";
import { pictureCanvas, pictureFont, pictureScale, usePictureFont } from "./picture_canvas.ts";

/** How much of the colours is seen over the picture. */
const opacity = 0.6;
/** Classes that the legend names one by one. */
const mostNamed = 30;
/** Characters of a name in the legend. */
const longestName = 40;

/** An entry of the legend with its place. */
interface LegendEntry {
  readonly text: string;
  readonly colour: Colour | undefined;
  readonly left: number;
  readonly row: number;
}

function legendTexts(classes: readonly DrawnShare[]): Pick<LegendEntry, "text" | "colour">[] {
  const named = classes.slice(0, mostNamed).map(({ name, colour, share }) => {
    const clean = cleanText(name);
    const short = clean.length > longestName ? `${clean.slice(0, longestName - 1)}…` : clean;
    const percent = share < 0.01 ? "< 1" : `${Math.round(100 * share)}`;
    return { text: `${short} ${percent} %`, colour };
  });
  const more = classes.length - named.length;
  return more > 0 ? [...named, { text: `and ${more} more`, colour: undefined }] : named;
}

/** Puts the entries side by side, in as many rows as they need. */
function layOut(
  context: SKRSContext2D,
  classes: readonly DrawnShare[],
  { width, size }: { readonly width: number; readonly size: number },
): { entries: LegendEntry[]; rows: number } {
  context.font = `${size}px "${pictureFont}"`;
  let left = size, row = 0;
  const entries = legendTexts(classes).map(({ text, colour }) => {
    const wide = 1.5 * size + context.measureText(text).width + 1.5 * size;
    if (left + wide > width && left > size) {
      left = size;
      row++;
    }
    const entry = { text, colour, left, row };
    left += wide;
    return entry;
  });
  return { entries, rows: row + 1 };
}

const cssOf = ([red, green, blue]: Colour) => `rgb(${red}, ${green}, ${blue})`;

/** The colours of the labels as a canvas of the picture's size. */
function colourCanvas(
  labels: Uint8Array,
  { width, height }: Pick<RgbImage, "width" | "height">,
  colours: readonly Colour[],
) {
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  labels.forEach((label, pixel) => data.set(colours[label] ?? [0, 0, 0], 4 * pixel));
  const canvas = createCanvas(width, height);
  canvas.getContext("2d").putImageData(new ImageData(data, width, height), 0, 0);
  return canvas;
}

/**
 * Draws the classes of a picture's pixels.
 *
 * @param labels [height, width], indices into `colours`.
 * @param classes For the legend, the largest first.
 * @returns A PNG: the picture, at least 480 pixels on its long side, and the legend below it.
 * @throws {DataError} where the font is missing.
 */
export async function drawSegmentation(
  image: RgbImage,
  labels: Uint8Array,
  { colours, classes }: {
    readonly colours: readonly Colour[];
    readonly classes: readonly DrawnShare[];
  },
): Promise<Uint8Array> {
  usePictureFont();
  const scale = pictureScale(image);
  const width = image.width * scale, height = image.height * scale;
  const size = Math.max(12, Math.max(width, height) / 40);
  const line = 1.8 * size;
  const { entries, rows } = layOut(createCanvas(1, 1).getContext("2d"), classes, { width, size });
  const canvas = createCanvas(width, Math.ceil(height + rows * line + size));
  const context = canvas.getContext("2d");
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = false;
  context.drawImage(pictureCanvas(image), 0, 0, width, height);
  context.globalAlpha = opacity;
  context.drawImage(colourCanvas(labels, image, colours), 0, 0, width, height);
  context.globalAlpha = 1;
  context.font = `${size}px "${pictureFont}"`;
  context.textBaseline = "middle";
  for (const { text, colour, left, row } of entries) {
    const middle = height + size / 2 + (row + 0.5) * line;
    if (colour !== undefined) {
      context.fillStyle = cssOf(colour);
      context.fillRect(left, middle - size / 2, size, size);
    }
    context.fillStyle = "#10151b";
    context.fillText(text, left + (colour === undefined ? 0 : 1.5 * size), middle);
  }
  return new Uint8Array(await canvas.encode("png"));
}
