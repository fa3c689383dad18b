/**
 * The operators' cases for the check by finite differences: an operator without an entry does not
 * compile.
 *
 * @module
 */

import type { HostTensor } from "../../engine/session.ts";
import { sizeOf } from "../../onnx/graph.ts";
import type { OpAttributes, OpName } from "../../onnx/op.ts";
import type { RandomStream } from "../../random.ts";

/**
 * How an input is filled. `smooth`: −2 to 2. `positive`: 0.5 to 2.5. `nonzero`: 0.5 to 2.5 with any
 * sign. `distinct`: no two numbers nearer than 1/8, none nearer than 1/32 to a multiple of 1/8, and
 * none equal across inputs, so that no maximum changes hands within a step. `condition`: booleans.
 */
export type Filling = "smooth" | "positive" | "nonzero" | "distinct" | "condition";

/** An input of a case: filled at random, or given whole numbers. */
export type CaseInput =
  | { readonly shape: readonly number[]; readonly filling: Filling }
  | { readonly shape: readonly number[]; readonly indices: readonly number[] };

/** One way to use an operator. */
export interface GradientCase<Attributes = OpAttributes[OpName]> {
  readonly attributes: Attributes;
  readonly inputs: readonly CaseInput[];
}

/** An operator's cases, or why it has none. */
export type GradientCases<K extends OpName> =
  | readonly GradientCase<OpAttributes[K]>[]
  | { readonly zeroGradient: true }
  | { readonly notDifferentiable: true };

/**
 * The tensor for an input of a case. Numbers are multiples of 1/1024, so that a step of a power of
 * two is exact.
 *
 * @param position The input's position among the inputs.
 */
export function fillInput(input: CaseInput, position: number, random: RandomStream): HostTensor {
  const { shape } = input;
  const size = sizeOf(shape);
  if ("indices" in input) {
    return { dtype: "int64", shape, data: BigInt64Array.from(input.indices, BigInt) };
  }
  const grid = (low: number, high: number) => Math.round(random.uniform(low, high) * 1024) / 1024;
  switch (input.filling) {
    case "condition":
      return {
        dtype: "bool",
        shape,
        data: Uint8Array.from({ length: size }, () => random.integer(2)),
      };
    case "smooth":
      return {
        dtype: "float32",
        shape,
        data: Float32Array.from({ length: size }, () => grid(-2, 2)),
      };
    case "positive":
      return {
        dtype: "float32",
        shape,
        data: Float32Array.from({ length: size }, () => grid(0.5, 2.5)),
      };
    case "nonzero":
      return {
        dtype: "float32",
        shape,
        data: Float32Array.from({ length: size }, () => random.choose([-1, 1]) * grid(0.5, 2.5)),
      };
    case "distinct": {
      const order = random.permutation(size);
      const shift = 1 / 32 + position / 32;
      return {
        dtype: "float32",
        shape,
        data: Float32Array.from(order, (place) => (place - (size >> 1)) / 8 + shift),
      };
    }
  }
}

const filled = (filling: Filling) => (...shape: number[]): CaseInput => ({ shape, filling });
const smooth = filled("smooth");
const positive = filled("positive");
const nonzero = filled("nonzero");
const distinct = filled("distinct");
const condition = filled("condition");
const indices = (shape: readonly number[], ...values: number[]): CaseInput => ({
  shape,
  indices: values,
});

const zeroGradient = { zeroGradient: true } as const;
const notDifferentiable = { notDifferentiable: true } as const;

type Fill = (...shape: number[]) => CaseInput;

/** Equal shapes, a missing axis, axes of length 1 on both sides, a scalar on either side. */
function binary(a: Fill, b: Fill): readonly { attributes: object; inputs: readonly CaseInput[] }[] {
  return [
    [a(2, 3), b(2, 3)],
    [a(2, 3), b(3)],
    [a(3), b(2, 2, 3)],
    [a(2, 1, 3), b(4, 1)],
    [a(2, 3, 1, 1), b(1, 3, 2, 2)],
    [a(2, 3), b()],
    [a(), b(2, 3)],
  ].map((inputs) => ({ attributes: {}, inputs }));
}

function unary(fill: Fill): readonly { attributes: object; inputs: readonly CaseInput[] }[] {
  return [{ attributes: {}, inputs: [fill(3, 5)] }, { attributes: {}, inputs: [fill()] }];
}

const reductions: readonly GradientCase<OpAttributes["ReduceSum"]>[] = [
  { attributes: { axes: [1], keepdims: true }, inputs: [distinct(2, 3, 4)] },
  { attributes: { axes: [0], keepdims: false }, inputs: [distinct(2, 3, 4)] },
  { attributes: { axes: [0, 2], keepdims: false }, inputs: [distinct(2, 3, 4)] },
  { attributes: { axes: [2, 1, 0], keepdims: false }, inputs: [distinct(2, 3, 2)] },
  { attributes: { axes: [0, 1, 2, 3], keepdims: true }, inputs: [distinct(2, 1, 3, 2)] },
];

const softmaxes: readonly GradientCase<OpAttributes["Softmax"]>[] = [0, 1, 2].map((axis) => ({
  attributes: { axis },
  inputs: [smooth(3, 4, 2)],
}));

function convolution(
  x: readonly number[],
  weight: readonly number[],
  attributes: OpAttributes["Conv"] & { readonly bias?: boolean } = {},
): GradientCase<OpAttributes["Conv"]> {
  const { bias, ...own } = attributes;
  const inputs = [smooth(...x), smooth(...weight), ...(bias ? [smooth(weight[0]!)] : [])];
  return { attributes: own, inputs };
}

/** The same padding on all sides of `rank` axes. */
const same = (amount: number, rank = 2) => new Array<number>(2 * rank).fill(amount);

const convolutions: readonly GradientCase<OpAttributes["Conv"]>[] = [
  // Padding 0 to 3, alone and with a stride, even and odd sizes.
  convolution([2, 2, 4, 5], [3, 2, 3, 3]),
  convolution([2, 2, 4, 5], [3, 2, 3, 3], { pads: same(1), bias: true }),
  convolution([1, 2, 3, 4], [2, 2, 3, 3], { pads: same(2) }),
  convolution([1, 1, 3, 4], [2, 1, 3, 3], { pads: same(3) }),
  convolution([2, 2, 4, 5], [2, 2, 3, 3], { pads: same(0), strides: [2, 2] }),
  convolution([2, 2, 6, 7], [2, 2, 3, 3], { pads: same(1), strides: [2, 2], bias: true }),
  convolution([1, 2, 5, 4], [2, 2, 3, 3], { pads: same(2), strides: [2, 2] }),
  convolution([1, 1, 4, 5], [2, 1, 3, 3], { pads: same(3), strides: [2, 2] }),
  // Asymmetric padding, different strides, strides beyond the kernel, pixels never read.
  convolution([1, 2, 5, 6], [2, 2, 3, 2], { pads: [0, 1, 2, 3] }),
  convolution([1, 2, 5, 6], [2, 2, 3, 3], { pads: [0, 1, 1, 0], strides: [2, 2] }),
  convolution([2, 1, 7, 8], [1, 1, 3, 2], { pads: [2, 0, 1, 1], strides: [3, 2] }),
  convolution([1, 2, 9, 8], [2, 2, 2, 2], { strides: [4, 3] }),
  convolution([1, 2, 8, 9], [2, 2, 3, 3], { strides: [3, 3], pads: [1, 0, 0, 2] }),
  // One pixel, one tap.
  convolution([2, 3, 1, 1], [2, 3, 3, 3], { pads: same(1) }),
  convolution([2, 3, 4, 4], [4, 3, 1, 1], { bias: true }),
  convolution([2, 3, 4, 6], [2, 3, 1, 1], { strides: [2, 2] }),
  convolution([2, 3, 5, 7], [2, 3, 1, 1], { strides: [2, 2] }),
  convolution([1, 2, 3, 3], [2, 2, 1, 1], { strides: [2, 2], pads: same(1) }),
  // Large kernels.
  convolution([1, 2, 10, 11], [2, 2, 7, 7], { pads: same(3), strides: [2, 2] }),
  convolution([1, 2, 9, 8], [1, 2, 7, 7], { pads: same(3), strides: [2, 2] }),
  convolution([2, 1, 6, 6], [1, 1, 5, 5], { pads: same(2) }),
  convolution([1, 1, 6, 7], [1, 1, 5, 5], { pads: same(2), strides: [2, 2] }),
  // Dilation.
  convolution([2, 2, 6, 7], [2, 2, 3, 3], { dilations: [2, 2] }),
  convolution([1, 2, 5, 5], [2, 2, 3, 3], { dilations: [2, 2], pads: same(2) }),
  convolution([1, 1, 7, 6], [2, 1, 2, 3], { dilations: [3, 2], pads: [1, 0, 0, 2] }),
  convolution([1, 2, 7, 6], [2, 2, 3, 3], { dilations: [2, 1], strides: [1, 2], pads: same(1) }),
  // Groups and depthwise, also with more outputs than inputs.
  convolution([2, 4, 4, 5], [6, 2, 3, 3], { group: 2, pads: same(1), bias: true }),
  convolution([1, 4, 5, 5], [4, 2, 3, 3], { group: 2, pads: same(1), strides: [2, 2] }),
  convolution([2, 3, 4, 5], [3, 1, 3, 3], { group: 3, pads: same(1) }),
  convolution([2, 3, 6, 5], [3, 1, 3, 3], { group: 3, pads: same(1), strides: [2, 2] }),
  convolution([1, 3, 7, 6], [3, 1, 5, 5], { group: 3, pads: same(2), strides: [2, 2] }),
  convolution([1, 2, 4, 4], [4, 1, 3, 3], { group: 2, pads: same(1), bias: true }),
  convolution([1, 3, 5, 5], [3, 1, 3, 3], { group: 3, dilations: [2, 2], pads: same(2) }),
  // One spatial axis; the form with the batch on a third one.
  convolution([2, 2, 7], [3, 2, 3], { pads: [1, 1], strides: [2], bias: true }),
  convolution([1, 2, 4, 5, 3], [3, 2, 3, 3, 1], { pads: [1, 1, 0, 1, 1, 0], bias: true }),
  convolution([1, 2, 5, 4, 3], [2, 2, 3, 3, 1], { pads: [1, 1, 0, 1, 1, 0], strides: [2, 2, 1] }),
  convolution([1, 2, 4, 5, 3], [2, 2, 1, 1, 1], { strides: [2, 2, 1] }),
  convolution([1, 2, 6, 5, 2], [2, 2, 3, 3, 1], {
    pads: [2, 2, 0, 2, 2, 0],
    dilations: [2, 2, 1],
  }),
  convolution([1, 4, 4, 3, 2], [4, 2, 3, 3, 1], { pads: [1, 1, 0, 1, 1, 0], group: 2 }),
  convolution([1, 3, 5, 4, 2], [3, 1, 3, 3, 1], {
    pads: [1, 1, 0, 1, 1, 0],
    strides: [2, 2, 1],
    group: 3,
  }),
  convolution([1, 1, 9, 10, 2], [2, 1, 7, 7, 1], {
    pads: [3, 3, 0, 3, 3, 0],
    strides: [2, 2, 1],
  }),
];

function fusedMatMuls(): GradientCase<OpAttributes["FusedMatMul"]>[] {
  const result: GradientCase<OpAttributes["FusedMatMul"]>[] = [];
  const batches: readonly (readonly [number[], number[]])[] = [
    [[], []],
    [[2], [2]],
    [[2], []],
    [[], [2]],
    [[2, 1], [1, 3]],
  ];
  for (const transA of [false, true]) {
    for (const transB of [false, true]) {
      for (const [batchA, batchB] of batches) {
        result.push({
          attributes: { transA, transB, alpha: 0.75 },
          inputs: [
            smooth(...batchA, ...(transA ? [3, 2] : [2, 3])),
            smooth(...batchB, ...(transB ? [4, 3] : [3, 4])),
          ],
        });
      }
    }
  }
  for (const transB of [false, true]) {
    for (const batch of [1, 2]) {
      result.push({
        attributes: { transA: false, transB, alpha: 0.5, transBatchA: true },
        inputs: [smooth(3, 2, 4), smooth(batch, ...(transB ? [5, 4] : [4, 5]))],
      });
    }
    const [rows, columns] = transB ? [5, 4] : [4, 5];
    for (const transBatchA of [false, true]) {
      result.push({
        attributes: { transA: false, transB, alpha: 0.5, transBatchA, transBatchB: true },
        inputs: [transBatchA ? smooth(3, 2, 4) : smooth(2, 3, 4), smooth(rows!, 2, columns!)],
      });
    }
  }
  return result;
}

/** Cases by operator. */
export const gradientCases: { readonly [K in OpName]: GradientCases<K> } = {
  Add: binary(smooth, smooth),
  Sub: binary(smooth, smooth),
  Mul: binary(smooth, smooth),
  Div: binary(smooth, nonzero),
  Sum: [
    ...binary(smooth, smooth),
    { attributes: {}, inputs: [smooth(2, 3), smooth(3), smooth(), smooth(1, 1, 3)] },
    { attributes: {}, inputs: [smooth(2, 3)] },
  ],
  Max: [
    ...binary(distinct, distinct),
    { attributes: {}, inputs: [distinct(2, 3), distinct(3), distinct(2, 1)] },
  ],
  Min: [
    ...binary(distinct, distinct),
    { attributes: {}, inputs: [distinct(2, 3), distinct(3), distinct(2, 1)] },
  ],
  Neg: unary(smooth),
  Sqrt: unary(positive),
  Exp: unary(smooth),
  Log: unary(positive),
  Reciprocal: unary(nonzero),
  Abs: unary(distinct),
  Sign: zeroGradient,
  Sigmoid: unary(smooth),
  Tanh: unary(smooth),
  Erf: unary(smooth),
  Relu: unary(distinct),
  LeakyRelu: [
    { attributes: { alpha: 0.25 }, inputs: [distinct(4, 5)] },
    { attributes: { alpha: -1 }, inputs: [distinct(4, 5)] },
  ],
  Clip: [
    { attributes: { min: 0, max: 6 }, inputs: [distinct(12, 12)] },
    { attributes: { min: -0.5, max: 0.25 }, inputs: [distinct(2, 3, 4, 5)] },
    { attributes: { min: -0.5, max: 0.25 }, inputs: [distinct(4, 5)] },
    { attributes: { min: 0.5, max: Infinity }, inputs: [distinct(4, 5)] },
    { attributes: { min: -Infinity, max: 0.5 }, inputs: [distinct(4, 5)] },
  ],
  HardSigmoid: [
    { attributes: { alpha: 1 / 6, beta: 0.5 }, inputs: [distinct(8, 8)] },
    { attributes: { alpha: 0.25, beta: 0.75 }, inputs: [distinct(8, 8)] },
  ],
  Identity: unary(smooth),
  Cast: zeroGradient,
  Equal: zeroGradient,
  Greater: zeroGradient,
  GreaterOrEqual: zeroGradient,
  Less: zeroGradient,
  And: zeroGradient,
  Where: [
    { attributes: {}, inputs: [condition(2, 3), smooth(2, 3), smooth(2, 3)] },
    { attributes: {}, inputs: [condition(4, 1), smooth(3), smooth(2, 1, 1)] },
    { attributes: {}, inputs: [condition(3), smooth(), smooth(2, 3)] },
  ],
  MatMul: [
    { attributes: {}, inputs: [smooth(2, 3), smooth(3, 4)] },
    { attributes: {}, inputs: [smooth(2, 2, 3), smooth(2, 3, 4)] },
    { attributes: {}, inputs: [smooth(2, 2, 3), smooth(3, 4)] },
    { attributes: {}, inputs: [smooth(2, 3), smooth(2, 3, 4)] },
    { attributes: {}, inputs: [smooth(2, 1, 2, 3), smooth(1, 3, 3, 2)] },
  ],
  FusedMatMul: fusedMatMuls(),
  Conv: convolutions,
  ConvTranspose: notDifferentiable,
  ReorderInput: notDifferentiable,
  ReorderOutput: notDifferentiable,
  BlockedConv: notDifferentiable,
  BlockedMaxPool: notDifferentiable,
  FusedConv: notDifferentiable,
  BatchNormalization: [[2, 3, 2, 2], [4, 3], [2, 2, 3]].map((shape) => ({
    attributes: { epsilon: 1e-3 },
    inputs: [
      smooth(...shape),
      ...[smooth, smooth, smooth, positive].map((fill) => fill(shape[1]!)),
    ],
  })),
  MaxPool: [
    { attributes: { kernelShape: [2, 2], strides: [2, 2] }, inputs: [distinct(2, 2, 4, 6)] },
    {
      attributes: { kernelShape: [3, 3], strides: [2, 2], pads: same(1) },
      inputs: [distinct(2, 2, 5, 6)],
    },
    { attributes: { kernelShape: [3, 2], pads: [1, 0, 0, 1] }, inputs: [distinct(1, 2, 4, 4)] },
    { attributes: { kernelShape: [2, 2], dilations: [2, 3] }, inputs: [distinct(1, 2, 5, 5)] },
    { attributes: { kernelShape: [3], strides: [2], pads: [1, 1] }, inputs: [distinct(2, 2, 8)] },
    {
      attributes: { kernelShape: [3, 3, 1], strides: [2, 2, 1], pads: [1, 1, 0, 1, 1, 0] },
      inputs: [distinct(1, 2, 5, 4, 3)],
    },
  ],
  AveragePool: [
    {
      attributes: { kernelShape: [2, 2], strides: [2, 2], countIncludePad: false },
      inputs: [smooth(2, 2, 4, 5)],
    },
    { attributes: { kernelShape: [3, 2], countIncludePad: true }, inputs: [smooth(1, 2, 4, 4)] },
    {
      attributes: {
        kernelShape: [3, 3],
        strides: [2, 1],
        pads: [1, 0, 1, 2],
        countIncludePad: true,
      },
      inputs: [smooth(1, 2, 5, 4)],
    },
    {
      attributes: {
        kernelShape: [2, 2, 1],
        strides: [2, 2, 1],
        pads: [1, 1, 0, 0, 0, 0],
        countIncludePad: true,
      },
      inputs: [smooth(1, 2, 4, 3, 2)],
    },
  ],
  GlobalAveragePool: [[2, 3, 2, 4], [2, 3, 5], [1, 2, 3, 2, 2]].map((shape) => ({
    attributes: {},
    inputs: [smooth(...shape)],
  })),
  ReduceSum: reductions,
  ReduceMean: reductions,
  ReduceMax: reductions,
  ReduceSumSquare: reductions,
  ArgMax: zeroGradient,
  Softmax: softmaxes,
  LogSoftmax: softmaxes,
  Reshape: [
    { attributes: { shape: [4, 3] }, inputs: [smooth(2, 3, 2)] },
    { attributes: { shape: [] }, inputs: [smooth(1, 1)] },
  ],
  Transpose: [[1, 0, 2], [2, 0, 1], [1, 2, 0]].map((perm) => ({
    attributes: { perm },
    inputs: [smooth(2, 3, 4)],
  })),
  Slice: [
    {
      attributes: { starts: [1, 0], ends: [3, 2], axes: [1, 0], steps: [1, 1] },
      inputs: [smooth(3, 4)],
    },
    { attributes: { starts: [0], ends: [7], axes: [1], steps: [2] }, inputs: [smooth(2, 7)] },
    { attributes: { starts: [1], ends: [7], axes: [1], steps: [2] }, inputs: [smooth(2, 8)] },
    { attributes: { starts: [2], ends: [8], axes: [0], steps: [3] }, inputs: [smooth(8, 2)] },
    {
      attributes: { starts: [1, 0], ends: [6, 5], axes: [2, 3], steps: [3, 2] },
      inputs: [smooth(2, 1, 7, 5)],
    },
  ],
  Concat: [
    { attributes: { axis: 0 }, inputs: [smooth(1, 2), smooth(3, 2)] },
    { attributes: { axis: 1 }, inputs: [smooth(2, 1, 2), smooth(2, 3, 2), smooth(2, 2, 2)] },
    { attributes: { axis: 2 }, inputs: [smooth(2, 2, 2), smooth(2, 2, 1)] },
  ],
  Split: [
    { attributes: { axis: 1, split: [1, 3, 2] }, inputs: [smooth(2, 6)] },
    { attributes: { axis: 0, split: [2, 2] }, inputs: [smooth(4, 3)] },
  ],
  Pad: [
    { attributes: { pads: [0, 2, 1, 0] }, inputs: [smooth(2, 3)] },
    { attributes: { pads: [-1, 0, 0, -2] }, inputs: [smooth(3, 4)] },
    { attributes: { pads: [1, -1, -2, 2] }, inputs: [smooth(4, 5)] },
    { attributes: { pads: [0, 1, 0, 2], value: -3 }, inputs: [smooth(2, 3)] },
    { attributes: { pads: [-1, 2, 0, 0], value: 7.5 }, inputs: [smooth(3, 2)] },
  ],
  Expand: [
    { attributes: { shape: [2, 3, 4] }, inputs: [smooth(3, 1)] },
    { attributes: { shape: [2, 3] }, inputs: [smooth()] },
    { attributes: { shape: [3, 1] }, inputs: [smooth(3, 2)] },
  ],
  Gather: [
    { attributes: { axis: 0 }, inputs: [smooth(4, 3), indices([5], 2, 0, 2, 2, 3)] },
    { attributes: { axis: 1 }, inputs: [smooth(2, 4, 2), indices([2, 2], 3, 3, 0, 1)] },
    { attributes: { axis: 0 }, inputs: [smooth(5), indices([3], 4, 4, 1)] },
    { attributes: { axis: 1 }, inputs: [smooth(2, 3), indices([], 1)] },
    { attributes: { axis: 0 }, inputs: [smooth(3, 2), indices([2], -1, -3)] },
  ],
  ScatterElements: notDifferentiable,
  ScatterND: notDifferentiable,
  OneHot: zeroGradient,
  GatherElements: notDifferentiable,
  CumSum: notDifferentiable,
  TopK: notDifferentiable,
  NonMaxSuppression: zeroGradient,
  RoiAlign: notDifferentiable,
};
