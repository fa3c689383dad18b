/**
 * One annotated object of a COCO file: its box, its mask, and what may be wrong with them.
 *
 * @module
 */

import type { InstanceMask } from "../../annotation.ts";
import { readRuns } from "./run_lengths.ts";

/** What COCO files call things by. */
export type CocoId = number | string;

/** An object without its mask. */
export interface ParsedInstance {
  /** Undefined where it has none. */
  readonly id: CocoId | undefined;
  readonly image: CocoId;
  readonly category: CocoId;
  /** x0, y0, x1, y1 */
  readonly box: readonly [number, number, number, number];
  /** As the file says it. */
  readonly area: number | undefined;
  readonly isCrowd: boolean;
  readonly segmentation: unknown;
}

/** Whether a value of a file is an object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Whether a value can be an id: a string, or a whole number that JSON does not round. Beyond 2⁵³ two ids
 * could become one.
 */
export function isId(value: unknown): value is CocoId {
  return typeof value === "string" || Number.isSafeInteger(value);
}

/** Why a value cannot be an id, for messages that begin with what it is the id of. */
export function idProblem(value: unknown): string {
  if (typeof value !== "number") return "is missing";
  return Number.isInteger(value)
    ? `is ${value}, beyond 2^53: JSON rounds such numbers; write ids as strings or smaller numbers`
    : `is ${value}, expected a whole number or a string`;
}

const isNumber = (value: unknown): value is number => Number.isFinite(value);

/** Largest coordinate of a box or corner, either way. */
const farthest = 1e6;

const isCoordinate = (value: unknown): value is number =>
  isNumber(value) && Math.abs(value) <= farthest;

/** What files say of crowds; it may be left out. */
const crowdValues: readonly unknown[] = [0, 1, false, true, undefined, null];

/** An object of a file; what is wrong with it, where something is. */
export function parseInstance(value: unknown): ParsedInstance | string {
  if (!isRecord(value)) return "it is not an object of JSON";
  const { id, image_id: image, category_id: category, bbox, area, iscrowd, segmentation } = value;
  if (!isId(image)) return `its image_id ${idProblem(image)}`;
  if (!isId(category)) return `its category_id ${idProblem(category)}`;
  if (!Array.isArray(bbox) || bbox.length !== 4 || !bbox.every(isCoordinate)) {
    return `its bbox is not four numbers of at most ${farthest}`;
  }
  if (isNumber(area) && (area < 0 || area > Number.MAX_SAFE_INTEGER)) {
    return `its area is ${area}, expected 0 or more`;
  }
  if (!crowdValues.includes(iscrowd)) {
    return `its iscrowd is ${JSON.stringify(iscrowd)}, expected 0 or 1`;
  }
  const [x, y, width, height] = bbox as [number, number, number, number];
  return {
    id: isId(id) ? id : undefined,
    image,
    category,
    box: [x, y, x + width, y + height],
    area: isNumber(area) ? area : undefined,
    isCrowd: iscrowd === 1 || iscrowd === true,
    segmentation,
  };
}

/** What is wrong with a box in an image; undefined where nothing is. */
export function boxProblem(
  x0: number,
  y0: number,
  x1: number,
  y1: number,
  width: number,
  height: number,
): string | undefined {
  if (!(x1 > x0 && y1 > y0)) return "its box has no area";
  if (x0 >= width || y0 >= height || x1 <= 0 || y1 <= 0) return "its box is outside of the image";
  return undefined;
}

function isPolygon(value: unknown): value is number[] {
  return Array.isArray(value) && value.length >= 6 && value.length % 2 === 0 &&
    value.every(isCoordinate);
}

/** What a mask is made of. */
export type MaskKind =
  /** Polygons, or run lengths for an image of this size. */
  | { readonly kind: "polygons" }
  | { readonly kind: "rle"; readonly height: number; readonly width: number }
  /** There is none: the box stands for it. */
  | { readonly kind: "none" };

/** Kind of a mask; what is wrong with it, where something is. */
export function maskKindOf(segmentation: unknown): MaskKind | string {
  if (segmentation === undefined || segmentation === null) return { kind: "none" };
  if (Array.isArray(segmentation)) {
    if (segmentation.length === 0) return { kind: "none" };
    return segmentation.some(isPolygon)
      ? { kind: "polygons" }
      : "none of its polygons has three corners of two numbers each";
  }
  if (!isRecord(segmentation) || !Array.isArray(segmentation.size)) {
    return "its segmentation is neither polygons nor run lengths";
  }
  const [height, width] = segmentation.size as [number, number];
  const runs = readRuns(segmentation.counts, height, width);
  return typeof runs === "string" ? runs : { kind: "rle", height, width };
}

/**
 * The mask of an object whose {@linkcode maskKindOf} is well. Polygons without three corners are left
 * out, as Detectron2 does it.
 */
export function readMask({ segmentation, box }: ParsedInstance): InstanceMask {
  if (isRecord(segmentation)) {
    const [height, width] = segmentation.size as [number, number];
    return {
      kind: "rle",
      height,
      width,
      counts: readRuns(segmentation.counts, height, width) as Uint32Array,
    };
  }
  const polygons = Array.isArray(segmentation) ? segmentation.filter(isPolygon) : [];
  const [x0, y0, x1, y1] = box;
  return {
    kind: "polygons",
    polygons: polygons.length > 0
      ? polygons.map((polygon) => Float64Array.from(polygon))
      : [Float64Array.of(x0, y0, x1, y0, x1, y1, x0, y1)],
  };
}
