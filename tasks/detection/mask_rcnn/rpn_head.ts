/**
 * The head of the region proposal network.
 *
 * @module
 */

import { biasedConvolution } from "../../../core/nn/biased_convolution.ts";
import { normalInitializer } from "../../../core/nn/initializers.ts";
import { batchOf } from "../../../core/nn/layout.ts";
import type { ModuleContext } from "../../../core/nn/module_context.ts";
import { concat, relu, reshape, transpose } from "../../../core/onnx/build.ts";
import type { Value } from "../../../core/onnx/graph.ts";

/** What the head says of every anchor, in torchvision's order: level, row, column, anchor. */
export interface AnchorOutputs {
  /** Logits of there being an object, [B, anchors]. */
  readonly objectness: Value;
  /** Encoded boxes, [B, anchors, 4]. */
  readonly deltas: Value;
}

/** A map of `count` numbers for each anchor of a place as [B, anchors of the level, count]. */
function inAnchorOrder({ graph, layout }: ModuleContext, map: Value, count: number): Value {
  const batch = batchOf(layout, map.shape);
  const [, channels, height, width] = map.shape as [number, number, number, number];
  const anchors = channels / count;
  const rows = layout === "nchw"
    ? transpose(graph, reshape(graph, map, [batch, anchors, count, height, width]), [0, 3, 4, 1, 2])
    : transpose(graph, reshape(graph, map, [anchors, count, height, width, batch]), [
      4,
      2,
      3,
      0,
      1,
    ]);
  return reshape(graph, rows, [batch, height * width * anchors, count]);
}

/**
 * A 3×3 convolution with ReLU and two 1×1 convolutions, the same on every level.
 *
 * Declares `head.conv.0.0`, `head.cls_logits` and `head.bbox_pred`.
 *
 * @param context In the scope `rpn.`.
 * @param levels Of the pyramid, in the layout of the context.
 * @param anchors At every place.
 */
export function proposalHead(
  context: ModuleContext,
  levels: readonly Value[],
  anchors: number,
): AnchorOutputs {
  const { graph } = context;
  const initializer = normalInitializer(0.01);
  const outputs = levels.map((level, application) => {
    const own = context.again(application);
    const hidden = relu(
      graph,
      biasedConvolution(own, "head.conv.0.0", level, {
        outChannels: level.shape[1]!,
        kernel: 3,
        padding: 1,
        initializer,
      }),
    );
    const head = (name: string, outChannels: number) =>
      biasedConvolution(own, `head.${name}`, hidden, { outChannels, kernel: 1, initializer });
    return {
      objectness: inAnchorOrder(context, head("cls_logits", anchors), 1),
      deltas: inAnchorOrder(context, head("bbox_pred", 4 * anchors), 4),
    };
  });
  const objectness = concat(graph, outputs.map(({ objectness }) => objectness), 1);
  return {
    objectness: reshape(graph, objectness, objectness.shape.slice(0, 2)),
    deltas: concat(graph, outputs.map(({ deltas }) => deltas), 1),
  };
}
