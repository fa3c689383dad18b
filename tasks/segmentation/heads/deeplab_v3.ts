/**
 * DeepLabV3: the atrous pyramid and a classifier.
 *
 * Chen et al., "Rethinking Atrous Convolution for Semantic Image Segmentation", 2017, in the form of
 * torchvision's `DeepLabHead`, whose parameter names it has.
 *
 * @module
 */

import { atrousPyramid } from "./atrous_pyramid.ts";
import { convolutionRelu, pixelClassifier, type SegmentationHead } from "./head.ts";

/** DeepLabV3: parameters `backbone.…` and `classifier.…`. */
export const deeplabV3: SegmentationHead = {
  backbonePrefix: "backbone.",
  build(context, features, { level, classes, channels, rates, dropout }) {
    const head = context.scope("classifier.");
    const pyramid = atrousPyramid(head.scope("0."), features[level], {
      channels,
      rates,
      separable: false,
      dropout,
    });
    const hidden = convolutionRelu(head, ["1", "2"], pyramid, {
      outChannels: channels,
      kernel: 3,
      padding: 1,
    });
    return pixelClassifier(head, "4", hidden, { classes });
  },
};
