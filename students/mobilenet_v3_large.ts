/**
 * MobileNetV3-Large with torchvision's topology and parameter names.
 *
 * Howard et al., "Searching for MobileNetV3", ICCV 2019; torchvision's `models/mobilenetv3.py`.
 *
 * @module
 */

import { hardSigmoid, hardSwish } from "../core/nn/activations.ts";
import type { FeatureMap } from "../core/nn/chwn/column_phases.ts";
import { constantInitializer, normalInitializer } from "../core/nn/initializers.ts";
import { linear } from "../core/nn/layers.ts";
import type { ModuleContext } from "../core/nn/module_context.ts";
import { squeezeExcitation } from "../core/nn/squeeze_excitation.ts";
import { add, relu } from "../core/onnx/build.ts";
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

/** One inverted residual block, channels at width 1. */
interface BlockSize {
  readonly kernel: number;
  /** Channels of the depthwise convolution. */
  readonly expanded: number;
  readonly channels: number;
  readonly squeeze: boolean;
  readonly activation: "relu" | "hard-swish";
  readonly stride: number;
  /** With the small stem; `stride` where absent. */
  readonly smallStride?: number;
}

/** Table 1 of the paper. */
const blocks: readonly BlockSize[] = [
  { kernel: 3, expanded: 16, channels: 16, squeeze: false, activation: "relu", stride: 1 },
  { kernel: 3, expanded: 64, channels: 24, squeeze: false, activation: "relu", stride: 2 },
  { kernel: 3, expanded: 72, channels: 24, squeeze: false, activation: "relu", stride: 1 },
  { kernel: 5, expanded: 72, channels: 40, squeeze: true, activation: "relu", stride: 2 },
  { kernel: 5, expanded: 120, channels: 40, squeeze: true, activation: "relu", stride: 1 },
  { kernel: 5, expanded: 120, channels: 40, squeeze: true, activation: "relu", stride: 1 },
  { kernel: 3, expanded: 240, channels: 80, squeeze: false, activation: "hard-swish", stride: 2 },
  { kernel: 3, expanded: 200, channels: 80, squeeze: false, activation: "hard-swish", stride: 1 },
  { kernel: 3, expanded: 184, channels: 80, squeeze: false, activation: "hard-swish", stride: 1 },
  { kernel: 3, expanded: 184, channels: 80, squeeze: false, activation: "hard-swish", stride: 1 },
  { kernel: 3, expanded: 480, channels: 112, squeeze: true, activation: "hard-swish", stride: 1 },
  { kernel: 3, expanded: 672, channels: 112, squeeze: true, activation: "hard-swish", stride: 1 },
  {
    kernel: 5,
    expanded: 672,
    channels: 160,
    squeeze: true,
    activation: "hard-swish",
    stride: 2,
    smallStride: 1,
  },
  { kernel: 5, expanded: 960, channels: 160, squeeze: true, activation: "hard-swish", stride: 1 },
  { kernel: 5, expanded: 960, channels: 160, squeeze: true, activation: "hard-swish", stride: 1 },
];

/** torchvision's BatchNorm constants of this model; MobileNetV2 and ResNet have PyTorch's. */
const normalization = { epsilon: 1e-3, momentum: 0.01 } as const;

/** Expand, depthwise, squeeze-and-excitation, project (`InvertedResidual`). */
function invertedResidual(
  context: ModuleContext,
  name: string,
  x: Value,
  { size, multiplier, stride, dilation }: DilatedStride & { size: BlockSize; multiplier: number },
): Value {
  const inChannels = x.shape[1]!;
  const expanded = makeDivisible(size.expanded * multiplier);
  const outChannels = makeDivisible(size.channels * multiplier);
  const activation = size.activation === "hard-swish"
    ? hardSwish
    : (context: ModuleContext, x: Value) => relu(context.graph, x);
  let part = 0;
  let wide: FeatureMap = x;
  if (expanded !== inChannels) {
    wide = phasedConvolutionBlock(context, `${name}.block.${part++}`, x, {
      outChannels: expanded,
      kernel: 1,
      activation,
      normalization,
    }, stride);
  }
  let out = convolutionBlock(context, `${name}.block.${part++}`, wide, {
    outChannels: expanded,
    kernel: size.kernel,
    stride,
    groups: expanded,
    dilation,
    activation,
    normalization,
  });
  if (size.squeeze) {
    out = squeezeExcitation(context, `${name}.block.${part++}`, out, {
      squeezeChannels: makeDivisible(Math.floor(expanded / 4)),
      activation: (context, x) => relu(context.graph, x),
      gate: hardSigmoid,
    });
  }
  out = convolutionBlock(context, `${name}.block.${part}`, out, {
    outChannels,
    kernel: 1,
    normalization,
  });
  return stride === 1 && inChannels === outChannels ? add(context.graph, out, x) : out;
}

/**
 * MobileNetV3-Large: 5.5 million parameters at width 1 with 1000 classes.
 *
 * Its classifier is Linear(960, 1280), hard-swish, dropout, Linear(1280, classes). The first layer
 * stays and `pooled` is its output [B, 1280]; the head replaces the last one, as in SEED's code.
 *
 * The small stem keeps all of torchvision's layers but has stride 1 where the channels become 160,
 * so that 32-pixel images end on maps of 2 pixels, not 1.
 */
export const mobilenetV3Large: Student = {
  name: "mobilenet_v3_large",
  headName: "classifier.3",
  headDropout: 0.2,
  preprocess: clipNormalization,
  build(context: ModuleContext, images: Value, options: StudentOptions): StudentFeatures {
    const multiplier = assertWidthMultiplier("mobilenet_v3_large", options.widthMultiplier);
    const standard = chooseStem(options) === "standard";
    assertImageSize("mobilenet_v3_large", options.imageSize, standard ? 32 : 16);
    let x = convolutionBlock(context, "features.0", images, {
      outChannels: makeDivisible(16 * multiplier),
      kernel: 3,
      stride: 2,
      activation: hardSwish,
      normalization,
    });
    const strides = new DilatedStrides(options, 2);
    const maps = new Map<number, Value>();
    blocks.forEach((size, index) => {
      const asked = standard ? size.stride : size.smallStride ?? size.stride;
      const { stride, dilation } = strides.next(asked);
      x = invertedResidual(context, `features.${index + 1}`, x, {
        size,
        multiplier,
        stride,
        dilation,
      });
      maps.set(size.channels, x);
    });
    x = convolutionBlock(context, `features.${blocks.length + 1}`, x, {
      outChannels: 6 * x.shape[1]!,
      kernel: 1,
      activation: hardSwish,
      normalization,
    });
    const hidden = linear(
      context,
      "classifier.0",
      poolFeatures(context, x, options),
      makeDivisible(1280 * multiplier),
      { weight: normalInitializer(0.01), bias: constantInitializer(0) },
    );
    return {
      c2: maps.get(24)!,
      c3: maps.get(40)!,
      c4: maps.get(112)!,
      c5: maps.get(160)!,
      pooled: hardSwish(context, hidden),
    };
  },
};
