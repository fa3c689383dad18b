/**
 * The graph of a segmenter: from images to logits and to the loss of their pixels.
 *
 * @module
 */

import { ConfigError } from "../../core/errors.ts";
import { normalizeImages } from "../../core/nn/layers.ts";
import type { ModuleContext } from "../../core/nn/module_context.ts";
import {
  pixelCrossEntropy,
  type PixelCrossEntropyOptions,
} from "../../core/nn/pixel_cross_entropy.ts";
import { type MapDimensions, resample } from "../../core/nn/resample.ts";
import { bilinearWeights, type ResizeOptions } from "../../core/nn/resize_bilinear.ts";
import { add, cast, reshape, scale, transpose } from "../../core/onnx/build.ts";
import { type Graph, sizeOf, type Value } from "../../core/onnx/graph.ts";
import type { LossOutputs } from "../../core/train/loss.ts";
import { deeplabV3 } from "./heads/deeplab_v3.ts";
import { deeplabV3Plus } from "./heads/deeplab_v3_plus.ts";
import { fcn, fcnLayers } from "./heads/fcn.ts";
import type { SegmentationHead } from "./heads/head.ts";
import { pspnet } from "./heads/pspnet.ts";
import {
  type CompleteSegmenterSpec,
  completeSpec,
  type HeadName,
  type SegmenterSpec,
} from "./spec.ts";

/** Heads by name. */
export const segmentationHeads: Readonly<Record<HeadName, SegmentationHead>> = {
  fcn,
  deeplab_v3: deeplabV3,
  pspnet,
  deeplab_v3_plus: deeplabV3Plus,
};

/** Logits of a segmenter in the layout of the context, on maps smaller than the images. */
export interface SegmenterLogits {
  readonly main: Value;
  /** Of the auxiliary head, in training. */
  readonly auxiliary?: Value;
}

/** Images as bytes, [B, 3, H, W], in the layout of a context. */
function inLayout({ graph, layout }: ModuleContext, images: Value): Value {
  if (layout === "nchw") return images;
  const [batch, channels, height, width] = images.shape as [number, number, number, number];
  const rows = reshape(graph, images, [batch, channels * height * width]);
  return reshape(graph, transpose(graph, rows, [1, 0]), [channels, height, width, batch]);
}

/**
 * Adds a segmenter to a graph.
 *
 * @param images uint8 [B, 3, H, W].
 * @throws {ConfigError} for a segmenter that cannot be built, or a backbone that does not dilate.
 */
export function segmenterLogits(
  context: ModuleContext,
  images: Value,
  spec: SegmenterSpec,
): SegmenterLogits {
  const complete = completeSpec(spec);
  const normalized = normalizeImages(context, inLayout(context, images), complete.preprocess);
  const [, , height, width] = images.shape as [number, number, number, number];
  return headLogits(context, normalized, complete, { height, width });
}

/**
 * Backbone and heads on normalised images.
 *
 * @param normalized float32 in the layout of the context.
 * @param size Of the images.
 * @throws {ConfigError} for a backbone that does not dilate.
 */
export function headLogits(
  context: ModuleContext,
  normalized: Value,
  complete: CompleteSegmenterSpec,
  size: MapDimensions,
): SegmenterLogits {
  const { backbone, auxiliary, statistics, dilation, classes } = complete;
  const head = segmentationHeads[complete.head];
  const features = backbone.features(
    context.scope(head.backbonePrefix, { statistics }),
    normalized,
    dilation,
  );
  const stride = Math.floor(size.height / features.c5.shape[2]!);
  if (stride > (dilation.outputStride ?? Infinity)) {
    throw new ConfigError(
      `Cannot build a segmenter with output stride ${dilation.outputStride}: ` +
        `the backbone's last map has a stride of ${stride}, since it takes no output stride`,
    );
  }
  const main = head.build(context, features, complete);
  if (auxiliary === null || context.mode === "eval") return { main };
  const scope = context.scope("aux_classifier.");
  const { dropout } = complete;
  return { main, auxiliary: fcnLayers(scope, features[auxiliary], { classes, dropout }) };
}

/**
 * Pixels of a map at another size, bilinear. The numbers of a pixel stand innermost, so that each of both
 * directions is few large matrix products.
 *
 * @param pixels The same count of numbers for each pixel of the map, in the order row, column.
 * @returns [H, W, numbers] as one row for each pixel: [H · W, numbers].
 */
export function enlargePixels(
  graph: Graph,
  pixels: Value,
  from: MapDimensions,
  to: MapDimensions,
  options: ResizeOptions,
): Value {
  const numbers = sizeOf(pixels.shape) / (from.height * from.width);
  const map = reshape(graph, pixels, [1, from.height, from.width, numbers]);
  const enlarged = resample(graph, map, { before: 1, after: numbers }, {
    rows: bilinearWeights(from.height, to.height, options),
    columns: bilinearWeights(from.width, to.width, options),
  });
  return reshape(graph, enlarged, [to.height * to.width, numbers]);
}

/** Logits with the classes of a pixel innermost, [rows, columns, B, classes]. */
export function turnedLogits(
  { graph, layout }: Pick<ModuleContext, "graph" | "layout">,
  map: Value,
): Value {
  const [, classes, rows, columns] = map.shape as [number, number, number, number];
  if (layout === "nchw") return transpose(graph, map, [2, 3, 0, 1]);
  const batch = map.shape[4]!;
  return transpose(graph, reshape(graph, map, [classes, rows, columns, batch]), [1, 2, 3, 0]);
}

/**
 * Logits enlarged to the size of the images, a row for each pixel: [H · W · B, classes], in the order row,
 * column, image. The small maps are turned, not the large ones.
 *
 * @param map [.., classes, rows, columns, ..] in the layout of the context.
 */
export function pixelLogits(
  context: Pick<ModuleContext, "graph" | "layout">,
  map: Value,
  size: MapDimensions,
  options: ResizeOptions,
): Value {
  return enlargeTurned(context.graph, turnedLogits(context, map), size, options);
}

/** {@linkcode pixelLogits} of {@linkcode turnedLogits}. */
export function enlargeTurned(
  graph: Graph,
  turned: Value,
  size: MapDimensions,
  options: ResizeOptions,
): Value {
  const [height, width, batch, classes] = turned.shape as [number, number, number, number];
  const enlarged = enlargePixels(graph, turned, { height, width }, size, options);
  return reshape(graph, enlarged, [size.height * size.width * batch, classes]);
}

/** What the loss of a segmenter counts. */
export interface SegmentationLossOptions extends PixelCrossEntropyOptions {
  /** Weight of the auxiliary head's loss. @default {0.4} */
  readonly auxiliaryWeight?: number;
}

/**
 * Cross-entropy of every pixel at the size of the images; parts `segmentation` and, with an auxiliary head,
 * `auxiliary`. Hard examples are mined for the main head alone, as in mmsegmentation.
 *
 * @param images uint8 [B, 3, H, W].
 * @param labels Classes of the pixels, uint8 [B, H, W]; 255 is ignored.
 */
export function segmentationLoss(
  context: ModuleContext,
  { images, labels }: { readonly images: Value; readonly labels: Value },
  spec: SegmenterSpec,
  { auxiliaryWeight = 0.4, ...options }: SegmentationLossOptions = {},
): LossOutputs {
  const { graph } = context;
  const { alignCorners } = completeSpec(spec);
  const [batch, height, width] = labels.shape as [number, number, number];
  const turned = transpose(graph, reshape(graph, labels, [batch, height * width]), [1, 0]);
  const classes = cast(graph, reshape(graph, turned, [height * width * batch]), "int64");
  const lossOf = (map: Value, options: PixelCrossEntropyOptions) =>
    pixelCrossEntropy(
      graph,
      pixelLogits(context, map, { height, width }, { alignCorners }),
      classes,
      options,
    );
  const { main, auxiliary } = segmenterLogits(context, images, spec);
  const segmentation = lossOf(main, options);
  if (!auxiliary) return { loss: segmentation, parts: { segmentation }, nextState: {} };
  const { hardExamples: _, ...plain } = options;
  const own = lossOf(auxiliary, plain);
  return {
    loss: add(graph, segmentation, scale(graph, own, auxiliaryWeight)),
    parts: { segmentation, auxiliary: own },
    nextState: {},
  };
}
