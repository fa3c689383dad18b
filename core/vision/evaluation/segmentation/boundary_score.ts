/**
 * The boundary F-score of classes (Csurka et al., BMVC 2013): of an image and class, the harmonic mean
 * of the shares of the predicted and of the true boundary that lie near the other one. Of a class, the
 * mean over the images in which it has a boundary, true or predicted.
 *
 * @module
 */

import type { Evidence } from "../../../results/evidence.ts";
import { classTable } from "./class_columns.ts";
import { readClassRows } from "./class_pixels.ts";

/**
 * Prepares the scores of the classes, `[classes]` from 0 to 1, over draws of images; NaN where a class
 * has no boundary. What the function returns is overwritten by the next draw.
 *
 * @throws {TaskError} where the evidence has no boundaries.
 */
export function compileBoundaryF(evidence: Evidence): (weights: Float64Array) => Float64Array {
  const rows = readClassRows(evidence, classTable);
  const predicted = rows.column("boundaryPredicted");
  const predictedNear = rows.column("boundaryPredictedNear");
  const truth = rows.column("boundaryTruth");
  const truthNear = rows.column("boundaryTruthNear");
  const scores = Float64Array.from(rows.sample, (_, row) => {
    if (predicted[row] === 0 && truth[row] === 0) return NaN;
    if (predictedNear[row] === 0 || truthNear[row] === 0) return 0;
    const precision = predictedNear[row]! / predicted[row]!;
    const recall = truthNear[row]! / truth[row]!;
    return 2 * precision * recall / (precision + recall);
  });
  const sums = new Float64Array(rows.classes), images = new Float64Array(rows.classes);
  return (weights) => {
    sums.fill(0);
    images.fill(0);
    for (let row = 0; row < scores.length; row++) {
      const score = scores[row]!, weight = weights[rows.sample[row]!]!;
      if (Number.isNaN(score)) continue;
      sums[rows.class[row]!]! += weight * score;
      images[rows.class[row]!]! += weight;
    }
    for (let index = 0; index < sums.length; index++) sums[index]! /= images[index]!;
    return sums;
  };
}
