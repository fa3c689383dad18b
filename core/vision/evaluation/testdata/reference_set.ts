/**
 * Random sets with what pycocotools, lvis and tidecv say of them, and the comparison with what we say.
 *
 * @module
 */

import type { CategoryFrequency } from "../../../data/annotation.ts";
import type { Evidence } from "../../../results/evidence.ts";
import { classAgnosticNumbers, cocoNumbers, lvisNumbers } from "../coco_metrics.ts";
import { categoryTable } from "../category_table.ts";
import { DetectionEvidenceBuilder } from "../detection_evidence.ts";
import { compileNumber, type DetectionNumber } from "../detection_metrics.ts";
import { errorBreakdown } from "../error_breakdown.ts";
import { compileErrorCost, compileFixedPrecision, errorFixes } from "../error_metrics.ts";
import { precisionRecallCurves } from "../precision_recall.ts";
import { type EvaluationProtocol, type RegionKind, thresholdIndex } from "../protocol.ts";

interface Region {
  readonly box: readonly number[];
  /** Run lengths, where masks are judged. */
  readonly mask?: readonly number[];
}

/** What tidecv says. */
interface ErrorAnswers {
  readonly ap: number;
  readonly costs: Readonly<Record<string, number | null>>;
  readonly counts: Readonly<Record<string, number>>;
}

interface Answers {
  readonly coco: readonly number[];
  readonly anyClass: readonly number[];
  readonly categories: readonly number[];
  readonly curve50: readonly number[];
  readonly curve75: readonly number[];
  readonly lvis: readonly number[] | null;
  readonly errors: ErrorAnswers | null;
  readonly errorsLvis?: ErrorAnswers | null;
  /** With every image as often as the weights say. */
  readonly drawn?: { readonly coco: readonly number[]; readonly errors: ErrorAnswers | null };
}

/** A line of the reference. */
export interface ReferenceSet {
  readonly seed: number;
  readonly categories: number;
  readonly masks: boolean;
  readonly images: readonly {
    readonly side: number;
    readonly truth: readonly (Region & { category: number; crowd: number; area: number })[];
    readonly detections: readonly (Region & { label: number; score: number })[];
    readonly negative: readonly number[];
    readonly partial: readonly number[];
  }[];
  readonly weights: readonly number[];
  readonly frequency: readonly CategoryFrequency[];
  readonly expected: { readonly box: Answers; readonly mask?: Answers };
}

/** Our evidence of a set. @param classAgnostic Whether the detections are given as class-agnostic ones too. */
export function referenceEvidence(
  { images, categories, masks, frequency }: ReferenceSet,
  protocol: EvaluationProtocol,
  classAgnostic = false,
): Evidence {
  const builder = new DetectionEvidenceBuilder({
    categories,
    masks,
    protocol,
    categoryFrequency: frequency,
    classAgnostic,
  });
  images.forEach(({ side, truth, detections, negative, partial }, index) => {
    const runs = (regions: readonly Region[]) =>
      regions.map(({ mask }) => ({
        height: side,
        width: side,
        counts: Uint32Array.from(mask ?? []),
      }));
    const listed = (detections: ReferenceSet["images"][number]["detections"]) => ({
      boxes: Float32Array.from(detections.flatMap(({ box }) => box)),
      scores: Float32Array.from(detections, ({ score }) => score),
      labels: Uint32Array.from(detections, ({ label }) => label),
      ...(masks ? { masks: runs(detections) } : {}),
    });
    // Of equal scores the lower category comes first in pycocotools.
    const byLabel = detections.toSorted((a, b) => a.label - b.label);
    builder.add({
      id: `image ${index}`,
      height: side,
      width: side,
      truth: {
        kind: "instances",
        boxes: Float32Array.from(truth.flatMap(({ box }) => box)),
        categories: Uint32Array.from(truth, ({ category }) => category),
        crowd: Uint8Array.from(truth, ({ crowd }) => crowd),
        areas: Float64Array.from(truth, ({ area }) => area),
        masks: masks ? runs(truth).map((mask) => ({ kind: "rle", ...mask })) : [],
        federated: {
          negative: Uint32Array.from(negative),
          notExhaustive: Uint32Array.from(partial),
        },
      },
      detections: {
        ...listed(detections),
        ...(classAgnostic ? { classAgnostic: listed(byLabel) } : {}),
      },
    });
  });
  return builder.build();
}

/** What was compared. */
export interface Comparison {
  /** How many numbers. */
  numbers: number;
  /** Those that differ by more than 1e-6, in the packages' units. */
  readonly differences: string[];
}

/** Compares numbers from 0 to 100, or NaN, with the packages' from 0 to 1, or −1. */
class Comparer {
  readonly result: Comparison = { numbers: 0, differences: [] };
  #place: string;

  constructor(place: string) {
    this.#place = place;
  }

  check(name: string, ours: number, theirs: number): void {
    this.result.numbers++;
    if (Math.abs(ours - theirs) <= 1e-6) return;
    this.result.differences.push(`${this.#place} ${name}: expected ${theirs}, got ${ours}`);
  }

  numbers(
    name: string,
    evidence: Evidence,
    numbers: readonly DetectionNumber[],
    theirs: readonly number[],
    weights: Float64Array,
  ): void {
    numbers.forEach((number, index) => {
      const value = compileNumber(evidence, number)(weights) / 100;
      this.check(`${name}.${number.key}`, Number.isNaN(value) ? -1 : value, theirs[index]!);
    });
  }

  errors(name: string, evidence: Evidence, kind: RegionKind, theirs: ErrorAnswers | null): void {
    const { ap50, errors, falsePositive, falseNegative } = errorBreakdown(evidence, kind);
    this.check(`${name}.ap`, ap50 ?? -1, theirs?.ap ?? -1);
    for (const { key, count, deltaAp } of errors) {
      this.check(`${name}.${key}`, deltaAp, theirs?.costs[key] ?? 0);
      if (theirs !== null) this.check(`${name}.${key}.count`, count, theirs.counts[key]!);
    }
    this.check(`${name}.falsePositive`, falsePositive, theirs?.costs["falsePositive"] ?? 0);
    this.check(`${name}.falseNegative`, falseNegative, theirs?.costs["falseNegative"] ?? 0);
  }

  drawnErrors(
    evidence: Evidence,
    kind: RegionKind,
    theirs: ErrorAnswers | null,
    weights: Float64Array,
  ): void {
    const ap = compileFixedPrecision(evidence, kind)(weights);
    this.check("drawn.errors.ap", Number.isNaN(ap) ? -1 : ap, theirs?.ap ?? -1);
    for (const fix of theirs === null ? [] : errorFixes) {
      const cost = compileErrorCost(evidence, kind, fix)(weights);
      this.check(`drawn.errors.${fix}`, Number.isNaN(cost) ? 0 : cost, theirs?.costs[fix] ?? 0);
    }
  }
}

/** The numbers of pycocotools with `useCats = 0` that we have: all but AR@1 and AR@10. */
function withoutLimits(numbers: readonly number[]): number[] {
  return numbers.filter((_, index) => index !== 6 && index !== 7);
}

/** Compares everything that we say of a set with what the packages say. */
export function compareSet(set: ReferenceSet): Comparison {
  const comparer = new Comparer(`set ${set.seed}`);
  const coco = referenceEvidence(set, "coco"), lvis = referenceEvidence(set, "lvis");
  const apart = referenceEvidence(set, "coco", true);
  const ones = new Float64Array(set.images.length).fill(1);
  const weights = Float64Array.from(set.weights);
  const names = Array.from({ length: set.categories }, (_, index) => `category ${index}`);
  for (const kind of ["box", "mask"] as const) {
    const answers = set.expected[kind];
    if (answers === undefined) continue;
    comparer.numbers(`${kind}.coco`, coco, cocoNumbers(kind), answers.coco, ones);
    const anyClass = classAgnosticNumbers(kind);
    for (const evidence of [coco, apart]) {
      const theirs = withoutLimits(answers.anyClass);
      comparer.numbers(`${kind}.anyClass`, evidence, anyClass, theirs, ones);
    }
    comparer.numbers(`${kind}.coco`, apart, cocoNumbers(kind), answers.coco, ones);
    if (answers.lvis !== null) {
      comparer.numbers(`${kind}.lvis`, lvis, lvisNumbers(kind), answers.lvis, ones);
    }
    categoryTable(coco, kind, names).forEach(({ ap }, index) =>
      comparer.check(
        `${kind}.category${index}`,
        ap === null ? -1 : ap / 100,
        answers.categories[index]!,
      )
    );
    const { curves } = precisionRecallCurves(coco, kind);
    for (const [iou, points] of [[0.5, answers.curve50], [0.75, answers.curve75]] as const) {
      const { precision } = curves[thresholdIndex(iou)]!;
      points.forEach((point, index) =>
        comparer.check(`${kind}.curve${100 * iou}`, precision[10 * index]!, point)
      );
    }
    comparer.errors(`${kind}.errors`, coco, kind, answers.errors);
    if (answers.errorsLvis !== undefined) {
      comparer.errors(`${kind}.errorsLvis`, lvis, kind, answers.errorsLvis);
    }
    if (answers.drawn === undefined) continue;
    comparer.numbers(`${kind}.drawn`, coco, cocoNumbers(kind), answers.drawn.coco, weights);
    comparer.drawnErrors(coco, kind, answers.drawn.errors, weights);
  }
  return comparer.result;
}

/** Sets of a file, one a line. */
export function parseSets(text: string): ReferenceSet[] {
  return text.trim().split("\n").map((line) => JSON.parse(line) as ReferenceSet);
}
