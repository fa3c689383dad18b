import assert from "node:assert/strict";
import { floatTensor, Session } from "../../engine/session.ts";
import { reshape } from "../build.ts";
import { Graph, sizeOf, type Value } from "../graph.ts";
import { RandomStream } from "../../random.ts";
import {
  cheaperSide,
  winogradConvolution,
  winogradInputGradient,
  winogradWeightGradient,
} from "./winograd.ts";

/** y of a kernel over the inputs, as numbers. */
async function evaluate(
  shapes: Readonly<Record<string, readonly number[]>>,
  build: (graph: Graph, inputs: Value[]) => Value,
): Promise<{ shape: readonly number[]; data: Float32Array }> {
  const graph = new Graph("kernel");
  const names = Object.keys(shapes);
  const inputs = names.map((name) => graph.input(name, "float32", shapes[name]!));
  graph.output("y", build(graph, inputs));
  const random = new RandomStream(5);
  const feeds = Object.fromEntries(names.map((name) => {
    const data = Float32Array.from({ length: sizeOf(shapes[name]!) }, () => random.normal());
    return [name, floatTensor(data, shapes[name]!)];
  }));
  const session = await Session.create(graph);
  const { y } = await session.run(feeds);
  await session.release();
  return { shape: y!.shape, data: y!.data as Float32Array };
}

function assertClose(actual: Float32Array, expected: Float32Array): void {
  assert.equal(actual.length, expected.length);
  const scale = Math.sqrt(expected.reduce((sum, value) => sum + value ** 2, 0) / expected.length);
  actual.forEach((value, index) =>
    assert(
      Math.abs(value - expected[index]!) < 1e-5 * scale,
      `[${index}]: ${value}, expected ${expected[index]}`,
    )
  );
}

const channels = 5, outChannels = 4, batch = 3;

const sizes = [[3, 3], [4, 4], [5, 8], [6, 3], [7, 7], [12, 9]] as const;

for (
  const { height, width, side } of ([4, 3] as const).flatMap((side) =>
    sizes.map(([height, width]) => ({ height, width, side }))
  )
) {
  const size = { height, width, batch, side };
  const x = [channels, height, width, batch], dy = [outChannels, height, width, batch];
  const weight = [outChannels, channels, 3, 3];
  const pads = [1, 1, 0, 1, 1, 0];

  Deno.test(`winogradConvolution() is the convolution: ${height}×${width}, tiles of ${side}`, async () => {
    const actual = await evaluate(
      { x, weight },
      (graph, [x, weight]) => winogradConvolution(graph, x!, weight!, size),
    );
    assert.deepEqual(actual.shape, [1, outChannels, height, width * batch]);
    const plain = await evaluate({ x, weight }, (graph, [x, weight]) =>
      graph.node("Conv", [
        reshape(graph, x!, [1, channels, height, width, batch]),
        reshape(graph, weight!, [outChannels, channels, 3, 3, 1]),
      ], { pads }));
    assertClose(actual.data, plain.data);
  });

  Deno.test(`winogradInputGradient() is the transposed convolution: ${height}×${width}, tiles of ${side}`, async () => {
    const actual = await evaluate(
      { dy, weight },
      (graph, [dy, weight]) => winogradInputGradient(graph, dy!, weight!, size),
    );
    assert.deepEqual(actual.shape, [1, channels, height, width * batch]);
    const plain = await evaluate(
      { dy, weight },
      (graph, [dy, weight]) =>
        graph.node("ConvTranspose", [
          reshape(graph, dy!, [1, outChannels, height, width, batch]),
          reshape(graph, weight!, [outChannels, channels, 3, 3, 1]),
        ], { pads }),
    );
    assertClose(actual.data, plain.data);
  });

  Deno.test(`winogradWeightGradient() is the correlation of x and dy: ${height}×${width}, tiles of ${side}`, async () => {
    const actual = await evaluate(
      { x, dy },
      (graph, [x, dy]) => winogradWeightGradient(graph, x!, dy!, weight, size),
    );
    assert.deepEqual(actual.shape, weight);
    // Channels as images, the batch as channels: dW[k, c] = Σ_b x[c, b] ⋆ dy[k, b].
    const plain = await evaluate({ x, dy }, (graph, [x, dy]) => {
      const batchFirst = (value: Value) => graph.node("Transpose", [value], { perm: [0, 3, 1, 2] });
      const each = graph.node("Conv", [batchFirst(x!), batchFirst(dy!)], { pads: [1, 1, 1, 1] });
      return graph.node("Transpose", [each], { perm: [1, 0, 2, 3] });
    });
    assertClose(actual.data, plain.data);
  });
}

Deno.test("cheaperSide() takes the tiles that a map needs fewer products of", () => {
  const sides = [[3, 6], [3, 3], [4, 4], [6, 12], [12, 24], [16, 32], [9, 9], [7, 7]].map((
    [height, width],
  ) => cheaperSide({ height: height!, width: width! }));
  assert.deepEqual(sides, [3, 3, 4, 3, 4, 4, 3, 4]);
});

Deno.test("the convolution and its gradients are the same in bands of rows", async () => {
  const size = { height: 19, width: 6, batch };
  const x = [channels, 19, 6, batch], dy = [outChannels, 19, 6, batch];
  const weight = [outChannels, channels, 3, 3];
  // Room for two rows of tiles, and for less than one.
  for (const bandBytes of [4 * 36 * channels * 2 * 2 * batch, 1]) {
    const banded = { ...size, bandBytes };
    for (
      const [shapes, build] of [
        [
          { x, weight },
          (graph: Graph, [a, b]: Value[], of: typeof size) =>
            winogradConvolution(graph, a!, b!, of),
        ],
        [
          { dy, weight },
          (graph: Graph, [a, b]: Value[], of: typeof size) =>
            winogradInputGradient(graph, a!, b!, of),
        ],
        [
          { x, dy },
          (graph: Graph, [a, b]: Value[], of: typeof size) =>
            winogradWeightGradient(graph, a!, b!, weight, of),
        ],
      ] as const
    ) {
      const whole = await evaluate(shapes, (graph, inputs) => build(graph, inputs, size));
      const parts = await evaluate(shapes, (graph, inputs) => build(graph, inputs, banded));
      assert.deepEqual(parts.shape, whole.shape);
      assertClose(parts.data, whole.data);
    }
  }
});
