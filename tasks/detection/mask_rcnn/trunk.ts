/**
 * The part of a detector that sees whole images: backbone, pyramid and proposal head.
 *
 * @module
 */

import { normalizeImages } from "../../../core/nn/layers.ts";
import type { ModuleContext } from "../../../core/nn/module_context.ts";
import { cast, mul, reshape, transpose } from "../../../core/onnx/build.ts";
import type { Value } from "../../../core/onnx/graph.ts";
import { featurePyramid } from "./pyramid.ts";
import { type AnchorOutputs, proposalHead } from "./rpn_head.ts";
import { anchorsPerPlace, backbonePrefix, type DetectorSpec } from "./spec.ts";

/** What the trunk makes of images. */
export interface TrunkOutputs extends AnchorOutputs {
  /** Levels of the pyramid, finest first, the pooled one last; in the layout of the context. */
  readonly levels: readonly Value[];
}

/** Ones within the images of a padded batch, zeros beyond: [H, W, B]. */
function insideImages(
  { graph }: ModuleContext,
  sizes: Value,
  height: number,
  width: number,
): Value {
  const batch = sizes.shape[0]!;
  const lengths = transpose(graph, sizes, [1, 0]);
  const along = (axis: number, length: number, shape: readonly number[]) => {
    const places = graph.constant(
      "float32",
      [length, 1],
      Float32Array.from({ length }, (_, at) => at),
    );
    const own = graph.node("Gather", [
      lengths,
      graph.constant("int64", [1], BigInt64Array.of(BigInt(axis))),
    ], { axis: 0 });
    return reshape(graph, cast(graph, graph.node("Less", [places, own], {}), "float32"), shape);
  };
  return mul(graph, along(0, height, [height, 1, batch]), along(1, width, [1, width, batch]));
}

/**
 * Normalised images, 0 where a batch is padded, in the layout of the context.
 *
 * @param images uint8 [B, 3, H, W].
 * @param sizes Rows and columns of each image within the batch, float32 [B, 2].
 */
export function normalizePadded(
  context: ModuleContext,
  images: Value,
  sizes: Value,
  preprocess: DetectorSpec["preprocess"],
): Value {
  const { graph, layout } = context;
  const [batch, channels, height, width] = images.shape as [number, number, number, number];
  const inside = insideImages(context, sizes, height, width);
  if (layout === "nchw") {
    const mask = reshape(
      graph,
      transpose(graph, reshape(graph, inside, [height * width, batch]), [1, 0]),
      [batch, 1, height, width],
    );
    return mul(graph, normalizeImages(context, images, preprocess), mask);
  }
  const rows = reshape(graph, images, [batch, channels * height * width]);
  const turned = reshape(graph, transpose(graph, rows, [1, 0]), [channels, height, width, batch]);
  const mask = reshape(graph, inside, [1, 1, height, width, batch]);
  return mul(graph, normalizeImages(context, turned, preprocess), mask);
}

/**
 * Adds backbone, pyramid and proposal head to a graph.
 *
 * @param images uint8 [B, 3, H, W].
 * @param sizes Rows and columns of each image within the batch, float32 [B, 2].
 */
export function detectorTrunk(
  context: ModuleContext,
  { images, sizes }: { readonly images: Value; readonly sizes: Value },
  spec: DetectorSpec,
): TrunkOutputs {
  const { statistics } = spec.batchNorm;
  const normalized = normalizePadded(context, images, sizes, spec.preprocess);
  const features = spec.backbone.features(
    context.scope(backbonePrefix, { statistics }),
    normalized,
  );
  const maps = spec.levels.map((name) => features[name]);
  const levels = featurePyramid(context.scope("backbone."), maps, spec);
  return { levels, ...proposalHead(context.scope("rpn."), levels, anchorsPerPlace(spec)) };
}
