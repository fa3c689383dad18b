import assert from "node:assert/strict";
import { channelBlock } from "../../engine/channel_block.ts";
import { reshape } from "../../onnx/build.ts";
import type { Graph, Value } from "../../onnx/graph.ts";
import { chwnConvolution } from "./convolution.ts";
import type { ConvolutionWindow } from "../window.ts";
import { assertSameTensors, outputAndGradients } from "../testdata/output_and_gradients.ts";

/** ONNX's convolution over [1, C, H, W, B] with a kernel of one image. */
function plainConvolution(
  graph: Graph,
  x: Value,
  weight: Value,
  { stride, padding, groups, dilation = 1 }: ConvolutionWindow,
): Value {
  return graph.node("Conv", [x, reshape(graph, weight, [...weight.shape, 1])], {
    pads: [padding, padding, 0, padding, padding, 0],
    strides: [stride, stride, 1],
    dilations: [dilation, dilation, 1],
    group: groups,
  });
}

const cases: {
  title: string;
  shapes: { x: readonly number[]; weight: readonly number[] };
  window: ConvolutionWindow;
}[] = [
  {
    title: "1×1",
    shapes: { x: [1, 4, 3, 5, 2], weight: [6, 4, 1, 1] },
    window: { kernel: 1, stride: 1, padding: 0, groups: 1 },
  },
  {
    title: "3×3",
    shapes: { x: [1, 4, 5, 6, 3], weight: [2, 4, 3, 3] },
    window: { kernel: 3, stride: 1, padding: 1, groups: 1 },
  },
  {
    title: "3×3 of many channels",
    shapes: { x: [1, 18, 5, 4, 3], weight: [5, 18, 3, 3] },
    window: { kernel: 3, stride: 1, padding: 1, groups: 1 },
  },
  {
    title: "3×3 over 2×2 pixels",
    shapes: { x: [1, 4, 2, 2, 3], weight: [3, 4, 3, 3] },
    window: { kernel: 3, stride: 1, padding: 1, groups: 1 },
  },
  {
    title: "7×7 with stride 2",
    shapes: { x: [1, 3, 9, 8, 2], weight: [5, 3, 7, 7] },
    window: { kernel: 7, stride: 2, padding: 3, groups: 1 },
  },
  {
    title: "depthwise 5×5",
    shapes: { x: [1, 4, 5, 3, 2], weight: [4, 1, 5, 5] },
    window: { kernel: 5, stride: 1, padding: 2, groups: 4 },
  },
  {
    title: "depthwise 3×3 over 9×9 pixels",
    shapes: { x: [1, 3, 9, 9, 2], weight: [3, 1, 3, 3] },
    window: { kernel: 3, stride: 1, padding: 1, groups: 3 },
  },
  {
    title: "depthwise 3×3 over 18 rows",
    shapes: { x: [1, 2, 18, 6, 2], weight: [2, 1, 3, 3] },
    window: { kernel: 3, stride: 1, padding: 1, groups: 2 },
  },
  {
    title: "depthwise 5×5 over 30 rows",
    shapes: { x: [1, 2, 30, 9, 2], weight: [2, 1, 5, 5] },
    window: { kernel: 5, stride: 1, padding: 2, groups: 2 },
  },
  {
    title: "depthwise 3×3 with stride 2 over 36 rows",
    shapes: { x: [1, 2, 36, 8, 2], weight: [2, 1, 3, 3] },
    window: { kernel: 3, stride: 2, padding: 1, groups: 2 },
  },
  {
    title: "depthwise 5×5 with stride 2 over 12×12 pixels",
    shapes: { x: [1, 2, 12, 12, 2], weight: [2, 1, 5, 5] },
    window: { kernel: 5, stride: 2, padding: 2, groups: 2 },
  },
  {
    title: "dilated 3×3",
    shapes: { x: [1, 4, 7, 6, 3], weight: [2, 4, 3, 3] },
    window: { kernel: 3, stride: 1, padding: 2, groups: 1, dilation: 2 },
  },
  {
    title: "dilated depthwise 3×3 over 36 rows, in groups of rows that it reaches over",
    shapes: { x: [1, 2, 36, 6, 2], weight: [2, 1, 3, 3] },
    window: { kernel: 3, stride: 1, padding: 14, groups: 2, dilation: 14 },
  },
  ...[[3, 1], [5, 2], [3, 0], [2, 0], [1, 0]].map(([kernel, padding]) => ({
    title: `depthwise ${kernel}×${kernel} with stride 2 and padding ${padding}`,
    shapes: { x: [1, 3, 7, 6, 2], weight: [3, 1, kernel!, kernel!] },
    window: { kernel: kernel!, stride: 2, padding: padding!, groups: 3 },
  })),
  {
    title: "depthwise 3×3 with stride 2 over an odd width",
    shapes: { x: [1, 3, 6, 5, 2], weight: [3, 1, 3, 3] },
    window: { kernel: 3, stride: 2, padding: 1, groups: 3 },
  },
  {
    title: "depthwise 4×4 with stride 3",
    shapes: { x: [1, 2, 8, 9, 2], weight: [2, 1, 4, 4] },
    window: { kernel: 4, stride: 3, padding: 1, groups: 2 },
  },
];

for (const { title, shapes, window } of cases) {
  Deno.test(`chwnConvolution() and its gradients are the convolution's: ${title}`, async () => {
    assertSameTensors(
      await outputAndGradients(
        shapes,
        (graph, x, weight) => chwnConvolution(graph, x!, weight!, window),
      ),
      await outputAndGradients(
        shapes,
        (graph, x, weight) => plainConvolution(graph, x!, weight!, window),
      ),
      2e-5,
    );
  });
}

/** Enough channels for Winograd's algorithm. */
const dilatedCases: typeof cases = [
  {
    title: "even sides",
    shapes: { x: [1, 48, 8, 6, 16], weight: [40, 48, 3, 3] },
    window: { kernel: 3, stride: 1, padding: 2, groups: 1, dilation: 2 },
  },
  {
    title: "odd sides",
    shapes: { x: [1, 40, 7, 9, 8], weight: [44, 40, 3, 3] },
    window: { kernel: 3, stride: 1, padding: 2, groups: 1, dilation: 2 },
  },
  {
    title: "sub-maps of 3×6, in tiles of 3×3",
    shapes: { x: [1, 40, 6, 12, 8], weight: [40, 40, 3, 3] },
    window: { kernel: 3, stride: 1, padding: 2, groups: 1, dilation: 2 },
  },
  {
    title: "a dilation of 4",
    shapes: { x: [1, 40, 10, 13, 4], weight: [40, 40, 3, 3] },
    window: { kernel: 3, stride: 1, padding: 4, groups: 1, dilation: 4 },
  },
];

for (const { title, shapes, window } of dilatedCases) {
  Deno.test(`chwnConvolution() by Winograd over sub-maps is the dilated convolution: ${title}`, async () => {
    const taken: string[] = [];
    assertSameTensors(
      await outputAndGradients(
        shapes,
        (graph, x, weight) => chwnConvolution(graph, x!, weight!, window),
        (random) => random.normal(),
        { chooseAlgorithm: ({ candidates }) => void taken.push(candidates[0]!) },
      ),
      await outputAndGradients(
        shapes,
        (graph, x, weight) => plainConvolution(graph, x!, weight!, window),
      ),
      2e-4,
    );
    assert.deepEqual(taken, ["dilated winograd"]);
  });
}

/** Channels are multiples of every machine's block. */
const blockedCases: typeof cases = [
  {
    title: "3×3",
    shapes: { x: [1, 32, 5, 6, 3], weight: [16, 32, 3, 3] },
    window: { kernel: 3, stride: 1, padding: 1, groups: 1 },
  },
  {
    title: "dilated 3×3",
    shapes: { x: [1, 32, 7, 6, 3], weight: [16, 32, 3, 3] },
    window: { kernel: 3, stride: 1, padding: 2, groups: 1, dilation: 2 },
  },
  {
    title: "5×5 without padding",
    shapes: { x: [1, 16, 6, 7, 2], weight: [32, 16, 5, 5] },
    window: { kernel: 5, stride: 1, padding: 0, groups: 1 },
  },
  {
    title: "3×3 with stride 2",
    shapes: { x: [1, 32, 6, 8, 3], weight: [16, 32, 3, 3] },
    window: { kernel: 3, stride: 2, padding: 1, groups: 1 },
  },
  {
    title: "depthwise 3×3",
    shapes: { x: [1, 32, 7, 5, 3], weight: [32, 1, 3, 3] },
    window: { kernel: 3, stride: 1, padding: 1, groups: 32 },
  },
  {
    title: "depthwise 5×5 with stride 2",
    shapes: { x: [1, 16, 8, 10, 2], weight: [16, 1, 5, 5] },
    window: { kernel: 5, stride: 2, padding: 2, groups: 16 },
  },
];

const block = await channelBlock();

for (const { title, shapes, window } of blockedCases) {
  Deno.test({
    name: `chwnConvolution() in blocks of channels is the convolution: ${title}`,
    ignore: block === undefined,
    async fn() {
      const taken: string[] = [];
      assertSameTensors(
        await outputAndGradients(
          shapes,
          (graph, x, weight) => chwnConvolution(graph, x!, weight!, window),
          (random) => random.normal(),
          {
            channelBlock: block,
            chooseAlgorithm({ candidates }) {
              const blocked = candidates.find((algorithm) => algorithm.startsWith("blocked"));
              if (blocked) taken.push(blocked);
              return blocked;
            },
          },
        ),
        await outputAndGradients(
          shapes,
          (graph, x, weight) => plainConvolution(graph, x!, weight!, window),
        ),
        5e-5,
      );
      const forward = window.stride > 1 ? "blocked column phases" : "blocked columns";
      assert.equal(taken[0], forward);
      assert(taken.includes("blocked phases"));
    },
  });
}
