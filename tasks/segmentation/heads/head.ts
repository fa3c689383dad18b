/**
 * What a segmentation head is, and the layers that all of them end with.
 *
 * @module
 */

import type { BackboneFeatures } from "../../../core/methods/backbone.ts";
import { biasedConvolution } from "../../../core/nn/biased_convolution.ts";
import { normalInitializer } from "../../../core/nn/initializers.ts";
import type { ConvolutionOptions } from "../../../core/nn/layers.ts";
import type { ModuleContext } from "../../../core/nn/module_context.ts";
import { normalizedConvolution } from "../../../core/nn/normalized_convolution.ts";
import { relu } from "../../../core/onnx/build.ts";
import type { Value } from "../../../core/onnx/graph.ts";
import type { CompleteSegmenterSpec } from "../spec.ts";

/** A head: from a backbone's maps to a logit of each class for each pixel of a map. */
export interface SegmentationHead {
  /** Before the names of the backbone's parameters. */
  readonly backbonePrefix: string;
  /**
   * Adds the head to a graph.
   *
   * @param context At the root of the model.
   * @returns Logits in the layout of the context, smaller than the image.
   */
  build(context: ModuleContext, features: BackboneFeatures, spec: CompleteSegmenterSpec): Value;
}

/** Convolution `<name>.0`, BatchNorm `<name>.1` and ReLU; `name` may be empty. */
export function convolutionRelu(
  context: ModuleContext,
  [convolution, normalization]: readonly [string, string],
  x: Value,
  options: ConvolutionOptions,
): Value {
  return relu(
    context.graph,
    normalizedConvolution(context, { convolution, normalization }, x, options),
  );
}

/**
 * The last layer, a convolution to a logit of each class. Its weight begins as N(0, 0.01), its bias as 0
 * (mmsegmentation's `conv_seg`).
 */
export function pixelClassifier(
  context: ModuleContext,
  name: string,
  x: Value,
  { classes, kernel = 1 }: { readonly classes: number; readonly kernel?: number },
): Value {
  return biasedConvolution(context, name, x, {
    outChannels: classes,
    kernel,
    padding: (kernel - 1) / 2,
    initializer: normalInitializer(0.01),
  });
}
