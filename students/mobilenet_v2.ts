/**
 * MobileNetV2 with torchvision's topology and parameter names.
 *
 * Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018;
 * torchvision's `models/mobilenetv2.py`.
 *
 * @module
 */

import type { FeatureMap } from "../core/nn/chwn/column_phases.ts";
import { relu6 } from "../core/nn/layers.ts";
import type { ModuleContext } from "../core/nn/module_context.ts";
import { normalizedConvolution } from "../core/nn/normalized_convolution.ts";
import { add } from "../core/onnx/build.ts";
import type { Value } from "../core/onnx/graph.ts";
import { convolutionBlock, phasedConvolutionBlock } from "./convolution_block.ts";
import { type DilatedStride, DilatedStrides } from "./dilated_strides.ts";
import { makeDivisible } from "./make_divisible.ts";
import { poolFeatures } from "./pool_features.ts";
import {
  assertImageSize,
  assertWidthMultiplier,
  chooseStem,
  clipNormalization,
  type Student,
  type StudentFeatures,
  type StudentOptions,
} from "./student.ts";

/** Expansion, channels, repeats and first stride of each stage (table 2 of the paper). */
const stages = [
  { expansion: 1, channels: 16, repeats: 1, stride: 1, smallStride: 1 },
  { expansion: 6, channels: 24, repeats: 2, stride: 2, smallStride: 1 },
  { expansion: 6, channels: 32, repeats: 3, stride: 2, smallStride: 2 },
  { expansion: 6, channels: 64, repeats: 4, stride: 2, smallStride: 2 },
  { expansion: 6, channels: 96, repeats: 3, stride: 1, smallStride: 1 },
  { expansion: 6, channels: 160, repeats: 3, stride: 2, smallStride: 2 },
  { expansion: 6, channels: 320, repeats: 1, stride: 1, smallStride: 1 },
] as const;

/** Expand, depthwise, project, with a shortcut where the shape stays (`InvertedResidual`). */
function invertedResidual(
  context: ModuleContext,
  name: string,
  x: Value,
  { outChannels, stride, dilation, expansion }: DilatedStride & {
    outChannels: number;
    expansion: number;
  },
): Value {
  const inChannels = x.shape[1]!;
  const hidden = Math.round(inChannels * expansion);
  let part = 0;
  let expanded: FeatureMap = x;
  if (expansion !== 1) {
    expanded = phasedConvolutionBlock(context, `${name}.conv.${part++}`, x, {
      outChannels: hidden,
      kernel: 1,
      activation: relu6,
    }, stride);
  }
  let out = convolutionBlock(context, `${name}.conv.${part++}`, expanded, {
    outChannels: hidden,
    kernel: 3,
    stride,
    groups: hidden,
    dilation,
    activation: relu6,
  });
  out = normalizedConvolution(
    context,
    { convolution: `${name}.conv.${part}`, normalization: `${name}.conv.${part + 1}` },
    out,
    { outChannels, kernel: 1 },
  );
  return stride === 1 && inChannels === outChannels ? add(context.graph, x, out) : out;
}

/**
 * MobileNetV2: 3.5 million parameters at width 1. The small stem keeps all of torchvision's layers
 * but has stride 1 in stage 24, so that 32-pixel images go through maps of 16, 8, 4 and 2 pixels.
 */
export const mobilenetV2: Student = {
  name: "mobilenet_v2",
  headName: "classifier.1",
  headDropout: 0.2,
  preprocess: clipNormalization,
  build(context: ModuleContext, images: Value, options: StudentOptions): StudentFeatures {
    const multiplier = assertWidthMultiplier("mobilenet_v2", options.widthMultiplier);
    const standard = chooseStem(options) === "standard";
    assertImageSize("mobilenet_v2", options.imageSize, standard ? 32 : 16);
    let index = 0;
    let x = convolutionBlock(context, `features.${index++}`, images, {
      outChannels: makeDivisible(32 * multiplier),
      kernel: 3,
      stride: 2,
      activation: relu6,
    });
    const strides = new DilatedStrides(options, 2);
    const maps = new Map<number, Value>();
    for (const { expansion, channels, repeats, stride, smallStride } of stages) {
      for (let repeat = 0; repeat < repeats; repeat++) {
        x = invertedResidual(context, `features.${index++}`, x, {
          outChannels: makeDivisible(channels * multiplier),
          ...strides.next(repeat > 0 ? 1 : standard ? stride : smallStride),
          expansion,
        });
      }
      maps.set(channels, x);
    }
    // The last layer is not narrowed below 1280 channels in torchvision; a multiplier under 1 on
    // small images would leave nearly all weights there, so it scales when the stem is small.
    const last = makeDivisible(1280 * (standard ? Math.max(1, multiplier) : multiplier));
    x = convolutionBlock(context, `features.${index}`, x, {
      outChannels: last,
      kernel: 1,
      activation: relu6,
    });
    return {
      c2: maps.get(24)!,
      c3: maps.get(32)!,
      c4: maps.get(96)!,
      c5: maps.get(320)!,
      pooled: poolFeatures(context, x, options),
    };
  },
};
