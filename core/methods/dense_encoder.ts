/**
 * Embeddings of single pixels: what a model that was trained to embed whole images says of their parts.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { mlpHead, normalizeImages } from "../nn/layers.ts";
import { batchOf } from "../nn/layout.ts";
import type { ModuleContext } from "../nn/module_context.ts";
import type { NamedTensors } from "../nn/parameters.ts";
import type { Value } from "../onnx/graph.ts";
import type { Backbone, BackboneFeatures, FeatureOptions } from "./backbone.ts";
import type { Head } from "./method.ts";

/** How large the map of embeddings is. */
export type DenseOptions = Pick<FeatureOptions, "outputStride" | "firstDilation">;

/** An embedding for each pixel of a map. */
export interface DenseEmbeddings {
  /** [height · width · B, D], in the order row, column, image; of any length. */
  readonly rows: Value;
  /** Size of the map. */
  readonly height: number;
  readonly width: number;
}

/** A model that embeds the parts of an image in the space in which it embeds whole ones. */
export interface DenseEncoder {
  /** Its parameters and buffers by name. */
  readonly weights: NamedTensors;
  /**
   * Adds it to a graph.
   *
   * @param images Bytes of any size in the layout of the context, as `normalizeImages` takes them.
   * @throws {ConfigError} where the model cannot be built with these options.
   */
  embed(context: ModuleContext, images: Value, options?: DenseOptions): DenseEmbeddings;
}

/**
 * The pixels of the last map, each as the head reads it.
 *
 * @param features Made with `pooling: "none"`.
 * @param name Of the model, for messages.
 * @throws {ConfigError} where the backbone knows no such options.
 */
export function unpooledPixels(
  { c5, pooled }: Pick<BackboneFeatures, "c5" | "pooled">,
  { context, images, name, outputStride = Infinity }:
    & { readonly context: ModuleContext; readonly images: Value; readonly name: string }
    & DenseOptions,
): DenseEmbeddings {
  const [, , height, width] = c5.shape as [number, number, number, number];
  const pixels = height * width * batchOf(context.layout, c5.shape);
  const fail = (reason: string): never => {
    throw new ConfigError(`Cannot embed the pixels of images by ${name}: ${reason}`);
  };
  if (pooled.shape[0] !== pixels) {
    fail('its backbone pools its last map, though it is built with pooling "none"');
  }
  // Rows are the second last spatial axis of either layout: [B, 3, H, W] and [3, H, W, B].
  const rows = images.shape[context.layout === "nchw" ? 2 : 1]!;
  const stride = Math.floor(rows / height);
  if (stride > outputStride) {
    fail(
      `its last map has a stride of ${stride}, since it takes no output stride, got ${outputStride}`,
    );
  }
  return { rows: pooled, height, width };
}

/**
 * A distilled student whose head reads each pixel of its last map as if it were the mean of all: no
 * weight is trained for it.
 *
 * @param weights With those of the head.
 * @param head Its distillation head, `output: "embedding"`.
 */
export function studentDenseEncoder(
  backbone: Backbone,
  weights: NamedTensors,
  { dimension }: Pick<Head, "dimension">,
  name: string,
): DenseEncoder {
  return {
    weights,
    embed(context, images, options = {}) {
      const normalized = normalizeImages(context, images, backbone.preprocess);
      const features = backbone.features(context, normalized, { ...options, pooling: "none" });
      const { rows, height, width } = unpooledPixels(features, {
        context,
        images,
        name,
        ...options,
      });
      return { rows: mlpHead(context, backbone.headName, rows, dimension), height, width };
    },
  };
}
