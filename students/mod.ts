/**
 * Students: the architectures that are distilled, with torchvision's names of parameters, and what a
 * student of your own is written with.
 *
 * @example How large a student is
 * ```ts
 * import assert from "node:assert/strict";
 * import { totalSize, traceModel } from "@lgd-bench/lgd-bench/nn";
 * import { students } from "@lgd-bench/lgd-bench/students";
 *
 * const { parameters } = traceModel({ layout: "nchw", mode: "train" }, (context) => {
 *   const images = context.graph.input("images", "float32", [2, 3, 224, 224]);
 *   students.get("resnet18").build(context, images, { imageSize: 224 });
 * });
 * // ResNet-18 without its classifier.
 * assert.equal(totalSize(parameters), 11_176_512);
 * ```
 *
 * @module
 */

export {
  convolutionBlock,
  type ConvolutionBlockOptions,
  phasedConvolutionBlock,
} from "./convolution_block.ts";
export { type DilatedStride, DilatedStrides } from "./dilated_strides.ts";
export { efficientnetB0 } from "./efficientnet_b0.ts";
export { efficientnetB1 } from "./efficientnet_b1.ts";
export { makeDivisible } from "./make_divisible.ts";
export { mobilenetV2 } from "./mobilenet_v2.ts";
export { mobilenetV3Large } from "./mobilenet_v3_large.ts";
export { students } from "./registry.ts";
export { resnet18 } from "./resnet18.ts";
export { resnet34 } from "./resnet34.ts";
export { resnet50 } from "./resnet50.ts";
export {
  assertImageSize,
  assertWidthMultiplier,
  chooseStem,
  clipNormalization,
  imagenetNormalization,
  type Stem,
  type Student,
  type StudentFeatures,
  type StudentOptions,
} from "./student.ts";
