/**
 * Names of the tables and columns of the evidence of segmentation.
 *
 * @module
 */

/** A row for each image and class that has judged pixels of it, in truth or prediction. */
export const classTable = "classes";

/** The same for groups of classes, where the builder was given groups. */
export const groupTable = "groups";

/** Columns of {@linkcode groupTable}, and the first of {@linkcode classTable}; counts of pixels. */
export const pixelColumns: readonly string[] = ["class", "intersection", "predicted", "truth"];

/**
 * Further columns of {@linkcode classTable} where boundaries are judged: pixels on the boundary of the
 * class, and those of them that lie near the other boundary.
 */
export const boundaryColumns: readonly string[] = [
  "boundaryPredicted",
  "boundaryPredictedNear",
  "boundaryTruth",
  "boundaryTruthNear",
];
