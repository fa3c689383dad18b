import assert from "node:assert/strict";
import { join } from "node:path";
import { finiteDifferences } from "../engine/testdata/finite_differences.ts";
import { type HostTensor, Session } from "../engine/session.ts";
import { addAll, mul, reduceSum } from "../onnx/build.ts";
import { checkGraph } from "../onnx/check.ts";
import { Graph, sizeOf } from "../onnx/graph.ts";
import type { DataType, OpAttributes, OpName } from "../onnx/op.ts";
import { RandomStream } from "../random.ts";
import { gradients } from "./gradients.ts";
import { vjpRules } from "./rules/mod.ts";
import { fillInput, type GradientCase, gradientCases } from "./testdata/gradient_cases.ts";

const maximumElements = 40;

/** loss = Σ cotangent · output of one operator, with its gradients, as a session. */
async function gradientSession(
  op: OpName,
  attributes: OpAttributes[OpName],
  types: readonly { dtype: DataType; shape: readonly number[] }[],
) {
  const graph = new Graph(`gradient of ${op}`);
  const inputs = types.map(({ dtype, shape }, index) => graph.input(`x${index}`, dtype, shape));
  const outputs = graph.nodeOutputs(op, inputs, attributes)
    .filter((output) => output.dtype === "float32");
  const products = outputs.map((output, index) => {
    graph.output(`y${index}`, output);
    return mul(graph, output, graph.input(`dy${index}`, "float32", output.shape));
  });
  const sums = products.map((product) =>
    reduceSum(graph, product, product.shape.map((_, axis) => axis), false)
  );
  const loss = addAll(graph, sums);
  const targets = inputs.filter((input) => input.dtype === "float32");
  const together = gradients(graph, loss, targets);
  targets.forEach((target, index) => {
    const gradient = together[index]!;
    assert.deepEqual(gradient.shape, target.shape, `shape of the gradient of ${target.name}`);
    graph.output(`d${target.name}`, gradient);
    // Rules leave out what is not owed: the gradient must not depend on what else is asked.
    graph.output(`d${target.name} alone`, gradients(graph, loss, [target])[0]!);
  });
  checkGraph(graph);
  return { session: await Session.create(graph), outputs, targets };
}

function assertClose(
  actual: ArrayLike<number>,
  expected: readonly number[],
  { relative, absolute, what }: { relative: number; absolute: number; what: string },
): void {
  assert.equal(actual.length, expected.length, what);
  expected.forEach((value, index) => {
    const error = Math.abs(actual[index]! - value);
    assert(
      error <= absolute + relative * Math.abs(value),
      `${what}, element ${index}: ${actual[index]}, expected ${value}`,
    );
  });
}

async function checkByDifferences(op: OpName, number: number, testCase: GradientCase) {
  const random = new RandomStream(7, op, number);
  const tensors = testCase.inputs.map((input, position) => fillInput(input, position, random));
  const { session, outputs, targets } = await gradientSession(op, testCase.attributes, tensors);
  try {
    const feeds: Record<string, HostTensor> = {};
    tensors.forEach((tensor, index) => feeds[`x${index}`] = tensor);
    const cotangents: Record<string, Float32Array> = {};
    outputs.forEach((output, index) => {
      const filled = fillInput({ shape: output.shape, filling: "smooth" }, 0, random);
      feeds[`dy${index}`] = filled;
      cotangents[`y${index}`] = filled.data as Float32Array;
    });
    const results = await session.run(feeds);
    outputs.forEach(({ shape }, index) => assert.deepEqual(results[`y${index}`]!.shape, shape));
    for (const { name, shape } of targets) {
      assert.deepEqual(results[`d${name}`]!.shape, shape);
      const analytic = results[`d${name}`]!.data as Float32Array;
      assert.deepEqual(results[`d${name} alone`]!.data, analytic, `d${name} alone`);
      const elements = [...random.permutation(sizeOf(shape))].slice(0, maximumElements);
      const numeric = await finiteDifferences(session, feeds, {
        cotangents,
        input: name,
        elements,
        // Half of the shortest way to a kink.
        step: 2 ** -6,
      });
      const what = `case ${number} ${JSON.stringify(testCase)}: d${name}`;
      assertClose(elements.map((element) => analytic[element]!), numeric, {
        relative: 2e-3,
        absolute: 2e-3,
        what,
      });
    }
  } finally {
    await session.release();
  }
}

for (const [name, cases] of Object.entries(gradientCases)) {
  const op = name as OpName;
  if ("zeroGradient" in cases || "notDifferentiable" in cases) {
    Deno.test(`gradients() treats ${op} as the table of cases says`, () => {
      assert.deepEqual(Object.keys(vjpRules[op]), Object.keys(cases));
    });
    continue;
  }
  Deno.test(`gradients() of ${op} equal finite differences`, async () => {
    assert(cases.length > 0);
    for (const [number, testCase] of cases.entries()) {
      await checkByDifferences(op, number, testCase);
    }
  });
}

/** A line of testdata/gradients.jsonl. */
interface KnownAnswer {
  readonly op: OpName;
  readonly attributes: OpAttributes[OpName];
  readonly inputs: readonly { dtype: DataType; shape: number[]; data: number[] }[];
  readonly cotangents: readonly number[][];
  readonly outputs: readonly number[][];
  readonly gradients: readonly (number[] | null)[];
}

const text = await Deno.readTextFile(join(import.meta.dirname!, "testdata/gradients.jsonl"));
const knownAnswers = text.trim().split("\n").map((line) => JSON.parse(line) as KnownAnswer);

function toTensor({ dtype, shape, data }: KnownAnswer["inputs"][number]): HostTensor {
  const elements = dtype === "int64"
    ? BigInt64Array.from(data, BigInt)
    : dtype === "bool"
    ? Uint8Array.from(data)
    : Float32Array.from(data);
  return { dtype, shape, data: elements };
}

async function checkKnownAnswer(answer: KnownAnswer, number: number): Promise<void> {
  const { op, attributes } = answer;
  const tensors = answer.inputs.map(toTensor);
  const { session, outputs, targets } = await gradientSession(op, attributes, tensors);
  try {
    const feeds: Record<string, HostTensor> = {};
    tensors.forEach((tensor, index) => feeds[`x${index}`] = tensor);
    outputs.forEach(({ shape }, index) => {
      const data = Float32Array.from(answer.cotangents[index]!);
      feeds[`dy${index}`] = { dtype: "float32", shape, data };
    });
    const results = await session.run(feeds);
    const compare = (name: string, expected: readonly number[]) => {
      const what = `case ${number}, ${JSON.stringify(attributes)}: ${name}`;
      const actual = results[name]!.data as Float32Array;
      assertClose(actual, expected, { relative: 2e-5, absolute: 2e-5, what });
    };
    outputs.forEach((_, index) => compare(`y${index}`, answer.outputs[index]!));
    for (const { name } of targets) compare(`d${name}`, answer.gradients[Number(name.slice(1))]!);
  } finally {
    await session.release();
  }
}

for (const [op, rule] of Object.entries(vjpRules)) {
  if (typeof rule !== "function") continue;
  Deno.test(`gradients() of ${op} equal PyTorch's`, async () => {
    const answers = knownAnswers.filter((answer) => answer.op === op);
    assert(answers.length > 0, `no known answer in testdata/gradients.jsonl`);
    for (const [number, answer] of answers.entries()) await checkKnownAnswer(answer, number);
  });
}
