/**
 * Shape rules of convolutions, poolings and BatchNorm.
 *
 * @module
 */

import type { OpAttributes, WindowAttributes } from "../op.ts";
import type { TensorType } from "../value.ts";
import { assertSameType, fail, inputAt, type ShapeRules, unary } from "./shape_rule.ts";
import { completeWindow } from "./complete_window.ts";

/** Spatial shape that a window leaves: ⌊(n + pads − dilation·(k − 1) − 1) / stride⌋ + 1. */
function windowedShape(
  spatial: readonly number[],
  kernel: readonly number[],
  attributes: WindowAttributes,
): number[] {
  const rank = spatial.length;
  if (kernel.length !== rank) fail(`window [${kernel.join(", ")}] does not fit ${rank} axes`);
  const { strides, pads, dilations } = completeWindow(attributes, rank);
  return spatial.map((length, axis) => {
    const padded = length + pads[axis]! + pads[axis + rank]!;
    const extent = dilations[axis]! * (kernel[axis]! - 1) + 1;
    if (padded < extent) fail(`window of ${extent} does not fit ${padded} pixels on axis ${axis}`);
    return Math.floor((padded - extent) / strides[axis]!) + 1;
  });
}

function pooling(
  inputs: readonly TensorType[],
  attributes: OpAttributes["MaxPool"],
): TensorType {
  const { dtype, shape } = inputAt(inputs, 0);
  const spatial = windowedShape(shape.slice(2), attributes.kernelShape, attributes);
  return { dtype, shape: [shape[0]!, shape[1]!, ...spatial] };
}

function convolution(
  inputs: readonly TensorType[],
  attributes: OpAttributes["Conv"],
): TensorType[] {
  const x = inputAt(inputs, 0), weight = inputAt(inputs, 1);
  const group = attributes.group ?? 1;
  const [batch, channels, ...spatial] = x.shape;
  const [outChannels, groupChannels, ...kernel] = weight.shape;
  if (channels !== groupChannels! * group || outChannels! % group !== 0) {
    fail(
      `weight [${weight.shape.join(", ")}] does not fit ${channels} channels in ${group} groups`,
    );
  }
  const bias = inputs[2];
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== outChannels)) {
    fail(`bias [${bias.shape.join(", ")}] does not fit ${outChannels} channels`);
  }
  const shape = [batch!, outChannels!, ...windowedShape(spatial, kernel, attributes)];
  return [{ dtype: assertSameType(inputs), shape }];
}

function convolutionAndSum(
  inputs: readonly TensorType[],
  attributes: OpAttributes["Conv"],
): TensorType[] {
  const [type] = convolution(inputs, attributes);
  const z = inputs[3];
  if (z && z.shape.join() !== type!.shape.join()) {
    fail(`z is [${z.shape.join(", ")}], expected [${type!.shape.join(", ")}]`);
  }
  return [type!];
}

/** Rules by operator. */
export const windowShapes: ShapeRules<
  | "Conv"
  | "ReorderInput"
  | "ReorderOutput"
  | "BlockedConv"
  | "BlockedMaxPool"
  | "FusedConv"
  | "ConvTranspose"
  | "BatchNormalization"
  | "MaxPool"
  | "AveragePool"
  | "GlobalAveragePool"
> = {
  Conv: convolution,
  ReorderInput: unary,
  ReorderOutput: (inputs, { channels }) => {
    const { dtype, shape } = inputAt(inputs, 0);
    if (shape[1] !== channels) fail(`${shape[1]} channels, expected ${channels}`);
    return [{ dtype, shape }];
  },
  BlockedConv: convolutionAndSum,
  BlockedMaxPool: (inputs, attributes) => [pooling(inputs, attributes)],
  FusedConv: convolutionAndSum,
  ConvTranspose: (inputs, attributes) => {
    const x = inputAt(inputs, 0), weight = inputAt(inputs, 1);
    const group = attributes.group ?? 1;
    const [batch, channels, ...spatial] = x.shape;
    const [inChannels, groupChannels, ...kernel] = weight.shape;
    if (channels !== inChannels) fail(`weight has ${inChannels} input channels, x ${channels}`);
    const rank = spatial.length;
    if (kernel.length !== rank) fail(`kernel [${kernel.join(", ")}] does not fit ${rank} axes`);
    const { strides, pads, dilations } = completeWindow(attributes, rank);
    const out = spatial.map((length, axis) =>
      strides[axis]! * (length - 1) + (attributes.outputPadding?.[axis] ?? 0) +
      dilations[axis]! * (kernel[axis]! - 1) + 1 - pads[axis]! - pads[axis + rank]!
    );
    return [{ dtype: assertSameType(inputs), shape: [batch!, groupChannels! * group, ...out] }];
  },
  BatchNormalization: (inputs) => {
    const x = inputAt(inputs, 0);
    for (let index = 1; index < 5; index++) {
      const vector = inputAt(inputs, index);
      if (vector.shape.length !== 1 || vector.shape[0] !== x.shape[1]) {
        fail(`parameter ${index} is [${vector.shape.join(", ")}], expected [${x.shape[1]}]`);
      }
    }
    return [{ dtype: x.dtype, shape: x.shape }];
  },
  MaxPool: (inputs, attributes) => {
    const pooled = pooling(inputs, attributes);
    return [pooled, { dtype: "int64", shape: pooled.shape }];
  },
  AveragePool: (inputs, attributes) => [pooling(inputs, attributes)],
  GlobalAveragePool: (inputs) => {
    const { dtype, shape } = inputAt(inputs, 0);
    return [{ dtype, shape: shape.map((length, axis) => axis < 2 ? length : 1) }];
  },
};
