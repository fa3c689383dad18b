/**
 * The training step of the first stage of `emoji-clip`: images against the captions of all taught
 * concepts.
 *
 * @module
 */

import type { TrainingStep } from "../../core/train/training_step.ts";
import { buildTrainingStep } from "../../core/train/training_step.ts";
import { imageBatchShape } from "../../core/methods/distillation_step.ts";
import { labelCrossEntropy } from "../../core/methods/cross_entropy.ts";
import { constantInitializer } from "../../core/nn/initializers.ts";
import type { ModuleContext } from "../../core/nn/module_context.ts";
import { concat, fusedMatMul, mul, slice } from "../../core/onnx/build.ts";
import type { Value } from "../../core/onnx/graph.ts";
import { adamW } from "../../core/optim/optimizer.ts";
import type { RandomStream } from "../../core/random.ts";
import { type CaptionStatistics, emojiClipSizes, imageTower, textTower } from "./towers.ts";

/** Random convolutions of a batch of captions: equal parts of it share one. */
export const texturesPerBatch = 8;

/**
 * Draws the kernels of random convolutions (Xu et al., "Robust and generalizable visual
 * representation learning via random convolutions", ICLR 2021): they change texture and colour and
 * leave shape, so that the tower learns what icon sets have in common. Half are the identity; the
 * others are α·identity + (1 − α)·W with W ~ N(0, 1/27), of 3×3 or 1×1 taps.
 *
 * @param output [textures · 3, 3, 3, 3]; its length says how many.
 */
export function drawTextureKernels(random: RandomStream, output: Float32Array): void {
  output.fill(0);
  for (let texture = 0; texture < output.length / 81; texture++) {
    const plain = random.uniform() < 0.5;
    const onePixel = random.uniform() < 0.4;
    const alpha = plain ? 1 : random.uniform();
    const std = 1 / Math.sqrt(onePixel ? 3 : 27);
    for (let out = 0; out < 3; out++) {
      for (let channel = 0; channel < 3; channel++) {
        for (let tap = 0; tap < 9; tap++) {
          const offset = ((texture * 3 + out) * 3 + channel) * 9 + tap;
          const weight = random.normal() * std;
          if (!plain && (!onePixel || tap === 4)) output[offset] = (1 - alpha) * weight;
          if (tap === 4 && out === channel) output[offset]! += alpha;
        }
      }
    }
  }
}

/** Gives each of equal parts of a batch in `chwn` its random convolution. */
export function texture(context: ModuleContext, pixels: Value, textures: number): Value {
  const { graph } = context;
  const kernels = graph.input("textures", "float32", [textures * 3, 3, 3, 3, 1]);
  const share = pixels.shape[4]! / textures;
  const parts = [...Array(textures).keys()].map((part) =>
    graph.node("Conv", [
      slice(graph, pixels, [{ axis: 4, start: part * share, end: (part + 1) * share }]),
      slice(graph, kernels, [{ axis: 0, start: part * 3, end: (part + 1) * 3 }]),
    ], { pads: [1, 1, 0, 1, 1, 0] })
  );
  return concat(graph, parts, 4);
}

/**
 * Builds the step. Inputs: `images` [3, S, S, B] uint8, `textures`, `captions` [classes, 100],
 * `labels` [B]. Loss: −log softmax over all captions of e^s · ⟨image, caption⟩ at the right one, s
 * learned.
 */
export function emojiClipStep(
  { widthMultiplier, batchSize, classes, weightDecay, textLearningRate, captionStatistics }: {
    /** Channels of the image tower, as a share of ResNet-18's. @default {0.5} */
    widthMultiplier?: number;
    batchSize: number;
    classes: number;
    weightDecay: number;
    /** Factor on the text tower's learning rate. */
    textLearningRate: number;
    captionStatistics: CaptionStatistics;
  },
): TrainingStep {
  return buildTrainingStep({
    name: "emoji-clip training",
    layout: "chwn",
    optimizer: adamW({ weightDecay }),
    groups: (name) => name.startsWith("text_") ? { learningRateFactor: textLearningRate } : {},
    forward(context) {
      const { graph } = context;
      const { imageSize, captionLength } = emojiClipSizes;
      const images = graph.input("images", "uint8", imageBatchShape("chwn", batchSize, imageSize));
      const captions = graph.input("captions", "float32", [classes, captionLength]);
      const labels = graph.input("labels", "int64", [batchSize]);
      const image = imageTower(context, images, {
        ...(widthMultiplier === undefined ? {} : { widthMultiplier }),
        augment: (pixels) => texture(context, pixels, texturesPerBatch),
      });
      const text = textTower(context, captions, { statistics: captionStatistics });
      const logScale = context.parameter("logit_scale", [1], constantInitializer(Math.log(20)));
      const scale = graph.node("Exp", [logScale], {});
      const logits = mul(graph, fusedMatMul(graph, image, text, { transB: true }), scale);
      return { loss: labelCrossEntropy(graph, logits, labels), parts: { scale }, nextState: {} };
    },
  });
}
