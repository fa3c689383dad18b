/**
 * Class-agnostic detections, judged against objects of all categories.
 *
 * @module
 */

import type { EvidenceTable } from "../../results/evidence.ts";
import { orderByScore } from "../score_order.ts";
import { classAgnosticColumns } from "./columns.ts";
import type { KnownCategories } from "./federated.ts";
import { GrowingTable } from "./growing_table.ts";
import { judgeGroup } from "./judge_regions.ts";
import type { JudgedImage } from "./judged_image.ts";
import { listRegions } from "./list_regions.ts";
import { ignoredEverywhere } from "./outcome.ts";
import { areaNames, cocoDetectionLimit, lvisDetectionLimit, type RegionKind } from "./protocol.ts";

/** Collects what became of class-agnostic detections. */
export class ClassAgnosticRows {
  readonly #kinds: readonly RegionKind[];
  readonly #isLvis: boolean;
  readonly #table: GrowingTable;

  constructor(
    { kinds, isLvis }: { readonly kinds: readonly RegionKind[]; readonly isLvis: boolean },
  ) {
    this.#kinds = kinds;
    this.#isLvis = isLvis;
    this.#table = new GrowingTable(classAgnosticColumns(kinds));
  }

  /**
   * Adds an image. Where it was not labelled for all categories, what is most probably of another one is
   * left out, and surplus of those labelled in part is ignored.
   *
   * @param image With class-agnostic detections.
   * @param objects Its objects that are judged, by category.
   */
  add(
    sample: number,
    image: JudgedImage,
    objects: readonly number[],
    known: KnownCategories,
  ): void {
    const found = image.detections.classAgnostic!;
    const { labels, scores } = found;
    const limit = this.#isLvis ? lvisDetectionLimit : cocoDetectionLimit;
    const best = orderByScore(scores).subarray(0, limit);
    const listed = Array.from(best).filter((one) => known.isKnown(labels[one]!));
    const rows = listed.map((one) =>
      this.#table.push(sample, [
        scores[one]!,
        ...new Array<number>(areaNames.length * this.#kinds.length).fill(ignoredEverywhere),
      ])
    );
    const regions = listRegions({ ...image, detections: found }, this.#kinds, this.#isLvis);
    regions.forEach((region, kind) => {
      // The lvis package drops detections without area.
      const places = [...listed.keys()].filter((place) =>
        !this.#isLvis || region.detectionAreas[listed[place]!]! > 0
      );
      const group = { detections: places.map((place) => listed[place]!), objects };
      judgeGroup(region, group, (one) => known.isPartial(labels[one]!))
        .forEach((outcomes, area) =>
          outcomes.forEach((outcome, at) =>
            this.#table.set(rows[places[at]!]!, 1 + areaNames.length * kind + area, outcome)
          )
        );
    });
  }

  /** The table. */
  build(): EvidenceTable {
    return this.#table.build();
  }
}
