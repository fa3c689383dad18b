/**
 * One training step from torchvision's weights and sampled targets, compared with torchvision's.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Layout } from "../../../core/nn/layout.ts";
import { adamW } from "../../../core/optim/optimizer.ts";
import { gradientOutput, parameterFeeds } from "../../../core/train/parameter_tensors.ts";
import { initialTrainingState } from "../../../core/train/training_state.ts";
import { channelBlock } from "../../../core/engine/channel_block.ts";
import { detectionFeeds } from "../mask_rcnn/feeds.ts";
import { buildDetectorStep } from "../mask_rcnn/detector_step.ts";
import { anchorsOfImage, type TorchvisionReference } from "./torchvision_reference.ts";

/** How far a step is from torchvision's. */
export interface StepParity {
  /** Loss by torchvision's name: ours and theirs. */
  readonly losses: Readonly<Record<string, readonly [number, number]>>;
  /** Cosine of the angle between our gradient and theirs, and the ratio of their norms. */
  readonly gradients: Readonly<Record<string, { readonly cosine: number; readonly norm: number }>>;
  /** Parameters of which one side has a gradient and the other has none. */
  readonly unmatched: readonly string[];
}

const partOf: Readonly<Record<string, string>> = {
  loss_objectness: "objectness",
  loss_rpn_box_reg: "rpn_box",
  loss_classifier: "classifier",
  loss_box_reg: "box",
  loss_mask: "mask",
};

/** Computes the step. */
export async function stepParity(
  reference: TorchvisionReference,
  layout: Layout,
): Promise<StepParity> {
  const { spec, batch, settings } = reference;
  const step = buildDetectorStep(spec, {
    optimizer: adamW(),
    targets: {
      anchors: (_, image, anchors) => anchorsOfImage(reference.anchors, image, anchors.length / 4),
      regions: () => reference.regions,
    },
    anchors: {
      samples: settings.rpn_batch_size_per_image,
      positives: settings.rpn_batch_size_per_image / 2,
    },
    pooling: { samplingRatio: 2, aligned: false, canonicalSize: 224 },
    smoothL1Beta: 1 / 9,
    largest: { batch: batch.sizes.length, height: batch.height, width: batch.width },
    layout,
    channelBlock: await channelBlock(),
  });
  const runner = await step.open({ threads: 1 });
  const { parameters, buffers } = step.spec;
  assert.equal(reference.weights.size, parameters.length + buffers.length, "every weight is read");
  const { tensors } = initialTrainingState(step, 0, reference.weights);
  const outputs = await runner.run({
    ...detectionFeeds(batch),
    ...parameterFeeds(parameters, tensors["parameters"]!.data as Float32Array),
    buffers: tensors["buffers"]!,
  }, { seed: 0, step: 0 });
  await runner.release();
  const gradients: Record<string, { cosine: number; norm: number }> = {};
  const unmatched: string[] = [];
  for (const { name } of parameters) {
    const own = outputs[gradientOutput(name)], other = reference.gradients.get(name);
    if (own === undefined && other === undefined) continue;
    if (!own || !other) {
      unmatched.push(name);
      continue;
    }
    let dot = 0, ours = 0, theirs = 0;
    (own.data as Float32Array).forEach((value, index) => {
      dot += value * other.data[index]!;
      ours += value ** 2;
      theirs += other.data[index]! ** 2;
    });
    gradients[name] = { cosine: dot / Math.sqrt(ours * theirs), norm: Math.sqrt(ours / theirs) };
  }
  return {
    losses: Object.fromEntries(
      Object.entries(reference.losses).map(([name, value]) => [
        name,
        [outputs[`part/${partOf[name]}`]!.data[0] as number, value] as const,
      ]),
    ),
    gradients,
    unmatched,
  };
}
