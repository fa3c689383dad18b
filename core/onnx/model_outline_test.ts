import assert from "node:assert/strict";
import { DataError } from "../errors.ts";
import { expand, pad, reshape } from "./build.ts";
import { Graph } from "./graph.ts";
import { readModelOutline } from "./model_outline.ts";
import { encodeModel } from "./proto.ts";
import { onnx } from "./proto_messages.ts";

type Raw = Record<string, unknown>;

/** A graph's file with something else in it, as the messages hold it. */
function changed(
  graph: Graph,
  change: (graph: { node: Raw[]; initializer: Raw[]; output: Raw[] }) => void,
) {
  const type = onnx.lookupType("ModelProto");
  const value = type.toObject(type.decode(encodeModel(graph))) as {
    graph: Parameters<typeof change>[0];
  };
  change(value.graph);
  return type.encode(type.fromObject(value)).finish();
}

const refuses = (bytes: Uint8Array, reason: RegExp) =>
  assert.throws(
    () => readModelOutline(bytes, "a.onnx"),
    (error) => error instanceof DataError && reason.test(error.message),
  );

Deno.test("readModelOutline refuses an output without a name, on which the runtime crashes", () => {
  const graph = new Graph("split");
  const x = graph.input("x", "float32", [4]);
  const [first, second] = graph.nodeOutputs("Split", [x], { axis: 0, split: [2, 2] });
  graph.output("first", first!);
  graph.output("second", second!);
  const bytes = changed(graph, ({ node, output }) => {
    (node[0]!["output"] as string[])[1] = "";
    output.pop();
  });
  refuses(bytes, /output 1 of an operator Split has no name/);
});

Deno.test("readModelOutline refuses numbers that no network has, before anything is taken", () => {
  const graph = new Graph("sizes");
  const x = graph.input("x", "float32", [1, 3, 4, 4]);
  const weight = graph.constant("float32", [2, 3, 1, 1], new Float32Array(6));
  const window = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 };
  const convolved = graph.node("Conv", [x, weight], window);
  const padded = pad(graph, convolved, [0, 0, 1, 1, 0, 0, 1, 1]);
  graph.output("y", reshape(graph, expand(graph, padded, [3, 2, 6, 6]), [3, 72]));
  readModelOutline(encodeModel(graph), "a.onnx");
  const setAttribute = (name: string, value: number) =>
    changed(graph, ({ node }) => {
      for (const { attribute } of node as { attribute?: { name: string; ints: number[] }[] }[]) {
        for (const item of attribute ?? []) if (item.name === name) item.ints[0] = value;
      }
    });
  refuses(setAttribute("strides", 2 ** 40), /strides is 1099511627776, expected at most 1048576/);
  refuses(setAttribute("dilations", -(2 ** 31)), /dilations is -2147483648/);
  const setShape = (operator: string, value: bigint) =>
    changed(graph, ({ node, initializer }) => {
      const { input } = node.find(({ opType }) => opType === operator) as { input: string[] };
      const constant = initializer.find(({ name }) => name === input[1])!;
      const numbers = new BigInt64Array(Uint8Array.from(constant["rawData"] as Uint8Array).buffer);
      numbers[0] = value;
      constant["rawData"] = new Uint8Array(numbers.buffer);
    });
  refuses(setShape("Pad", 2n ** 40n), /Pad pads by 1099511627776, expected at most 4096/);
  refuses(setShape("Expand", 2n ** 30n), /Expand gives \[1073741824, 2, 6, 6\], expected at most/);
  refuses(setShape("Reshape", 2n ** 40n), /Reshape gives/);
  refuses(
    changed(graph, ({ initializer }) => {
      (initializer.find(({ dataType }) => dataType === 1)!["dims"] as number[])[0] = 2 ** 31;
    }),
    /has 6442450944 elements, expected at most/,
  );
  refuses(
    changed(graph, ({ initializer }) => {
      (initializer.find(({ dataType }) => dataType === 1)!["dims"] as number[])[0] = 3;
    }),
    /has 24 bytes, expected 36/,
  );
});
