import assert from "node:assert/strict";
import { join } from "node:path";
import { vjpRules } from "../autodiff/rules/mod.ts";
import { channelBlock } from "../engine/channel_block.ts";
import { floatTensor, Session } from "../engine/session.ts";
import { sha256 } from "../files.ts";
import { relu } from "./build.ts";
import { Graph } from "./graph.ts";
import { encodeModel } from "./proto.ts";
import { exampleModels } from "./testdata/models.ts";
import { operatorAnswers } from "./testdata/operator_answers.ts";

Deno.test("encodeModel() writes the bytes that the official ONNX checker accepted", async () => {
  const path = join(import.meta.dirname!, "testdata/checked_models.json");
  const { operators, models } = JSON.parse(await Deno.readTextFile(path)) as {
    operators: Record<string, string>;
    models: number;
  };
  const hashes = new Map<string, string[]>();
  for (const { op, bytes } of exampleModels()) {
    hashes.set(op, [...hashes.get(op) ?? [], sha256(bytes)]);
  }
  assert.equal([...hashes.values()].flat().length, models);
  for (const [op, own] of hashes) {
    assert.equal(
      sha256(own.join("")),
      operators[op],
      `models of ${op} have changed: run testdata/check_models.py to have them checked again`,
    );
  }
  assert.deepEqual(
    Object.keys(vjpRules).filter((op) => !hashes.has(op)),
    [],
    "operators without an example",
  );
});

/** Operators that not every machine has. */
const blocked: ReadonlySet<string> = new Set([
  "ReorderInput",
  "ReorderOutput",
  "BlockedConv",
  "BlockedMaxPool",
]);
const block = await channelBlock();

for (const { op, attributes, inputs, output } of operatorAnswers) {
  const title = `${op} ${JSON.stringify(attributes)} of ${inputs[0]!.data} is ${output.data}`;
  const ignore = blocked.has(op) && block === undefined;
  Deno.test({ name: title, ignore }, async () => {
    const graph = new Graph(op);
    const values = inputs.map(({ dtype, shape }, index) => graph.input(`x${index}`, dtype, shape));
    const result = graph.node(op, values, attributes);
    assert.deepEqual([result.dtype, result.shape], [output.dtype, output.shape]);
    graph.output("y", result);
    const session = await Session.create(graph);
    const feeds = Object.fromEntries(inputs.map((tensor, index) => [`x${index}`, tensor]));
    assert.deepEqual((await session.run(feeds))["y"], output);
    await session.release();
  });
}

Deno.test("every operator has a known answer, here or beside the gradients", () => {
  const known = new Set<string>(operatorAnswers.map(({ op }) => op));
  const missing = Object.entries(vjpRules)
    .filter(([op, rule]) => typeof rule !== "function" && !known.has(op))
    .map(([op]) => op);
  assert.deepEqual(missing, []);
});

Deno.test("encodeModel() leaves out nodes and constants that no output depends on", () => {
  const graph = new Graph("lean");
  const x = graph.input("x", "float32", [4]);
  graph.output("y", relu(graph, x));
  const lean = encodeModel(graph);
  const big = graph.constant("float32", [1000], new Float32Array(1000), "unread");
  graph.node("Exp", [big], {});
  assert.deepEqual(encodeModel(graph), lean);
});

Deno.test("encodeModel() gives a Split whose parts are not all read names that run", async () => {
  const graph = new Graph("split");
  const x = graph.input("x", "float32", [3]);
  graph.output("last", graph.nodeOutputs("Split", [x], { axis: 0, split: [2, 1] })[1]!);
  const session = await Session.create(graph);
  const { last } = await session.run({ x: floatTensor(Float32Array.of(1, 2, 3), [3]) });
  assert.deepEqual(last, floatTensor(Float32Array.of(3), [1]));
  await session.release();
});

Deno.test("encodeModel() writes data of a view of a larger buffer", async () => {
  const graph = new Graph("view");
  const data = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
  graph.output("y", graph.constant("float32", [2], data));
  const session = await Session.create(graph);
  assert.deepEqual((await session.run({}))["y"], floatTensor(Float32Array.of(2, 3), [2]));
  await session.release();
});
