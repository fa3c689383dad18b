/**
 * Shape inference: the type of each output of an operator from the types of its inputs.
 *
 * @module
 */

import { GraphError } from "../errors.ts";
import type { DataType, OpAttributes, OpName, WindowAttributes } from "./op.ts";
import type { TensorType } from "./value.ts";

type ShapeRule<K extends OpName> = (
  inputs: readonly TensorType[],
  attributes: OpAttributes[K],
) => TensorType[];

function fail(message: string): never {
  throw new GraphError(message);
}

/** Shape of two or more shapes broadcast together by numpy's rule. */
export function broadcastShapes(...shapes: (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  const result: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    let length = 1;
    for (const shape of shapes) {
      const own = shape[axis - rank + shape.length] ?? 1;
      if (own === 1 || own === length) continue;
      if (length !== 1) {
        fail(`shapes ${shapes.map((s) => `[${s.join(", ")}]`).join(" and ")} do not broadcast`);
      }
      length = own;
    }
    result.push(length);
  }
  return result;
}

function inputAt(inputs: readonly TensorType[], index: number): TensorType {
  return inputs[index] ?? fail(`input ${index} is missing`);
}

function assertType(input: TensorType, dtype: DataType, what: string): void {
  if (input.dtype !== dtype) fail(`${what} is ${input.dtype}, wanted ${dtype}`);
}

function assertSameType(inputs: readonly TensorType[]): DataType {
  const dtype = inputAt(inputs, 0).dtype;
  for (const input of inputs) assertType(input, dtype, "input");
  return dtype;
}

function elementwise(inputs: readonly TensorType[]): TensorType[] {
  const dtype = assertSameType(inputs);
  return [{ dtype, shape: broadcastShapes(...inputs.map((input) => input.shape)) }];
}

function comparison(inputs: readonly TensorType[]): TensorType[] {
  assertSameType(inputs);
  return [{ dtype: "bool", shape: broadcastShapes(...inputs.map((input) => input.shape)) }];
}

function unary(inputs: readonly TensorType[]): TensorType[] {
  const { dtype, shape } = inputAt(inputs, 0);
  return [{ dtype, shape }];
}

function reduction(
  inputs: readonly TensorType[],
  { axes, keepdims }: OpAttributes["ReduceSum"],
): TensorType[] {
  const { dtype, shape } = inputAt(inputs, 0);
  if (axes.length === 0) fail("there are no axes"); // ONNX would reduce all of them.
  for (const axis of axes) assertAxis(axis, shape.length);
  const kept = shape.map((length, axis) => axes.includes(axis) ? 1 : length);
  return [{ dtype, shape: keepdims ? kept : shape.filter((_, axis) => !axes.includes(axis)) }];
}

function assertAxis(axis: number, rank: number): void {
  if (!Number.isInteger(axis) || axis < 0 || axis >= rank) {
    fail(`axis ${axis} is out of range for rank ${rank}`);
  }
}

function matrixProduct(
  a: TensorType,
  b: TensorType,
  transA: boolean,
  transB: boolean,
): TensorType[] {
  assertSameType([a, b]);
  if (a.shape.length < 2 || b.shape.length < 2) {
    fail("matrix product of a vector; reshape it first");
  }
  const aShape = [...a.shape], bShape = [...b.shape];
  const aColumns = aShape.pop()!, aRows = aShape.pop()!;
  const bColumns = bShape.pop()!, bRows = bShape.pop()!;
  const [rows, innerA] = transA ? [aColumns, aRows] : [aRows, aColumns];
  const [innerB, columns] = transB ? [bColumns, bRows] : [bRows, bColumns];
  if (innerA !== innerB) fail(`inner lengths differ: ${innerA} and ${innerB}`);
  return [{ dtype: a.dtype, shape: [...broadcastShapes(aShape, bShape), rows, columns] }];
}

/** A window's parameters with the defaults filled in, for `rank` spatial axes. */
export function completeWindow(
  { strides, pads, dilations }: WindowAttributes,
  rank: number,
): { strides: readonly number[]; pads: readonly number[]; dilations: readonly number[] } {
  const complete = {
    strides: strides ?? new Array<number>(rank).fill(1),
    pads: pads ?? new Array<number>(2 * rank).fill(0),
    dilations: dilations ?? new Array<number>(rank).fill(1),
  };
  if (complete.strides.length !== rank) fail(`strides have length ${complete.strides.length}`);
  if (complete.pads.length !== 2 * rank) fail(`pads have length ${complete.pads.length}`);
  if (complete.dilations.length !== rank) {
    fail(`dilations have length ${complete.dilations.length}`);
  }
  return complete;
}

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
    fail(`z is [${z.shape.join(", ")}], wanted [${type!.shape.join(", ")}]`);
  }
  return [type!];
}

const shapeRules: { readonly [K in OpName]: ShapeRule<K> } = {
  Add: elementwise,
  Sub: elementwise,
  Mul: elementwise,
  Div: elementwise,
  Sum: elementwise,
  Max: elementwise,
  Min: elementwise,
  Neg: unary,
  Sqrt: unary,
  Exp: unary,
  Log: unary,
  Reciprocal: unary,
  Abs: unary,
  Sign: unary,
  Sigmoid: unary,
  Tanh: unary,
  Erf: unary,
  Relu: unary,
  LeakyRelu: unary,
  Clip: unary,
  HardSigmoid: unary,
  Identity: unary,
  Cast: (inputs, { to }) => [{ dtype: to, shape: inputAt(inputs, 0).shape }],
  Equal: comparison,
  Greater: comparison,
  GreaterOrEqual: comparison,
  Less: comparison,
  And: comparison,
  Where: (inputs) => {
    assertType(inputAt(inputs, 0), "bool", "condition");
    const dtype = assertSameType(inputs.slice(1));
    return [{ dtype, shape: broadcastShapes(...inputs.map((input) => input.shape)) }];
  },
  MatMul: (inputs) => matrixProduct(inputAt(inputs, 0), inputAt(inputs, 1), false, false),
  FusedMatMul: (inputs, { transA, transB, transBatchA, transBatchB }) => {
    const a = inputAt(inputs, 0), b = inputAt(inputs, 1);
    if ((transBatchA || transBatchB) && (a.shape.length !== 3 || b.shape.length !== 3)) {
      fail("transBatchA and transBatchB want operands of three axes");
    }
    const batchFirst = ({ dtype, shape: [rows, batch, columns] }: TensorType) => ({
      dtype,
      shape: [batch!, rows!, columns!],
    });
    return matrixProduct(
      transBatchA ? batchFirst(a) : a,
      transBatchB ? batchFirst(b) : b,
      transA,
      transB,
    );
  },
  Conv: convolution,
  ReorderInput: unary,
  ReorderOutput: (inputs, { channels }) => {
    const { dtype, shape } = inputAt(inputs, 0);
    if (shape[1] !== channels) fail(`${shape[1]} channels, wanted ${channels}`);
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
        fail(`parameter ${index} is [${vector.shape.join(", ")}], wanted [${x.shape[1]}]`);
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
  ReduceSum: reduction,
  ReduceMean: reduction,
  ReduceMax: reduction,
  ReduceSumSquare: reduction,
  ArgMax: (inputs, { axis }) => {
    const { shape } = inputAt(inputs, 0);
    assertAxis(axis, shape.length);
    return [{ dtype: "int64", shape: shape.filter((_, other) => other !== axis) }];
  },
  Softmax: (inputs, { axis }) => {
    assertAxis(axis, inputAt(inputs, 0).shape.length);
    return unary(inputs);
  },
  LogSoftmax: (inputs, { axis }) => {
    assertAxis(axis, inputAt(inputs, 0).shape.length);
    return unary(inputs);
  },
  Reshape: (inputs, { shape }) => {
    const { dtype, shape: from } = inputAt(inputs, 0);
    const product = (lengths: readonly number[]) => lengths.reduce((a, b) => a * b, 1);
    if (shape.some((length) => length < 0)) fail(`new shape [${shape.join(", ")}] is no shape`);
    if (product(shape) !== product(from)) fail(`new shape [${shape.join(", ")}] has another size`);
    return [{ dtype, shape }];
  },
  Transpose: (inputs, { perm }) => {
    const { dtype, shape } = inputAt(inputs, 0);
    if (
      [...perm].sort((a, b) => a - b).some((axis, index) => axis !== index) ||
      perm.length !== shape.length
    ) {
      fail(`perm [${perm.join(", ")}] is no permutation of ${shape.length} axes`);
    }
    return [{ dtype, shape: perm.map((axis) => shape[axis]!) }];
  },
  Slice: (inputs, { starts, ends, axes, steps }) => {
    const { dtype, shape } = inputAt(inputs, 0);
    const result = [...shape];
    axes.forEach((axis, index) => {
      assertAxis(axis, shape.length);
      const start = starts[index]!, end = ends[index]!, step = steps[index]!;
      if (start < 0 || end > shape[axis]! || start > end || step < 1) {
        fail(`slice ${start}:${end}:${step} does not fit axis ${axis} of length ${shape[axis]}`);
      }
      result[axis] = Math.ceil((end - start) / step);
    });
    return [{ dtype, shape: result }];
  },
  Concat: (inputs, { axis }) => {
    const dtype = assertSameType(inputs);
    const first = inputAt(inputs, 0).shape;
    assertAxis(axis, first.length);
    let total = 0;
    for (const { shape } of inputs) {
      if (
        shape.length !== first.length ||
        shape.some((length, other) => other !== axis && length !== first[other])
      ) {
        fail(`[${shape.join(", ")}] does not join [${first.join(", ")}] along axis ${axis}`);
      }
      total += shape[axis]!;
    }
    return [{ dtype, shape: first.map((length, other) => other === axis ? total : length) }];
  },
  Split: (inputs, { axis, split }) => {
    const { dtype, shape } = inputAt(inputs, 0);
    assertAxis(axis, shape.length);
    if (split.reduce((a, b) => a + b, 0) !== shape[axis]) {
      fail(`parts [${split.join(", ")}] do not add up to ${shape[axis]}`);
    }
    return split.map((part) => ({
      dtype,
      shape: shape.map((length, other) => other === axis ? part : length),
    }));
  },
  Pad: (inputs, { pads }) => {
    const { dtype, shape } = inputAt(inputs, 0);
    if (pads.length !== 2 * shape.length) fail(`pads have length ${pads.length}`);
    const padded = shape.map((length, axis) => length + pads[axis]! + pads[axis + shape.length]!);
    if (padded.some((length) => length < 1)) fail("negative pads leave nothing");
    return [{ dtype, shape: padded }];
  },
  Expand: (inputs, { shape }) => {
    const { dtype, shape: from } = inputAt(inputs, 0);
    return [{ dtype, shape: broadcastShapes(from, shape) }];
  },
  Gather: (inputs, { axis }) => {
    const data = inputAt(inputs, 0), indices = inputAt(inputs, 1);
    assertAxis(axis, data.shape.length);
    assertType(indices, "int64", "indices");
    const shape = [...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)];
    return [{ dtype: data.dtype, shape }];
  },
  ScatterElements: (inputs, { axis }) => {
    const data = inputAt(inputs, 0), indices = inputAt(inputs, 1), updates = inputAt(inputs, 2);
    assertAxis(axis, data.shape.length);
    assertType(indices, "int64", "indices");
    if (indices.shape.join() !== updates.shape.join()) fail("indices and updates differ in shape");
    return [{ dtype: data.dtype, shape: data.shape }];
  },
  ScatterND: (inputs) => {
    const data = inputAt(inputs, 0), indices = inputAt(inputs, 1), updates = inputAt(inputs, 2);
    assertType(indices, "int64", "indices");
    const depth = indices.shape.at(-1) ?? fail("indices are a scalar");
    const wanted = [...indices.shape.slice(0, -1), ...data.shape.slice(depth)];
    if (wanted.join() !== updates.shape.join()) {
      fail(`updates are [${updates.shape.join(", ")}], wanted [${wanted.join(", ")}]`);
    }
    return [{ dtype: data.dtype, shape: data.shape }];
  },
  OneHot: (inputs, { depth }) => {
    const indices = inputAt(inputs, 0);
    assertType(indices, "int64", "indices");
    return [{ dtype: "float32", shape: [...indices.shape, depth] }];
  },
};

/**
 * Types of the outputs of an operator.
 *
 * @throws {GraphError} when the inputs do not fit.
 */
export function inferShapes<K extends OpName>(
  op: K,
  inputs: readonly TensorType[],
  attributes: OpAttributes[K],
): TensorType[] {
  return (shapeRules[op] as ShapeRule<K>)(inputs, attributes);
}
