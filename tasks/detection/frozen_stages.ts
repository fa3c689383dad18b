/**
 * The parameters of the first stages of a student.
 *
 * @module
 */

import type { Backbone } from "../../core/methods/backbone.ts";
import { ModuleContext } from "../../core/nn/module_context.ts";
import { Graph, type Value } from "../../core/onnx/graph.ts";
import { reachable } from "../../core/onnx/passes/dead_code.ts";

/**
 * Names of all parameters and buffers that a student's first stages are made of.
 *
 * @param stages 0: none; 1: everything that C2 depends on, and so on up to 4 for C5.
 */
export function stageParameters(
  backbone: Backbone,
  { imageSize, stages }: { readonly imageSize: number; readonly stages: number },
): Set<string> {
  if (stages === 0) return new Set();
  const graph = new Graph("stages");
  const declared = new Map<Value, string>();
  const context = new ModuleContext(graph, {
    layout: "nchw",
    mode: "eval",
    bind(_, { name, shape }) {
      const value = graph.input(name, "float32", shape);
      declared.set(value, name);
      return value;
    },
  });
  const images = graph.input("images", "float32", [1, 3, imageSize, imageSize]);
  const features = backbone.features(context, images);
  const last = [features.c2, features.c3, features.c4, features.c5][stages - 1]!;
  graph.output("last", last);
  const { values } = reachable(graph);
  return new Set([...declared].flatMap(([value, name]) => values.has(value) ? [name] : []));
}
