import assert from "node:assert/strict";
import { channelBlock } from "../engine/channel_block.ts";
import { relu } from "../onnx/build.ts";
import { Graph } from "../onnx/graph.ts";
import { blockedMaxPool, fitsBlockedMaxPool } from "./blocked_max_pool.ts";
import { assertSameTensors, outputAndGradients } from "./testdata/output_and_gradients.ts";

const block = await channelBlock();
const windows = [
  { kernel: 3, stride: 2, padding: 1 },
  { kernel: 2, stride: 2, padding: 0 },
  { kernel: 3, stride: 1, padding: 1 },
  { kernel: 1, stride: 2, padding: 0 },
  { kernel: 5, stride: 2, padding: 2 },
];

for (const window of windows) {
  const { kernel, stride, padding } = window;
  Deno.test({
    name: `blockedMaxPool() gives ties to the first as MaxPool does: ${kernel}×${kernel}/${stride}`,
    ignore: block === undefined,
    async fn() {
      const shapes = { x: [1, 2, 8, 6, block!] };
      // Few different numbers, so that nearly every window ties; all of some are 0 or below.
      const fill = (random: { integer(bound: number): number }) => random.integer(4) - 2;
      const pooled = await outputAndGradients(
        shapes,
        (graph, x) => {
          assert(fitsBlockedMaxPool(graph, x!, window));
          return relu(graph, blockedMaxPool(graph, x!, window));
        },
        fill,
        { channelBlock: block },
      );
      const plain = await outputAndGradients(
        shapes,
        (graph, x) =>
          graph.node("MaxPool", [relu(graph, x!)], {
            kernelShape: [kernel, kernel, 1],
            strides: [stride, stride, 1],
            pads: [padding, padding, 0, padding, padding, 0],
          }),
        fill,
      );
      assertSameTensors(pooled, plain, 1e-6);
    },
  });
}

Deno.test("fitsBlockedMaxPool() wants a batch of one block and an even map", () => {
  const window = { kernel: 3, stride: 2, padding: 1 };
  const fits = (shape: readonly number[], channelBlock?: number) => {
    const graph = new Graph("fits", channelBlock === undefined ? {} : { channelBlock });
    return fitsBlockedMaxPool(graph, graph.input("x", "float32", shape), window);
  };
  assert(fits([1, 2, 8, 6, 16], 16));
  assert(!fits([1, 2, 8, 6, 16]));
  assert(!fits([1, 2, 8, 6, 32], 16));
  assert(!fits([1, 2, 7, 6, 16], 16));
});
