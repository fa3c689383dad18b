/**
 * ResNet-18 with torchvision's topology and parameter names.
 *
 * He et al., "Deep Residual Learning for Image Recognition", CVPR 2016; torchvision's
 * `models/resnet.py`.
 *
 * @module
 */

import { batchNorm2d } from "../core/nn/batch_norm.ts";
import { conv2d, globalAveragePool, maxPool2d } from "../core/nn/layers.ts";
import type { ModuleContext } from "../core/nn/module_context.ts";
import { add, relu } from "../core/onnx/build.ts";
import type { Value } from "../core/onnx/graph.ts";
import {
  chooseStem,
  clipNormalization,
  type Student,
  type StudentFeatures,
  type StudentOptions,
  wantImageSize,
} from "./student.ts";

/** Two 3×3 convolutions with a shortcut (`BasicBlock`). */
function basicBlock(
  context: ModuleContext,
  name: string,
  x: Value,
  outChannels: number,
  stride: number,
): Value {
  const { graph } = context;
  let out = conv2d(context, `${name}.conv1`, x, { outChannels, kernel: 3, stride, padding: 1 });
  out = relu(graph, batchNorm2d(context, `${name}.bn1`, out));
  out = conv2d(context, `${name}.conv2`, out, { outChannels, kernel: 3, padding: 1 });
  out = batchNorm2d(context, `${name}.bn2`, out);
  let shortcut = x;
  if (stride !== 1 || x.shape[1] !== outChannels) {
    shortcut = conv2d(context, `${name}.downsample.0`, x, { outChannels, kernel: 1, stride });
    shortcut = batchNorm2d(context, `${name}.downsample.1`, shortcut);
  }
  return relu(graph, add(graph, out, shortcut));
}

/**
 * Builds a ResNet of basic blocks.
 *
 * The standard stem is a 7×7 convolution with stride 2 and a 3×3 max pooling with stride 2; the
 * small stem is one 3×3 convolution with stride 2, so that 32-pixel images reach the four stages
 * as 16, 8, 4 and 2 pixels.
 */
function build(
  context: ModuleContext,
  images: Value,
  options: StudentOptions,
  blocks: readonly number[],
): StudentFeatures {
  const width = (channels: number) => Math.round(channels * (options.widthMultiplier ?? 1));
  const standard = chooseStem(options) === "standard";
  wantImageSize("ResNet", options.imageSize, standard ? 32 : 16);
  const { graph } = context;
  let x = conv2d(context, "conv1", images, {
    outChannels: width(64),
    kernel: standard ? 7 : 3,
    stride: 2,
    padding: standard ? 3 : 1,
  });
  x = relu(graph, batchNorm2d(context, "bn1", x));
  if (standard) x = maxPool2d(context, x, { kernel: 3, stride: 2, padding: 1 });
  const stages = blocks.map((count, stage) => {
    for (let block = 0; block < count; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      x = basicBlock(context, `layer${stage + 1}.${block}`, x, width(64 * 2 ** stage), stride);
    }
    return x;
  });
  const [c2, c3, c4, c5] = stages as [Value, Value, Value, Value];
  return { c2, c3, c4, c5, pooled: globalAveragePool(context, c5) };
}

/** ResNet-18: 11.7 million parameters at width 1. */
export const resnet18: Student = {
  name: "resnet18",
  shortName: "RN18",
  headName: "fc",
  headDropout: 0,
  preprocess: clipNormalization,
  build: (context, images, options) => build(context, images, options, [2, 2, 2, 2]),
};
