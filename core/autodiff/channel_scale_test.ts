import assert from "node:assert/strict";
import { Graph } from "../onnx/graph.ts";
import { keepNode, rebuild } from "../onnx/passes/rebuild.ts";
import { channelScaleOf, scaleChannels } from "./channel_scale.ts";

Deno.test("channelScaleOf() gives what scaleChannels() was given, in its graph only", () => {
  const graph = new Graph("scaled");
  const value = graph.input("value", "float32", [2, 3, 4]);
  const factor = graph.input("factor", "float32", [3]);
  const scaled = scaleChannels(graph, value, factor);
  assert.deepEqual(channelScaleOf(graph, scaled), { value, factor });
  assert.equal(channelScaleOf(graph, value), undefined);
  assert.equal(channelScaleOf(new Graph("other"), scaled), undefined);
});

Deno.test("rebuild() drops channel scales", () => {
  const graph = new Graph("scaled");
  const value = graph.input("value", "float32", [2, 3, 4]);
  graph.output("y", scaleChannels(graph, value, graph.input("factor", "float32", [3])));
  const rebuilt = rebuild(graph, keepNode);
  assert.equal(channelScaleOf(rebuilt, rebuilt.outputs[0]!.value), undefined);
});
