/**
 * The table of gradient rules: an operator without one does not compile.
 *
 * @module
 */

import type { OpName } from "../../onnx/op.ts";
import type { VjpRules } from "../vjp.ts";
import { convolutionRules } from "./convolution.ts";
import { detectionRules } from "./detection.ts";
import { elementwiseRules } from "./elementwise.ts";
import { linearAlgebraRules } from "./linear_algebra.ts";
import { movementRules } from "./movement.ts";
import { normalizationRules } from "./normalization.ts";
import { poolingRules } from "./pooling.ts";
import { reduceRules } from "./reduce.ts";

/** Rule of every operator. */
export const vjpRules: VjpRules<OpName> = {
  ...elementwiseRules,
  ...linearAlgebraRules,
  ...convolutionRules,
  ...normalizationRules,
  ...poolingRules,
  ...reduceRules,
  ...movementRules,
  ...detectionRules,
};
