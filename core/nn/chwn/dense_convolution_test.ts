import assert from "node:assert/strict";
import { reshape } from "../../onnx/build.ts";
import { denseConvolution, fitsDenseConvolution } from "./dense_convolution.ts";
import { assertSameTensors, outputAndGradients } from "../testdata/output_and_gradients.ts";

Deno.test("denseConvolution() and its gradients equal the padded convolution", async () => {
  const shapes = { x: [1, 5, 2, 2, 3], weight: [4, 5, 3, 3] };
  assertSameTensors(
    await outputAndGradients(shapes, (graph, x, weight) => denseConvolution(graph, x!, weight!)),
    await outputAndGradients(
      shapes,
      (graph, x, weight) =>
        graph.node("Conv", [x!, reshape(graph, weight!, [4, 5, 3, 3, 1])], {
          pads: [1, 1, 0, 1, 1, 0],
          strides: [1, 1, 1],
          group: 1,
        }),
    ),
    1e-5,
  );
});

Deno.test("fitsDenseConvolution() takes 3×3 without stride over 2×2 pixels and nothing else", () => {
  const map = (side: number) => [1, 4, side, side, 2];
  const small = map(2), options = { kernel: 3, stride: 1, padding: 1, groups: 1 };
  assert(fitsDenseConvolution(small, options));
  assert(!fitsDenseConvolution(map(4), options));
  for (const other of [{ kernel: 1 }, { stride: 2 }, { padding: 0 }, { groups: 4 }]) {
    assert(!fitsDenseConvolution(small, { ...options, ...other }), JSON.stringify(other));
  }
});
