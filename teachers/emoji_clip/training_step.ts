/**
 * The training step of the first stage of `emoji-clip`: images against the captions of all taught
 * concepts.
 *
 * @module
 */

import type { TrainingStep } from "../../core/train/training_step.ts";
import { buildTrainingStep } from "../../core/train/training_step.ts";
import { imageBatchShape } from "../../core/methods/distillation_step.ts";
import { drawRandomConvolutions } from "../../core/data/augmentation/random_convolution.ts";
import { labelCrossEntropy } from "../../core/methods/cross_entropy.ts";
import { constantInitializer } from "../../core/nn/initializers.ts";
import type { ModuleContext } from "../../core/nn/module_context.ts";
import { convolutionsShape, convolveParts } from "../../core/nn/random_convolution.ts";
import { fusedMatMul, mul } from "../../core/onnx/build.ts";
import type { Value } from "../../core/onnx/graph.ts";
import { adamW } from "../../core/optim/optimizer.ts";
import type { RandomStream } from "../../core/random.ts";
import { type CaptionStatistics, emojiClipSizes, imageTower, textTower } from "./towers.ts";

/** Random convolutions of a batch of captions: equal parts of it share one. */
export const texturesPerBatch = 8;

/**
 * Draws the kernels of random convolutions, of which half are the identity.
 *
 * @param output [textures · 3, 3, 3, 3]; its length says how many.
 */
export function drawTextureKernels(random: RandomStream, output: Float32Array): void {
  drawRandomConvolutions(random, 0.5, output);
}

/** Gives each of equal parts of a batch in `chwn` its random convolution. */
export function texture(context: ModuleContext, pixels: Value, textures: number): Value {
  const shape = convolutionsShape("chwn", textures);
  return convolveParts(context, pixels, context.graph.input("textures", "float32", shape));
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
