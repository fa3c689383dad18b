import assert from "node:assert/strict";
import { gradients } from "../autodiff/gradients.ts";
import { floatTensor, Session } from "../engine/session.ts";
import { mul, reduceSum, reshape } from "../onnx/build.ts";
import { Graph, sizeOf, type Value } from "../onnx/graph.ts";
import { RandomStream } from "../random.ts";
import { denseConvolution, fitsDenseConvolution } from "./dense_convolution.ts";

const shapes = { x: [1, 5, 2, 2, 3], weight: [4, 5, 3, 3], dy: [1, 4, 2, 2, 3] } as const;

/** Output and both gradients of Σ y · dy. */
async function run(convolve: (graph: Graph, x: Value, weight: Value) => Value) {
  const graph = new Graph("convolution");
  const [x, weight, dy] = Object.entries(shapes).map(([name, shape]) =>
    graph.input(name, "float32", shape)
  ) as [Value, Value, Value];
  const y = convolve(graph, x, weight);
  const loss = reshape(graph, reduceSum(graph, mul(graph, y, dy), [0, 1, 2, 3, 4]), []);
  const [dx, dw] = gradients(graph, loss, [x, weight]);
  graph.output("y", y);
  graph.output("dx", dx!);
  graph.output("dw", dw!);
  const random = new RandomStream(3);
  const feeds = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      floatTensor(Float32Array.from({ length: sizeOf(shape) }, () => random.normal()), shape),
    ]),
  );
  const session = await Session.create(graph);
  const results = await session.run(feeds);
  await session.release();
  return results;
}

Deno.test("denseConvolution() and its gradients equal the padded convolution", async () => {
  const actual = await run(denseConvolution);
  const expected = await run((graph, x, weight) =>
    graph.node("Conv", [x, reshape(graph, weight, [4, 5, 3, 3, 1])], {
      pads: [1, 1, 0, 1, 1, 0],
      strides: [1, 1, 1],
      group: 1,
    })
  );
  for (const name of ["y", "dx", "dw"]) {
    assert.deepEqual(actual[name]!.shape, expected[name]!.shape, name);
    const wanted = expected[name]!.data as Float32Array;
    (actual[name]!.data as Float32Array).forEach((value, index) =>
      assert(Math.abs(value - wanted[index]!) < 1e-5, `${name}[${index}]: ${value}`)
    );
  }
});

Deno.test("fitsDenseConvolution() takes 3×3 without stride over 2×2 pixels and nothing else", () => {
  const graph = new Graph("shapes");
  const map = (side: number) => graph.input(`x${side}`, "float32", [1, 4, side, side, 2]);
  const small = map(2), options = { kernel: 3, stride: 1, padding: 1, groups: 1 };
  assert(fitsDenseConvolution(small, options));
  assert(!fitsDenseConvolution(map(4), options));
  for (const other of [{ kernel: 1 }, { stride: 2 }, { padding: 0 }, { groups: 4 }]) {
    assert(!fitsDenseConvolution(small, { ...options, ...other }), JSON.stringify(other));
  }
});
