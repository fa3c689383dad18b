import assert from "node:assert/strict";
import { join } from "node:path";
import { backboneOf } from "../../students/testdata/parity_step.ts";
import { mobilenetV2 } from "../../students/mobilenet_v2.ts";
import { resnet18 } from "../../students/resnet18.ts";
import { add, mul, relu } from "../onnx/build.ts";
import { Graph, type Node } from "../onnx/graph.ts";
import { smallBatch, smallSizes, smallTrainingStep } from "../train/testdata/small_training.ts";
import { Trainer } from "../train/trainer.ts";
import { fileOrder } from "./execution_order.ts";

function smallStep(student: typeof resnet18) {
  const options = { imageSize: smallSizes.imageSize, widthMultiplier: 0.125 };
  return smallTrainingStep(backboneOf(student, options));
}

Deno.test("fileOrder() puts what is to run later first, and readers after what they read", () => {
  const graph = new Graph("order");
  const x = graph.input("x", "float32", [2]);
  const first = relu(graph, x), second = mul(graph, x, x);
  graph.output("y", add(graph, first, second));
  assert.deepEqual(fileOrder(graph.nodes).map(({ op }) => op), ["Mul", "Relu", "Add"]);
  for (const student of [resnet18, mobilenetV2]) {
    const { nodes } = smallStep(student).graph;
    const order = fileOrder(nodes);
    assert.deepEqual(new Set(order), new Set(nodes));
    const made = new Set(nodes.flatMap(({ outputs }) => outputs.map(({ name }) => name)));
    for (const { inputs, outputs } of order) {
      for (const { name } of outputs) made.delete(name);
      assert(!inputs.some(({ name }) => made.has(name)), "a node stands before what it reads");
    }
  }
});

/** Names of the nodes in the order in which the runtime ran them, from its profile. */
async function executedNodes(step: ReturnType<typeof smallStep>): Promise<string[]> {
  const folder = await Deno.makeTempDir();
  try {
    const session = { profile: join(folder, "kernels") };
    const trainer = await Trainer.create(step, { seed: 1, session });
    await trainer.step(smallBatch(0), 0.01);
    await trainer.release();
    const [file] = [...Deno.readDirSync(folder)];
    const events: { cat: string; name: string; ts: number }[] = JSON.parse(
      await Deno.readTextFile(join(folder, file!.name)),
    );
    const suffix = "_kernel_time";
    return events.filter(({ cat, name }) => cat === "Node" && name.endsWith(suffix))
      .toSorted((a, b) => a.ts - b.ts)
      .map(({ name }) => name.slice(0, -suffix.length));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const student of [resnet18, mobilenetV2]) {
  Deno.test(`the runtime runs the convolutions of ${student.name} as they were built`, async () => {
    const step = smallStep(student);
    const position = new Map<string, number>();
    const nodes = step.graph.nodes;
    const built = new Map(nodes.map((node, index) => [node, index]));
    fileOrder(nodes).forEach((node: Node, index) =>
      position.set(`${node.op}/${index}`, built.get(node)!)
    );
    // The transforms of Winograd's tiles do not wait for each other and may come in any order.
    const counts = ({ op, inputs: [, weight] }: Node) =>
      op === "Conv" && !(weight!.shape[0] === 36 && weight!.shape[1] === 1);
    const counted = new Set(
      fileOrder(nodes).flatMap((node, index) => counts(node) ? [`Conv/${index}`] : []),
    );
    const executed = (await executedNodes(step)).filter((name) => counted.has(name));
    const expected = counted.size;
    const places = executed.flatMap((name) => position.get(name) ?? []);
    assert(
      places.length > 0.9 * expected,
      `${places.length} of ${expected} convolutions are known`,
    );
    let inOrder = 0;
    places.forEach((place, index) => {
      if (index === 0 || place > places[index - 1]!) inOrder++;
    });
    // The phases of a strided convolution's gradient may come in any order.
    assert(inOrder > 0.85 * places.length, `${inOrder} of ${places.length} are in order`);
  });
}

Deno.test("a weight gradient runs beside the gradient that it reads, a mask before its use", async () => {
  const executed = await executedNodes(smallStep(resnet18));
  const last = (op: string) => executed.findLastIndex((name) => name.startsWith(`${op}/`));
  const first = (op: string) => executed.findIndex((name) => name.startsWith(`${op}/`));
  assert(first("HardSigmoid") > last("Relu"), "a mask was made in the forward pass");
  // The stem's gradient comes last; were all weight gradients at the end, no convolution would be
  // among the last third of the nodes.
  assert(last("Conv") > 0.66 * executed.length, `${last("Conv")} of ${executed.length}`);
});
