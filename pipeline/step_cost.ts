/**
 * How long a training step takes beside those of other students, known before it runs.
 *
 * @module
 */

import { imageBatchShape } from "../core/methods/distillation_step.ts";
import { normalizeImages } from "../core/nn/layers.ts";
import { traceModel } from "../core/nn/module_context.ts";
import { sizeOf } from "../core/onnx/graph.ts";
import type { PretrainSpec } from "../core/recipe/cell.ts";
import { students } from "../students/registry.ts";
import { studentBackbone } from "./pretraining.ts";

/**
 * Numbers that a step of a student writes in its forward pass: its time is that of memory. 0 where
 * nothing is trained.
 */
export function stepCost({ student, options }: Pick<PretrainSpec, "student" | "options">): number {
  if (student === null) return 0;
  const { imageSize, widthMultiplier, batchSize } = options as Record<string, number>;
  const backbone = studentBackbone(students.get(student), {
    imageSize: imageSize!,
    widthMultiplier: widthMultiplier!,
  });
  let written = 0;
  traceModel({ layout: "chwn", mode: "train" }, (context) => {
    const shape = imageBatchShape("chwn", batchSize!, imageSize!);
    const images = context.graph.input("images", "uint8", shape);
    backbone.features(context, normalizeImages(context, images, backbone.preprocess));
    for (const { op, outputs } of context.graph.nodes) {
      if (op !== "Reshape") { for (const output of outputs) written += sizeOf(output.shape); }
    }
  });
  return written;
}
