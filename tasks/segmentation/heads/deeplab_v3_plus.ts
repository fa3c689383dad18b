/**
 * DeepLabV3+: the atrous pyramid, and a decoder that sees a finer map beside it.
 *
 * Chen et al., "Encoder-Decoder with Atrous Separable Convolution for Semantic Image Segmentation",
 * ECCV 2018, in the form of segmentation_models.pytorch's `DeepLabV3Plus`, whose parameter names it has.
 *
 * @module
 */

import { resizeBilinear } from "../../../core/nn/resize_bilinear.ts";
import { concat } from "../../../core/onnx/build.ts";
import { atrousPyramid, separableConvolution } from "./atrous_pyramid.ts";
import { convolutionRelu, pixelClassifier, type SegmentationHead } from "./head.ts";

/** Channels that the finer map is narrowed to (paper, table 1). */
const fineChannels = 48;

/** DeepLabV3+: parameters `encoder.…`, `decoder.…` and `segmentation_head.0`; its finer map is C2. */
export const deeplabV3Plus: SegmentationHead = {
  backbonePrefix: "encoder.",
  build(context, features, { level, classes, channels, rates, dropout, alignCorners }) {
    const decoder = context.scope("decoder.");
    const pyramid = atrousPyramid(decoder.scope("aspp.0."), features[level], {
      channels,
      rates,
      separable: true,
      dropout,
    });
    const coarse = separableConvolution(
      decoder,
      { depthwise: "aspp.1.0", pointwise: "aspp.1.1", normalization: "aspp.2" },
      pyramid,
      { outChannels: channels },
    );
    const [, , height, width] = features.c2.shape as [number, number, number, number];
    const enlarged = resizeBilinear(decoder, coarse, { height, width }, { alignCorners });
    const fine = convolutionRelu(decoder, ["block1.0", "block1.1"], features.c2, {
      outChannels: fineChannels,
      kernel: 1,
    });
    const joined = separableConvolution(
      decoder,
      { depthwise: "block2.0.0", pointwise: "block2.0.1", normalization: "block2.1" },
      concat(context.graph, [enlarged, fine], 1),
      { outChannels: channels },
    );
    return pixelClassifier(context.scope("segmentation_head."), "0", joined, { classes });
  },
};
