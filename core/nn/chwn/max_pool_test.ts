import assert from "node:assert/strict";
import { channelBlock } from "../../engine/channel_block.ts";
import { relu } from "../../onnx/build.ts";
import { separableMaxPool } from "./max_pool.ts";
import { assertSameTensors, outputAndGradients } from "../testdata/output_and_gradients.ts";

const windows = [
  { kernel: 3, stride: 2, padding: 1 },
  { kernel: 2, stride: 2, padding: 0 },
  { kernel: 3, stride: 1, padding: 1 },
  { kernel: 1, stride: 2, padding: 0 },
  { kernel: 5, stride: 3, padding: 2 },
];

for (const window of windows) {
  const { kernel, stride, padding } = window;
  for (const [height, width] of [[8, 6], [7, 9], [1, 1], [2, 2], [1, 5]]) {
    if (Math.min(height!, width!) + 2 * padding < kernel) continue;
    const title = `${kernel}×${kernel}/${stride}, padding ${padding}, over ${height}×${width}`;
    Deno.test(`separableMaxPool() gives ties to the first as MaxPool does: ${title}`, async () => {
      const shapes = { x: [1, 2, height!, width!, 3] };
      // Four different numbers only, so that nearly every window ties; all below 0 at times.
      const fill = (random: { integer(bound: number): number }) => random.integer(4) - 3;
      assertSameTensors(
        await outputAndGradients(shapes, (graph, x) => separableMaxPool(graph, x!, window), fill),
        await outputAndGradients(
          shapes,
          (graph, x) =>
            graph.node("MaxPool", [x!], {
              kernelShape: [kernel, kernel, 1],
              strides: [stride, stride, 1],
              pads: [padding, padding, 0, padding, padding, 0],
            }),
          fill,
        ),
        1e-6,
      );
    });
  }
}

const block = await channelBlock();

for (const window of [...windows, { kernel: 5, stride: 2, padding: 2 }]) {
  const { kernel, stride, padding } = window;
  for (const blocks of [1, 2]) {
    const title = `${kernel}×${kernel}/${stride}, padding ${padding}, batch of ${blocks} blocks`;
    Deno.test({
      name: `separableMaxPool() before a ReLU is the pooling after it: ${title}`,
      ignore: block === undefined,
      async fn() {
        const shapes = { x: [1, 2, 12, 6, blocks * block!] };
        // Few different numbers, so that nearly every window ties; all of some are 0 or below.
        const fill = (random: { integer(bound: number): number }) => random.integer(4) - 2;
        assertSameTensors(
          await outputAndGradients(
            shapes,
            (graph, x) => {
              const y = relu(graph, separableMaxPool(graph, x!, window, { reluFollows: true }));
              assert(graph.nodes.some(({ op }) => op === "BlockedMaxPool") === kernel > stride);
              return y;
            },
            fill,
            { channelBlock: block },
          ),
          await outputAndGradients(
            shapes,
            (graph, x) =>
              graph.node("MaxPool", [relu(graph, x!)], {
                kernelShape: [kernel, kernel, 1],
                strides: [stride, stride, 1],
                pads: [padding, padding, 0, padding, padding, 0],
              }),
            fill,
          ),
          1e-6,
        );
      },
    });
  }
}
