/**
 * Gradients that are another tensor times one number per channel, unspoilt: who takes such a gradient
 * can scale a few weights in place of many pixels.
 *
 * @module
 */

import { channelAffine } from "../onnx/kernels/channels.ts";
import type { Graph, Value } from "../onnx/graph.ts";

/** What a scaled tensor is made of. */
export interface ChannelScale {
  /** [N, C, spatial…]. */
  readonly value: Value;
  /** [C]. */
  readonly factor: Value;
}

const scales = new WeakMap<Value, ChannelScale>();

/** Notes that `scaled` is `scale.value · scale.factor`. */
export function noteChannelScale(scaled: Value, scale: ChannelScale): Value {
  scales.set(scaled, scale);
  return scaled;
}

/** value · factor, [C], which {@linkcode channelScaleOf} takes apart again. */
export function scaleChannels(graph: Graph, value: Value, factor: Value): Value {
  return noteChannelScale(channelAffine(graph, value, factor), { value, factor });
}

/** What a tensor was made of by {@linkcode scaleChannels}; undefined for others. */
export function channelScaleOf(value: Value): ChannelScale | undefined {
  return scales.get(value);
}
