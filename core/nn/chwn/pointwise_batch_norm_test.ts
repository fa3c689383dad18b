import assert from "node:assert/strict";
import { floatTensor, Session } from "../../engine/session.ts";
import { RandomStream } from "../../random.ts";
import { Graph, sizeOf, type Value } from "../../onnx/graph.ts";
import { matMul, reshape } from "../../onnx/build.ts";
import { normalizeBatch, type NormalizedBatch } from "../normalize_batch.ts";
import { wholeMap } from "./column_phases.ts";
import { normalizePointwise } from "./pointwise_batch_norm.ts";
import { assertSameTensors, outputAndGradients } from "../testdata/output_and_gradients.ts";

const batch = 3, height = 4, width = 6;

/** Convolution and BatchNorm by themselves. */
function apart(graph: Graph, x: Value, weight: Value, gamma: Value, beta: Value): NormalizedBatch {
  const [outChannels, channels] = weight.shape as [number, number];
  const rows = reshape(graph, x, [channels, height * width * batch]);
  const taps = reshape(graph, weight, [outChannels, channels]);
  const y = reshape(graph, matMul(graph, taps, rows), [1, outChannels, height, width, batch]);
  return normalizeBatch(graph, "apart", y, { gamma, beta }, 1e-3);
}

for (
  const [channels, outChannels, phases] of [[2, 6, 1], [3, 7, 2], [3, 3, 3], [6, 2, 2]] as const
) {
  const shapes = {
    x: [1, channels, height, width, batch],
    weight: [outChannels, channels, 1, 1],
    gamma: [outChannels],
    beta: [outChannels],
  };
  // A mean that is no longer small beside the deviation.
  const fill = (random: { normal: () => number }) => random.normal() + 2;
  const title = `${channels} to ${outChannels} channels in ${phases} phases`;

  Deno.test(`normalizePointwise() and its gradients are those of its parts: ${title}`, async () => {
    for (const algorithm of ["moments of the input", "apart"]) {
      assertSameTensors(
        await outputAndGradients(
          shapes,
          (graph, x, weight, gamma, beta) =>
            wholeMap(
              graph,
              normalizePointwise(
                graph,
                "layer",
                x!,
                weight!,
                { gamma: gamma!, beta: beta! },
                { epsilon: 1e-3, phases },
              ).map,
            ),
          fill,
          {
            chooseAlgorithm: ({ key }) =>
              key.startsWith("normalized convolution") ? algorithm : undefined,
          },
        ),
        await outputAndGradients(
          shapes,
          (graph, x, weight, gamma, beta) => apart(graph, x!, weight!, gamma!, beta!).y,
          fill,
        ),
        1e-4,
      );
    }
  });
}

Deno.test("normalizePointwise() finds mean and variance of the output in the input's moments", async () => {
  const shapes = [[1, 3, height, width, batch], [7, 3, 1, 1], [7], [7]];
  const graph = new Graph("statistics");
  const [x, weight, gamma, beta] = shapes.map((shape, index) =>
    graph.input(`input ${index}`, "float32", shape)
  );
  const parameters = { gamma: gamma!, beta: beta! };
  const options = { epsilon: 1e-5, phases: 1 };
  const through = normalizePointwise(graph, "layer", x!, weight!, parameters, options);
  const plain = apart(graph, x!, weight!, gamma!, beta!);
  for (const name of ["mean", "variance"] as const) {
    graph.output(`${name}`, through[name]);
    graph.output(`expected ${name}`, plain[name]);
  }
  const random = new RandomStream(7);
  const session = await Session.create(graph);
  const results = await session.run(Object.fromEntries(shapes.map((shape, index) => {
    const data = Float32Array.from({ length: sizeOf(shape) }, () => random.normal() + 1);
    return [`input ${index}`, floatTensor(data, shape)];
  })));
  await session.release();
  for (const name of ["mean", "variance"]) {
    const expected = results[`expected ${name}`]!.data as Float32Array;
    (results[name]!.data as Float32Array).forEach((value, channel) =>
      assert(Math.abs(value / expected[channel]! - 1) < 1e-5, `${name}[${channel}]: ${value}`)
    );
  }
});
