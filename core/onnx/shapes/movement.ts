/**
 * Shape rules of operators that move elements.
 *
 * @module
 */

import {
  assertAxis,
  assertSameType,
  assertType,
  broadcastShapes,
  fail,
  inputAt,
  type ShapeRules,
} from "./shape_rule.ts";

/** Rules by operator. */
export const movementShapes: ShapeRules<
  | "Reshape"
  | "Transpose"
  | "Slice"
  | "Concat"
  | "Split"
  | "Pad"
  | "Expand"
  | "Gather"
  | "ScatterElements"
  | "ScatterND"
  | "OneHot"
> = {
  Reshape: (inputs, { shape }) => {
    const { dtype, shape: from } = inputAt(inputs, 0);
    const product = (lengths: readonly number[]) => lengths.reduce((a, b) => a * b, 1);
    if (shape.some((length) => length < 0)) fail(`new shape [${shape.join(", ")}] is not a shape`);
    if (product(shape) !== product(from)) fail(`new shape [${shape.join(", ")}] has another size`);
    return [{ dtype, shape }];
  },
  Transpose: (inputs, { perm }) => {
    const { dtype, shape } = inputAt(inputs, 0);
    if (
      [...perm].sort((a, b) => a - b).some((axis, index) => axis !== index) ||
      perm.length !== shape.length
    ) {
      fail(`perm [${perm.join(", ")}] is not a permutation of ${shape.length} axes`);
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
    const expected = [...indices.shape.slice(0, -1), ...data.shape.slice(depth)];
    if (expected.join() !== updates.shape.join()) {
      fail(`updates are [${updates.shape.join(", ")}], expected [${expected.join(", ")}]`);
    }
    return [{ dtype: data.dtype, shape: data.shape }];
  },
  OneHot: (inputs, { depth }) => {
    const indices = inputAt(inputs, 0);
    assertType(indices, "int64", "indices");
    return [{ dtype: "float32", shape: [...indices.shape, depth] }];
  },
};
