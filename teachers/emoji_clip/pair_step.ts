/**
 * The training step of the second stage of `emoji-clip`: pairs of an image and a caption against each
 * other, as CLIP is trained.
 *
 * @module
 */

import { labelCrossEntropy } from "../../core/methods/cross_entropy.ts";
import { imageBatchShape } from "../../core/methods/distillation_step.ts";
import { constantInitializer } from "../../core/nn/initializers.ts";
import { add, fusedMatMul, mul, scale as scaled } from "../../core/onnx/build.ts";
import type { Graph, Value } from "../../core/onnx/graph.ts";
import { adamW } from "../../core/optim/optimizer.ts";
import { withoutDecay } from "../../core/train/parameter_groups.ts";
import { buildTrainingStep, type TrainingStep } from "../../core/train/training_step.ts";
import { emojiClipSizes, imageTower, textTower } from "./towers.ts";
import { texture } from "./training_step.ts";

/** Largest scale of the logits, as CLIP's. */
export const largestScale = 100;

/** Scale that CLIP begins with: a temperature of 0.07. */
export const firstScale = 1 / 0.07;

/**
 * ½ · (cross-entropy of each image over the captions of the batch + of each caption over its images):
 * the symmetric InfoNCE of CLIP (Radford et al., "Learning transferable visual models from natural
 * language supervision", ICML 2021, figure 3).
 *
 * @param image Unit vectors, [B, D]; row i belongs to row i of `text`.
 * @param text Unit vectors, [B, D].
 * @param scale Factor on the cosines, [1].
 */
export function symmetricInfoNce(graph: Graph, image: Value, text: Value, scale: Value): Value {
  const batchSize = image.shape[0]!;
  const own = BigInt64Array.from({ length: batchSize }, (_, place) => BigInt(place));
  const labels = graph.constant("int64", [batchSize], own);
  const byImage = mul(graph, fusedMatMul(graph, image, text, { transB: true }), scale);
  const byText = mul(graph, fusedMatMul(graph, text, image, { transB: true }), scale);
  const sum = add(
    graph,
    labelCrossEntropy(graph, byImage, labels),
    labelCrossEntropy(graph, byText, labels),
  );
  return scaled(graph, sum, 0.5);
}

/**
 * Builds the step. Inputs: `images` [3, S, S, B] uint8, `textures`, `captions` [B, 100]. The scale is
 * learned below 100. CLIP cuts the parameter back after each step, so that it can fall again; here the
 * graph limits it, and a scale that has reached 100 has no gradient and stays. The recipes end at 70
 * and below.
 */
export function emojiClipPairStep(
  { widthMultiplier, batchSize, textures, weightDecay }: {
    /** Channels of the image tower, as a share of ResNet-18's. */
    readonly widthMultiplier: number;
    readonly batchSize: number;
    /** Random convolutions of a batch: equal parts of it share one. */
    readonly textures: number;
    readonly weightDecay: number;
  },
): TrainingStep {
  return buildTrainingStep({
    name: "emoji-clip training of pairs",
    layout: "chwn",
    optimizer: adamW({ weightDecay }),
    // As CLIP: gains, biases and the scale are not decayed.
    groups: withoutDecay(),
    forward(context) {
      const { graph } = context;
      const { imageSize, captionLength } = emojiClipSizes;
      const images = graph.input("images", "uint8", imageBatchShape("chwn", batchSize, imageSize));
      const captions = graph.input("captions", "float32", [batchSize, captionLength]);
      const image = imageTower(context, images, {
        widthMultiplier,
        augment: (pixels) => texture(context, pixels, textures),
      });
      const text = textTower(context, captions);
      const logScale = context.parameter(
        "logit_scale",
        [1],
        constantInitializer(Math.log(firstScale)),
      );
      const limited = graph.node("Clip", [logScale], { min: 0, max: Math.log(largestScale) });
      const scale = graph.node("Exp", [limited], {});
      return {
        loss: symmetricInfoNce(graph, image, text, scale),
        parts: { scale },
        nextState: {},
      };
    },
  });
}
