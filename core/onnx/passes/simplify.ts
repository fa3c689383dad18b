/**
 * The passes that every graph goes through before it runs.
 *
 * @module
 */

import { shareCommonSubexpressions } from "./common_subexpressions.ts";
import { removeDeadCode } from "./dead_code.ts";
import { broadcastOperands } from "./expand_operands.ts";
import { fuseSums } from "./fuse_sums.ts";
import type { Graph } from "../graph.ts";

/**
 * A graph with the same inputs, outputs and results, to the rounding of sums, and fewer nodes:
 * operands that broadcast anyway are not expanded, equal nodes are shared, sums join the
 * convolutions before them, unused nodes are dropped. To be called once, on the whole graph, after
 * differentiation (regions are not kept).
 */
export function simplify(graph: Graph): Graph {
  const shared = shareCommonSubexpressions(broadcastOperands(removeDeadCode(graph)));
  return fuseSums(removeDeadCode(shared));
}
