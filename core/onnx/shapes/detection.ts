/**
 * Shape rules of the operators of detection.
 *
 * @module
 */

import { assertAxis, assertType, fail, inputAt, type ShapeRules, unary } from "./shape_rule.ts";

/** Rules by operator. */
export const detectionShapes: ShapeRules<
  "GatherElements" | "CumSum" | "TopK" | "NonMaxSuppression" | "RoiAlign"
> = {
  GatherElements: (inputs, { axis }) => {
    const data = inputAt(inputs, 0), indices = inputAt(inputs, 1);
    assertAxis(axis, data.shape.length);
    assertType(indices, "int64", "indices");
    const differs = indices.shape.length !== data.shape.length ||
      indices.shape.some((length, other) => other !== axis && length > data.shape[other]!);
    if (differs) {
      fail(`indices [${indices.shape.join(", ")}] do not fit [${data.shape.join(", ")}]`);
    }
    return [{ dtype: data.dtype, shape: indices.shape }];
  },
  CumSum: (inputs, { axis }) => {
    assertAxis(axis, inputAt(inputs, 0).shape.length);
    return unary(inputs);
  },
  TopK: (inputs, { axis, k }) => {
    const { dtype, shape } = inputAt(inputs, 0);
    assertAxis(axis, shape.length);
    if (k < 1 || k > shape[axis]!) fail(`k is ${k}, expected 1 to ${shape[axis]}`);
    const result = shape.map((length, other) => other === axis ? k : length);
    return [{ dtype, shape: result }, { dtype: "int64", shape: result }];
  },
  NonMaxSuppression: (inputs, { most }) => {
    const boxes = inputAt(inputs, 0), scores = inputAt(inputs, 1);
    assertType(boxes, "float32", "boxes");
    assertType(scores, "float32", "scores");
    const [batch, count, sides] = boxes.shape, [images, classes, own] = scores.shape;
    if (boxes.shape.length !== 3 || sides !== 4 || scores.shape.length !== 3) {
      fail(
        `boxes are [${boxes.shape.join(", ")}] and scores [${scores.shape.join(", ")}], ` +
          "expected [B, N, 4] and [B, C, N]",
      );
    }
    if (batch !== images || count !== own) fail("boxes and scores differ in number");
    return [{ dtype: "int64", shape: [images! * classes! * Math.min(most, own!), 3] }];
  },
  RoiAlign: (inputs, { side }) => {
    const features = inputAt(inputs, 0), boxes = inputAt(inputs, 1), images = inputAt(inputs, 2);
    assertType(images, "int64", "image indices");
    if (features.shape.length !== 4 || boxes.shape[1] !== 4 || boxes.shape[0] !== images.shape[0]) {
      fail(
        `features are [${features.shape.join(", ")}] and boxes [${boxes.shape.join(", ")}], ` +
          "expected [B, C, H, W] and [R, 4]",
      );
    }
    return [{ dtype: features.dtype, shape: [boxes.shape[0]!, features.shape[1]!, side, side] }];
  },
};
