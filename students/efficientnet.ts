/**
 * EfficientNets with torchvision's topology and parameter names.
 *
 * Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML
 * 2019; torchvision's `models/efficientnet.py`.
 *
 * @module
 */

import { silu } from "../core/nn/activations.ts";
import type { FeatureMap } from "../core/nn/chwn/column_phases.ts";
import type { ModuleContext } from "../core/nn/module_context.ts";
import { squeezeExcitation } from "../core/nn/squeeze_excitation.ts";
import { stochasticDepth } from "../core/nn/stochastic_depth.ts";
import { add, sigmoid } from "../core/onnx/build.ts";
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

/** Table 1 of the paper (B0): channels and repeats at width and depth 1. */
const stages = [
  { expansion: 1, kernel: 3, channels: 16, repeats: 1, stride: 1, smallStride: 1 },
  { expansion: 6, kernel: 3, channels: 24, repeats: 2, stride: 2, smallStride: 2 },
  { expansion: 6, kernel: 5, channels: 40, repeats: 2, stride: 2, smallStride: 2 },
  { expansion: 6, kernel: 3, channels: 80, repeats: 3, stride: 2, smallStride: 2 },
  { expansion: 6, kernel: 5, channels: 112, repeats: 3, stride: 1, smallStride: 1 },
  { expansion: 6, kernel: 5, channels: 192, repeats: 4, stride: 2, smallStride: 1 },
  { expansion: 6, kernel: 3, channels: 320, repeats: 1, stride: 1, smallStride: 1 },
] as const;

/** Probability that the last block but one is left out; it grows from 0 with the depth. */
const stochasticDepthProbability = 0.2;

/** Size of one block. */
interface BlockOptions extends DilatedStride {
  readonly outChannels: number;
  readonly expansion: number;
  readonly kernel: number;
  /** Probability that the branch is left out for an image. */
  readonly dropProbability: number;
}

/** Expand, depthwise, squeeze-and-excitation, project (`MBConv`). */
function inverseBottleneck(
  context: ModuleContext,
  name: string,
  x: Value,
  { outChannels, expansion, kernel, stride, dilation, dropProbability }: BlockOptions,
): Value {
  const inChannels = x.shape[1]!;
  const expanded = makeDivisible(inChannels * expansion);
  let part = 0;
  let wide: FeatureMap = x;
  if (expanded !== inChannels) {
    wide = phasedConvolutionBlock(context, `${name}.block.${part++}`, x, {
      outChannels: expanded,
      kernel: 1,
      activation: silu,
    }, stride);
  }
  let out = convolutionBlock(context, `${name}.block.${part++}`, wide, {
    outChannels: expanded,
    kernel,
    stride,
    groups: expanded,
    dilation,
    activation: silu,
  });
  out = squeezeExcitation(context, `${name}.block.${part++}`, out, {
    squeezeChannels: Math.max(1, Math.floor(inChannels / 4)),
    activation: silu,
    gate: (context, x) => sigmoid(context.graph, x),
  });
  out = convolutionBlock(context, `${name}.block.${part}`, out, { outChannels, kernel: 1 });
  if (stride !== 1 || inChannels !== outChannels) return out;
  const kept = stochasticDepth(context, `${name}.stochastic_depth`, out, dropProbability);
  return add(context.graph, kept, x);
}

/** What one EfficientNet differs in from the others. */
export interface EfficientnetOptions {
  readonly name: string;
  /** Multiplies the number of blocks of each stage, rounded up. */
  readonly depthMultiplier: number;
}

/**
 * The small stem keeps all of torchvision's layers but has stride 1 in stage 192, so that 32-pixel
 * images end on maps of 2 pixels, not 1.
 */
function build(
  context: ModuleContext,
  images: Value,
  options: StudentOptions,
  { name, depthMultiplier }: EfficientnetOptions,
): StudentFeatures {
  const multiplier = assertWidthMultiplier(name, options.widthMultiplier);
  const standard = chooseStem(options) === "standard";
  assertImageSize(name, options.imageSize, standard ? 32 : 16);
  const counts = stages.map(({ repeats }) => Math.ceil(repeats * depthMultiplier));
  const total = counts.reduce((sum, count) => sum + count, 0);
  let x = convolutionBlock(context, "features.0", images, {
    outChannels: makeDivisible(32 * multiplier),
    kernel: 3,
    stride: 2,
    activation: silu,
  });
  const strides = new DilatedStrides(options, 2);
  const maps = new Map<number, Value>();
  let block = 0;
  stages.forEach(({ expansion, kernel, channels, stride, smallStride }, stage) => {
    for (let repeat = 0; repeat < counts[stage]!; repeat++) {
      x = inverseBottleneck(context, `features.${stage + 1}.${repeat}`, x, {
        outChannels: makeDivisible(channels * multiplier),
        expansion,
        kernel,
        ...strides.next(repeat > 0 ? 1 : standard ? stride : smallStride),
        dropProbability: stochasticDepthProbability * block++ / total,
      });
    }
    maps.set(channels, x);
  });
  x = convolutionBlock(context, `features.${stages.length + 1}`, x, {
    outChannels: 4 * x.shape[1]!,
    kernel: 1,
    activation: silu,
  });
  return {
    c2: maps.get(24)!,
    c3: maps.get(40)!,
    c4: maps.get(112)!,
    c5: maps.get(320)!,
    pooled: poolFeatures(context, x, options),
  };
}

/** An EfficientNet as a student. */
export function efficientnet(options: EfficientnetOptions): Student {
  return {
    name: options.name,
    headName: "classifier.1",
    headDropout: 0.2,
    preprocess: clipNormalization,
    build: (context, images, size) => build(context, images, size, options),
  };
}
