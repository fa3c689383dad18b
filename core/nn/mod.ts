/**
 * Layers and models. A model is a function of a {@linkcode ModuleContext}: it declares parameters by
 * torchvision's names and adds its layers to a graph.
 *
 * @example Which parameters a model has
 * ```ts
 * import assert from "node:assert/strict";
 * import { conv2d, globalAveragePool, linear, traceModel } from "@lgd-bench/lgd-bench/nn";
 * import { relu } from "@lgd-bench/lgd-bench/onnx";
 *
 * const spec = traceModel({ layout: "nchw", mode: "train" }, (context) => {
 *   const images = context.graph.input("images", "float32", [8, 3, 32, 32]);
 *   const options = { outChannels: 16, kernel: 3, stride: 2, padding: 1 };
 *   const maps = conv2d(context, "conv1", images, options);
 *   linear(context, "fc", globalAveragePool(context, relu(context.graph, maps)), 10);
 * });
 * assert.deepEqual(spec.parameters.map(({ name, shape }) => `${name} ${shape.join("×")}`), [
 *   "conv1.weight 16×3×3×3",
 *   "fc.weight 10×16",
 *   "fc.bias 10",
 * ]);
 * ```
 *
 * @module
 */

export { adaptiveAveragePool } from "./adaptive_average_pool.ts";
export { type Activation, hardSigmoid, hardSwish, silu } from "./activations.ts";
export { batchNorm2d, type BatchNormOptions } from "./batch_norm.ts";
export { biasedConvolution, type BiasedConvolutionOptions } from "./biased_convolution.ts";
export { channelDropout } from "./channel_dropout.ts";
export type { FeatureMap } from "./chwn/column_phases.ts";
export {
  constantInitializer,
  kaimingFanOut,
  linearDefault,
  normalInitializer,
} from "./initializers.ts";
export { l2Normalize } from "./l2_normalize.ts";
export {
  conv2d,
  type ConvolutionOptions,
  dropout,
  globalAveragePool,
  linear,
  maxPool2d,
  mlpHead,
  normalizeImages,
  pixelRows,
  relu6,
} from "./layers.ts";
export { batchOf, featureShape, imageBatchShape, type Layout } from "./layout.ts";
export {
  type BatchNormStatistics,
  type DropoutSpec,
  type Initializer,
  type ModelSpec,
  ModuleContext,
  type MomentumSpec,
  type ParameterSpec,
  type ScopeOptions,
  totalSize,
  traceModel,
} from "./module_context.ts";
export { flattenNamed, initializeFlat, namedParts, type NamedTensors } from "./parameters.ts";
export {
  type HardExampleOptions,
  pixelCrossEntropy,
  type PixelCrossEntropyOptions,
} from "./pixel_cross_entropy.ts";
export type { MapDimensions } from "./resample.ts";
export { resizeBilinear, type ResizeOptions } from "./resize_bilinear.ts";
export {
  readSafetensors,
  type Safetensor,
  type SafetensorsFile,
  type WritableTensor,
  writeSafetensors,
  type WriteSafetensorsOptions,
} from "./safetensors.ts";
export { squeezeExcitation, type SqueezeExcitationOptions } from "./squeeze_excitation.ts";
export { stochasticDepth } from "./stochastic_depth.ts";
export {
  doublingConvolution,
  joinSquares,
  transposedConvolution,
  type TransposedConvolutionOptions,
} from "./transposed_convolution.ts";
export { addUpsampled, upsampleNearest } from "./upsample_nearest.ts";
