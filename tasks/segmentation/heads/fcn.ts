/**
 * FCN: a convolution and a classifier of each pixel.
 *
 * Long et al., "Fully Convolutional Networks for Semantic Segmentation", CVPR 2015, in the form of
 * torchvision's `FCNHead`, whose parameter names it has.
 *
 * @module
 */

import { channelDropout } from "../../../core/nn/channel_dropout.ts";
import type { ModuleContext } from "../../../core/nn/module_context.ts";
import type { Value } from "../../../core/onnx/graph.ts";
import { convolutionRelu, pixelClassifier, type SegmentationHead } from "./head.ts";

/**
 * 3×3 to a quarter of the channels, BatchNorm, ReLU, dropout, 1×1 to the classes: declares `0`, `1`
 * and `4`.
 *
 * @param context In the head's scope.
 */
export function fcnLayers(
  context: ModuleContext,
  x: Value,
  { classes, dropout }: { readonly classes: number; readonly dropout: number },
): Value {
  const hidden = convolutionRelu(context, ["0", "1"], x, {
    outChannels: Math.max(1, Math.floor(x.shape[1]! / 4)),
    kernel: 3,
    padding: 1,
  });
  return pixelClassifier(context, "4", channelDropout(context, "3", hidden, dropout), { classes });
}

/** FCN: parameters `backbone.…` and `classifier.…`. */
export const fcn: SegmentationHead = {
  backbonePrefix: "backbone.",
  build: (context, features, spec) =>
    fcnLayers(context.scope("classifier."), features[spec.level], spec),
};
