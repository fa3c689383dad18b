/**
 * A trained segmenter that gives every pixel of an image a class.
 *
 * @module
 */

import type { Layout } from "../../core/nn/layout.ts";
import type { NamedTensors } from "../../core/nn/parameters.ts";
import {
  graphPixelModel,
  type PixelOutput,
  type PixelSessionOptions,
} from "./graph_pixel_model.ts";
import { PixelClassifier, type SegmenterInference } from "./pixel_classifier.ts";
import { segmenterInferenceGraph } from "./segmenter_inference.ts";
import { completeSpec, type SegmenterSpec } from "./spec.ts";

/** How a segmenter runs. */
export interface SegmenterOptions extends PixelSessionOptions {
  readonly inference?: SegmenterInference;
  /** @default {"nchw"} */
  readonly layout?: Layout;
}

/** A segmenter with its weights. Release it when it is no longer needed. */
export class Segmenter extends PixelClassifier {
  /** @throws {ConfigError} for a segmenter that cannot be built, or settings out of range. */
  constructor(
    spec: SegmenterSpec,
    weights: NamedTensors,
    { inference = {}, layout = "nchw", ...sessions }: SegmenterOptions = {},
  ) {
    const complete = completeSpec(spec);
    const { classes, alignCorners } = complete;
    const build = (size: { height: number; width: number }, output: PixelOutput) =>
      segmenterInferenceGraph(complete, weights, { ...size, batch: 1, layout, output });
    super(graphPixelModel({ classes, alignCorners, build }, sessions), inference);
  }
}
