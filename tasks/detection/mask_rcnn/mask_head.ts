/**
 * The head that says which pixels of a box belong to its object.
 *
 * @module
 */

import { biasedConvolution } from "../../../core/nn/biased_convolution.ts";
import { kaimingFanOut, linearDefault } from "../../../core/nn/initializers.ts";
import type { ModuleContext } from "../../../core/nn/module_context.ts";
import { doublingConvolution } from "../../../core/nn/transposed_convolution.ts";
import { add, mul, reduceSum, relu, reshape, transpose } from "../../../core/onnx/build.ts";
import type { Value } from "../../../core/onnx/graph.ts";
import { type DetectorSpec, maskPoolSide, maskSide } from "./spec.ts";

/**
 * Logits of the masks of given classes, [M, 28, 28].
 *
 * Of `classes` logits a pixel only those of the mask's own class are read: its row of the last layer's
 * weight is gathered, and multiplied, instead of all of them.
 *
 * Declares `mask_head.<i>.0`, `mask_predictor.conv5_mask` and `mask_predictor.mask_fcn_logits`, the last
 * with a row for the background, which nothing reads.
 *
 * @param context In the scope `roi_heads.`, layout `chwn`.
 * @param features Pooled features, [M, channels, 14, 14].
 * @param labels Class of each mask, from 1, int64 [M].
 */
export function maskHead(
  context: ModuleContext,
  features: Value,
  labels: Value,
  { classes, maskHead: { channels, convolutions } }: Pick<DetectorSpec, "classes" | "maskHead">,
): Value {
  const { graph } = context;
  const [masks, inChannels] = features.shape as [number, number];
  const pixels = maskPoolSide ** 2;
  const columns = transpose(
    graph,
    reshape(graph, features, [masks, inChannels * pixels]),
    [1, 0],
  );
  let x = reshape(graph, columns, [1, inChannels, maskPoolSide, maskPoolSide, masks]);
  for (let index = 0; index < convolutions; index++) {
    x = relu(
      graph,
      biasedConvolution(context, `mask_head.${index}.0`, x, {
        outChannels: channels,
        kernel: 3,
        padding: 1,
      }),
    );
  }
  const doubled = relu(
    graph,
    doublingConvolution(context, "mask_predictor.conv5_mask", x, {
      outChannels: channels,
      biasInitializer: linearDefault(channels * 4),
    }),
  );
  const name = "mask_predictor.mask_fcn_logits", shape = [classes + 1, channels, 1, 1];
  const weight = context.parameter(`${name}.weight`, shape, kaimingFanOut(shape));
  const bias = context.parameter(`${name}.bias`, [classes + 1], linearDefault(channels));
  const places = 4 * pixels;
  const rows = graph.node("Gather", [reshape(graph, weight, [classes + 1, channels]), labels], {
    axis: 0,
  });
  const ownBias = graph.node("Gather", [bias, labels], { axis: 0 });
  const product = mul(
    graph,
    reshape(graph, doubled, [channels, places, masks]),
    reshape(graph, transpose(graph, rows, [1, 0]), [channels, 1, masks]),
  );
  const logits = add(graph, reduceSum(graph, product, [0], false), ownBias);
  // [2, 2, 14, 14, M]: the four places of each square, to [M, 14, 2, 14, 2].
  const apart = reshape(graph, logits, [2, 2, maskPoolSide, maskPoolSide, masks]);
  return reshape(graph, transpose(graph, apart, [4, 2, 0, 3, 1]), [masks, maskSide, maskSide]);
}
