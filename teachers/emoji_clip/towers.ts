/**
 * The two towers of `emoji-clip`: a small ResNet for images, and a residual perceptron over
 * averaged word vectors for text, meeting on the unit sphere.
 *
 * @module
 */

import {
  type DenseEmbeddings,
  type DenseOptions,
  unpooledPixels,
} from "../../core/methods/dense_encoder.ts";
import type { FeatureMaps } from "../../core/methods/mapped_encoder.ts";
import { normalInitializer } from "../../core/nn/initializers.ts";
import { l2Normalize } from "../../core/nn/l2_normalize.ts";
import { linear, normalizeImages } from "../../core/nn/layers.ts";
import type { ModuleContext } from "../../core/nn/module_context.ts";
import { add, mul, relu, sub } from "../../core/onnx/build.ts";
import type { Value } from "../../core/onnx/graph.ts";
import { resnet18 } from "../../students/resnet18.ts";
import { clipNormalization } from "../../students/student.ts";

/** Channels of the image tower, as a share of ResNet-18's, of each model. */
export const imageTowerWidths = {
  "emoji-clip": 0.5,
  "emoji-clip-small": 0.25,
  "emoji-clip-tiny": 0.125,
} as const;

/** Name of a model that is trained here; they differ in the width of the image tower alone. */
export type EmojiClipName = keyof typeof imageTowerWidths;

/** Sizes that all models share; part of their weights files. */
export const emojiClipSizes = {
  /** Side of the images, pixels. */
  imageSize: 40,
  /** Length of the embeddings. */
  dimension: 256,
  /** Length of a caption's vector. */
  captionLength: 100,
  /** Hidden units of the text tower. */
  textHidden: 512,
} as const;

/** How an image tower is built. */
export interface ImageTowerOptions {
  /** Channels, as a share of ResNet-18's. @default {0.5} */
  readonly widthMultiplier?: number;
  /** Changes the normalised pixels before the tower; training only. @default {nothing} */
  readonly augment?: (pixels: Value) => Value;
  /** Whether the embeddings are brought to unit length. @default {true} */
  readonly unitLength?: boolean;
}

/**
 * Image tower: ResNet-18 at a part of its width with the small stem, then a linear projection.
 *
 * @param images uint8 in the layout of the context.
 * @returns Unit vectors, [B, 256].
 */
export function imageTower(
  context: ModuleContext,
  images: Value,
  options: ImageTowerOptions = {},
): Value {
  return mappedImageTower(context, images, options).embedding;
}

/** {@linkcode imageTower} with the feature maps on the way. */
export function mappedImageTower(
  context: ModuleContext,
  images: Value,
  { widthMultiplier = imageTowerWidths["emoji-clip"], augment, unitLength = true }:
    ImageTowerOptions = {},
): { maps: FeatureMaps; embedding: Value } {
  const { imageSize, dimension } = emojiClipSizes;
  const normalized = normalizeImages(context, images, clipNormalization);
  const pixels = augment === undefined ? normalized : augment(normalized);
  const maps = resnet18.build(context, pixels, { imageSize, widthMultiplier, stem: "small" });
  const projected = linear(context, "image_projection", maps.pooled, dimension);
  return { maps, embedding: unitLength ? l2Normalize(context.graph, projected) : projected };
}

/**
 * The image tower without its pooling: the projection of each pixel of the last map. Since the projection
 * is linear, their mean is that of the whole image before it is brought to unit length.
 *
 * @param images uint8 of any size, in the layout of the context.
 */
export function denseImageTower(
  context: ModuleContext,
  images: Value,
  options: DenseOptions & Pick<ImageTowerOptions, "widthMultiplier"> = {},
): DenseEmbeddings {
  const { imageSize, dimension } = emojiClipSizes;
  const { widthMultiplier = imageTowerWidths["emoji-clip"] } = options;
  const features = resnet18.build(context, normalizeImages(context, images, clipNormalization), {
    ...options,
    imageSize,
    widthMultiplier,
    stem: "small",
    pooling: "none",
  });
  const name = "emoji-clip";
  const { rows, ...size } = unpooledPixels(features, { context, images, name, ...options });
  return { rows: linear(context, "image_projection", rows, dimension), ...size };
}

/** Statistics of the taught captions that the text tower starts from. */
export interface CaptionStatistics {
  /** Mean of the caption vectors, [100]: what all names have in common says nothing. */
  readonly mean: Float32Array;
  /** 1 / (root mean square of the centred elements). */
  readonly scale: number;
}

/**
 * Text tower: normalize( P·u + W₂·relu(W₁·u) ) with u = scale · (v − mean) of a caption's averaged
 * word vectors v. Without the centring all names point the same way and training hardly moves. The
 * linear path keeps the geometry of the word vectors, so that unseen names land near related ones.
 *
 * @param captions Caption vectors, [M, 100].
 * @param options.statistics What it starts from; training only.
 * @param options.unitLength Whether the embeddings are brought to unit length. @default {true}
 * @returns Unit vectors, [M, 256].
 */
export function textTower(
  context: ModuleContext,
  captions: Value,
  { statistics, unitLength = true }: {
    readonly statistics?: CaptionStatistics;
    readonly unitLength?: boolean;
  } = {},
): Value {
  const { dimension, textHidden, captionLength } = emojiClipSizes;
  const { graph } = context;
  const mean = context.buffer("caption_mean", [captionLength], (_, output) => {
    if (statistics) output.set(statistics.mean);
  });
  const scale = context.buffer("caption_scale", [1], (_, output) => {
    output[0] = statistics?.scale ?? 1;
  });
  const centered = mul(graph, sub(graph, captions, mean), scale);
  const direct = linear(context, "text_projection", centered, dimension, {
    weight: normalInitializer(1 / Math.sqrt(captionLength)),
    bias: normalInitializer(0),
  });
  const hidden = relu(graph, linear(context, "text_mlp.0", centered, textHidden));
  const correction = linear(context, "text_mlp.2", hidden, dimension, {
    weight: normalInitializer(0.1 / Math.sqrt(textHidden)),
    bias: normalInitializer(0),
  });
  const projected = add(graph, direct, correction);
  return unitLength ? l2Normalize(graph, projected) : projected;
}
