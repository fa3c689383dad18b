/**
 * Draws detections on a picture: masks, boxes, and names with scores.
 *
 * @module
 */

import { createCanvas, Path2D, type SKRSContext2D } from "@napi-rs/canvas";
import type { RgbImage } from "../core/data/augmentation/image_memory.ts";
import type { Detections } from "../core/vision/detections.ts";
import { maskOutline } from "../core/vision/mask_outline.ts";
import { decodeMask } from "../core/vision/run_length.ts";
import { cleanText } from "./format.ts";
import { pictureCanvas, pictureFont, pictureScale, usePictureFont } from "./picture_canvas.ts";

/** Colours by class, seen on any picture (Okabe and Ito, the bright ones). */
const colours = ["#ffb000", "#56b4e9", "#00c98d", "#ff6db6", "#f0e442", "#ff7f50"];
/** A name on its own ground above a box, or inside where there is no room. */
function drawName(
  context: SKRSContext2D,
  text: string,
  [x, y]: readonly [number, number],
  colour: string,
  size: number,
): void {
  context.font = `${size}px "${pictureFont}"`;
  const width = context.measureText(text).width + 0.6 * size, height = 1.4 * size;
  const left = Math.max(0, Math.min(x, context.canvas.width - width));
  const top = y >= height ? y - height : y;
  context.fillStyle = colour;
  context.fillRect(left, top, width, height);
  context.fillStyle = "#10151b";
  context.textBaseline = "middle";
  context.fillText(text, left + 0.3 * size, top + height / 2);
}

/**
 * Draws detections, the least certain first, so that the surest lie on top.
 *
 * @returns A PNG, at least 480 pixels on its long side.
 * @throws {DataError} where the font is missing.
 */
export async function drawDetections(
  image: RgbImage,
  { boxes, scores, labels, masks }: Detections,
  classNames: readonly string[],
): Promise<Uint8Array> {
  usePictureFont();
  const { width, height } = image;
  const scale = pictureScale(image);
  const canvas = createCanvas(width * scale, height * scale);
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(pictureCanvas(image), 0, 0, width * scale, height * scale);
  const line = Math.max(1.5, Math.max(canvas.width, canvas.height) / 400);
  const order = Array.from(scores, (_, index) => index).reverse();
  const colourOf = (index: number) => colours[labels[index]! % colours.length]!;
  for (const index of order) {
    const mask = masks?.[index];
    if (mask === undefined) continue;
    context.save();
    context.scale(scale, scale);
    context.globalAlpha = 0.45;
    context.fillStyle = colourOf(index);
    context.fill(new Path2D(maskOutline(decodeMask(mask), mask)), "evenodd");
    context.restore();
  }
  for (const index of order) {
    const [x0, y0, x1, y1] = Array.from(
      boxes.subarray(4 * index, 4 * index + 4),
      (side) => side * scale,
    ) as [number, number, number, number];
    context.strokeStyle = colourOf(index);
    context.lineWidth = line;
    context.strokeRect(x0, y0, x1 - x0, y1 - y0);
    const name = cleanText(classNames[labels[index]!] ?? "");
    const text = `${name} ${Math.round(scores[index]! * 100)} %`;
    drawName(context, text, [x0 - line / 2, y0 - line / 2], colourOf(index), 9 * line);
  }
  return new Uint8Array(await canvas.encode("png"));
}
