/**
 * Where the levels of a pyramid lie in an image.
 *
 * @module
 */

import { ConfigError } from "../../../core/errors.ts";
import { traceModel } from "../../../core/nn/module_context.ts";
import { type AnchorShapes, anchorsPerPlace, type DetectorSpec } from "./spec.ts";
import { placeAnchors } from "../../../core/vision/anchors.ts";
import { detectorTrunk } from "./trunk.ts";

/** Levels of a pyramid for images of one padded shape. */
export interface LevelGrids {
  /** Rows and columns of every level, the pooled one too. */
  readonly grids: readonly { readonly height: number; readonly width: number }[];
  /** Pixels of the image on a side of a cell, of every level that boxes are pooled from. */
  readonly strides: readonly number[];
  /** All anchors, [A, 4], level by level. */
  readonly anchors: Float32Array;
  /** Anchors of each level. */
  readonly counts: readonly number[];
}

/** The power of two that is nearest to the stride: what torchvision pools boxes by. */
function strideOf(pixels: number, cells: number): number {
  return 2 ** Math.round(Math.log2(pixels / cells));
}

/**
 * The levels that a detector makes of padded images.
 *
 * @throws {ConfigError} where the backbone cannot be built for them, or two levels have the same stride.
 */
export function levelGrids(
  spec: DetectorSpec,
  image: { readonly height: number; readonly width: number },
): LevelGrids {
  let shapes: (readonly number[])[] = [];
  traceModel({ layout: "nchw", mode: "eval" }, (context) => {
    const { graph } = context;
    shapes = detectorTrunk(context, {
      images: graph.input("images", "uint8", [1, 3, image.height, image.width]),
      sizes: graph.input("sizes", "float32", [1, 2]),
    }, spec).levels.map(({ shape }) => shape);
  });
  const grids = shapes.map(([, , height, width]) => ({ height: height!, width: width! }));
  const strides = spec.levels.map((_, level) => strideOf(image.height, grids[level]!.height));
  strides.forEach((stride, level) => {
    if (level === 0 || stride === 2 * strides[level - 1]!) return;
    throw new ConfigError(
      `Cannot build a Mask R-CNN: ${spec.levels[level]} has stride ${stride} after stride ` +
        `${strides[level - 1]} of ${
          spec.levels[level - 1]
        }: expected levels that double the stride`,
    );
  });
  const anchors: AnchorShapes = spec.anchors;
  const each = anchorsPerPlace(spec);
  return {
    grids,
    strides,
    anchors: placeAnchors(anchors, grids, image),
    counts: grids.map(({ height, width }) => height * width * each),
  };
}
