import assert from "node:assert/strict";
import { GraphError } from "../errors.ts";
import {
  addAll,
  cast,
  concat,
  expand,
  fusedMatMul,
  pad,
  reduceMean,
  reduceSum,
  relu,
  reshape,
  scale,
  slice,
  transpose,
} from "./build.ts";
import { Graph, sizeOf } from "./graph.ts";

Deno.test("Graph gives every value a name and a position of its own", () => {
  const graph = new Graph("names");
  const x = graph.input("x", "float32", [1]);
  const y = relu(graph, x), z = relu(graph, y);
  assert.deepEqual([x, y, z].map(({ name, id }) => [name, id]), [["x", 0], ["v1", 1], ["v2", 2]]);
});

Deno.test("Graph refuses names that are taken", () => {
  const graph = new Graph("taken");
  const x = graph.input("x", "float32", [1]);
  graph.output("y", x);
  graph.constant("float32", [1], Float32Array.of(1), "c");
  assert.throws(() => graph.input("x", "float32", [1]), /input "x" to graph taken: the name is/);
  assert.throws(() => graph.output("y", x), /output "y" to graph taken: the name is taken/);
  assert.throws(
    () => graph.constant("float32", [1], Float32Array.of(2), "c"),
    /constant "c": the name is taken/,
  );
});

Deno.test("Graph shares small constants of equal content, type and shape", () => {
  const graph = new Graph("constants");
  const one = graph.scalar(1);
  assert.equal(graph.scalar(1), one);
  assert.notEqual(graph.scalar(2), one);
  assert.notEqual(graph.scalar(1, [1]), one);
  assert.notEqual(graph.constant("int32", [], Int32Array.of(1)), one);
  assert.notEqual(graph.scalar(0), graph.scalar(-0));
});

Deno.test("Graph refuses a constant whose data do not fill its shape", () => {
  assert.throws(
    () => new Graph("short").constant("float32", [2, 3], new Float32Array(5), "weight"),
    /constant weight to graph short: 5 elements, expected 6 for shape \[2, 3\]/,
  );
});

Deno.test("Graph names the operator, the graph and the shapes that do not fit", () => {
  const graph = new Graph("misfit");
  const a = graph.input("a", "float32", [2, 3]);
  const b = graph.input("b", "float32", [4, 5]);
  assert.throws(() => graph.node("MatMul", [a, b], {}), (error) => {
    assert(error instanceof GraphError);
    assert.equal(
      error.message,
      "Cannot add MatMul to graph misfit: inner lengths differ: 3 and 4; inputs: [2, 3], [4, 5]",
    );
    return true;
  });
  assert.equal(graph.nodes.length, 0);
});

Deno.test("Graph.region() collects the nodes of its body, and no others", () => {
  const graph = new Graph("regions");
  const x = graph.input("x", "float32", [1]);
  relu(graph, x);
  const [y] = graph.region("pair", [x], () => [relu(graph, relu(graph, x))], () => [null]);
  relu(graph, y!);
  assert.deepEqual([...graph.regions[0]!.nodes], graph.nodes.slice(1, 3));
  assert.throws(() =>
    graph.region("broken", [x], () => {
      throw new RangeError("no body");
    }, () => [null]), RangeError);
  relu(graph, y!);
  assert.equal(graph.regions.length, 1);
});

Deno.test("builders add no node where there is nothing to do", () => {
  const graph = new Graph("nothing");
  const x = graph.input("x", "float32", [2, 3]);
  assert.equal(reshape(graph, x, [2, 3]), x);
  assert.equal(transpose(graph, x, [0, 1]), x);
  assert.equal(cast(graph, x, "float32"), x);
  assert.equal(concat(graph, [x], 0), x);
  assert.equal(expand(graph, x, [2, 3]), x);
  assert.equal(slice(graph, x, [{ axis: 0, start: 0, end: 2 }, { axis: 1, start: 0, end: 3 }]), x);
  assert.equal(pad(graph, x, [0, 0, 0, 0]), x);
  assert.equal(scale(graph, x, 1), x);
  assert.equal(addAll(graph, [x]), x);
  assert.equal(reduceSum(graph, x, []), x);
  assert.equal(reduceMean(graph, x, []), x);
  assert.equal(graph.nodes.length, 0);
  assert.equal(fusedMatMul(graph, x, reshape(graph, x, [3, 2])).shape.join(), "2,2");
  assert.deepEqual(graph.nodes.map((node) => node.op), ["Reshape", "MatMul"]);
});

Deno.test("sizeOf() is the product of lengths, 1 for a scalar", () => {
  assert.deepEqual([[], [3], [2, 3, 4], [2, 0]].map(sizeOf), [1, 3, 24, 0]);
});
