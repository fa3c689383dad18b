import assert from "node:assert/strict";
import { gradients } from "../../../core/autodiff/gradients.ts";
import { floatTensor, type HostTensor, Session } from "../../../core/engine/session.ts";
import { Graph, type Value } from "../../../core/onnx/graph.ts";
import { binaryCrossEntropy, rowCrossEntropy, smoothL1, weightedSum } from "./losses.ts";

/** Weighted sum of a loss, and its gradient. */
async function evaluate(
  x: readonly number[],
  loss: (graph: Graph, x: Value) => Value,
  weights: readonly number[],
  shape: readonly number[] = [x.length],
): Promise<{ total: number; gradient: number[] }> {
  const graph = new Graph("loss");
  const input = graph.input("x", "float32", shape);
  const each = loss(graph, input);
  const factors = graph.constant("float32", each.shape, Float32Array.from(weights));
  const total = weightedSum(graph, each, factors);
  graph.output("total", total);
  graph.output("gradient", gradients(graph, total, [input])[0]!);
  const session = await Session.create(graph);
  const feeds: Record<string, HostTensor> = { x: floatTensor(Float32Array.from(x), shape) };
  const outputs = await session.run(feeds);
  await session.release();
  return {
    total: outputs["total"]!.data[0] as number,
    gradient: [...outputs["gradient"]!.data as Float32Array],
  };
}

function assertClose(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, index) =>
    assert(
      Math.abs(value - expected[index]!) < 2e-6 * Math.max(1, Math.abs(expected[index]!)),
      `${index}: ${value}, not ${expected[index]}`,
    )
  );
}

Deno.test("binaryCrossEntropy() is that of the logistic function, also far out", async () => {
  const x = [-90, -2, 0, 0.5, 30, 90], t = [0, 1, 0.25, 0, 1, 0], weights = [1, 2, 1, 0, 3, 1];
  const { total, gradient } = await evaluate(
    x,
    (graph, value) =>
      binaryCrossEntropy(graph, value, graph.constant("float32", [6], Float32Array.from(t))),
    weights,
  );
  const each = x.map((value, index) =>
    value < -50 || value > 50
      ? Math.max(value, 0) - value * t[index]!
      : Math.log(1 + Math.exp(value)) - value * t[index]!
  );
  assertClose([total], [each.reduce((sum, value, index) => sum + value * weights[index]!, 0)]);
  assertClose(
    gradient,
    x.map((value, index) => (1 / (1 + Math.exp(-value)) - t[index]!) * weights[index]!),
  );
});

Deno.test("smoothL1() is a parabola up to beta and a line beyond, and |d| without beta", async () => {
  const x = [-3, -0.05, 0, 0.1, 0.5], zeros = (graph: Graph) => graph.scalar(0, [5]);
  const beta = 0.1;
  const smooth = await evaluate(x, (graph, v) => smoothL1(graph, v, zeros(graph), beta), [
    1,
    1,
    1,
    1,
    1,
  ]);
  assertClose([smooth.total], [2.95 + 0.0125 + 0 + 0.05 + 0.45]);
  assertClose(smooth.gradient, [-1, -0.5, 0, 1, 1]);
  const line = await evaluate(x, (graph, v) => smoothL1(graph, v, zeros(graph), 0), [
    1,
    1,
    1,
    1,
    2,
  ]);
  assertClose([line.total], [3 + 0.05 + 0.1 + 1]);
  assertClose(line.gradient, [-1, -1, 0, 1, 2]);
});

Deno.test("rowCrossEntropy() is that of the softmax of each row", async () => {
  const { total, gradient } = await evaluate(
    [1, 2, 0, -1, 3, 0.5],
    (graph, x) => rowCrossEntropy(graph, x, graph.constant("int64", [2], BigInt64Array.of(1n, 0n))),
    [0.5, 0.25],
    [2, 3],
  );
  const softmax = [[1, 2, 0], [-1, 3, 0.5]].map((row) => {
    const sum = row.reduce((all, value) => all + Math.exp(value), 0);
    return row.map((value) => Math.exp(value) / sum);
  }) as [number[], number[]];
  assertClose([total], [-0.5 * Math.log(softmax[0][1]!) - 0.25 * Math.log(softmax[1][0]!)]);
  assertClose(gradient, [
    ...softmax[0].map((p, index) => 0.5 * (p - (index === 1 ? 1 : 0))),
    ...softmax[1].map((p, index) => 0.25 * (p - (index === 0 ? 1 : 0))),
  ]);
});
