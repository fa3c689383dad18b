/**
 * The feature pyramid (FPN).
 *
 * @module
 */

import { biasedConvolution } from "../../../core/nn/biased_convolution.ts";
import type { Initializer, ModuleContext } from "../../../core/nn/module_context.ts";
import { addUpsampled } from "../../../core/nn/upsample_nearest.ts";
import { slice } from "../../../core/onnx/build.ts";
import type { Value } from "../../../core/onnx/graph.ts";

/** `kaiming_uniform_(a=1)`: uniform within ±√(3 / fan in). */
function kaimingUniform(fanIn: number): Initializer {
  const bound = Math.sqrt(3 / fanIn);
  return (random, output) => {
    for (let index = 0; index < output.length; index++) {
      output[index] = random.uniform(-bound, bound);
    }
  };
}

/** Every second row and column, from the first: max pooling with kernel 1 and stride 2. */
function everySecond({ graph }: ModuleContext, x: Value): Value {
  return slice(
    graph,
    x,
    [2, 3].map((axis) => ({ axis, start: 0, end: x.shape[axis]!, step: 2 })),
  );
}

/**
 * P2 to P5 of C2 to C5, and P6 where it is asked for: each level is a 1×1 convolution of its own map plus
 * the level above, upsampled to its size, and then a 3×3 convolution; P6 is every second pixel of P5.
 *
 * Declares `fpn.inner_blocks.<i>.0` and `fpn.layer_blocks.<i>.0`, i from the finest level.
 *
 * @param context In the scope `backbone.`.
 * @param maps Of the backbone, finest first, in the layout of the context.
 * @returns The levels, finest first.
 */
export function featurePyramid(
  context: ModuleContext,
  maps: readonly Value[],
  { channels, poolLevel }: { readonly channels: number; readonly poolLevel: boolean },
): Value[] {
  const laterals = maps.map((map, index) =>
    biasedConvolution(context, `fpn.inner_blocks.${index}.0`, map, {
      outChannels: channels,
      kernel: 1,
      initializer: kaimingUniform(map.shape[1]!),
    })
  );
  let top: Value | undefined;
  const inner = laterals.toReversed().map((lateral) => {
    top = top ? addUpsampled(context, lateral, top) : lateral;
    return top;
  }).reverse();
  const levels = inner.map((map, index) =>
    biasedConvolution(context, `fpn.layer_blocks.${index}.0`, map, {
      outChannels: channels,
      kernel: 3,
      padding: 1,
      initializer: kaimingUniform(9 * channels),
    })
  );
  return poolLevel ? [...levels, everySecond(context, levels.at(-1)!)] : levels;
}
