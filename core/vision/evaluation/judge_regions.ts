/**
 * Judges groups of detections and objects of one image, by size.
 *
 * @module
 */

import type { CategoryGroup } from "./category_groups.ts";
import { matchDetections } from "./match_detections.ts";
import { type AreaName, areaNames, areaRanges } from "./protocol.ts";

/** The regions of one image: boxes or masks. */
export interface ImageRegions {
  /** Overlaps of all detections with all objects, `[D, G]`. */
  readonly iou: Float64Array;
  /** Areas of the detections in square pixels, `[D]`. */
  readonly detectionAreas: Float64Array;
  /** Areas of the objects, which are the same for boxes and masks, `[G]`. */
  readonly truthAreas: Float64Array;
  /** 1 for objects that never count, `[G]`. */
  readonly ignored: Uint8Array;
  /** 1 for objects that any number of detections may match, `[G]`. */
  readonly crowd: Uint8Array;
}

function isOutside(area: number, name: AreaName): boolean {
  const [least, greatest] = areaRanges[name];
  return area < least || area > greatest;
}

/** How many objects of a list count, in the order of `areaNames`. */
export function countObjects(
  { truthAreas, ignored }: Pick<ImageRegions, "truthAreas" | "ignored">,
  objects: readonly number[],
): number[] {
  return areaNames.map((name) =>
    objects.filter((object) => !ignored[object] && !isOutside(truthAreas[object]!, name)).length
  );
}

function gather<T extends Float64Array | Uint8Array>(values: T, indices: ArrayLike<number>): T {
  const gathered = new (values.constructor as new (length: number) => T)(indices.length);
  for (let place = 0; place < gathered.length; place++) gathered[place] = values[indices[place]!]!;
  return gathered;
}

/**
 * The outcomes of the detections of a group: those of one category, or all, `[area range][detection]`.
 *
 * @param isSurplusIgnored Whether a detection is ignored where it matches nothing.
 */
export function judgeGroup(
  regions: ImageRegions,
  { detections, objects }: CategoryGroup,
  isSurplusIgnored: (detection: number) => boolean,
): Uint32Array[] {
  const rows = detections.length, columns = objects.length;
  const iou = new Float64Array(rows * columns);
  const stride = regions.truthAreas.length;
  for (let row = 0, at = 0; row < rows; row++) {
    const from = detections[row]! * stride;
    for (let column = 0; column < columns; column++) {
      iou[at++] = regions.iou[from + objects[column]!]!;
    }
  }
  const areas = gather(regions.detectionAreas, detections);
  const truthAreas = gather(regions.truthAreas, objects);
  const crowd = gather(regions.crowd, objects);
  const never = gather(regions.ignored, objects);
  return areaNames.map((name) => {
    const outcomes = new Uint32Array(rows);
    const ignored = never.map((flag, place) => flag || isOutside(truthAreas[place]!, name) ? 1 : 0);
    const ignoreUnmatched = new Uint8Array(rows);
    for (let row = 0; row < rows; row++) {
      const surplus = isOutside(areas[row]!, name) || isSurplusIgnored(detections[row]!);
      ignoreUnmatched[row] = surplus ? 1 : 0;
    }
    matchDetections(iou, { ignored, crowd }, ignoreUnmatched, outcomes);
    return outcomes;
  });
}
