/**
 * Evidence of detection: what became of every detection at every IoU threshold and in every area
 * range, beside how many objects there are, image by image. All numbers of COCO, LVIS and TIDE are
 * computed from it.
 *
 * @module
 */

import type { CategoryFrequency } from "../../data/annotation.ts";
import { TaskError } from "../../errors.ts";
import type { Evidence } from "../../results/evidence.ts";
import { orderByScore } from "../score_order.ts";
import { ClassAgnosticRows } from "./class_agnostic_rows.ts";
import {
  classAgnosticTable,
  detectionColumns,
  detectionTable,
  frequencyColumn,
  truthColumns,
  truthTable,
} from "./columns.ts";
import { ErrorRows } from "./error_rows.ts";
import { allKnown, type KnownCategories, knownCategories } from "./federated.ts";
import { GrowingTable } from "./growing_table.ts";
import { type CategoryGroup, groupByCategory } from "./category_groups.ts";
import { assertJudgeable, type JudgedImage } from "./judged_image.ts";
import { countObjects, type ImageRegions, judgeGroup } from "./judge_regions.ts";
import { listRegions } from "./list_regions.ts";
import { ignoredEverywhere } from "./outcome.ts";
import {
  areaNames,
  cocoDetectionLimit,
  type EvaluationProtocol,
  lvisDetectionLimit,
  type RegionKind,
} from "./protocol.ts";

/** How detections are judged. */
export interface DetectionEvidenceOptions {
  /** How many categories there are: labels are below it. */
  readonly categories: number;
  /**
   * Whether masks are judged beside boxes.
   *
   * @default {false}
   */
  readonly masks?: boolean;
  /**
   * Whose rules are followed.
   *
   * @default {"coco"}
   */
  readonly protocol?: EvaluationProtocol;
  /**
   * Whether images come with class-agnostic detections, which the numbers regardless of categories are
   * computed from; without them it is the detections, whatever their labels.
   *
   * @default {false}
   */
  readonly classAgnostic?: boolean;
  /** How frequent each category is in the training images; needed by the protocol `lvis`. */
  readonly categoryFrequency?: readonly CategoryFrequency[];
}

/** The frequencies, in the order of the numbers in {@linkcode frequencyColumn}. */
export const frequencies: readonly CategoryFrequency[] = ["rare", "common", "frequent"];

/**
 * Collects the evidence of a split, image by image, so that no more than one image's masks need be in
 * memory. Add images in the order of their ids: of equal scores the earlier image comes first, as in
 * pycocotools.
 */
export class DetectionEvidenceBuilder {
  readonly #categories: number;
  readonly #kinds: readonly RegionKind[];
  readonly #lvis: boolean;
  readonly #frequency: readonly CategoryFrequency[] | undefined;
  readonly #samples = new Set<string>();
  readonly #truth: GrowingTable;
  readonly #detections: GrowingTable;
  readonly #errors: readonly ErrorRows[];
  readonly #classAgnostic: ClassAgnosticRows | undefined;

  /** @throws {TaskError} if the frequencies do not fit the protocol or the number of categories. */
  constructor(options: DetectionEvidenceOptions) {
    const { categories, masks = false, protocol = "coco", categoryFrequency } = options;
    const { classAgnostic = false } = options;
    this.#categories = categories;
    this.#kinds = masks ? ["box", "mask"] : ["box"];
    this.#lvis = protocol === "lvis";
    this.#frequency = this.#lvis ? categoryFrequency : undefined;
    if (this.#lvis && categoryFrequency?.length !== categories) {
      throw new TaskError(
        `Cannot evaluate by the rules of LVIS: expected the frequency of each of ${categories} ` +
          `categories (rare, common or frequent), got ${
            categoryFrequency?.length ?? "none"
          }; use ` +
          "the rules of COCO for other data",
      );
    }
    this.#truth = new GrowingTable([...truthColumns, ...(this.#lvis ? [frequencyColumn] : [])]);
    this.#detections = new GrowingTable(detectionColumns(this.#kinds, !classAgnostic));
    this.#classAgnostic = classAgnostic
      ? new ClassAgnosticRows({ kinds: this.#kinds, isLvis: this.#lvis })
      : undefined;
    this.#errors = this.#kinds.map((kind) => new ErrorRows(kind));
  }

  /**
   * Adds an image with what was found on it.
   *
   * @throws {TaskError} if it was added before, lengths differ, a label is out of range, a number is
   * not finite, a mask is missing, damaged or not of the image's size, or class-agnostic detections are
   * missing where they are judged.
   */
  add(image: JudgedImage): void {
    const { id, truth, detections } = image;
    if (this.#samples.has(id)) {
      throw new TaskError(`Cannot evaluate image ${id}: it was added before`);
    }
    assertJudgeable(image, this.#categories, {
      masks: this.#kinds.includes("mask"),
      classAgnostic: this.#classAgnostic !== undefined,
    });
    const regions = listRegions(image, this.#kinds, this.#lvis);
    const sample = this.#samples.size;
    this.#samples.add(id);
    const order = orderByScore(detections.scores);
    const best = this.#lvis ? order.subarray(0, lvisDetectionLimit) : order;
    const objects = this.#judgedObjects(regions[0]!);
    const known = this.#lvis ? knownCategories(truth, objects) : allKnown;
    const labelled = this.#lvis ? knownCategories(truth) : allKnown;
    const groups = groupByCategory(
      this.#lvis ? best.filter((one) => known.isKnown(detections.labels[one]!)) : best,
      detections.labels,
      objects,
      truth.categories,
      this.#lvis ? Infinity : cocoDetectionLimit,
    );
    const rows = this.#addRows(sample, image, groups, regions[0]!);
    this.#classAgnostic?.add(
      sample,
      image,
      [...groups.values()].flatMap((one) => one.objects),
      known,
    );
    const columns = this.#outcomeColumns;
    regions.forEach((region, place) => {
      this.#judge(image, groups, rows, region, known, 2 + columns * place);
      this.#errors[place]!.add(
        sample,
        image,
        region,
        this.#lvis ? best : best.subarray(0, cocoDetectionLimit),
        (category) => labelled.isPartial(category) || !labelled.isKnown(category),
      );
    });
  }

  /** Columns of outcomes of one kind of regions: by category, and regardless of it unless apart. */
  get #outcomeColumns(): number {
    return (this.#classAgnostic === undefined ? 2 : 1) * areaNames.length;
  }

  /** Objects that are judged: the lvis package drops those without area, pycocotools keeps them. */
  #judgedObjects({ truthAreas }: ImageRegions): number[] {
    return Array.from(truthAreas.keys()).filter((object) => !this.#lvis || truthAreas[object]! > 0);
  }

  /** Adds the rows of an image; returns the row of each detection that is judged. */
  #addRows(
    sample: number,
    { detections }: JudgedImage,
    groups: ReadonlyMap<number, CategoryGroup>,
    regions: ImageRegions,
  ): Uint32Array {
    const rows = new Uint32Array(detections.scores.length);
    const unjudged = new Array<number>(this.#outcomeColumns * this.#kinds.length)
      .fill(ignoredEverywhere);
    for (const [category, group] of groups) {
      for (const detection of group.detections) {
        const score = detections.scores[detection]!;
        rows[detection] = this.#detections.push(sample, [category, score, ...unjudged]);
      }
      if (group.objects.length === 0) continue;
      const frequency = this.#frequency?.[category];
      this.#truth.push(sample, [
        category,
        ...countObjects(regions, group.objects),
        ...(frequency === undefined ? [] : [frequencies.indexOf(frequency)]),
      ]);
    }
    return rows;
  }

  /** Sets the outcomes of an image: within each category, then regardless of categories unless apart. */
  #judge(
    { detections: { labels, scores } }: JudgedImage,
    groups: ReadonlyMap<number, CategoryGroup>,
    rows: Uint32Array,
    regions: ImageRegions,
    known: KnownCategories,
    column: number,
  ): void {
    // The lvis package drops detections without area.
    const isJudged = (one: number) => !this.#lvis || regions.detectionAreas[one]! > 0;
    const store = (group: CategoryGroup, column: number) =>
      judgeGroup(regions, group, (one) => known.isPartial(labels[one]!))
        .forEach((outcomes, area) =>
          outcomes.forEach((outcome, place) =>
            this.#detections.set(rows[group.detections[place]!]!, column + area, outcome)
          )
        );
    const listed: number[] = [], objects: number[] = [];
    for (const group of groups.values()) {
      const detections = group.detections.filter(isJudged);
      store({ detections, objects: group.objects }, column);
      listed.push(...detections);
      objects.push(...group.objects);
    }
    if (this.#classAgnostic !== undefined) return;
    const order = orderByScore(Float32Array.from(listed, (one) => scores[one]!));
    const limit = this.#lvis ? listed.length : cocoDetectionLimit;
    const detections = Array.from(order.subarray(0, limit), (place) => listed[place]!);
    store({ detections, objects }, column + areaNames.length);
  }

  /** The evidence of the images added so far. @throws {TaskError} if there are none. */
  build(): Evidence {
    if (this.#samples.size === 0) {
      throw new TaskError("Cannot evaluate detections: no image was added");
    }
    return {
      sampleIds: [...this.#samples],
      tables: Object.assign(
        { [truthTable]: this.#truth.build(), [detectionTable]: this.#detections.build() },
        this.#classAgnostic && { [classAgnosticTable]: this.#classAgnostic.build() },
        ...this.#errors.map((errors) => errors.build()),
      ),
    };
  }
}
