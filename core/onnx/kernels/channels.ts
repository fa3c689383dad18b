/**
 * Maps of one number per channel.
 *
 * @module
 */

import { reshape } from "../build.ts";
import type { Graph, Value } from "../graph.ts";

/**
 * x · slope + offset, both per channel, as a depthwise convolution of one pixel: of the runtime's
 * kernels that can do it the one that uses all threads, and an activation that follows is done on
 * the way. A broadcast product takes three times as long.
 *
 * @param x [N, C, spatial…].
 * @param slope [C].
 * @param offset [C]; none where absent.
 */
export function channelAffine(graph: Graph, x: Value, slope: Value, offset?: Value): Value {
  const [, channels, ...spatial] = x.shape as [number, number, ...number[]];
  const weight = reshape(graph, slope, [channels, 1, ...spatial.map(() => 1)]);
  return graph.node("Conv", [x, weight, ...(offset ? [offset] : [])], { group: channels });
}
