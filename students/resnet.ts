/**
 * Residual networks with torchvision's topology and parameter names.
 *
 * He et al., "Deep Residual Learning for Image Recognition", CVPR 2016; torchvision's
 * `models/resnet.py`.
 *
 * @module
 */

import type { ConvolutionOptions } from "../core/nn/layers.ts";
import type { ModuleContext } from "../core/nn/module_context.ts";
import { normalizedConvolution } from "../core/nn/normalized_convolution.ts";
import { pooledConvolution } from "../core/nn/pooled_convolution.ts";
import { add, relu } from "../core/onnx/build.ts";
import type { Value } from "../core/onnx/graph.ts";
import { type DilatedStride, DilatedStrides } from "./dilated_strides.ts";
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

/**
 * A residual block: `planes` channels inside, `stride` on the way; the shortcut is projected where
 * the shape changes.
 */
export type ResidualBlock = (
  context: ModuleContext,
  name: string,
  x: Value,
  size: { readonly planes: number } & DilatedStride,
) => Value;

/** Convolution `<name>.conv<number>` and BatchNorm `<name>.bn<number>`. */
function numberedConvolution(
  context: ModuleContext,
  name: string,
  number: number,
  x: Value,
  options: ConvolutionOptions,
): Value {
  return normalizedConvolution(
    context,
    { convolution: `${name}.conv${number}`, normalization: `${name}.bn${number}` },
    x,
    options,
  );
}

/** relu(branch + x), x projected by `<name>.downsample` where its shape differs. */
function joinShortcut(
  context: ModuleContext,
  name: string,
  x: Value,
  branch: Value,
  stride: number,
): Value {
  const outChannels = branch.shape[1]!;
  let shortcut = x;
  if (stride !== 1 || x.shape[1] !== outChannels) {
    shortcut = normalizedConvolution(
      context,
      { convolution: `${name}.downsample.0`, normalization: `${name}.downsample.1` },
      x,
      { outChannels, kernel: 1, stride },
    );
  }
  return relu(context.graph, add(context.graph, branch, shortcut));
}

/** Two 3×3 convolutions (`BasicBlock`). */
export const basicBlock: ResidualBlock = (context, name, x, { planes, stride, dilation }) => {
  const layer = (number: number, input: Value, stride: number) =>
    numberedConvolution(context, name, number, input, {
      outChannels: planes,
      kernel: 3,
      stride,
      padding: dilation,
      dilation,
    });
  const hidden = relu(context.graph, layer(1, x, stride));
  return joinShortcut(context, name, x, layer(2, hidden, 1), stride);
};

/**
 * 1×1, 3×3 and 1×1 convolution, the last to four times the channels (`Bottleneck`). The stride is
 * in the 3×3 convolution, as in torchvision ("ResNet v1.5"); the paper has it in the first.
 */
export const bottleneck: ResidualBlock = (context, name, x, { planes, stride, dilation }) => {
  const { graph } = context;
  let out = numberedConvolution(context, name, 1, x, { outChannels: planes, kernel: 1 });
  out = numberedConvolution(context, name, 2, relu(graph, out), {
    outChannels: planes,
    kernel: 3,
    stride,
    padding: dilation,
    dilation,
  });
  out = numberedConvolution(context, name, 3, relu(graph, out), {
    outChannels: 4 * planes,
    kernel: 1,
  });
  return joinShortcut(context, name, x, out, stride);
};

/** What one residual network differs in from the others. */
export interface ResnetOptions {
  readonly name: string;
  readonly block: ResidualBlock;
  /** Number of blocks in each of the four stages. */
  readonly blocks: readonly [number, number, number, number];
}

/**
 * The standard stem is a 7×7 convolution with stride 2 and a 3×3 max pooling with stride 2; the
 * small stem is one 3×3 convolution with stride 2, so that 32-pixel images reach the four stages
 * as 16, 8, 4 and 2 pixels.
 */
function build(
  context: ModuleContext,
  images: Value,
  options: StudentOptions,
  { name, block, blocks }: ResnetOptions,
): StudentFeatures {
  const multiplier = assertWidthMultiplier(name, options.widthMultiplier);
  const width = (channels: number) => Math.max(1, Math.round(channels * multiplier));
  const standard = chooseStem(options) === "standard";
  assertImageSize(name, options.imageSize, standard ? 32 : 16);
  const { graph } = context;
  const names = { convolution: "conv1", normalization: "bn1" };
  const stem = {
    outChannels: width(64),
    kernel: standard ? 7 : 3,
    stride: 2,
    padding: standard ? 3 : 1,
  };
  let x = standard
    ? pooledConvolution(context, names, images, stem, { kernel: 3, stride: 2, padding: 1 })
    : relu(graph, normalizedConvolution(context, names, images, stem));
  const strides = new DilatedStrides(options, standard ? 4 : 2);
  const [c2, c3, c4, c5] = blocks.map((count, stage) => {
    for (let index = 0; index < count; index++) {
      x = block(context, `layer${stage + 1}.${index}`, x, {
        planes: width(64 * 2 ** stage),
        ...strides.next(stage > 0 && index === 0 ? 2 : 1),
      });
    }
    return x;
  }) as [Value, Value, Value, Value];
  return { c2, c3, c4, c5, pooled: poolFeatures(context, c5, options) };
}

/** A residual network as a student. */
export function resnet(options: ResnetOptions): Student {
  return {
    name: options.name,
    headName: "fc",
    headDropout: 0,
    preprocess: clipNormalization,
    build: (context, images, size) => build(context, images, size, options),
  };
}
