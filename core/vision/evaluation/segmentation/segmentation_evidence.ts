/**
 * Evidence of segmentation: how many pixels of each class an image has in truth, in the prediction and
 * in both. All numbers of segmentation are computed from it.
 *
 * @module
 */

import { TaskError } from "../../../errors.ts";
import type { Evidence } from "../../../results/evidence.ts";
import { GrowingTable } from "../growing_table.ts";
import { countBoundaries } from "./boundaries.ts";
import { boundaryColumns, classTable, groupTable, pixelColumns } from "./class_columns.ts";
import { assertSameSize, countPairs, type JudgedMap } from "./judged_map.ts";

/** Most classes: an image's pairs of classes are counted in a square table. */
const mostClasses = 1024;

/** How predicted maps are judged. */
export interface SegmentationEvidenceOptions {
  /** How many classes there are: values of maps are below it. */
  readonly classes: number;
  /** Whether boundaries are judged too. @default {false} */
  readonly boundaries?: boolean;
  /**
   * The group of each class, such as Cityscapes' seven categories, whole numbers from 0 on: a pixel is
   * also judged by whether its group is right. @default {none}
   */
  readonly groups?: readonly number[];
}

/** Adds up a square of counts by groups of rows and columns. */
function groupPairs(
  counts: Uint32Array,
  groups: readonly number[],
  grouped: Uint32Array,
  size: number,
): void {
  grouped.fill(0);
  for (let row = 0; row < groups.length; row++) {
    for (let column = 0; column < groups.length; column++) {
      grouped[groups[row]! * size + groups[column]!]! += counts[row * groups.length + column]!;
    }
  }
}

/** Intersection, predicted and true pixels of one class in a square of counts. */
function pixelsOf(counts: Uint32Array, size: number, index: number): [number, number, number] {
  let predicted = 0, truth = 0;
  for (let other = 0; other < size; other++) {
    truth += counts[index * size + other]!;
    predicted += counts[other * size + index]!;
  }
  return [counts[index * size + index]!, predicted, truth];
}

/**
 * Collects the evidence of a split, image by image, so that no more than one image's maps need be in
 * memory. Pixels whose truth is "not judged" count nowhere, as in mmsegmentation and cityscapesScripts;
 * an image without any other is a sample without rows.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import {
 *   SegmentationEvidenceBuilder,
 *   segmentationMetrics,
 * } from "@lgd-bench/lgd-bench/vision/evaluation";
 *
 * const builder = new SegmentationEvidenceBuilder({ classes: 3 });
 * builder.add({
 *   id: "first",
 *   height: 1,
 *   width: 5,
 *   truth: Uint8Array.of(0, 0, 1, 1, 255),
 *   prediction: Uint8Array.of(0, 1, 1, 1, 2),
 * });
 * const [meanIou] = segmentationMetrics;
 * // IoU 1/2 and 2/3; class 2 is nowhere and does not count.
 * assert.equal(meanIou!.value(builder.build(), Float64Array.of(1)).toFixed(2), "58.33");
 * ```
 */
export class SegmentationEvidenceBuilder {
  readonly #classes: number;
  readonly #hasBoundaries: boolean;
  readonly #groups: readonly number[] | undefined;
  readonly #groupCount: number;
  readonly #sampleIds: string[] = [];
  readonly #table: GrowingTable;
  readonly #groupTable = new GrowingTable(pixelColumns);
  /** Pairs of the image at hand, by class and by group. */
  readonly #counts: Uint32Array;
  readonly #groupCounts: Uint32Array;
  readonly #confusion: Float64Array<ArrayBuffer>;

  /** @throws {RangeError} if the number of classes or a group is none. */
  constructor({ classes, boundaries = false, groups }: SegmentationEvidenceOptions) {
    if (!(Number.isInteger(classes) && classes >= 1 && classes <= mostClasses)) {
      throw new RangeError(`Expected 1 to ${mostClasses} classes, got ${classes}`);
    }
    if (groups !== undefined && groups.length !== classes) {
      throw new RangeError(`Expected a group for each of ${classes} classes, got ${groups.length}`);
    }
    const wrong = groups?.find((group) =>
      !(Number.isInteger(group) && group >= 0 && group < classes)
    );
    if (wrong !== undefined) {
      throw new RangeError(`Expected groups from 0 to ${classes - 1}, got ${wrong}`);
    }
    this.#classes = classes;
    this.#hasBoundaries = boundaries;
    this.#groups = groups;
    this.#groupCount = groups === undefined ? 0 : Math.max(...groups) + 1;
    this.#table = new GrowingTable([...pixelColumns, ...boundaries ? boundaryColumns : []]);
    this.#counts = new Uint32Array(classes ** 2);
    this.#groupCounts = new Uint32Array(this.#groupCount ** 2);
    this.#confusion = new Float64Array(classes ** 2);
  }

  /**
   * Judges an image.
   *
   * @throws {TaskError} where sizes differ or a class is out of range, with the image and the place.
   */
  add(image: JudgedMap): void {
    assertSameSize(image);
    countPairs(image, this.#classes, this.#counts);
    const sample = this.#sampleIds.push(image.id) - 1;
    const boundaries = this.#hasBoundaries ? countBoundaries(image, this.#classes) : undefined;
    for (let index = 0; index < this.#classes; index++) {
      const pixels = pixelsOf(this.#counts, this.#classes, index);
      if (pixels[1] === 0 && pixels[2] === 0) continue;
      const { predicted, predictedNear, truth, truthNear } = boundaries?.[index] ?? {};
      this.#table.push(sample, [
        index,
        ...pixels,
        ...boundaries ? [predicted!, predictedNear!, truth!, truthNear!] : [],
      ]);
    }
    this.#counts.forEach((count, place) => this.#confusion[place]! += count);
    if (this.#groups === undefined) return;
    groupPairs(this.#counts, this.#groups, this.#groupCounts, this.#groupCount);
    for (let group = 0; group < this.#groupCount; group++) {
      const pixels = pixelsOf(this.#groupCounts, this.#groupCount, group);
      if (pixels[1] > 0 || pixels[2] > 0) this.#groupTable.push(sample, [group, ...pixels]);
    }
  }

  /** Judged pixels of all images so far by true class (row) and predicted class, `[classes, classes]`. */
  confusion(): Float64Array {
    return this.#confusion.slice();
  }

  /** @throws {TaskError} if there was no image. */
  build(): Evidence {
    if (this.#sampleIds.length === 0) {
      throw new TaskError("Cannot collect evidence of segmentation: there was no image");
    }
    return {
      sampleIds: [...this.#sampleIds],
      tables: {
        [classTable]: this.#table.build(),
        ...this.#groups === undefined ? {} : { [groupTable]: this.#groupTable.build() },
      },
    };
  }
}
