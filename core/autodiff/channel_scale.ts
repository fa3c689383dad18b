/**
 * Gradients that are another tensor times one number per channel, unspoilt: who takes such a gradient
 * can scale a few weights in place of many pixels. That a value is such a product is an annotation of
 * its graph: rules that keep it (Reshape) carry it on, all others drop it by not writing it.
 *
 * @module
 */

import { AnnotationKind } from "../onnx/annotation.ts";
import { channelAffine } from "../onnx/kernels/channels.ts";
import type { Graph, Value } from "../onnx/graph.ts";

/** What a scaled tensor is made of. */
export interface ChannelScale {
  /** [N, C, spatial…]. */
  readonly value: Value;
  /** [C]. */
  readonly factor: Value;
}

const channelScales = new AnnotationKind<ChannelScale>("channel scale");

/** Annotates in the graph that `scaled` is `scale.value · scale.factor`. */
export function annotateChannelScale(graph: Graph, scaled: Value, scale: ChannelScale): Value {
  graph.annotations.of(channelScales).set(scaled, scale);
  return scaled;
}

/** value · factor, [C], which {@linkcode channelScaleOf} takes apart again. */
export function scaleChannels(graph: Graph, value: Value, factor: Value): Value {
  return annotateChannelScale(graph, channelAffine(graph, value, factor), { value, factor });
}

/** What a tensor of the graph was made of by {@linkcode scaleChannels}; undefined for others. */
export function channelScaleOf(graph: Graph, value: Value): ChannelScale | undefined {
  return graph.annotations.of(channelScales).get(value);
}
