/**
 * Shape inference: the type of each output of an operator from the types of its inputs.
 *
 * @module
 */

import type { OpAttributes, OpName } from "./op.ts";
import { detectionShapes } from "./shapes/detection.ts";
import { elementwiseShapes } from "./shapes/elementwise.ts";
import { matrixShapes } from "./shapes/matrix.ts";
import { movementShapes } from "./shapes/movement.ts";
import { reduceShapes } from "./shapes/reduce.ts";
import type { ShapeRule, ShapeRules } from "./shapes/shape_rule.ts";
import { windowShapes } from "./shapes/window.ts";
import type { TensorType } from "./value.ts";

export { completeWindow } from "./shapes/complete_window.ts";
export { broadcastShapes } from "./shapes/shape_rule.ts";

const shapeRules: ShapeRules<OpName> = {
  ...elementwiseShapes,
  ...reduceShapes,
  ...matrixShapes,
  ...windowShapes,
  ...movementShapes,
  ...detectionShapes,
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
