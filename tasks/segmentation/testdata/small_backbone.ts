/** A narrow ResNet-18 for tests of segmenters. */

import type { Backbone } from "../../../core/methods/backbone.ts";
import { resnet18 } from "../../../students/resnet18.ts";
import { clipNormalization, type Stem } from "../../../students/student.ts";

/** ResNet-18 of an eighth of its width. */
export function smallBackbone(stem: Stem): Backbone {
  const size = { imageSize: 32, widthMultiplier: 0.125, stem };
  return {
    headName: "fc",
    headDropout: 0,
    preprocess: clipNormalization,
    features: (context, images, options) =>
      resnet18.build(context, images, { ...size, ...options }),
  };
}
