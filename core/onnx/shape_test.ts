import assert from "node:assert/strict";
import { GraphError } from "../errors.ts";
import type { TensorType } from "./graph.ts";
import type { DataType, OpAttributes, OpName } from "./op.ts";
import { broadcastShapes, inferShapes } from "./shape.ts";

const tensor = (dtype: DataType) => (...shape: number[]): TensorType => ({ dtype, shape });
const f32 = tensor("float32"), i64 = tensor("int64"), bool = tensor("bool");

Deno.test("broadcastShapes() follows numpy's rule", () => {
  assert.deepEqual(broadcastShapes([2, 1, 3], [4, 1]), [2, 4, 3]);
  assert.deepEqual(broadcastShapes([], [2]), [2]);
  assert.deepEqual(broadcastShapes([1], [1, 1]), [1, 1]);
  assert.deepEqual(broadcastShapes([3], [2, 1], [1, 1, 1]), [1, 2, 3]);
  assert.throws(() => broadcastShapes([2, 3], [2]), /\[2, 3\] and \[2\] do not broadcast/);
});

Deno.test("inferShapes() of windows rounds down", () => {
  const conv = (length: number, kernel: number, attributes: OpAttributes["Conv"]) =>
    inferShapes("Conv", [f32(1, 1, length), f32(1, 1, kernel)], attributes)[0]!.shape[2];
  // Lengths of PyTorch's Conv1d.
  assert.equal(conv(224, 7, { strides: [2], pads: [3, 3] }), 112);
  assert.equal(conv(7, 3, { strides: [2] }), 3);
  assert.equal(conv(8, 3, { strides: [2] }), 3);
  assert.equal(conv(8, 3, { strides: [3], pads: [0, 1] }), 3);
  assert.equal(conv(9, 3, { dilations: [3] }), 3);
  const [pooled, indices] = inferShapes("MaxPool", [f32(2, 3, 112, 112)], {
    kernelShape: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
  });
  assert.deepEqual(pooled, f32(2, 3, 56, 56));
  assert.deepEqual(indices, i64(2, 3, 56, 56));
});

/** What each operator must refuse. */
const refused: readonly {
  [K in OpName]: [op: K, inputs: TensorType[], attributes: OpAttributes[K], message: RegExp];
}[OpName][] = [
  ["Add", [f32(2), f32(3)], {}, /\[2\] and \[3\] do not broadcast/],
  ["Add", [f32(2), i64(2)], {}, /input is int64, expected float32/],
  ["Where", [f32(2), f32(2), f32(2)], {}, /condition is float32, expected bool/],
  ["Where", [bool(2), f32(2), i64(2)], {}, /input is int64, expected float32/],
  ["MatMul", [f32(3), f32(3, 2)], {}, /matrix product of a vector/],
  ["MatMul", [f32(2, 3), f32(2, 3)], {}, /inner lengths differ: 3 and 2/],
  ["MatMul", [f32(2, 3)], {}, /input 1 is missing/],
  [
    "FusedMatMul",
    [f32(2, 3), f32(3, 4)],
    { transA: true, transB: false, alpha: 1 },
    /inner lengths differ: 2 and 3/,
  ],
  ["Conv", [f32(1, 3, 8, 8), f32(4, 2, 3, 3)], {}, /does not fit 3 channels in 1 groups/],
  ["Conv", [f32(1, 4, 8, 8), f32(3, 2, 3, 3)], { group: 2 }, /does not fit 4 channels in 2/],
  ["Conv", [f32(1, 1, 2, 8), f32(1, 1, 3, 3)], {}, /window of 3 does not fit 2 pixels on axis 0/],
  ["Conv", [f32(1, 1, 8, 8), f32(1, 1, 3)], {}, /window \[3\] does not fit 2 axes/],
  ["Conv", [f32(1, 1, 8, 8), f32(1, 1, 3, 3), f32(2)], {}, /bias \[2\] does not fit 1 channels/],
  ["Conv", [f32(1, 1, 8), f32(1, 1, 3)], { strides: [1, 1] }, /strides have length 2/],
  ["Conv", [f32(1, 1, 8), f32(1, 1, 3)], { pads: [1] }, /pads have length 1/],
  ["Conv", [f32(1, 1, 8), f32(1, 1, 3)], { dilations: [] }, /dilations have length 0/],
  ["ConvTranspose", [f32(1, 2, 8), f32(3, 1, 3)], {}, /3 input channels, x 2/],
  ["ConvTranspose", [f32(1, 2, 8), f32(2, 1, 3, 3)], {}, /kernel \[3, 3\] does not fit 1 axes/],
  ["MaxPool", [f32(1, 1, 8, 8)], { kernelShape: [3] }, /window \[3\] does not fit 2 axes/],
  [
    "BatchNormalization",
    [f32(2, 3), f32(3), f32(3), f32(2), f32(3)],
    { epsilon: 1 },
    /parameter 3 is \[2\], expected \[3\]/,
  ],
  ["ReduceSum", [f32(2, 3)], { axes: [2], keepdims: true }, /axis 2 is out of range for rank 2/],
  ["ReduceMean", [f32(2, 3)], { axes: [-1], keepdims: true }, /axis -1 is out of range/],
  ["ReduceMax", [f32(2, 3)], { axes: [], keepdims: true }, /there are no axes/],
  ["Softmax", [f32(2, 3)], { axis: 2 }, /axis 2 is out of range/],
  ["ArgMax", [f32(2, 3)], { axis: 0.5 }, /axis 0.5 is out of range/],
  ["Reshape", [f32(2, 3)], { shape: [5] }, /new shape \[5\] has another size/],
  ["Reshape", [f32(2, 3)], { shape: [-2, -3] }, /new shape \[-2, -3\] is not a shape/],
  ["Transpose", [f32(2, 3)], { perm: [0, 0] }, /perm \[0, 0\] is not a permutation of 2 axes/],
  ["Transpose", [f32(2, 3)], { perm: [0] }, /perm \[0\] is not a permutation/],
  [
    "Slice",
    [f32(4)],
    { axes: [0], starts: [1], ends: [5], steps: [1] },
    /slice 1:5:1 does not fit axis 0 of length 4/,
  ],
  ["Slice", [f32(4)], { axes: [0], starts: [3], ends: [0], steps: [-1] }, /does not fit/],
  ["Concat", [f32(2, 3), f32(2, 4)], { axis: 0 }, /\[2, 4\] does not join \[2, 3\] along axis 0/],
  ["Split", [f32(5)], { axis: 0, split: [2, 2] }, /parts \[2, 2\] do not add up to 5/],
  ["Pad", [f32(2)], { pads: [1] }, /pads have length 1/],
  ["Pad", [f32(2)], { pads: [-1, -1] }, /negative pads leave nothing/],
  ["Expand", [f32(2)], { shape: [3] }, /do not broadcast/],
  ["Gather", [f32(2, 3), f32(1)], { axis: 0 }, /indices is float32, expected int64/],
  ["ScatterElements", [f32(3), i64(2), f32(1)], { axis: 0 }, /indices and updates differ/],
  ["ScatterND", [f32(3, 2), i64(1, 1), f32(1)], {}, /updates are \[1\], expected \[1, 2\]/],
  ["OneHot", [f32(3)], { depth: 2 }, /indices is float32, expected int64/],
];

for (const [op, inputs, attributes, message] of refused) {
  Deno.test(`inferShapes() refuses ${op} of ${JSON.stringify(inputs.map((i) => i.shape))} ${JSON.stringify(attributes)}`, () => {
    assert.throws(
      () => inferShapes(op, inputs, attributes),
      (error) => error instanceof GraphError && message.test(error.message),
    );
  });
}
