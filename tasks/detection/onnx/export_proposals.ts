/**
 * Region proposals in an exported graph.
 *
 * @module
 */

import { concat, reshape, sigmoid, slice } from "../../../core/onnx/build.ts";
import type { Graph, Value } from "../../../core/onnx/graph.ts";
import { proposalWeights } from "../../../core/vision/box_coder.ts";
import type { LevelGrids } from "../mask_rcnn/level_grids.ts";
import type { AnchorOutputs } from "../mask_rcnn/rpn_head.ts";
import type { ProposalSettings } from "../proposals.ts";
import {
  clipToImages,
  decodeBoxes,
  dropSmall,
  suppressOverlaps,
  takeRows,
  topScores,
} from "./box_operators.ts";

/** Sides below which a proposal is dropped, pixels. */
const smallest = 1e-3;

/** The best of one level: boxes [B, k, 4] and scores [B, k], −1 where they are suppressed. */
function levelProposals(
  graph: Graph,
  { objectness, deltas }: AnchorOutputs,
  sizes: Value,
  { anchors, start, count }: { anchors: Float32Array; start: number; count: number },
  { candidates, suppressionIou }: ProposalSettings,
): { boxes: Value; scores: Value } {
  const range = [{ axis: 1, start, end: start + count }];
  const k = Math.min(candidates, count);
  const { values, indices } = topScores(graph, slice(graph, objectness, range), 1, k);
  const own = graph.constant("float32", [count, 4], anchors.slice(4 * start, 4 * (start + count)));
  const boxes = clipToImages(
    graph,
    decodeBoxes(
      graph,
      takeRows(graph, slice(graph, deltas, range), indices),
      graph.node("Gather", [own, indices], { axis: 0 }),
      proposalWeights,
    ),
    sizes,
  );
  const scores = dropSmall(graph, boxes, sigmoid(graph, values), smallest);
  const single = reshape(graph, scores, [scores.shape[0]!, 1, k]);
  // Probabilities that round to 0 count too.
  const kept = suppressOverlaps(graph, boxes, single, { iou: suppressionIou, least: -0.5 });
  return { boxes, scores: reshape(graph, kept, scores.shape) };
}

/**
 * Proposals of every image, the best first: boxes [B, R, 4] and scores [B, R], −1 where an image has
 * fewer.
 */
export function exportProposals(
  graph: Graph,
  outputs: AnchorOutputs,
  sizes: Value,
  { anchors, counts }: Pick<LevelGrids, "anchors" | "counts">,
  settings: ProposalSettings,
): { boxes: Value; scores: Value } {
  let start = 0;
  const levels = counts.map((count) => {
    const level = levelProposals(graph, outputs, sizes, { anchors, start, count }, settings);
    start += count;
    return level;
  });
  const boxes = concat(graph, levels.map(({ boxes }) => boxes), 1);
  const scores = concat(graph, levels.map(({ scores }) => scores), 1);
  const best = topScores(graph, scores, 1, Math.min(settings.kept, scores.shape[1]!));
  return { boxes: takeRows(graph, boxes, best.indices), scores: best.values };
}
