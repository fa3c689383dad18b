/**
 * Encoders whose feature maps can be looked at: what Grad-CAM is made with.
 *
 * @module
 */

import type { ModuleContext } from "../nn/module_context.ts";
import type { NamedTensors } from "../nn/parameters.ts";
import type { Value } from "../onnx/graph.ts";
import { type Backbone, type BackboneFeatures, studentOutput } from "./backbone.ts";
import type { Head } from "./method.ts";

/** Feature maps of an encoder, from the finest to the last. */
export type FeatureMaps = Pick<BackboneFeatures, "c2" | "c3" | "c4" | "c5">;

/** Name of a feature map. */
export type FeatureMapName = keyof FeatureMaps;

/** Names of feature maps, from the finest to the last. */
export const featureMapNames = [
  "c2",
  "c3",
  "c4",
  "c5",
] as const satisfies readonly FeatureMapName[];

/** A model that embeds images in the space of a text encoder, with the feature maps on the way. */
export interface MappedEncoder {
  /** Its parameters and buffers by name. */
  readonly weights: NamedTensors;
  /**
   * Adds it to a graph.
   *
   * @param images Bytes as `normalizeImages` takes them, in the layout of the context.
   * @returns Feature maps in that layout, and unit vectors [B, D].
   */
  encode(context: ModuleContext, images: Value): { maps: FeatureMaps; embedding: Value };
}

/**
 * A distilled student.
 *
 * @param weights With those of the head.
 * @param head Its distillation head, `output: "embedding"`.
 */
export function studentMappedEncoder(
  backbone: Backbone,
  weights: NamedTensors,
  head: Head,
): MappedEncoder {
  return {
    weights,
    encode(context, images) {
      const { features, output } = studentOutput(context, backbone, images, head);
      return { maps: features, embedding: output };
    },
  };
}
