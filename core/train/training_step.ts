/**
 * One training step as one graph: forward, loss, gradients, optimizer update, running statistics
 * and the method's own state.
 *
 * @module
 */

import { gradients } from "../autodiff/gradients.ts";
import { concat, reshape } from "../onnx/build.ts";
import { type ChosenAlgorithm, Graph, sizeOf, type Value } from "../onnx/graph.ts";
import type { ChooseAlgorithm } from "../onnx/algorithm.ts";
import { simplify } from "../onnx/passes/simplify.ts";
import type { Layout } from "../nn/layout.ts";
import {
  type ModelSpec,
  ModuleContext,
  totalSize,
  traceModel,
  unflatten,
} from "../nn/module_context.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import type { LossOutputs, MethodState } from "../methods/method.ts";
import { gradientOutput, parameterInput } from "./parameter_tensors.ts";

/** What a training step is made of. */
export interface TrainingStepOptions {
  /** Name for messages. */
  readonly name: string;
  readonly layout: Layout;
  readonly optimizer: Optimizer;
  /** State tensors before the first step. */
  readonly initialState: MethodState;
  /**
   * Factor on the learning rate by parameter name; 1 where absent.
   */
  readonly learningRateFactor?: (parameterName: string) => number;
  /** Adds inputs, model and loss; called once more for the declarations alone. */
  readonly forward: (context: ModuleContext, state: Record<string, Value>) => LossOutputs;
  /** Also return the flat gradient, as output `gradient`, where the graph updates. @default {false} */
  readonly exposeGradient?: boolean;
  /**
   * Whether the graph updates the parameters, or returns the gradients for an update on the host, and
   * has no inputs for the optimizer. @default {"graph"}
   */
  readonly update?: "graph" | "host";
  /** Chooses the forms of operations with several; the rules where absent. */
  readonly chooseAlgorithm?: ChooseAlgorithm | undefined;
  /**
   * Channels in a block of the runtime's blocked layout on the machine that will run the step
   * (`channelBlock()`); that layout is not used where absent.
   */
  readonly channelBlock?: number | undefined;
}

/** A training step, ready to be loaded. */
export interface TrainingStep {
  /**
   * Inputs: those that `forward` adds, `parameters` [P], `buffers` [S] (where there are any), one
   * vector per optimizer slot, `learning_rate` [], `step` [] (from 1 on), `state/<name>`.
   * Outputs: `loss`, `part/<name>` and, for each of those that a step changes, `next/<name>`.
   * Where the host updates, there are `parameters/<name>` of every parameter's shape, `gradient/<name>`
   * with as many numbers, and no `parameters`, slots, `learning_rate`, `step` nor `next/parameters`.
   */
  readonly graph: Graph;
  readonly spec: ModelSpec;
  readonly optimizer: Optimizer;
  readonly initialState: MethodState;
  /** Names of the parts of the loss. */
  readonly parts: readonly string[];
  /** The forms that were taken of operations with several, by key. */
  readonly algorithms: ReadonlyMap<string, ChosenAlgorithm>;
}

function stateInputs(graph: Graph, initialState: MethodState): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(initialState).map(([name, { shape }]) => [
      name,
      graph.input(`state/${name}`, "float32", shape),
    ]),
  );
}

/** Builds the graph of a training step. */
export function buildTrainingStep(options: TrainingStepOptions): TrainingStep {
  const { optimizer, initialState, layout } = options;
  const spec = traceModel({ layout, mode: "train" }, (context) => {
    options.forward(context, stateInputs(context.graph, initialState));
  });
  const { chooseAlgorithm, channelBlock } = options;
  const graph = new Graph(options.name, { chooseAlgorithm, channelBlock });
  const parameterCount = totalSize(spec.parameters), bufferCount = totalSize(spec.buffers);
  const updateInputs = options.update === "host" ? undefined : {
    parameters: graph.input("parameters", "float32", [parameterCount]),
    state: optimizer.slots.map((slot) => graph.input(slot, "float32", [parameterCount])),
    learningRate: graph.input("learning_rate", "float32", []),
    step: graph.input("step", "float32", []),
  };
  const parameterParts = updateInputs
    ? unflatten(graph, updateInputs.parameters, spec.parameters)
    : new Map(spec.parameters.map(({ name, shape }) => [
      name,
      graph.input(parameterInput(name), "float32", shape),
    ]));
  const bufferParts = bufferCount > 0
    ? unflatten(graph, graph.input("buffers", "float32", [bufferCount]), spec.buffers)
    : new Map<string, Value>();
  const context = new ModuleContext(graph, {
    layout,
    mode: "train",
    bind: (kind, { name }) => (kind === "parameter" ? parameterParts : bufferParts).get(name)!,
  });
  const { loss, parts, nextState } = options.forward(context, stateInputs(graph, initialState));

  const targets = spec.parameters.map(({ name }) => parameterParts.get(name)!);
  const flat = (value: Value) => reshape(graph, value, [sizeOf(value.shape)]);
  const slopes = gradients(graph, loss, targets);

  graph.output("loss", reshape(graph, loss, []));
  for (const [name, value] of Object.entries(parts)) {
    graph.output(`part/${name}`, reshape(graph, value, []));
  }
  if (updateInputs) {
    const gradient = concat(graph, slopes.map(flat), 0);
    if (options.exposeGradient) graph.output("gradient", gradient);
    const updated = optimizer.update(graph, {
      gradient,
      ...updateInputs,
      learningRate: groupedLearningRate(
        graph,
        updateInputs.learningRate,
        spec,
        options.learningRateFactor,
      ),
    });
    graph.output("next/parameters", updated.parameters);
    optimizer.slots.forEach((slot, index) => graph.output(`next/${slot}`, updated.state[index]!));
  }
  if (!updateInputs) {
    const reshaped = new Map(
      graph.nodes.flatMap((node) =>
        node.op === "Reshape" ? [[node.outputs[0]!, node.inputs[0]!]] as const : []
      ),
    );
    spec.parameters.forEach(({ name }, index) => {
      // The host reads the numbers alone; a Reshape at the end of a graph would copy them.
      let slope = slopes[index]!;
      while (reshaped.has(slope)) slope = reshaped.get(slope)!;
      graph.output(gradientOutput(name), slope);
    });
  }
  if (bufferCount > 0) {
    const next = spec.buffers.map(({ name }) =>
      flat(context.bufferUpdates.get(name) ?? bufferParts.get(name)!)
    );
    graph.output("next/buffers", concat(graph, next, 0));
  }
  for (const [name, value] of Object.entries(nextState)) {
    graph.output(`next/state/${name}`, value);
  }
  return {
    graph: simplify(graph),
    spec,
    optimizer,
    initialState,
    parts: Object.keys(parts),
    algorithms: graph.algorithms,
  };
}

/** The learning rate as a scalar, or as a vector where parameters have factors of their own. */
function groupedLearningRate(
  graph: Graph,
  learningRate: Value,
  spec: ModelSpec,
  factor: TrainingStepOptions["learningRateFactor"],
): Value {
  if (!factor) return learningRate;
  const factors = new Float32Array(totalSize(spec.parameters));
  let offset = 0;
  for (const { name, shape } of spec.parameters) {
    const end = offset + sizeOf(shape);
    factors.fill(factor(name), offset, end);
    offset = end;
  }
  const vector = graph.constant("float32", [factors.length], factors, "learning_rate_factors");
  return graph.node("Mul", [vector, learningRate], {});
}
