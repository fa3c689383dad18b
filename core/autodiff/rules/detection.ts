/**
 * Gradient rules of the operators of detection, which stand in exported files alone: trainings do this
 * work on the host.
 *
 * @module
 */

import { notDifferentiable, type VjpRules, zeroGradient } from "../vjp.ts";

const exported = notDifferentiable("it is there for exported files");

/** Rules by operator. */
export const detectionRules: VjpRules<
  "GatherElements" | "CumSum" | "TopK" | "NonMaxSuppression" | "RoiAlign"
> = {
  GatherElements: exported,
  CumSum: exported,
  TopK: exported,
  NonMaxSuppression: zeroGradient("indices are whole numbers"),
  RoiAlign: exported,
};
