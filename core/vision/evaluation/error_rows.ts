/**
 * The error analysis of every image of a split, as tables of evidence.
 *
 * @module
 */

import type { EvidenceTable } from "../../results/evidence.ts";
import { errorColumns, errorTable, missedColumns, missedTable } from "./columns.ts";
import { type AnalysedImage, findErrors } from "./detection_errors.ts";
import { GrowingTable } from "./growing_table.ts";
import type { ImageRegions } from "./judge_regions.ts";
import type { JudgedImage } from "./judged_image.ts";
import type { RegionKind } from "./protocol.ts";

/** Rows of `IoU` for some detections, in their order. */
function takeRows(iou: Float64Array, rows: Uint32Array, columns: number): Float64Array {
  const taken = new Float64Array(rows.length * columns);
  rows.forEach((row, place) =>
    taken.set(iou.subarray(row * columns, (row + 1) * columns), place * columns)
  );
  return taken;
}

/** Collects the errors of one kind of regions. */
export class ErrorRows {
  readonly #kind: RegionKind;
  readonly #errors = new GrowingTable(errorColumns);
  readonly #missed = new GrowingTable(missedColumns);

  constructor(kind: RegionKind) {
    this.#kind = kind;
  }

  /**
   * Adds an image.
   *
   * @param order Detections that count, the best first.
   * @param ignores See {@linkcode AnalysedImage.ignores}.
   */
  add(
    sample: number,
    { truth, detections }: JudgedImage,
    regions: ImageRegions,
    order: Uint32Array,
    ignores: AnalysedImage["ignores"],
  ): void {
    const labels = order.map((detection) => detections.labels[detection]!);
    const found = findErrors({
      labels,
      categories: truth.categories,
      crowd: regions.ignored,
      iou: takeRows(regions.iou, order, truth.categories.length),
      ignores,
    });
    labels.forEach((label, row) => {
      const score = detections.scores[order[row]!]!;
      const { kinds, ignored, fixed } = found;
      this.#errors.push(sample, [label, score, kinds[row]!, ignored[row]!, fixed[row]!]);
    });
    const counts = new Map<number, [number, number, number]>();
    truth.categories.forEach((category, object) => {
      if (regions.ignored[object]) return;
      const count = counts.get(category) ?? [0, 0, 0];
      counts.set(category, count);
      count[0]++;
      count[1] += found.unmatched[object]!;
      count[2] += found.missed[object]!;
    });
    for (const [category, count] of counts) this.#missed.push(sample, [category, ...count]);
  }

  /** The tables, by name. */
  build(): Record<string, EvidenceTable> {
    return {
      [errorTable(this.#kind)]: this.#errors.build(),
      [missedTable(this.#kind)]: this.#missed.build(),
    };
  }
}
