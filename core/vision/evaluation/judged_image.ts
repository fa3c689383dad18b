/**
 * One image with what is on it and what was found on it, checked.
 *
 * @module
 */

import type { InstancesAnnotation } from "../../data/annotation.ts";
import { TaskError } from "../../errors.ts";
import type { Detections } from "../detections.ts";

/** An image that is judged. */
export interface JudgedImage {
  /** Unique among the images of the split. */
  readonly id: string;
  /** Size of the image that boxes and masks are given in, pixels. */
  readonly height: number;
  readonly width: number;
  /** Its objects. Masks are read only where masks are judged. */
  readonly truth: InstancesAnnotation;
  /** What was found, in any order; of equal scores the earlier counts as the better. */
  readonly detections: Detections;
}

/** What is wrong with numbers that must be finite, or undefined. */
function findNonFinite(values: ArrayLike<number>, of: string, perRow: number): string | undefined {
  for (let index = 0; index < values.length; index++) {
    if (!Number.isFinite(values[index])) {
      return `${of} ${Math.floor(index / perRow)}: expected finite numbers, got ${values[index]}`;
    }
  }
}

/** An object for messages: `object 3 (annotation 1234)`. */
export function nameObject({ ids }: InstancesAnnotation, object: number): string {
  return `object ${object}${ids?.[object] === undefined ? "" : ` (annotation ${ids[object]})`}`;
}

function findTruthProblem(truth: InstancesAnnotation, categories: number): string | undefined {
  const { boxes, categories: labels, crowd, areas } = truth;
  const count = labels.length;
  const name = (object: number) => nameObject(truth, object);
  if (boxes.length !== 4 * count || crowd.length !== count) {
    return `expected boxes [N, 4], categories and crowd [N] of its objects; got ${boxes.length}, ` +
      `${count} and ${crowd.length} numbers`;
  }
  if (areas !== undefined && areas.length !== count) {
    return `expected ${count} areas, one for each object, got ${areas.length}`;
  }
  const wrong = labels.findIndex((label) => label >= categories);
  if (wrong >= 0) {
    return `${name(wrong)}: expected a category from 0 to ${categories - 1}, got ${labels[wrong]}`;
  }
  for (let object = 0; object < count; object++) {
    const box = boxes.subarray(4 * object, 4 * object + 4);
    if (!box.every(Number.isFinite)) {
      return `${name(object)}: expected a box of finite numbers, got ${box.join(", ")}`;
    }
    const area = areas?.[object];
    if (area !== undefined && !(area >= 0 && area < Infinity)) {
      return `${name(object)}: expected an area of 0 or more, got ${area}`;
    }
  }
}

function sumOf(counts: Uint32Array): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}

function findDetectionProblem(
  { boxes, scores, labels, masks }: NonNullable<Detections["classAgnostic"]>,
  { height, width }: JudgedImage,
  categories: number,
  needsMasks: boolean,
): string | undefined {
  const count = scores.length;
  if (boxes.length !== 4 * count || labels.length !== count) {
    return `expected boxes [N, 4], scores and labels [N] of its detections; got ${boxes.length}, ` +
      `${count} and ${labels.length} numbers`;
  }
  const wrong = labels.findIndex((label) => label >= categories);
  if (wrong >= 0) {
    return `detection ${wrong}: expected a label from 0 to ${categories - 1}, got ${labels[wrong]}`;
  }
  const found = findNonFinite(boxes, "box of detection", 4) ??
    findNonFinite(scores, "score of detection", 1);
  if (found !== undefined || !needsMasks) return found;
  if (masks?.length !== count) {
    return `expected ${count} masks, one for each detection, got ${masks?.length ?? "none"}`;
  }
  const other = masks.findIndex((mask) => mask.height !== height || mask.width !== width);
  if (other >= 0) {
    const mask = masks[other]!;
    return `mask of detection ${other}: expected ${width} × ${height} pixels as the image has, got ` +
      `${mask.width} × ${mask.height}`;
  }
  const damaged = masks.findIndex(({ counts }) => sumOf(counts) !== height * width);
  if (damaged >= 0) {
    return `mask of detection ${damaged}: expected run lengths that sum to ${
      height * width
    }, got ` +
      `${sumOf(masks[damaged]!.counts)}`;
  }
}

function findClassAgnosticProblem(
  image: JudgedImage,
  categories: number,
  needsMasks: boolean,
): string | undefined {
  const { classAgnostic } = image.detections;
  if (classAgnostic === undefined) {
    return "expected class-agnostic detections beside the others, got none";
  }
  const problem = findDetectionProblem(classAgnostic, image, categories, needsMasks);
  return problem && `class-agnostic: ${problem}`;
}

/**
 * Checks an image before it is judged.
 *
 * @param categories How many categories there are.
 * @param needs Whether masks are judged, and class-agnostic detections.
 * @throws {TaskError} that names the image, the object or the detection, and what was expected.
 */
export function assertJudgeable(
  image: JudgedImage,
  categories: number,
  needs: { readonly masks: boolean; readonly classAgnostic: boolean },
): void {
  const { detections, truth } = image;
  const problem = findTruthProblem(truth, categories) ??
    findDetectionProblem(detections, image, categories, needs.masks) ??
    (needs.classAgnostic ? findClassAgnosticProblem(image, categories, needs.masks) : undefined);
  if (problem !== undefined) {
    throw new TaskError(`Cannot evaluate the detections of image ${image.id}: ${problem}`);
  }
}
