import assert from "node:assert/strict";
import { GraphError } from "../errors.ts";
import { add, relu, reshape } from "./build.ts";
import { checkGraph } from "./check.ts";
import { Graph, type Node } from "./graph.ts";

/** A sound graph with a region; its lists can then be spoilt. */
function soundGraph() {
  const graph = new Graph("sound");
  const x = graph.input("x", "float32", [2, 3]);
  const bias = graph.constant("float32", [3], Float32Array.of(1, 2, 3), "bias");
  const [y] = graph.region("biased_relu", [x], () => [relu(graph, add(graph, x, bias))], () => [x]);
  graph.output("y", reshape(graph, y!, [6]));
  return { graph, x, y: y! };
}

function assertFault(graph: Graph, message: RegExp): void {
  assert.throws(() => checkGraph(graph), (error) => {
    assert(error instanceof GraphError);
    assert.match(error.message, /^Graph sound is malformed:\n/);
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("checkGraph() accepts a sound graph", () => {
  checkGraph(soundGraph().graph);
  checkGraph(new Graph("empty"));
});

Deno.test("checkGraph() refuses a value that is computed after it is read", () => {
  const { graph } = soundGraph();
  graph.nodes.reverse();
  assertFault(graph, /v3: float32\[2, 3\] = Relu\(v2\): v2 is not computed before it/);
});

Deno.test("checkGraph() refuses a value of another graph", () => {
  const { graph } = soundGraph();
  const other = new Graph("other").input("foreign", "float32", [2, 3]);
  relu(graph, other);
  graph.output("foreign_output", other);
  assertFault(graph, /Relu\(foreign\): foreign is not computed/);
  assertFault(graph, /output "foreign_output" is foreign, which the graph does not hold/);
});

Deno.test("checkGraph() refuses a node that stands twice", () => {
  const { graph } = soundGraph();
  graph.nodes.push(graph.nodes[0]!);
  assertFault(graph, /the name "v2" is given twice/);
});

Deno.test("checkGraph() refuses types that are not the inferred ones", () => {
  const { graph } = soundGraph();
  Object.assign(graph.nodes[0]!.outputs[0]!, { shape: [3, 2] });
  assertFault(graph, /Add\(x, bias\): outputs are float32\[3, 2\], expected float32\[2, 3\]/);
});

Deno.test("checkGraph() refuses inputs that do not fit the operator", () => {
  const { graph, x } = soundGraph();
  Object.assign(x, { shape: [2, 4] });
  assertFault(graph, /Add\(x, bias\): shapes \[2, 4\] and \[3\] do not broadcast/);
});

Deno.test("checkGraph() refuses a constant whose data do not fit", () => {
  const { graph } = soundGraph();
  const value = graph.constants.get("bias")!.value;
  graph.constants.set("bias", { value, data: new BigInt64Array(2) });
  assertFault(graph, /constant bias has 2 elements, expected 3/);
  assertFault(graph, /constant bias is a BigInt64Array, expected Float32Array for float32/);
});

Deno.test("checkGraph() refuses an output with the name of an input", () => {
  const { graph, y } = soundGraph();
  graph.output("x", y);
  assertFault(graph, /the output name "x" is given twice or is a value's name/);
});

Deno.test("checkGraph() refuses a region that reads what it does not declare", () => {
  const { graph, x, y } = soundGraph();
  graph.region("greedy", [x], () => [add(graph, x, y)], () => [x]);
  graph.regions.push({
    name: "idle",
    inputs: [x],
    outputs: [y],
    nodes: new Set<Node>(),
    backward: () => [x],
  });
  assertFault(graph, /region greedy reads v3, which is not among its inputs/);
  assertFault(graph, /region idle does not compute its output v3/);
});

Deno.test("checkGraph() lists ten faults and counts the others", () => {
  const { graph } = soundGraph();
  for (let copy = 0; copy < 12; copy++) graph.nodes.push(graph.nodes[0]!);
  assertFault(graph, /(\n {2}the name "v2" is given twice){10}\n {2}and 2 more$/);
});
