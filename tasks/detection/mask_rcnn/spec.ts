/**
 * What a Mask R-CNN is made of.
 *
 * He et al., "Mask R-CNN", ICCV 2017; Lin et al., "Feature Pyramid Networks for Object Detection",
 * CVPR 2017. Parameter names are torchvision's.
 *
 * @module
 */

import { ConfigError } from "../../../core/errors.ts";
import type { Backbone } from "../../../core/methods/backbone.ts";
import type { BatchNormStatistics } from "../../../core/nn/module_context.ts";

/** A stage of a backbone. */
export type LevelName = "c2" | "c3" | "c4" | "c5";

/** Anchors of the levels. */
export interface AnchorShapes {
  /** Sides of the square anchors of each level of the pyramid, pixels; the pooled level is the last. */
  readonly sizes: readonly (readonly number[])[];
  /** Height by width, the same for all sizes. */
  readonly aspectRatios: readonly number[];
}

/** A Mask R-CNN on some backbone. */
export interface DetectorSpec {
  readonly backbone: Backbone;
  /** Mean and standard deviation of the input's channels, 0 to 1. */
  readonly preprocess: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** Stages that the pyramid reads, finest first. */
  readonly levels: readonly LevelName[];
  /** Whether the coarsest level is pooled once more, for proposals alone (P6). */
  readonly poolLevel: boolean;
  /** Categories, without the background. */
  readonly classes: number;
  /** Channels of the pyramid. */
  readonly channels: number;
  readonly anchors: AnchorShapes;
  readonly boxHead: {
    /** Numbers of the two hidden layers. */
    readonly hidden: number;
  };
  readonly maskHead: {
    readonly channels: number;
    /** Number of 3×3 convolutions. */
    readonly convolutions: number;
  };
  readonly batchNorm: {
    /** Whether the backbone's BatchNorm uses the running statistics or its batch. */
    readonly statistics: BatchNormStatistics;
    /** Whether its γ and β are trained. */
    readonly trainAffine: boolean;
  };
  /** Which of the backbone's parameters are not trained, by their name in the backbone. */
  readonly frozen?: ((name: string) => boolean) | undefined;
}

/** Prefix of the backbone's parameters. */
export const backbonePrefix = "backbone.body.";

/** Side of pooled box features, of pooled mask features, and of masks. */
export const boxSide = 7, maskPoolSide = 14, maskSide = 2 * maskPoolSide;

/** Anchors at every place of a level. */
export function anchorsPerPlace({ anchors }: Pick<DetectorSpec, "anchors">): number {
  return anchors.sizes[0]!.length * anchors.aspectRatios.length;
}

/** @throws {ConfigError} for a detector that cannot be built. */
export function validateSpec(spec: DetectorSpec): void {
  const { levels, poolLevel, anchors, classes } = spec;
  const fail = (reason: string) => {
    throw new ConfigError(`Cannot build a Mask R-CNN: ${reason}`);
  };
  if (levels.length === 0 || levels.toSorted().join() !== levels.join()) {
    fail(
      `levels: expected some of c2, c3, c4, c5 in this order, got ${levels.join(", ") || "none"}`,
    );
  }
  if (new Set(levels).size !== levels.length) fail(`levels: ${levels.join(", ")} has one twice`);
  if (!Number.isSafeInteger(classes) || classes < 1) {
    fail(`classes: expected a whole number from 1, got ${classes}`);
  }
  const expected = levels.length + (poolLevel ? 1 : 0);
  if (anchors.sizes.length !== expected) {
    fail(
      `anchors: expected sizes for ${expected} levels (${levels.join(", ")}${
        poolLevel ? " and the pooled one" : ""
      }), got ${anchors.sizes.length}`,
    );
  }
  const [first] = anchors.sizes;
  if (anchors.sizes.some((sizes) => sizes.length !== first!.length) || first!.length === 0) {
    fail("anchors: expected as many sizes on each level, one or more");
  }
  if (anchors.aspectRatios.length === 0) fail("anchors: expected one aspect ratio or more");
}
