/**
 * A detector's graph for other programs: pixels in, detections out, plain ONNX operators.
 *
 * @module
 */

import { bindConstants } from "../../../core/methods/student_inference.ts";
import { ModuleContext } from "../../../core/nn/module_context.ts";
import type { NamedTensors } from "../../../core/nn/parameters.ts";
import {
  add,
  cast,
  less,
  mul,
  reduceSum,
  reshape,
  slice,
  transpose,
} from "../../../core/onnx/build.ts";
import { Graph, type Value } from "../../../core/onnx/graph.ts";
import { removeDeadCode } from "../../../core/onnx/passes/dead_code.ts";
import { foldBatchNorm } from "../../../core/onnx/passes/fold_batch_norm.ts";
import { useStandardOperators } from "../../../core/onnx/passes/standard_operators.ts";
import { detectionWeights } from "../../../core/vision/box_coder.ts";
import { boxHead } from "../mask_rcnn/box_head.ts";
import { levelGrids } from "../mask_rcnn/level_grids.ts";
import { featurePyramid } from "../mask_rcnn/pyramid.ts";
import { proposalHead } from "../mask_rcnn/rpn_head.ts";
import {
  anchorsPerPlace,
  backbonePrefix,
  boxSide,
  type DetectorSpec,
  maskPoolSide,
  maskSide,
} from "../mask_rcnn/spec.ts";
import type { DetectionSettings as SelectionSettings } from "../postprocess.ts";
import type { ProposalSettings } from "../proposals.ts";
import {
  clipToImages,
  decodeBoxes,
  dropSmall,
  suppressOverlaps,
  takeRows,
  topScores,
} from "./box_operators.ts";
import { exportMasks } from "./export_masks.ts";
import { type ExportPooling, poolBoxes } from "./export_pooling.ts";
import { exportProposals } from "./export_proposals.ts";

/** What an exported detector is made of. */
export interface DetectorExportOptions {
  readonly spec: DetectorSpec;
  readonly weights: NamedTensors;
  /** Size of the images, padding included, pixels. */
  readonly height: number;
  readonly width: number;
  readonly proposals: ProposalSettings;
  readonly pooling: Pick<ExportPooling, "canonicalSize" | "samplingRatio" | "aligned">;
  readonly detections: SelectionSettings;
}

/** Sides below which a detection is dropped, pixels. */
const smallest = 1e-2;

/** Ones within each image, zeros where it is padded, [B, 1, H, W]. */
function insideImages(graph: Graph, sizes: Value, height: number, width: number): Value {
  const along = (axis: 0 | 1, length: number, shape: number[], places: number[]) => {
    const own = slice(graph, sizes, [{ axis: 1, start: axis, end: axis + 1 }]);
    const at = graph.constant(
      "float32",
      places,
      Float32Array.from({ length }, (_, index) => index),
    );
    return cast(graph, less(graph, at, reshape(graph, own, shape)), "float32");
  };
  const one = [sizes.shape[0]!, 1, 1, 1];
  return mul(
    graph,
    along(0, height, one, [1, 1, height, 1]),
    along(1, width, one, [1, 1, 1, width]),
  );
}

/** Normalised images, 0 where they are padded. */
function normalize(
  graph: Graph,
  images: Value,
  sizes: Value,
  { mean, std }: DetectorSpec["preprocess"],
): Value {
  const [, , height, width] = images.shape as [number, number, number, number];
  const constant = (name: string, numbers: readonly number[]) =>
    graph.constant("float32", [1, numbers.length, 1, 1], Float32Array.from(numbers), name);
  const slope = constant("normalize.slope", std.map((value) => 1 / value));
  const offset = constant("normalize.offset", std.map((value, at) => -mean[at]! / value));
  const normalized = add(graph, mul(graph, images, slope), offset);
  return mul(graph, normalized, insideImages(graph, sizes, height, width));
}

/** Detections of every image, the best first. */
interface ExportedDetections {
  /** [B, K, 4]. */
  readonly boxes: Value;
  /** [B, K]; −1 where an image has fewer. */
  readonly scores: Value;
  /** From 0, int64 [B, K]. */
  readonly labels: Value;
}

/** Chooses detections among the boxes that proposals have for each class. */
function selectDetections(
  graph: Graph,
  { logits, deltas }: { readonly logits: Value; readonly deltas: Value },
  proposals: { readonly boxes: Value; readonly scores: Value },
  sizes: Value,
  { scoreThreshold, suppressionIou, most }: SelectionSettings,
): ExportedDetections {
  const [batch, regions] = proposals.scores.shape as [number, number];
  const columns = logits.shape[1]!, classes = columns - 1, rows = batch * regions;
  const foreground = [{ axis: 1, start: 1, end: columns }];
  const probabilities = slice(graph, graph.node("Softmax", [logits], { axis: 1 }), foreground);
  const decoded = decodeBoxes(
    graph,
    slice(graph, reshape(graph, deltas, [rows, columns, 4]), foreground),
    reshape(graph, proposals.boxes, [rows, 1, 4]),
    detectionWeights,
  );
  const clipped = clipToImages(
    graph,
    reshape(graph, decoded, [batch, regions * classes, 4]),
    sizes,
  );
  // By class: each suppresses its own boxes alone.
  const boxes = transpose(
    graph,
    reshape(graph, clipped, [batch, regions, classes, 4]),
    [0, 2, 1, 3],
  );
  const isProposal = graph.node("GreaterOrEqual", [
    reshape(graph, proposals.scores, [batch, 1, regions]),
    graph.scalar(0),
  ], {});
  const byClass = transpose(graph, reshape(graph, probabilities, [batch, regions, classes]), [
    0,
    2,
    1,
  ]);
  const valid = graph.node("Where", [isProposal, byClass, graph.scalar(-1)], {});
  const sound = dropSmall(graph, boxes, valid, smallest);
  const kept = suppressOverlaps(
    graph,
    reshape(graph, boxes, [batch * classes, regions, 4]),
    reshape(graph, sound, [batch * classes, 1, regions]),
    { iou: suppressionIou, least: scoreThreshold },
  );
  const all = classes * regions;
  const best = topScores(graph, reshape(graph, kept, [batch, all]), 1, Math.min(most, all));
  const perClass = graph.constant("int64", [1], BigInt64Array.of(BigInt(regions)));
  return {
    boxes: takeRows(graph, reshape(graph, boxes, [batch, all, 4]), best.indices),
    scores: best.values,
    labels: graph.node("Div", [best.indices, perClass], {}),
  };
}

/**
 * Builds the graph, for a batch of 1 that may be declared free.
 *
 * Inputs: `images` RGB, float32, 0 to 1, [B, 3, H, W], each at the top left; `sizes` height and width of
 * each without padding, float32 [B, 2]. Outputs, K detections an image, the best first: `boxes`
 * [B, K, 4] (x0, y0, x1, y1 in pixels of the input), `scores` [B, K], `labels` int64 [B, K] from 0,
 * `masks` [B, K, 28, 28] (probabilities within the box), `count` int64 [B]: how many there are; scores
 * beyond are 0.
 *
 * @throws {DataError} when a weight is missing or of a wrong shape.
 */
export function buildDetectorExport(options: DetectorExportOptions): Graph {
  const { spec, weights, height, width, detections } = options;
  const graph = new Graph("detector");
  const bind = bindConstants(graph, weights);
  const context = new ModuleContext(graph, {
    layout: "nchw",
    mode: "eval",
    bind: (_, { name, shape, initializer }) => bind(name, shape, initializer),
  });
  const images = graph.input("images", "float32", [1, 3, height, width]);
  const sizes = graph.input("sizes", "float32", [1, 2]);
  const features = spec.backbone.features(
    context.scope(backbonePrefix),
    normalize(graph, images, sizes, spec.preprocess),
  );
  const maps = spec.levels.map((name) => features[name]);
  const levels = featurePyramid(context.scope("backbone."), maps, spec);
  const grids = levelGrids(spec, { height, width });
  const proposals = exportProposals(
    graph,
    proposalHead(context.scope("rpn."), levels, anchorsPerPlace(spec)),
    sizes,
    grids,
    options.proposals,
  );
  const pooling: ExportPooling = {
    ...options.pooling,
    levels: levels.slice(0, spec.levels.length),
    strides: grids.strides,
  };
  const heads = context.scope("roi_heads.");
  const pooled = poolBoxes(graph, proposals.boxes, proposals.scores, boxSide, pooling);
  const flat = reshape(graph, pooled, [pooled.shape[0]!, spec.channels * boxSide ** 2]);
  const found = selectDetections(graph, boxHead(heads, flat, spec), proposals, sizes, detections);
  const [batch, count] = found.scores.shape as [number, number];
  const isThere = cast(
    graph,
    graph.node("Greater", [found.scores, graph.scalar(0)], {}),
    "float32",
  );
  const boxes = mul(graph, found.boxes, reshape(graph, isThere, [batch, count, 1]));
  const one = graph.constant("int64", [1], BigInt64Array.of(1n));
  const classes = reshape(graph, add(graph, found.labels, one), [batch * count]);
  const masks = exportMasks(
    heads,
    poolBoxes(graph, boxes, found.scores, maskPoolSide, pooling),
    classes,
    spec,
  );
  graph.output("boxes", boxes);
  graph.output("scores", mul(graph, found.scores, isThere));
  graph.output("labels", found.labels);
  graph.output("masks", reshape(graph, masks, [batch, count, maskSide, maskSide]));
  graph.output("count", cast(graph, reduceSum(graph, isThere, [1], false), "int64"));
  return removeDeadCode(useStandardOperators(foldBatchNorm(graph)));
}
