/**
 * The mean of a convolution's output, before the output is there.
 *
 * A convolution is linear: with S[c, t] the sum of what tap t sees of channel c of the input, the sum
 * of an output channel is Σ w[c, t] · S[c, t]. A convolution that knows its mean takes it away as a
 * bias, which costs nothing on the way; a BatchNorm after it need not read its input for the mean,
 * nor write it again less the mean.
 *
 * @module
 */

import {
  fusedMatMul,
  matMul,
  mul,
  reduceSum,
  reshape,
  scale,
  transpose,
} from "../../onnx/build.ts";
import { type Graph, sizeOf, type Value } from "../../onnx/graph.ts";
import { type ConvolutionWindow, outputLength, outputSize, type SquareWindow } from "../window.ts";

/** Whether the mean is had for less from the input than from the output. */
export function inputGivesMean(
  shape: readonly number[],
  outChannels: number,
  window: ConvolutionWindow,
): boolean {
  const channels = shape[1]!;
  const depthwise = window.groups === channels && outChannels === channels;
  const [height, width] = outputSize(shape, window);
  return (window.groups === 1 || depthwise) &&
    sizeOf(shape) <= outChannels * height * width * shape[4]!;
}

/** One array for each axis, so that graphs share the constants. */
const tapsByAxis = new Map<string, Float32Array>();

/** 1 where a tap sees a number of an axis, [kernel, length · repeats]: each number stands `repeats` times. */
function tapsOfAxis(graph: Graph, length: number, window: SquareWindow, repeats: number): Value {
  const { kernel, stride, padding, dilation = 1 } = window;
  const key = [length, kernel, stride, padding, dilation, repeats].join();
  let seen = tapsByAxis.get(key);
  if (!seen) {
    tapsByAxis.set(key, seen = new Float32Array(kernel * length * repeats));
    for (let tap = 0; tap < kernel; tap++) {
      for (let out = 0; out < outputLength(length, window); out++) {
        const at = out * stride + tap * dilation - padding;
        if (at < 0 || at >= length) continue;
        const begin = (tap * length + at) * repeats;
        seen.fill(1, begin, begin + repeats);
      }
    }
  }
  return graph.constant("float32", [kernel, length * repeats], seen);
}

/**
 * Mean of each channel of a convolution over all pixels and images, [outChannels].
 *
 * No gradient flows through it: that is right for a bias before a BatchNorm, which takes any bias away
 * again, so that the gradients of a channel sum to 0.
 *
 * @param x [1, C, H, W, B].
 * @param weight [outChannels, C / groups, kernel, kernel]; groups are 1, or as many as channels.
 */
export function meanOfConvolution(
  graph: Graph,
  x: Value,
  weight: Value,
  window: ConvolutionWindow,
): Value {
  const [, channels, height, width, batch] = x.shape as [number, number, number, number, number];
  const outChannels = weight.shape[0]!;
  const { kernel, groups } = window;
  const count = sizeOf(outputSize(x.shape, window)) * batch;
  return graph.region(
    "mean of a convolution",
    [x, weight],
    () => {
      const columns = fusedMatMul(
        graph,
        tapsOfAxis(graph, width, window, batch),
        reshape(graph, x, [channels * height, width * batch]),
        { transB: true },
      );
      const sums = fusedMatMul(
        graph,
        reshape(graph, columns, [kernel * channels, height]),
        tapsOfAxis(graph, height, window, 1),
        { transB: true },
      );
      // [column, C, row], and as the weight has them: [C, row, column].
      const apart = reshape(graph, sums, [kernel, channels, kernel]);
      const taps = transpose(graph, apart, [1, 2, 0]);
      const total = groups === 1
        ? matMul(
          graph,
          reshape(graph, weight, [outChannels, channels * kernel ** 2]),
          reshape(graph, taps, [channels * kernel ** 2, 1]),
        )
        : reduceSum(
          graph,
          mul(
            graph,
            reshape(graph, weight, [channels, kernel ** 2]),
            reshape(graph, taps, [channels, kernel ** 2]),
          ),
          [1],
          false,
        );
      return [scale(graph, reshape(graph, total, [outChannels]), 1 / count)];
    },
    () => [null, null],
  )[0]!;
}
