/**
 * What operators without a gradient rule compute, by hand; the others are compared with PyTorch
 * where their gradients are.
 *
 * @module
 */

import type { HostData, HostTensor } from "../../engine/session.ts";
import type { DataType, OpAttributes, OpName } from "../op.ts";

/** One way to use an operator, and what comes out. */
export interface OperatorAnswer<K extends OpName = OpName> {
  readonly op: K;
  readonly attributes: OpAttributes[K];
  readonly inputs: readonly HostTensor[];
  readonly output: HostTensor;
}

function tensor(dtype: DataType, shape: readonly number[], numbers: readonly number[]): HostTensor {
  const data: HostData = dtype === "float32"
    ? Float32Array.from(numbers)
    : dtype === "int64"
    ? BigInt64Array.from(numbers, BigInt)
    : dtype === "int32"
    ? Int32Array.from(numbers)
    : Uint8Array.from(numbers);
  return { dtype, shape, data };
}

const f32 = (shape: readonly number[], ...numbers: number[]) => tensor("float32", shape, numbers);
const i64 = (shape: readonly number[], ...numbers: number[]) => tensor("int64", shape, numbers);
const bool = (shape: readonly number[], ...numbers: number[]) => tensor("bool", shape, numbers);

function answer<K extends OpName>(
  op: K,
  attributes: OpAttributes[K],
  inputs: readonly HostTensor[],
  output: HostTensor,
): OperatorAnswer<K> {
  return { op, attributes, inputs, output };
}

const sixteen = [...Array(16).keys()];

/** Answers of all operators without a gradient rule. */
export const operatorAnswers: readonly OperatorAnswer[] = [
  answer("Sign", {}, [f32([4], -2, 0, -0, 0.5)], f32([4], -1, 0, 0, 1)),
  answer("Cast", { to: "float32" }, [tensor("uint8", [2], [0, 255])], f32([2], 0, 255)),
  answer("Cast", { to: "float32" }, [bool([2], 0, 1)], f32([2], 0, 1)),
  answer("Cast", { to: "int64" }, [f32([3], -1.75, 0.5, 2)], i64([3], -1, 0, 2)),
  answer("Cast", { to: "bool" }, [f32([3], 0, 0.5, -3)], bool([3], 0, 1, 1)),
  answer("Equal", {}, [f32([3], 1, 2, 3), f32([], 2)], bool([3], 0, 1, 0)),
  answer("Equal", {}, [i64([2, 1], 1, 2), i64([2], 2, 1)], bool([2, 2], 0, 1, 1, 0)),
  answer("Greater", {}, [f32([3], 1, 2, 3), f32([], 2)], bool([3], 0, 0, 1)),
  answer("GreaterOrEqual", {}, [f32([3], 1, 2, 3), f32([], 2)], bool([3], 0, 1, 1)),
  answer("Less", {}, [f32([3], 1, 2, 3), f32([], 2)], bool([3], 1, 0, 0)),
  answer("And", {}, [bool([4], 0, 0, 1, 1), bool([4], 0, 1, 0, 1)], bool([4], 0, 0, 0, 1)),
  // The first of equal maxima.
  answer("ArgMax", { axis: 1 }, [f32([2, 3], 1, 3, 3, 5, 4, 4)], i64([2], 1, 0)),
  answer("ArgMax", { axis: 0 }, [f32([2, 3], 1, 5, 3, 5, 4, 4)], i64([3], 1, 0, 1)),
  answer("OneHot", { depth: 3 }, [i64([2], 2, 0)], f32([2, 3], 0, 0, 1, 1, 0, 0)),
  answer(
    "FusedConv",
    { group: 2 },
    [
      f32([1, 2, 2], 1, 2, 3, 4),
      f32([2, 1, 1], 2, -1),
      f32([2], 0.5, 1),
      f32([1, 2, 2], 1, 1, 1, 9),
    ],
    f32([1, 2, 2], 3.5, 5.5, -1, 6),
  ),
  answer(
    "FusedConv",
    { group: 2, activation: "Relu" },
    [
      f32([1, 2, 2], 1, 2, 3, 4),
      f32([2, 1, 1], 2, -1),
      f32([2], 0.5, 1),
      f32([1, 2, 2], 1, 1, 1, 9),
    ],
    f32([1, 2, 2], 3.5, 5.5, 0, 6),
  ),
  // One pixel and equal weights are the same in blocks of any length.
  answer("ReorderInput", {}, [f32([1, 16, 1, 1], ...sixteen)], f32([1, 16, 1, 1], ...sixteen)),
  answer(
    "ReorderOutput",
    { channels: 16 },
    [f32([1, 16, 1, 1], ...sixteen)],
    f32([1, 16, 1, 1], ...sixteen),
  ),
  answer(
    "BlockedConv",
    {},
    [f32([1, 16, 1, 1], ...sixteen), f32([16, 16, 1, 1], ...Array<number>(256).fill(0.5))],
    f32([1, 16, 1, 1], ...Array<number>(16).fill(60)),
  ),
  answer(
    "BlockedConv",
    { group: 16, pads: [1, 1, 1, 1] },
    [f32([1, 16, 1, 1], ...sixteen), f32([16, 1, 3, 3], ...Array<number>(144).fill(2))],
    f32([1, 16, 1, 1], ...sixteen.map((number) => 2 * number)),
  ),
  answer(
    "BlockedConv",
    { group: 16, activation: { name: "HardSigmoid", alpha: 0.125, beta: 0.25 } },
    [
      f32([1, 16, 1, 1], ...sixteen),
      f32([16, 1, 1, 1], ...Array<number>(16).fill(-1)),
      f32([16], ...Array<number>(16).fill(1)),
      f32([1, 16, 1, 1], ...sixteen.map((number) => number % 2 ? number + 1 : 0)),
    ],
    // clip((1 − n + z) / 8 + 1/4, 0, 1): 1/2 where z = n + 1.
    f32(
      [1, 16, 1, 1],
      ...sixteen.map((number) => number % 2 ? 0.5 : Math.max((1 - number) / 8 + 0.25, 0)),
    ),
  ),
  answer(
    "BlockedMaxPool",
    { kernelShape: [3, 3], pads: [1, 1, 1, 1] },
    [f32([1, 16, 1, 1], ...sixteen.map((number) => number - 8))],
    f32([1, 16, 1, 1], ...sixteen.map((number) => number - 8)),
  ),
  // Windows of 2 at a distance of 1 overlap: 1·(1, 2) + 3·(1, 2) shifted by one.
  answer(
    "ConvTranspose",
    { strides: [1] },
    [f32([1, 1, 2], 1, 3), f32([1, 1, 2], 1, 2)],
    f32([1, 1, 3], 1, 5, 6),
  ),
  answer(
    "ConvTranspose",
    { strides: [2], outputPadding: [1], pads: [1, 0] },
    [f32([1, 1, 2], 1, 3), f32([1, 1, 2], 1, 2)],
    f32([1, 1, 4], 2, 3, 6, 0),
  ),
  answer(
    "ConvTranspose",
    { strides: [2], group: 2 },
    [f32([1, 2, 1], 1, 3), f32([2, 1, 2], 1, 2, 3, 4)],
    f32([1, 2, 2], 1, 2, 9, 12),
  ),
  // Duplicates add up.
  answer(
    "ScatterElements",
    { axis: 0 },
    [f32([3], 10, 20, 30), i64([4], 2, 0, 2, 2), f32([4], 1, 2, 3, 4)],
    f32([3], 12, 20, 38),
  ),
  answer(
    "ScatterElements",
    { axis: 1 },
    [f32([2, 3], 0, 0, 0, 0, 0, 0), i64([2, 2], 1, 1, 0, 2), f32([2, 2], 1, 2, 3, 4)],
    f32([2, 3], 0, 3, 0, 3, 0, 4),
  ),
  answer(
    "ScatterND",
    {},
    [f32([2, 2], 1, 2, 3, 4), i64([3, 1], 1, 0, 1), f32([3, 2], 10, 20, 1, 2, 30, 40)],
    f32([2, 2], 2, 4, 43, 64),
  ),
  answer(
    "ScatterND",
    {},
    [f32([2, 2], 1, 2, 3, 4), i64([2, 2], 1, 0, 1, 0), f32([2], 5, 6)],
    f32([2, 2], 1, 2, 14, 4),
  ),
  answer(
    "GatherElements",
    { axis: 1 },
    [f32([2, 3], 1, 2, 3, 4, 5, 6), i64([2, 2], 2, 0, 1, 1)],
    f32([2, 2], 3, 1, 5, 5),
  ),
  answer("CumSum", { axis: 0 }, [f32([3, 2], 1, 2, 3, 4, 5, 6)], f32([3, 2], 1, 2, 4, 6, 9, 12)),
  answer("TopK", { axis: 1, k: 2 }, [f32([2, 3], 1, 3, 2, 6, 4, 5)], f32([2, 2], 3, 2, 6, 5)),
  // The second box overlaps the first by 0.9, the third does not; two of a class are all.
  answer(
    "NonMaxSuppression",
    { iouThreshold: 0.5, scoreThreshold: 0.1, most: 2 },
    [
      f32([1, 3, 4], 0, 0, 10, 10, 0, 0, 10, 9, 20, 20, 30, 30),
      f32([1, 1, 3], 0.9, 0.8, 0.7),
    ],
    i64([2, 3], 0, 0, 0, 0, 0, 2),
  ),
  // One sample in the middle of each cell of the box, without and with the shift of half a pixel.
  ...[
    { aligned: false, numbers: [5, 7, 13, 15] },
    { aligned: true, numbers: [2.5, 4.5, 10.5, 12.5] },
  ].map(({ aligned, numbers }) =>
    answer(
      "RoiAlign",
      { side: 2, samplingRatio: 1, spatialScale: 0.5, aligned },
      [f32([1, 1, 4, 4], ...sixteen), f32([1, 4], 0, 0, 8, 8), i64([1], 0)],
      f32([1, 1, 2, 2], ...numbers),
    )
  ),
];
