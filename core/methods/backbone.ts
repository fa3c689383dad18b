/**
 * A student's backbone and the head that pre-training attaches to it.
 *
 * @module
 */

import { l2Normalize } from "../nn/l2_normalize.ts";
import { dropout, linear, mlpHead, normalizeImages } from "../nn/layers.ts";
import { imageBatchShape } from "../nn/layout.ts";
import { type ModelSpec, type ModuleContext, traceModel } from "../nn/module_context.ts";
import type { Value } from "../onnx/graph.ts";
import type { Head } from "./method.ts";

/** What a backbone makes of a batch of images, in the layout of its context. */
export interface BackboneFeatures {
  /** Feature maps by stage, for the heads of downstream tasks. */
  readonly c2: Value;
  readonly c3: Value;
  readonly c4: Value;
  readonly c5: Value;
  /** What the head reads, [B, d]: the last map, averaged over its pixels, unless `pooling` is "none". */
  readonly pooled: Value;
}

/** How the feature maps are made, for tasks that need larger ones, or each pixel of the last. */
export interface FeatureOptions {
  /**
   * Pixels of the image on a side of one pixel of C5, at most: strides beyond it become dilations. All
   * strides stay where absent.
   */
  readonly outputStride?: number;
  /**
   * Dilation of the first block after a stride that was left out: that of the blocks before it
   * (torchvision, mmsegmentation), or that of its own stage (segmentation_models.pytorch).
   *
   * @default {"previous"}
   */
  readonly firstDilation?: "previous" | "own";
  /**
   * With "none" the head reads each pixel of the last map as if it were all that there is: `pooled` is
   * [h · w · B, d], in the order row, column, image.
   *
   * @default {"mean"}
   */
  readonly pooling?: "mean" | "none";
}

/** A backbone and how its head is attached. */
export interface Backbone {
  /** Name of the head's parameters. */
  readonly headName: string;
  readonly headDropout: number;
  readonly preprocess: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /**
   * Adds the backbone to a graph.
   *
   * @param images Normalised images, float32, in the layout of the context.
   * @param options A backbone that cannot dilate leaves them aside.
   */
  features(context: ModuleContext, images: Value, options?: FeatureOptions): BackboneFeatures;
}

/** A feature map of a backbone. */
export interface BackboneLevel {
  readonly name: "c2" | "c3" | "c4" | "c5";
  readonly channels: number;
  /** Pixels of the image on a side of one pixel of the map. */
  readonly stride: number;
}

/**
 * What a backbone declares in training.
 *
 * @param size.batchSize Images that share BatchNorm statistics.
 * @throws {ConfigError} where it cannot be built or trained at this size.
 */
export function traceBackbone(
  backbone: Backbone,
  { imageSize, batchSize }: { readonly imageSize: number; readonly batchSize: number },
): ModelSpec {
  return traceModel({ layout: "chwn", mode: "train" }, (context) => {
    const shape = imageBatchShape("chwn", batchSize, imageSize);
    const images = context.graph.input("images", "uint8", shape);
    backbone.features(context, normalizeImages(context, images, backbone.preprocess));
  });
}

/**
 * Channels and strides of C2 to C5 for images of a size.
 *
 * @throws {ConfigError} where the backbone cannot be built at this size.
 */
export function backboneLevels(backbone: Backbone, imageSize: number): BackboneLevel[] {
  const levels: BackboneLevel[] = [];
  traceModel({ layout: "nchw", mode: "eval" }, (context) => {
    const images = context.graph.input("images", "float32", [1, 3, imageSize, imageSize]);
    const features = backbone.features(context, images);
    for (const name of ["c2", "c3", "c4", "c5"] as const) {
      const [, channels, height] = features[name].shape as [number, number, number];
      levels.push({ name, channels, stride: Math.round(imageSize / height) });
    }
  });
  return levels;
}

/**
 * Output of the last layer: MLP head and L2 norm for an embedding, one linear layer for logits.
 *
 * @param augment Changes the normalised images before the backbone; training only.
 */
export function studentOutput(
  context: ModuleContext,
  backbone: Backbone,
  images: Value,
  { output, dimension }: Head,
  augment: (images: Value) => Value = (images) => images,
): { features: BackboneFeatures; pooled: Value; output: Value } {
  const normalized = augment(normalizeImages(context, images, backbone.preprocess));
  const features = backbone.features(context, normalized);
  const { pooled } = features;
  const dropped = dropout(context, "head", pooled, backbone.headDropout);
  if (output === "logits") {
    return { features, pooled, output: linear(context, backbone.headName, dropped, dimension) };
  }
  const embedding = mlpHead(context, backbone.headName, dropped, dimension);
  return { features, pooled, output: l2Normalize(context.graph, embedding) };
}
