/**
 * Names of the tables and columns of the evidence of detection.
 *
 * @module
 */

import { type AreaName, areaNames, type RegionKind } from "./protocol.ts";

/** A row for each image and category that has objects: how many of them count, by size. */
export const truthTable = "truth";

/** A row for each detection; those of an image and category lie together, the best first. */
export const detectionTable = "detections";

/**
 * A row for each class-agnostic detection, where the detector gave them apart; those of an image lie
 * together, the best first. Where there is no such table, detections are judged without their labels.
 */
export const classAgnosticTable = "classAgnosticDetections";

/** Column with a category's frequency in table `truth` of LVIS: 0 rare, 1 common, 2 frequent. */
export const frequencyColumn = "frequency";

/** Columns of table `truth`. */
export const truthColumns: readonly string[] = ["category", ...areaNames];

/**
 * Column of table `detections` with the outcomes (see `outcome.ts`) within an area range.
 *
 * @param anyClass Whether detections may match objects of any category.
 */
export function outcomeColumn(kind: RegionKind, area: AreaName, anyClass = false): string {
  return `${kind}.${anyClass ? "anyClass." : ""}${area}`;
}

function outcomeColumns(kinds: readonly RegionKind[], anyClass: readonly boolean[]): string[] {
  return kinds.flatMap((kind) =>
    anyClass.flatMap((any) => areaNames.map((area) => outcomeColumn(kind, area, any)))
  );
}

/**
 * Columns of table `detections`.
 *
 * @param anyClass Whether its detections are judged without their labels too.
 */
export function detectionColumns(kinds: readonly RegionKind[], anyClass: boolean): string[] {
  return ["category", "score", ...outcomeColumns(kinds, anyClass ? [false, true] : [false])];
}

/** Columns of table `classAgnosticDetections`. */
export function classAgnosticColumns(kinds: readonly RegionKind[]): string[] {
  return ["score", ...outcomeColumns(kinds, [true])];
}

/** Table with the error of each detection, the best of an image first. */
export function errorTable(kind: RegionKind): string {
  return `errors.${kind}`;
}

/**
 * Columns of that table: `error` is 0 for a right detection, else 1 + the index of its kind; `fixed`
 * is the category in which it is right without the error, −1 where it is gone then.
 */
export const errorColumns: readonly string[] = ["category", "score", "error", "ignored", "fixed"];

/** Table with a row for each image and category that has objects, seen by the error analysis. */
export function missedTable(kind: RegionKind): string {
  return `missed.${kind}`;
}

/** Columns of that table: objects, those not found, and those of them that no fixed error finds. */
export const missedColumns: readonly string[] = ["category", "objects", "unmatched", "missed"];
