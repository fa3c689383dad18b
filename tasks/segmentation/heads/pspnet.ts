/**
 * PSPNet: means over parts of the image of several sizes beside the map.
 *
 * Zhao et al., "Pyramid Scene Parsing Network", CVPR 2017, in the form of segmentation_models.pytorch's
 * `PSPNet`, whose parameter names it has. Its head reads C5, as the paper's; for weights of its default,
 * `encoder_depth=3`, the level is C3.
 *
 * @module
 */

import { adaptiveAveragePool } from "../../../core/nn/adaptive_average_pool.ts";
import { biasedConvolution } from "../../../core/nn/biased_convolution.ts";
import { channelDropout } from "../../../core/nn/channel_dropout.ts";
import type { ModuleContext } from "../../../core/nn/module_context.ts";
import { resizeBilinear } from "../../../core/nn/resize_bilinear.ts";
import { concat, relu } from "../../../core/onnx/build.ts";
import type { Value } from "../../../core/onnx/graph.ts";
import { convolutionRelu, pixelClassifier, type SegmentationHead } from "./head.ts";

/** Means along either side of the map, of each part of the pyramid. */
const parts = [1, 2, 3, 6];

/** Means of a map, narrowed to a quarter of the channels: the single one without BatchNorm. */
function pooledPart(context: ModuleContext, index: number, x: Value): Value {
  const side = parts[index]!, name = `blocks.${index}.pool.1`;
  const options = { outChannels: Math.floor(x.shape[1]! / parts.length), kernel: 1 };
  const pooled = adaptiveAveragePool(context, x, { height: side, width: side });
  return side === 1
    ? relu(context.graph, biasedConvolution(context, `${name}.0`, pooled, options))
    : convolutionRelu(context, [`${name}.0`, `${name}.1`], pooled, options);
}

/** PSPNet: parameters `encoder.…`, `decoder.…` and `segmentation_head.0`. */
export const pspnet: SegmentationHead = {
  backbonePrefix: "encoder.",
  build(context, features, { level, classes, channels, dropout, alignCorners }) {
    const decoder = context.scope("decoder.");
    const x = features[level];
    const [, , height, width] = x.shape as [number, number, number, number];
    const pyramid = parts.map((_, index) =>
      resizeBilinear(
        decoder,
        pooledPart(decoder.scope("psp."), index, x),
        { height, width },
        { alignCorners },
      )
    );
    const joined = convolutionRelu(
      decoder,
      ["conv.0", "conv.1"],
      concat(context.graph, [...pyramid, x], 1),
      { outChannels: channels, kernel: 1 },
    );
    const dropped = channelDropout(decoder, "dropout", joined, dropout);
    const head = context.scope("segmentation_head.");
    return pixelClassifier(head, "0", dropped, { classes, kernel: 3 });
  },
};
