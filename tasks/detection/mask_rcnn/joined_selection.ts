/**
 * Detections and class-agnostic detections of an image, with the boxes that both have once: the mask head
 * looks at each box only once.
 *
 * @module
 */

import type { Detections } from "../../../core/vision/detections.ts";
import type { SelectedBoxes } from "../postprocess.ts";

/** Boxes of an image of which detections are made. */
export interface JoinedSelection {
  /** The detections, and behind them what is a class-agnostic detection alone. */
  readonly boxes: SelectedBoxes;
  /** How many are detections. */
  readonly count: number;
  /** Class-agnostic detections as rows of `boxes`, the best first, with their own scores. */
  readonly objects: { readonly rows: Uint32Array; readonly scores: Float32Array } | undefined;
}

/** Joins the two; `objects` is undefined where they are not asked for. */
export function joinSelections(
  detections: SelectedBoxes,
  objects: SelectedBoxes | undefined,
): JoinedSelection {
  const count = detections.scores.length;
  if (objects === undefined) return { boxes: detections, count, objects };
  const rowOf = new Map(Array.from(detections.places, (place, row) => [place, row]));
  const added: number[] = [];
  const rows = objects.places.map((place, index) => {
    const row = rowOf.get(place);
    return row ?? count + added.push(index) - 1;
  });
  const append = <T extends Float32Array | Uint32Array>(own: T, other: T, width = 1): T => {
    const all = new (own.constructor as new (length: number) => T)(
      own.length + width * added.length,
    );
    all.set(own);
    added.forEach((index, place) =>
      all.set(other.subarray(width * index, width * (index + 1)), own.length + width * place)
    );
    return all;
  };
  return {
    boxes: {
      boxes: append(detections.boxes, objects.boxes, 4),
      scores: append(detections.scores, objects.scores),
      labels: append(detections.labels, objects.labels),
      places: append(detections.places, objects.places),
    },
    count,
    objects: { rows, scores: objects.scores },
  };
}

/** Some of the detections, in the order of `rows`. */
function takeRows(
  { boxes, labels, masks }: Detections,
  rows: Uint32Array,
  scores: Float32Array,
): NonNullable<Detections["classAgnostic"]> {
  const taken = new Float32Array(4 * rows.length);
  rows.forEach((row, place) => taken.set(boxes.subarray(4 * row, 4 * row + 4), 4 * place));
  return {
    boxes: taken,
    scores,
    labels: rows.map((row) => labels[row]!),
    ...(masks === undefined ? {} : { masks: Array.from(rows, (row) => masks[row]!) }),
  };
}

/** Takes apart what was made of the joined boxes. */
export function splitDetections(
  all: Detections,
  { count, objects }: Pick<JoinedSelection, "count" | "objects">,
): Detections {
  if (objects === undefined) return all;
  const { boxes, scores, labels, masks } = all;
  return {
    boxes: boxes.subarray(0, 4 * count),
    scores: scores.subarray(0, count),
    labels: labels.subarray(0, count),
    ...(masks === undefined ? {} : { masks: masks.slice(0, count) }),
    classAgnostic: takeRows(all, objects.rows, objects.scores),
  };
}
