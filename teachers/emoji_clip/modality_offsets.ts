/**
 * The offsets that the second stage of `emoji-clip` begins with: one constant direction for images and
 * one for texts.
 *
 * Networks with random weights map everything into a narrow cone, two networks into two cones, and the
 * contrastive loss keeps the gap between them (Liang et al., "Mind the gap: understanding the modality
 * gap in multi-modal contrastive representation learning", NeurIPS 2022). The towers of the first stage
 * have lost their cones: the second gives them back as biases of the projections, and trains on.
 *
 * @module
 */

import { ConfigError } from "../../core/errors.ts";
import type { NamedTensors } from "../../core/nn/parameters.ts";
import { RandomStream } from "../../core/random.ts";
import { largestScale } from "./pair_step.ts";

/** How large the offsets are and how they lie to each other. */
export interface OffsetSettings {
  /** Share of the offset in the squared length of an embedding of mean length, from 0 to below 1. */
  readonly share: number;
  /** Cosine between the offsets of images and of texts. */
  readonly cosine: number;
  readonly seed: number;
}

/** Root of the mean squared length of the embeddings before they are brought to unit length. */
export interface EmbeddingLengths {
  readonly image: number;
  readonly text: number;
}

/** Two unit vectors of random direction whose cosine is given. */
export function offsetDirections(
  dimension: number,
  { cosine, seed }: Pick<OffsetSettings, "cosine" | "seed">,
): { image: Float64Array; text: Float64Array } {
  const unit = (vector: Float64Array) => {
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  };
  const draw = (name: string) => {
    const random = new RandomStream(seed, "offset", name);
    return Float64Array.from({ length: dimension }, () => random.normal());
  };
  const image = unit(draw("image")), other = draw("text");
  const along = other.reduce((sum, value, index) => sum + value * image[index]!, 0);
  const across = unit(other.map((value, index) => value - along * image[index]!));
  const sine = Math.sqrt(1 - cosine ** 2);
  return { image, text: across.map((value, index) => cosine * image[index]! + sine * value) };
}

/**
 * Adds the offsets to the biases of both projections. Between embeddings of mean length all differences
 * of cosines shrink by 1 − share: the scale of the logits grows by as much, up to its cap, so that the
 * softmax stays nearly as it was.
 *
 * @throws {ConfigError} for a share or cosine out of range.
 */
export function addOffsets(
  weights: NamedTensors,
  lengths: EmbeddingLengths,
  settings: OffsetSettings,
): NamedTensors {
  const { share, cosine } = settings;
  if (!(share >= 0 && share < 1)) {
    throw new ConfigError(`Offsets: expected a share from 0 to below 1, got ${share}`);
  }
  if (!(Math.abs(cosine) <= 1)) {
    throw new ConfigError(`Offsets: expected a cosine from -1 to 1, got ${cosine}`);
  }
  const result = new Map(weights);
  const directions = offsetDirections(
    weights.get("image_projection.bias")!.data.length,
    settings,
  );
  for (const modality of ["image", "text"] as const) {
    const name = `${modality}_projection.bias`;
    const { shape, data } = weights.get(name)!;
    const length = lengths[modality] * Math.sqrt(share / (1 - share));
    const direction = directions[modality];
    result.set(name, { shape, data: data.map((value, at) => value + length * direction[at]!) });
  }
  const { shape, data } = weights.get("logit_scale")!;
  const logScale = Math.min(data[0]! - Math.log(1 - share), Math.log(largestScale));
  result.set("logit_scale", { shape, data: Float32Array.of(logScale) });
  return result;
}
