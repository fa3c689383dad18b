/**
 * What is on an image, brought to the image's size in a batch.
 *
 * @module
 */

import type { InstanceMask, InstancesAnnotation } from "../../data/annotation.ts";
import type { ImageSize } from "../../data/decoding/image_header.ts";
import type { DetectionTruth } from "../detection_batch.ts";
import { rasterizePolygons } from "../polygons.ts";
import { decodeMask } from "../run_length.ts";

/** Where an annotated image is in a batch. */
export interface TruthPlace {
  /** Size of the image as it is annotated. */
  readonly original: ImageSize;
  /** Size in the batch, without padding. */
  readonly size: ImageSize;
  readonly isMirrored: boolean;
}

/** A mask of polygons: drawn at the new size, for that loses nothing. */
function drawPolygons(
  polygons: readonly Float64Array[],
  { original, size, isMirrored }: TruthPlace,
): Uint8Array {
  const scaleX = size.width / original.width, scaleY = size.height / original.height;
  const moved = polygons.map((polygon) =>
    polygon.map((value, index) => {
      if (index % 2 === 1) return value * scaleY;
      return (isMirrored ? original.width - value : value) * scaleX;
    })
  );
  return decodeMask(rasterizePolygons(moved, size.height, size.width));
}

/** A mask of pixels: the nearest, as torchvision's transform of masks. */
function resizeMask(
  mask: InstanceMask & { readonly kind: "rle" },
  { size, isMirrored }: TruthPlace,
): Uint8Array {
  const pixels = decodeMask(mask);
  if (mask.width === size.width && mask.height === size.height && !isMirrored) return pixels;
  const scaleX = mask.width / size.width, scaleY = mask.height / size.height;
  const columns = Int32Array.from({ length: size.width }, (_, x) => {
    const at = isMirrored ? size.width - 1 - x : x;
    return Math.min(mask.width - 1, Math.floor(at * scaleX));
  });
  const output = new Uint8Array(size.width * size.height);
  for (let y = 0; y < size.height; y++) {
    const from = Math.min(mask.height - 1, Math.floor(y * scaleY)) * mask.width;
    for (let x = 0; x < size.width; x++) output[y * size.width + x] = pixels[from + columns[x]!]!;
  }
  return output;
}

/**
 * The objects of an image in pixels of the batch. Those of which nothing is left in the image are left
 * out.
 */
export function placeTruth(annotation: InstancesAnnotation, place: TruthPlace): DetectionTruth {
  const { original, size, isMirrored } = place;
  const scaleX = size.width / original.width, scaleY = size.height / original.height;
  const boxes: number[] = [], kept: number[] = [];
  const clip = (value: number, most: number) => Math.fround(Math.min(Math.max(value, 0), most));
  for (let object = 0; object < annotation.categories.length; object++) {
    const [left, top, right, bottom] = annotation.boxes.subarray(4 * object, 4 * object + 4);
    const x0 = isMirrored ? original.width - right! : left!;
    const x1 = isMirrored ? original.width - left! : right!;
    const box = [
      clip(x0 * scaleX, size.width),
      clip(top! * scaleY, size.height),
      clip(x1 * scaleX, size.width),
      clip(bottom! * scaleY, size.height),
    ] as const;
    if (!(box[2] > box[0] && box[3] > box[1])) continue;
    boxes.push(...box);
    kept.push(object);
  }
  const masks = new Map<number, Uint8Array>();
  return {
    boxes: Float32Array.from(boxes),
    labels: Uint32Array.from(kept, (object) => annotation.categories[object]!),
    crowd: Uint8Array.from(kept, (object) => annotation.crowd[object]!),
    ids: kept.map((object) => annotation.ids?.[object] ?? object),
    mask(index) {
      let pixels = masks.get(index);
      if (pixels === undefined) {
        const mask = annotation.masks[kept[index]!];
        if (mask === undefined) throw new RangeError(`There is no object ${index} on the image`);
        pixels = mask.kind === "rle" ? resizeMask(mask, place) : drawPolygons(mask.polygons, place);
        masks.set(index, pixels);
      }
      return pixels;
    },
  };
}

/** What is on an image without objects. */
export const noTruth: DetectionTruth = {
  boxes: new Float32Array(0),
  labels: new Uint32Array(0),
  crowd: new Uint8Array(0),
  ids: [],
  mask(index) {
    throw new RangeError(`There is no object ${index} on the image`);
  },
};
