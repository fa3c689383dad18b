import assert from "node:assert/strict";
import { gradients } from "../autodiff/gradients.ts";
import { floatTensor, Session } from "../engine/session.ts";
import { mul, reduceSum } from "../onnx/build.ts";
import { Graph } from "../onnx/graph.ts";
import { type Activation, hardSigmoid, hardSwish, silu } from "./activations.ts";
import { ModuleContext } from "./module_context.ts";

const sigma = (x: number) => 1 / (1 + Math.exp(-x));
const gate = (x: number) => Math.min(Math.max(x / 6 + 0.5, 0), 1);

/** Value and derivative, from the definitions (`torch.nn.functional`). */
const cases: readonly {
  name: string;
  activation: Activation;
  value: (x: number) => number;
  derivative: (x: number) => number;
}[] = [
  {
    name: "silu",
    activation: silu,
    value: (x) => x * sigma(x),
    derivative: (x) => sigma(x) * (1 + x * (1 - sigma(x))),
  },
  {
    name: "hardSwish",
    activation: hardSwish,
    value: (x) => x * gate(x),
    derivative: (x) => x < -3 ? 0 : x > 3 ? 1 : x / 3 + 0.5,
  },
  {
    name: "hardSigmoid",
    activation: hardSigmoid,
    value: gate,
    derivative: (x) => Math.abs(x) < 3 ? 1 / 6 : 0,
  },
];

/** −9 to 9, but not the kinks at ±3. */
const points = Float32Array.from({ length: 181 }, (_, index) => (index - 90) / 10 + 0.013);
const cotangents = Float32Array.from(points, (_, index) => ((index * 37) % 11) - 5.5);

for (const { name, activation, value, derivative } of cases) {
  Deno.test(`${name}() has the value and the gradient of its definition`, async () => {
    const graph = new Graph(name);
    const x = graph.input("x", "float32", [points.length]);
    const context = new ModuleContext(graph, {
      layout: "nchw",
      mode: "train",
      bind: () => assert.fail("no activation has parameters"),
    });
    const y = activation(context, x);
    const weighted = mul(graph, y, graph.constant("float32", [points.length], cotangents));
    graph.output("y", y);
    graph.output("dx", gradients(graph, reduceSum(graph, weighted, [0], false), [x])[0]!);
    const session = await Session.create(graph);
    const results = await session.run({ x: floatTensor(points, [points.length]) });
    await session.release();
    points.forEach((point, index) => {
      const actual = results["y"]!.data[index] as number;
      assert(Math.abs(actual - value(point)) < 2e-6, `${name}(${point}) = ${actual}`);
      const slope = (results["dx"]!.data[index] as number) / cotangents[index]!;
      assert(Math.abs(slope - derivative(point)) < 2e-6, `${name}'(${point}) = ${slope}`);
    });
  });
}
