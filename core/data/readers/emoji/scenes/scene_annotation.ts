/**
 * The annotation of a scene, read from the owners of its pixels.
 *
 * @module
 */

import type { InstanceMask, InstancesAnnotation } from "../../../annotation.ts";
import { type SceneLayout, sceneSide } from "./scene_layout.ts";

/** More than the most icons of a scene: ids of objects of two scenes differ. */
const idsPerScene = 10;

/** Runs of one object, column by column. */
function encodeMask(owners: Uint8Array, owner: number): InstanceMask {
  const counts: number[] = [];
  let isInside = false, length = 0;
  for (let x = 0; x < sceneSide; x++) {
    for (let place = x; place < owners.length; place += sceneSide) {
      if ((owners[place] === owner) !== isInside) {
        counts.push(length);
        isInside = !isInside;
        length = 0;
      }
      length++;
    }
  }
  counts.push(length);
  return { kind: "rle", height: sceneSide, width: sceneSide, counts: Uint32Array.from(counts) };
}

/**
 * What a scene shows: boxes around the visible parts, which are the masks.
 *
 * @param index Index of the scene in its split: ids follow from it.
 * @param owners Owner of each pixel, `[side, side]`.
 */
export function annotateScene(
  { icons }: SceneLayout,
  index: number,
  owners: Uint8Array,
): InstancesAnnotation {
  const count = icons.length + 1;
  const areas = new Uint32Array(count);
  const left = new Int32Array(count).fill(sceneSide), top = new Int32Array(count).fill(sceneSide);
  const right = new Int32Array(count), bottom = new Int32Array(count);
  for (let place = 0; place < owners.length; place++) {
    const owner = owners[place]!;
    if (owner === 0) continue;
    const x = place % sceneSide, y = (place - x) / sceneSide;
    areas[owner]!++;
    if (x < left[owner]!) left[owner] = x;
    if (x >= right[owner]!) right[owner] = x + 1;
    if (y < top[owner]!) top[owner] = y;
    if (y >= bottom[owner]!) bottom[owner] = y + 1;
  }
  const seen = Array.from(icons, (_, place) => place + 1).filter((owner) => areas[owner]! > 0);
  return {
    kind: "instances",
    boxes: Float32Array.from(
      seen.flatMap((owner) => [left[owner]!, top[owner]!, right[owner]!, bottom[owner]!]),
    ),
    categories: Uint32Array.from(seen, (owner) => icons[owner - 1]!.category),
    crowd: new Uint8Array(seen.length),
    masks: seen.map((owner) => encodeMask(owners, owner)),
    areas: Float64Array.from(seen, (owner) => areas[owner]!),
    ids: seen.map((_, place) => index * idsPerScene + place + 1),
  };
}
