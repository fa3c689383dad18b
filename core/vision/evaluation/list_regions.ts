/**
 * The regions of an image: overlaps and areas of its boxes, and of its masks where they are judged.
 *
 * @module
 */

import { TaskError } from "../../errors.ts";
import { rasterizePolygons } from "../polygons.ts";
import { maskArea, maskFromCounts, type RunLengthMask } from "../run_length.ts";
import { maskIou } from "../run_length_overlap.ts";
import { boxAreas, boxOverlaps } from "./box_overlap.ts";
import type { ImageRegions } from "./judge_regions.ts";
import { type JudgedImage, nameObject } from "./judged_image.ts";
import type { RegionKind } from "./protocol.ts";

/**
 * Masks of the objects of an image.
 *
 * @throws {TaskError} that names the image and the annotation, if a mask is missing or not of the
 * image's size.
 * @throws {DataError} that names them if a mask is damaged.
 */
function truthMasks({ id, truth, height, width }: JudgedImage): RunLengthMask[] {
  const count = truth.categories.length;
  if (truth.masks.length !== count) {
    throw new TaskError(
      `Cannot evaluate the masks of image ${id}: expected ${count} masks, one for each object, got ` +
        `${truth.masks.length}`,
    );
  }
  return truth.masks.map((mask, object) => {
    const what = `image ${id}, ${nameObject(truth, object)}`;
    if (mask.kind === "polygons") return rasterizePolygons(mask.polygons, height, width, what);
    if (mask.height !== height || mask.width !== width) {
      throw new TaskError(
        `Cannot evaluate the masks of ${what}: expected ${width} × ${height} pixels as the image has, ` +
          `got ${mask.width} × ${mask.height}`,
      );
    }
    return maskFromCounts(mask.counts, height, width, what);
  });
}

/** Areas of masks in pixels. */
function maskAreas(masks: readonly RunLengthMask[]): Float64Array {
  return Float64Array.from(masks, maskArea);
}

/**
 * Regions of each kind. The areas of the objects are those of the annotation, for boxes too; where it has
 * none, those of the masks, and where there are none either, those of the boxes.
 *
 * @param isLvis Whether crowd regions are objects that never count.
 * @throws {TaskError} if masks are judged and the truth's are missing or damaged.
 */
export function listRegions(
  image: JudgedImage,
  kinds: readonly RegionKind[],
  isLvis: boolean,
): ImageRegions[] {
  const { truth, detections } = image;
  const judgesMasks = kinds.includes("mask");
  const hasMasks = truth.masks.length > 0 || truth.categories.length === 0;
  const masks = judgesMasks || truth.areas === undefined && hasMasks
    ? truthMasks(image)
    : undefined;
  const crowd = isLvis ? new Uint8Array(truth.crowd.length) : truth.crowd;
  const shared = {
    truthAreas: truth.areas ?? (masks === undefined ? boxAreas(truth.boxes) : maskAreas(masks)),
    ignored: truth.crowd,
    crowd,
  };
  return kinds.map((kind) => {
    if (kind === "box") {
      return {
        ...shared,
        iou: boxOverlaps(detections.boxes, truth.boxes, crowd),
        detectionAreas: boxAreas(detections.boxes),
      };
    }
    const found = detections.masks ?? [];
    return {
      ...shared,
      iou: maskIou(found, masks ?? [], crowd),
      detectionAreas: maskAreas(found),
    };
  });
}
