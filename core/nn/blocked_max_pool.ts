/**
 * Max pooling of [1, C, H, W, B] by the runtime's kernels for blocks of channels.
 *
 * Where a batch is as long as a block, such a tensor lies in memory as C images of one block of
 * channels each, [C, B, H, W] in blocks: nothing is reordered. The maxima are one operator; in the
 * gradient each tap of the window is one depthwise convolution that picks the tap's pixels,
 * compares them with the maxima and gives a mask.
 *
 * @module
 */

import { mul, reshape, sub } from "../onnx/build.ts";
import type { Graph, Value } from "../onnx/graph.ts";
import { pickPixels, type Size } from "../onnx/pick_pixels.ts";
import { interleave, pooledLength, type PoolingWindow } from "./max_pool.ts";

/**
 * Whether {@linkcode blockedMaxPool} can pool a map: the machine has the layout, the batch is one block
 * long, and the strides divide the map evenly.
 */
export function fitsBlockedMaxPool(graph: Graph, x: Value, window: PoolingWindow): boolean {
  const [, , height, width, batch] = x.shape;
  return batch === graph.channelBlock &&
    [height!, width!].every((length) => pooledLength(length, window) * window.stride === length);
}

/**
 * Max pooling whose gradient is right where the output is positive or has no gradient, as a ReLU
 * after it leaves it: a padded pixel counts as 0 there. Where several pixels of a window are
 * largest, the first one, row by row, gets the gradient, as in PyTorch.
 *
 * @param x [1, C, H, W, B], such that {@linkcode fitsBlockedMaxPool}.
 */
export function blockedMaxPool(graph: Graph, x: Value, window: PoolingWindow): Value {
  const { kernel, stride, padding } = window;
  const [, channels, height, width, block] = x.shape as [number, number, number, number, number];
  const out: Size = [pooledLength(height, window), pooledLength(width, window)];
  const pooledShape = [1, channels, ...out, block];
  const blocks = (value: Value, [rows, columns]: Size) =>
    reshape(graph, value, [channels, block, rows, columns]);
  let maxima!: Value;
  const [y] = graph.region(
    "MaxPool in blocks",
    [x],
    () => {
      maxima = graph.node("BlockedMaxPool", [blocks(x, [height, width])], {
        kernelShape: [kernel, kernel],
        strides: [stride, stride],
        pads: [padding, padding, padding, padding],
      });
      return [reshape(graph, maxima, pooledShape)];
    },
    (graph, [gradient]) => {
      const map = blocks(x, [height, width]);
      // Each tap takes what the taps before it have left.
      let left = blocks(gradient!, out);
      const parts = [...Array(kernel ** 2).keys()].map((tap) => {
        const offset: Size = [Math.floor(tap / kernel) - padding, tap % kernel - padding];
        if (tap === kernel ** 2 - 1) return { offset, part: left };
        // 1 where a pixel is the maximum, which it never exceeds: clip(1 − 2¹²⁶·(maximum − pixel), 0, 1).
        const mask = pickPixels(graph, map, out, {
          offset,
          stride,
          factor: -1,
          plus: maxima,
          activation: { name: "HardSigmoid", alpha: -(2 ** 126), beta: 1 },
        });
        const part = mul(graph, mask, left);
        left = sub(graph, left, part);
        return { offset, part };
      });
      /** The gradient of every stride-th row and column. */
      const phaseGradient = (phase: Size): Value => {
        let total: Value | undefined;
        for (const { offset, part } of parts) {
          // Pixel i of the phase is what output i + shift saw.
          const shift: Size = [(phase[0] - offset[0]) / stride, (phase[1] - offset[1]) / stride];
          if (!shift.every(Number.isInteger)) continue;
          total = pickPixels(graph, part, out, { offset: shift, stride: 1, plus: total });
        }
        return reshape(graph, total ?? graph.scalar(0, [channels, block, ...out]), pooledShape);
      };
      const phases = [...Array(stride).keys()];
      const rows = phases.map((row) =>
        interleave(graph, phases.map((column) => phaseGradient([row, column])), 3, width)
      );
      return [interleave(graph, rows, 2, height)];
    },
  );
  return y!;
}
