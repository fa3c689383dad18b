/**
 * Nodes as ONNX files have them: attributes by name, and constant inputs where ONNX has those in
 * place of static attributes.
 *
 * @module
 */

import type { OpName } from "./op.ts";
import {
  type AttributeProto,
  elementTypes,
  float,
  floats,
  integer,
  integers,
  text,
} from "./proto_messages.ts";
import { completeWindow } from "./shape.ts";
import type { Node, TensorData } from "./value.ts";

/** An operator as it stands in a file. */
export interface EncodedNode {
  attributes?: AttributeProto[];
  /** Constants that stand after the node's own inputs. */
  extraInputs?: { dtype: "int64" | "float32"; shape: number[]; data: TensorData }[];
  domain?: string;
  /** Its name in its domain; that of the operator here where absent. */
  opType?: string;
}

type Encoder<K extends OpName> = (node: Node<K>) => EncodedNode;

const int64Vector = (numbers: readonly number[]) => ({
  dtype: "int64" as const,
  shape: [numbers.length],
  data: BigInt64Array.from(numbers, BigInt),
});

const floatScalar = (number: number) => ({
  dtype: "float32" as const,
  shape: [],
  data: Float32Array.of(number),
});

function spatialRank(node: Node): number {
  return node.inputs[0]!.shape.length - 2;
}

function windowAttributes(
  node: Node<
    | "Conv"
    | "BlockedConv"
    | "FusedConv"
    | "ConvTranspose"
    | "MaxPool"
    | "BlockedMaxPool"
    | "AveragePool"
  >,
): AttributeProto[] {
  const { strides, pads, dilations } = completeWindow(node.attributes, spatialRank(node));
  return [integers("strides", strides), integers("pads", pads), integers("dilations", dilations)];
}

function encodeReduction(
  node: Node<"ReduceSum" | "ReduceMean" | "ReduceMax" | "ReduceSumSquare">,
): EncodedNode {
  return {
    attributes: [integer("keepdims", node.attributes.keepdims ? 1 : 0)],
    extraInputs: [int64Vector(node.attributes.axes)],
  };
}

/** Domain of the operators of the runtime's blocked layout. */
const blockedDomain = "com.microsoft.nchwc";

const plain = (): EncodedNode => ({});

const encodeAxis = (
  node: Node<"Softmax" | "LogSoftmax" | "Concat" | "Gather" | "GatherElements">,
): EncodedNode => ({
  attributes: [integer("axis", node.attributes.axis)],
});

const encoders: { readonly [K in OpName]: Encoder<K> } = {
  Add: plain,
  Sub: plain,
  Mul: plain,
  Div: plain,
  Sum: plain,
  Max: plain,
  Min: plain,
  Neg: plain,
  Sqrt: plain,
  Exp: plain,
  Log: plain,
  Reciprocal: plain,
  Abs: plain,
  Sign: plain,
  Sigmoid: plain,
  Tanh: plain,
  Erf: plain,
  Relu: plain,
  Identity: plain,
  Equal: plain,
  Greater: plain,
  GreaterOrEqual: plain,
  Less: plain,
  And: plain,
  Where: plain,
  MatMul: plain,
  GlobalAveragePool: plain,
  Clip: ({ attributes: { min, max } }) => ({ extraInputs: [floatScalar(min), floatScalar(max)] }),
  LeakyRelu: ({ attributes: { alpha } }) => ({ attributes: [float("alpha", alpha)] }),
  HardSigmoid: ({ attributes: { alpha, beta } }) => ({
    attributes: [float("alpha", alpha), float("beta", beta)],
  }),
  Cast: ({ attributes: { to } }) => ({ attributes: [integer("to", elementTypes[to])] }),
  FusedMatMul: ({ attributes: { transA, transB, alpha, transBatchA, transBatchB } }) => ({
    attributes: [
      integer("transA", transA ? 1 : 0),
      integer("transB", transB ? 1 : 0),
      float("alpha", alpha),
      ...(transBatchA ? [integer("transBatchA", 1)] : []),
      ...(transBatchB ? [integer("transBatchB", 1)] : []),
    ],
    domain: "com.microsoft",
  }),
  Conv: (node) => ({
    attributes: [...windowAttributes(node), integer("group", node.attributes.group ?? 1)],
  }),
  ReorderInput: () => ({ domain: blockedDomain }),
  ReorderOutput: ({ attributes: { channels } }) => ({
    attributes: [integer("channels", channels)],
    domain: blockedDomain,
  }),
  BlockedConv: (node) => {
    const { group = 1, activation } = node.attributes;
    return {
      attributes: [
        ...windowAttributes(node),
        integers("kernel_shape", node.inputs[1]!.shape.slice(2)),
        integer("group", group),
        text("auto_pad", "NOTSET"),
        ...(activation
          ? [
            text("activation", activation.name),
            floats("activation_params", [activation.alpha, activation.beta]),
          ]
          : []),
      ],
      domain: blockedDomain,
      opType: "Conv",
    };
  },
  BlockedMaxPool: (node) => ({
    attributes: [
      ...windowAttributes(node),
      integers("kernel_shape", node.attributes.kernelShape),
      text("auto_pad", "NOTSET"),
    ],
    domain: blockedDomain,
    opType: "MaxPool",
  }),
  FusedConv: (node) => ({
    attributes: [
      ...windowAttributes(node),
      integer("group", node.attributes.group ?? 1),
      ...(node.attributes.activation ? [text("activation", node.attributes.activation)] : []),
    ],
    domain: "com.microsoft",
  }),
  ConvTranspose: (node) => ({
    attributes: [
      ...windowAttributes(node),
      integer("group", node.attributes.group ?? 1),
      ...(node.attributes.outputPadding
        ? [integers("output_padding", node.attributes.outputPadding)]
        : []),
    ],
  }),
  BatchNormalization: ({ attributes: { epsilon } }) => ({
    attributes: [float("epsilon", epsilon)],
  }),
  MaxPool: (node) => ({
    attributes: [...windowAttributes(node), integers("kernel_shape", node.attributes.kernelShape)],
  }),
  AveragePool: (node) => ({
    attributes: [
      ...windowAttributes(node).filter((attribute) => attribute.name !== "dilations"),
      integers("kernel_shape", node.attributes.kernelShape),
      integer("count_include_pad", node.attributes.countIncludePad ? 1 : 0),
    ],
  }),
  ReduceSum: encodeReduction,
  ReduceMean: encodeReduction,
  ReduceMax: encodeReduction,
  ReduceSumSquare: encodeReduction,
  ArgMax: ({ attributes: { axis } }) => ({
    attributes: [integer("axis", axis), integer("keepdims", 0)],
  }),
  Softmax: encodeAxis,
  LogSoftmax: encodeAxis,
  Concat: encodeAxis,
  Gather: encodeAxis,
  Reshape: ({ attributes: { shape } }) => ({ extraInputs: [int64Vector(shape)] }),
  Transpose: ({ attributes: { perm } }) => ({ attributes: [integers("perm", perm)] }),
  Slice: ({ attributes: { starts, ends, axes, steps } }) => ({
    extraInputs: [starts, ends, axes, steps].map(int64Vector),
  }),
  Split: ({ attributes: { axis, split } }) => ({
    attributes: [integer("axis", axis)],
    extraInputs: [int64Vector(split)],
  }),
  Pad: ({ attributes: { pads, value } }) => ({
    extraInputs: [int64Vector(pads), ...(value === undefined ? [] : [floatScalar(value)])],
  }),
  Expand: ({ attributes: { shape } }) => ({ extraInputs: [int64Vector(shape)] }),
  ScatterElements: ({ attributes: { axis } }) => ({
    attributes: [integer("axis", axis), text("reduction", "add")],
  }),
  ScatterND: () => ({ attributes: [text("reduction", "add")] }),
  OneHot: ({ attributes: { depth } }) => ({
    attributes: [integer("axis", -1)],
    extraInputs: [
      { dtype: "int64", shape: [], data: BigInt64Array.of(BigInt(depth)) },
      { dtype: "float32", shape: [2], data: Float32Array.of(0, 1) },
    ],
  }),
  GatherElements: encodeAxis,
  CumSum: ({ attributes: { axis } }) => ({
    extraInputs: [{ dtype: "int64", shape: [], data: BigInt64Array.of(BigInt(axis)) }],
  }),
  TopK: ({ attributes: { axis, k } }) => ({
    attributes: [integer("axis", axis), integer("largest", 1), integer("sorted", 1)],
    extraInputs: [int64Vector([k])],
  }),
  // Vectors of one number, as PyTorch writes them: some readers take no scalars here.
  NonMaxSuppression: ({ attributes: { iouThreshold, scoreThreshold, most } }) => ({
    extraInputs: [
      int64Vector([most]),
      ...[iouThreshold, scoreThreshold].map((threshold) => ({
        dtype: "float32" as const,
        shape: [1],
        data: Float32Array.of(threshold),
      })),
    ],
  }),
  RoiAlign: ({ attributes: { side, samplingRatio, spatialScale, aligned } }) => ({
    attributes: [
      text("coordinate_transformation_mode", aligned ? "half_pixel" : "output_half_pixel"),
      text("mode", "avg"),
      integer("output_height", side),
      integer("output_width", side),
      integer("sampling_ratio", samplingRatio),
      float("spatial_scale", spatialScale),
    ],
  }),
};

/** A node as it stands in a file. */
export function encodeNode(node: Node): EncodedNode {
  return (encoders[node.op] as Encoder<OpName>)(node);
}

/**
 * A reshape for any length of axis 0: 0 stands for "as in the input" where the length stays, −1 for
 * "what is left" where axes are joined with it or split from it.
 */
export function encodeFreeReshape(node: Node<"Reshape">): EncodedNode {
  const { shape } = node.attributes;
  const keeps = node.inputs[0]!.shape[0] === shape[0];
  const free = shape.length === 0 ? shape : [keeps ? 0 : -1, ...shape.slice(1)];
  return { extraInputs: [int64Vector(free)] };
}

/**
 * Repetition for any length of axis 0, where that stays: 1 stands for "as in the input", since the two
 * shapes are broadcast.
 */
export function encodeFreeExpand(node: Node<"Expand">): EncodedNode {
  const { shape } = node.attributes, from = node.inputs[0]!.shape;
  const keeps = from.length === shape.length && from[0] === shape[0];
  return { extraInputs: [int64Vector(keeps ? [1, ...shape.slice(1)] : shape)] };
}
