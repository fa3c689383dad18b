/**
 * The mask head in an exported graph.
 *
 * @module
 */

import { biasedConvolution } from "../../../core/nn/biased_convolution.ts";
import type { ModuleContext } from "../../../core/nn/module_context.ts";
import { transposedConvolution } from "../../../core/nn/transposed_convolution.ts";
import { add, mul, reduceSum, relu, reshape, sigmoid } from "../../../core/onnx/build.ts";
import type { Value } from "../../../core/onnx/graph.ts";
import { type DetectorSpec, maskSide } from "../mask_rcnn/spec.ts";

/** Initial values of weights that are all given. */
const given = () => {};

/**
 * Probabilities of the masks of given classes, [M, 28, 28].
 *
 * @param context In the scope `roi_heads.`, layout `nchw`.
 * @param features Pooled features, [M, channels, 14, 14].
 * @param labels Class of each mask, from 1, int64 [M].
 */
export function exportMasks(
  context: ModuleContext,
  features: Value,
  labels: Value,
  { classes, maskHead: { channels, convolutions } }: DetectorSpec,
): Value {
  const { graph } = context;
  let x = features;
  for (let index = 0; index < convolutions; index++) {
    const options = { outChannels: channels, kernel: 3, padding: 1 };
    x = relu(graph, biasedConvolution(context, `mask_head.${index}.0`, x, options));
  }
  x = relu(
    graph,
    transposedConvolution(context, "mask_predictor.conv5_mask", x, { outChannels: channels }),
  );
  const name = "mask_predictor.mask_fcn_logits", masks = x.shape[0]!;
  const weight = context.parameter(`${name}.weight`, [classes + 1, channels, 1, 1], given);
  const bias = context.parameter(`${name}.bias`, [classes + 1], given);
  // Only the row of its own class is multiplied.
  const rows = graph.node("Gather", [weight, labels], { axis: 0 });
  const product = reduceSum(graph, mul(graph, x, rows), [1], false);
  const own = reshape(graph, graph.node("Gather", [bias, labels], { axis: 0 }), [masks, 1, 1]);
  return reshape(graph, sigmoid(graph, add(graph, product, own)), [masks, maskSide, maskSide]);
}
