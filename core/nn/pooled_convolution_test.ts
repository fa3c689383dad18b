import { channelBlock } from "../engine/channel_block.ts";
import { relu } from "../onnx/build.ts";
import { pooledConvolution } from "./pooled_convolution.ts";
import {
  assertAlike,
  epsilon,
  evaluateLayer,
  names,
  plainNormalizedConvolution,
} from "./testdata/evaluate_layer.ts";

const block = await channelBlock();
const stem = { outChannels: 5, kernel: 7, stride: 2, padding: 3 };
const pooling = { kernel: 3, stride: 2, padding: 1 };
const cases = [
  { title: "a batch of one block", shape: [1, 3, 24, 16, 16], stem, pooling },
  { title: "a batch of two blocks", shape: [1, 3, 12, 20, 32], stem, pooling },
  { title: "a batch of no block", shape: [1, 3, 16, 12, 3], stem, pooling },
  { title: "pixels that fall into no phases", shape: [1, 3, 15, 13, 16], stem, pooling },
  {
    title: "windows that do not overlap",
    shape: [1, 2, 12, 12, 16],
    stem: { outChannels: 4, kernel: 3, stride: 1, padding: 1 },
    pooling: { kernel: 2, stride: 2, padding: 0 },
  },
  {
    title: "three phases",
    shape: [1, 2, 18, 9, 16],
    stem: { outChannels: 4, kernel: 5, stride: 1, padding: 2 },
    pooling: { kernel: 3, stride: 3, padding: 0 },
  },
];

for (const { title, shape, stem, pooling } of cases) {
  Deno.test(`pooledConvolution() is convolution, BatchNorm, ReLU and pooling, gradients too: ${title}`, async () => {
    const { kernel, stride, padding } = pooling;
    assertAlike(
      await evaluateLayer(
        shape,
        (context, x) => pooledConvolution(context, names, x, stem, pooling, { epsilon }),
        block,
      ),
      await evaluateLayer(shape, (context, x) => {
        const map = relu(context.graph, plainNormalizedConvolution(context, x, stem));
        return context.graph.node("MaxPool", [map], {
          kernelShape: [kernel, kernel, 1],
          strides: [stride, stride, 1],
          pads: [padding, padding, 0, padding, padding, 0],
        });
      }),
    );
  });
}
