/**
 * How long a training step takes beside those of other students, known before it runs.
 *
 * @module
 */

import { imageBatchShape } from "../core/methods/distillation_step.ts";
import { normalizeImages } from "../core/nn/layers.ts";
import { traceModel } from "../core/nn/module_context.ts";
import { sizeOf } from "../core/onnx/graph.ts";
import type { TrainSpec } from "../core/recipe/jobs.ts";
import { students } from "../students/registry.ts";
import { studentBackbone } from "./student_backbone.ts";

/** What of a training decides about the time of a step. */
export interface StepSpec {
  readonly student: string | null;
  readonly pretrain: Pick<TrainSpec["pretrain"], "imageSize" | "widthMultiplier" | "batchSize">;
}

/**
 * Numbers that a step of a student writes in its forward pass: its time is that of memory. 0 where
 * nothing is trained.
 */
export function stepCost({ student, pretrain }: StepSpec): number {
  if (student === null) return 0;
  const { imageSize, batchSize } = pretrain;
  const backbone = studentBackbone(students.get(student), pretrain);
  let written = 0;
  traceModel({ layout: "chwn", mode: "train" }, (context) => {
    const shape = imageBatchShape("chwn", batchSize, imageSize);
    const images = context.graph.input("images", "uint8", shape);
    backbone.features(context, normalizeImages(context, images, backbone.preprocess));
    for (const { op, outputs } of context.graph.nodes) {
      if (op !== "Reshape") { for (const output of outputs) written += sizeOf(output.shape); }
    }
  });
  return written;
}
