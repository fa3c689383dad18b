import assert from "node:assert/strict";
import { gradients } from "../autodiff/gradients.ts";
import { floatTensor, Session } from "../engine/session.ts";
import { add, mul, reciprocal, reduceMean, reduceSum, reshape, sqrt, sub } from "../onnx/build.ts";
import { Graph, sizeOf, type Value } from "../onnx/graph.ts";
import { simplify } from "../onnx/simplify.ts";
import { RandomStream } from "../random.ts";
import { inPhases, wholeMap } from "./column_phases.ts";
import { ModuleContext } from "./module_context.ts";
import { conv2d, type ConvolutionOptions } from "./layers.ts";
import { normalizedConvolution, phasedConvolution } from "./normalized_convolution.ts";

const epsilon = 1e-3;

/** BatchNorm by its definition; its gradients come of the chain rule through every step. */
function plainBatchNorm(graph: Graph, x: Value, gamma: Value, beta: Value): Value {
  const axes = [0, 2, 3, 4];
  const centered = sub(graph, x, reduceMean(graph, x, axes));
  const variance = reduceMean(graph, mul(graph, centered, centered), axes);
  const inverse = reciprocal(graph, sqrt(graph, add(graph, variance, graph.scalar(epsilon))));
  const perChannel = (vector: Value) => reshape(graph, vector, [1, vector.shape[0]!, 1, 1, 1]);
  const scaled = mul(graph, mul(graph, centered, inverse), perChannel(gamma));
  return add(graph, scaled, perChannel(beta));
}

/** y and the gradients of Σ y · dy for the image and all parameters. */
async function evaluate(
  shape: readonly number[],
  build: (context: ModuleContext, x: Value) => Value,
): Promise<Map<string, Float32Array>> {
  const graph = new Graph("pair");
  const random = new RandomStream(11);
  const normal = (count: number) => Float32Array.from({ length: count }, () => random.normal());
  const feeds: Record<string, ReturnType<typeof floatTensor>> = {};
  const inputs: Value[] = [];
  const input = (name: string, shape: readonly number[]) => {
    feeds[name] = floatTensor(normal(sizeOf(shape)), shape);
    const value = graph.input(name, "float32", shape);
    inputs.push(value);
    return value;
  };
  const x = input("x", shape);
  const context = new ModuleContext(graph, {
    layout: "chwn",
    mode: "train",
    bind: (kind, { name, shape }) =>
      kind === "parameter"
        ? input(name, shape)
        : graph.constant("float32", shape, new Float32Array(sizeOf(shape))),
  });
  const y = build(context, x);
  const dy = graph.constant("float32", y.shape, normal(sizeOf(y.shape)));
  const loss = reshape(graph, reduceSum(graph, mul(graph, y, dy), [0, 1, 2, 3, 4]), []);
  gradients(graph, loss, inputs).forEach((gradient, index) =>
    graph.output(`d ${inputs[index]!.name}`, gradient)
  );
  graph.output("y", y);
  const session = await Session.create(simplify(graph));
  const results = await session.run(feeds);
  await session.release();
  return new Map(
    Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]),
  );
}

const names = { convolution: "conv", normalization: "bn" };

const cases: {
  title: string;
  shape: readonly number[];
  options: ConvolutionOptions;
}[] = [
  {
    title: "3×3 over many pixels, whose weights take the scale",
    shape: [1, 4, 12, 12, 4],
    options: { outChannels: 5, kernel: 3, padding: 1 },
  },
  {
    title: "3×3 over few pixels, whose weights do not",
    shape: [1, 6, 3, 3, 2],
    options: { outChannels: 5, kernel: 3, padding: 1 },
  },
  {
    title: "depthwise with a stride",
    shape: [1, 4, 8, 8, 4],
    options: { outChannels: 4, kernel: 3, padding: 1, stride: 2, groups: 4 },
  },
  { title: "widening 1×1", shape: [1, 3, 4, 6, 4], options: { outChannels: 12, kernel: 1 } },
  { title: "narrowing 1×1", shape: [1, 12, 4, 6, 4], options: { outChannels: 3, kernel: 1 } },
];

for (const { title, shape, options } of cases) {
  Deno.test(`normalizedConvolution() is convolution and BatchNorm, gradients too: ${title}`, async () => {
    const actual = await evaluate(
      shape,
      (context, x) => normalizedConvolution(context, names, x, options, { epsilon }),
    );
    const wanted = await evaluate(shape, (context, x) => {
      const out = conv2d(context, "conv", x, options);
      const vector = [options.outChannels];
      const zero = () => {};
      return plainBatchNorm(
        context.graph,
        out,
        context.parameter("bn.weight", vector, zero),
        context.parameter("bn.bias", vector, zero),
      );
    });
    assert.deepEqual([...actual.keys()].toSorted(), [...wanted.keys()].toSorted());
    for (const [name, values] of wanted) {
      const scale = Math.max(...values.map(Math.abs));
      actual.get(name)!.forEach((value, index) =>
        assert(
          Math.abs(value - values[index]!) <= 2e-5 * scale,
          `${name}[${index}]: ${value}, wanted ${values[index]}`,
        )
      );
    }
  });
}

Deno.test("phasedConvolution() gives phases to a stride, and the same numbers", async () => {
  const shape = [1, 3, 4, 6, 4];
  const layers = (phases: number, check: (inPhases: boolean) => void) =>
  (
    context: ModuleContext,
    x: Value,
  ) => {
    const wide = { outChannels: 9, kernel: 1, phases };
    const map = phasedConvolution(context, names, x, wide, { epsilon });
    check(inPhases(map));
    const next = { convolution: "next", normalization: "bn2" };
    const strided = { outChannels: 9, kernel: 3, padding: 1, stride: 2, groups: 9 };
    return normalizedConvolution(context, next, map, strided, { epsilon });
  };
  const apart = await evaluate(shape, layers(2, (phased) => assert(phased)));
  const whole = await evaluate(shape, layers(1, (phased) => assert(!phased)));
  // A width that two does not divide has no phases.
  await evaluate([1, 3, 4, 5, 4], layers(2, (phased) => assert(!phased)));
  for (const [name, values] of whole) {
    const scale = Math.max(...values.map(Math.abs));
    apart.get(name)!.forEach((value, index) =>
      assert(Math.abs(value - values[index]!) <= 2e-5 * scale, `${name}[${index}]`)
    );
  }
});

Deno.test("wholeMap() puts the columns of phases back in their order", async () => {
  const graph = new Graph("columns");
  const even = graph.constant("float32", [1, 1, 1, 2, 2], Float32Array.of(0, 1, 4, 5));
  const odd = graph.constant("float32", [1, 1, 1, 2, 2], Float32Array.of(2, 3, 6, 7));
  graph.output("y", wholeMap(graph, { phases: [even, odd] }));
  const session = await Session.create(graph);
  const { y } = await session.run({});
  await session.release();
  assert.deepEqual(y, floatTensor(Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7), [1, 1, 1, 4, 2]));
});
