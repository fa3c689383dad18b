import assert from "node:assert/strict";
import { Session } from "../../engine/session.ts";
import { RandomStream } from "../../random.ts";
import { fusedMatMul } from "../build.ts";
import { foldBatchNorm } from "./fold_batch_norm.ts";
import { Graph, sizeOf, type Value } from "../graph.ts";
import { removeDeadCode } from "./dead_code.ts";
import { useStandardOperators } from "./standard_operators.ts";

function random(name: string, shape: readonly number[], least = -1): Float32Array {
  const stream = new RandomStream(3, name);
  return Float32Array.from({ length: sizeOf(shape) }, () => least + 2 * stream.uniform());
}

function constant(graph: Graph, name: string, shape: readonly number[], least?: number): Value {
  return graph.constant("float32", shape, random(name, shape, least), name);
}

function normalize(graph: Graph, name: string, x: Value): Value {
  const channels = [x.shape[1]!];
  const parts = [`${name}.weight`, `${name}.bias`, `${name}.running_mean`].map((part) =>
    constant(graph, part, channels)
  );
  const variance = constant(graph, `${name}.running_var`, channels, 0.1);
  return graph.node("BatchNormalization", [x, ...parts, variance], { epsilon: 1e-3 });
}

async function run(graph: Graph, shape: readonly number[]): Promise<Float32Array[]> {
  const session = await Session.create(graph, { optimization: "disabled" });
  const outputs = await session.run({ x: { dtype: "float32", shape, data: random("x", shape) } });
  await session.release();
  return Object.values(outputs).map(({ data }) => data as Float32Array);
}

function assertNear(actual: readonly Float32Array[], expected: readonly Float32Array[]): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((values, output) =>
    values.forEach((value, index) => {
      assert.ok(Math.abs(value - expected[output]![index]!) < 1e-5, `${output} ${index}: ${value}`);
    })
  );
}

const shape = [2, 4, 5, 5];
const window = { pads: [1, 1, 1, 1] };

Deno.test("foldBatchNorm folds plain, grouped and biased convolutions and keeps the results", async () => {
  const graph = new Graph("folded");
  let x = graph.input("x", "float32", shape);
  x = graph.node("Conv", [x, constant(graph, "a.weight", [6, 4, 3, 3])], window);
  x = normalize(graph, "bn1", x);
  x = graph.node("Conv", [x, constant(graph, "b.weight", [6, 2, 3, 3])], { ...window, group: 3 });
  x = normalize(graph, "bn2", x);
  const biased = [constant(graph, "c.weight", [3, 6, 1, 1]), constant(graph, "c.bias", [3])];
  graph.output("y", normalize(graph, "bn3", graph.node("Conv", [x, ...biased], {})));
  const folded = removeDeadCode(foldBatchNorm(graph));
  assert.deepEqual(folded.nodes.map(({ op }) => op), ["Conv", "Conv", "Conv"]);
  assert.deepEqual([...folded.constants.keys()].sort(), [
    "a.bias",
    "a.weight",
    "b.bias",
    "b.weight",
    "c.bias",
    "c.weight",
  ]);
  assertNear(await run(folded, shape), await run(graph, shape));
});

Deno.test("foldBatchNorm leaves a convolution alone that something else reads", async () => {
  const graph = new Graph("shared");
  const x = graph.input("x", "float32", shape);
  const y = graph.node("Conv", [x, constant(graph, "a.weight", [6, 4, 3, 3])], window);
  graph.output("normalized", normalize(graph, "bn", y));
  graph.output("raw", y);
  graph.output("input", normalize(graph, "bn0", x));
  const folded = foldBatchNorm(graph);
  assert.deepEqual(
    folded.nodes.map(({ op }) => op),
    ["Conv", "BatchNormalization", "BatchNormalization"],
  );
  assertNear(await run(folded, shape), await run(graph, shape));
});

Deno.test("useStandardOperators writes FusedMatMul with operators of ONNX", async () => {
  const graph = new Graph("products");
  const x = graph.input("x", "float32", [3, 4]);
  const weight = constant(graph, "fc.weight", [5, 4]);
  graph.output("a", fusedMatMul(graph, x, weight, { transB: true, alpha: 0.5 }));
  graph.output("b", fusedMatMul(graph, x, constant(graph, "rows", [3, 2]), { transA: true }));
  const standard = useStandardOperators(graph);
  assert.ok(!standard.nodes.some(({ op }) => op === "FusedMatMul"));
  assertNear(await run(standard, [3, 4]), await run(graph, [3, 4]));
});
