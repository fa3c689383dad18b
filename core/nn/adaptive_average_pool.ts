/**
 * Average pooling to a given size.
 *
 * @module
 */

import type { Value } from "../onnx/graph.ts";
import type { ModuleContext } from "./module_context.ts";
import { type AxisWeights, type MapDimensions, resampleMaps } from "./resample.ts";

/** Output o of n' is the mean of the inputs from ⌊o · n / n'⌋ to ⌈(o + 1) · n / n'⌉. */
function averageWeights(length: number, outLength: number): AxisWeights {
  const weights = new Float32Array(outLength * length);
  for (let out = 0; out < outLength; out++) {
    const begin = Math.floor(out * length / outLength);
    const end = Math.ceil((out + 1) * length / outLength);
    weights.fill(1 / (end - begin), out * length + begin, out * length + end);
  }
  return { length, outLength, weights };
}

/**
 * Means over as many windows as the result has pixels (`nn.AdaptiveAvgPool2d`), in the layout of the
 * context. Windows overlap where the sizes are no multiples, and repeat pixels where the result is larger.
 *
 * @param size Rows and columns of the result.
 */
export function adaptiveAveragePool(
  { graph, layout }: Pick<ModuleContext, "graph" | "layout">,
  x: Value,
  { height, width }: MapDimensions,
): Value {
  return resampleMaps(graph, layout, x, {
    rows: averageWeights(x.shape[2]!, height),
    columns: averageWeights(x.shape[3]!, width),
  });
}
