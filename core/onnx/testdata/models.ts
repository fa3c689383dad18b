/**
 * Model files of every operator, for the official checker.
 *
 * @module
 */

import { fillInput, gradientCases } from "../../autodiff/testdata/gradient_cases.ts";
import type { HostTensor } from "../../engine/session.ts";
import { RandomStream } from "../../random.ts";
import { add, relu } from "../build.ts";
import { Graph } from "../graph.ts";
import type { OpAttributes, OpName } from "../op.ts";
import { encodeModel } from "../proto.ts";
import { operatorAnswers } from "./operator_answers.ts";

/** A model with something to feed it. */
export interface ExampleModel {
  readonly op: string;
  readonly graph: Graph;
  readonly bytes: Uint8Array;
  readonly feeds: Readonly<Record<string, HostTensor>>;
}

function operatorModel(
  op: OpName,
  attributes: OpAttributes[OpName],
  inputs: readonly HostTensor[],
): ExampleModel {
  const graph = new Graph(`one ${op}`);
  const feeds: Record<string, HostTensor> = {};
  const values = inputs.map((tensor, index) => {
    feeds[`x${index}`] = tensor;
    return graph.input(`x${index}`, tensor.dtype, tensor.shape);
  });
  graph.nodeOutputs(op, values, attributes).forEach((output, index) =>
    graph.output(`y${index}`, output)
  );
  return { op, graph, bytes: encodeModel(graph), feeds };
}

/** A model with a batch of any length and with metadata. */
function exportedModel(): ExampleModel {
  const graph = new Graph("exported");
  const x = graph.input("x", "float32", [2, 3]);
  const bias = graph.constant("float32", [3], Float32Array.of(1, -2, 0.5), "bias");
  graph.output("y", relu(graph, add(graph, x, bias)));
  const feeds: Record<string, HostTensor> = {
    x: { dtype: "float32", shape: [2, 3], data: Float32Array.of(1, 2, 3, -4, -5, 6) },
  };
  const bytes = encodeModel(graph, {
    metadata: { classes: "Hund\nKatze", preprocess: "{}" },
    batchDimension: "batch",
  });
  return { op: "exported", graph, bytes, feeds };
}

/** Every case of every operator as a model of its own, and one with all that a file can say. */
export function exampleModels(): ExampleModel[] {
  const models: ExampleModel[] = [];
  for (const [name, cases] of Object.entries(gradientCases)) {
    if (!(Symbol.iterator in cases)) continue;
    const op = name as OpName;
    for (const { attributes, inputs } of cases) {
      const random = new RandomStream(5, op, models.length);
      const tensors = inputs.map((input, position) => fillInput(input, position, random));
      models.push(operatorModel(op, attributes, tensors));
    }
  }
  for (const { op, attributes, inputs } of operatorAnswers) {
    models.push(operatorModel(op, attributes, inputs));
  }
  models.push(exportedModel());
  return models;
}
