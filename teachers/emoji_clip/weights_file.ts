/**
 * Weights files of `emoji-clip`: both towers, and what only training needs.
 *
 * @module
 */

import { DataError } from "../../core/errors.ts";
import { imageBatchShape } from "../../core/methods/distillation_step.ts";
import { traceModel } from "../../core/nn/module_context.ts";
import { flattenNamed, type NamedTensors } from "../../core/nn/parameters.ts";
import { readSafetensors } from "../../core/nn/safetensors.ts";
import { type EmojiClipName, emojiClipSizes, imageTower, textTower } from "./towers.ts";

/** Name of the file that holds the weights of a model. */
export function weightsFileName(model: EmojiClipName): string {
  return `weights${model.slice("emoji-clip".length).replace("-", "_")}.safetensors`;
}

/** Float tensors of a safetensors file, by name. */
function floatTensors(bytes: Uint8Array, source: string): NamedTensors {
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const [name, { shape, data }] of readSafetensors(bytes, source).tensors) {
    if (data instanceof Float32Array) tensors.set(name, { shape, data });
  }
  return tensors;
}

/**
 * Reads both towers.
 *
 * @param widthMultiplier Channels of the image tower, as a share of ResNet-18's.
 * @throws {DataError} that names every tensor that is missing or of a wrong shape, or the first that is
 * not a number.
 */
export function readTowers(
  bytes: Uint8Array,
  path: string,
  widthMultiplier: number,
): NamedTensors {
  const weights = floatTensors(bytes, path);
  const { parameters, buffers } = traceModel({ layout: "chwn", mode: "eval" }, (context) => {
    const { imageSize, captionLength } = emojiClipSizes;
    const shape = imageBatchShape("chwn", 1, imageSize);
    imageTower(context, context.graph.input("images", "uint8", shape), { widthMultiplier });
    textTower(context, context.graph.input("captions", "float32", [1, captionLength]));
  });
  // What only training needs (the scale) may be there too.
  flattenNamed([...parameters, ...buffers], weights, path, { ignoreExtra: true });
  for (const [name, { data }] of weights) {
    if (!data.every(Number.isFinite)) {
      throw new DataError(`Cannot load weights from ${path}: "${name}" has a non-finite number`);
    }
  }
  return weights;
}
