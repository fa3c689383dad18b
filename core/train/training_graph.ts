/**
 * A graph that trains: forward, loss, gradients, running statistics and carried state.
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
import type { LossOutputs, MethodState } from "./loss.ts";
import type { GroupedParameter, ParameterGroups } from "./parameter_groups.ts";
import { gradientOutput, parameterInput } from "./parameter_tensors.ts";

/** A loss and what the host reads besides. */
export interface TrainingGraphOutputs extends LossOutputs {
  /** Values that the host reads, by the name of the graph's output. @default {{}} */
  readonly outputs?: Readonly<Record<string, Value>>;
  /** Inputs whose gradients the host reads, as outputs `gradient of/<name>`. @default {{}} */
  readonly gradientsOf?: Readonly<Record<string, Value>>;
}

/** What a training graph is made of. */
export interface TrainingGraphOptions {
  /** Name for messages. */
  readonly name: string;
  readonly layout: Layout;
  /** State tensors before the first step. @default {{}} */
  readonly initialState?: MethodState;
  /** Group of each parameter; all alike where absent. */
  readonly groups?: ParameterGroups | undefined;
  /** Adds inputs, model and loss; called once more for the declarations alone. */
  readonly forward: (
    context: ModuleContext,
    state: Record<string, Value>,
  ) => TrainingGraphOutputs;
  /** Chooses the algorithms of operations that have several; the rules where absent. */
  readonly chooseAlgorithm?: ChooseAlgorithm | undefined;
  /**
   * Channels in a block of the runtime's blocked layout on the machine that will run the step
   * (`channelBlock()`); that layout is not used where absent.
   */
  readonly channelBlock?: number | undefined;
}

/** A training graph and what it declares. */
export interface TrainingGraph {
  /**
   * Inputs: those that `forward` adds, `parameters/<name>` of every parameter's shape, `buffers` [S]
   * (where there are any), `state/<name>`.
   * Outputs: `loss`, `part/<name>`, `gradient/<name>` with as many numbers as each parameter that is
   * not frozen, `next/buffers` and `next/state/<name>` for what a step changes, and what `forward`
   * names besides.
   */
  readonly graph: Graph;
  readonly spec: ModelSpec;
  /** The parameters in the order of the flat vector, with their groups. */
  readonly parameters: readonly GroupedParameter[];
  /** Names of the parts of the loss. */
  readonly parts: readonly string[];
  /** The algorithms chosen, by key. */
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

/** The parameters with their groups. */
function groupParameters(spec: ModelSpec, groups: ParameterGroups | undefined): GroupedParameter[] {
  return spec.parameters.map(({ name, shape, trainable = true }) => {
    const group = groups?.(name, shape) ?? {};
    return { name, shape, ...group, frozen: (group.frozen ?? false) || !trainable };
  });
}

/** A function that finds the value that others only reshape: the host reads the numbers alone, and a
 * Reshape at the end of a graph would copy them. */
function withoutReshapes(graph: Graph): (value: Value) => Value {
  const sources = new Map(
    graph.nodes.flatMap((node) =>
      node.op === "Reshape" ? [[node.outputs[0]!, node.inputs[0]!]] as const : []
    ),
  );
  return (value) => {
    let source = value;
    while (sources.has(source)) source = sources.get(source)!;
    return source;
  };
}

/**
 * What a training graph would declare, without differentiating it.
 */
export function traceTrainingGraph(
  { layout, initialState = {}, groups, forward }: Pick<
    TrainingGraphOptions,
    "layout" | "initialState" | "groups" | "forward"
  >,
): Pick<TrainingGraph, "spec" | "parameters" | "parts"> {
  let parts: string[] = [];
  const spec = traceModel({ layout, mode: "train" }, (context) => {
    parts = Object.keys(forward(context, stateInputs(context.graph, initialState)).parts);
  });
  return { spec, parameters: groupParameters(spec, groups), parts };
}

/**
 * Builds a training graph.
 *
 * @throws {GraphError} when the loss is not a scalar or cannot be differentiated.
 */
export function buildTrainingGraph(options: TrainingGraphOptions): TrainingGraph {
  const { initialState = {}, layout, chooseAlgorithm, channelBlock } = options;
  const { spec, parameters } = traceTrainingGraph(options);
  const graph = new Graph(options.name, { chooseAlgorithm, channelBlock });
  const parameterParts = new Map(spec.parameters.map(({ name, shape }) => [
    name,
    graph.input(parameterInput(name), "float32", shape),
  ]));
  const bufferCount = totalSize(spec.buffers);
  const bufferParts = bufferCount > 0
    ? unflatten(graph, graph.input("buffers", "float32", [bufferCount]), spec.buffers)
    : new Map<string, Value>();
  const context = new ModuleContext(graph, {
    layout,
    mode: "train",
    bind(kind, { name, shape }) {
      if (kind === "momentum") return graph.input(`state/${name}`, "float32", shape);
      return (kind === "parameter" ? parameterParts : bufferParts).get(name)!;
    },
  });
  const { loss, parts, nextState, outputs = {}, gradientsOf = {} } = options.forward(
    context,
    stateInputs(graph, initialState),
  );

  const flat = (value: Value) => reshape(graph, value, [sizeOf(value.shape)]);
  const trained = parameters.filter(({ frozen }) => !frozen);
  const grads = gradients(graph, loss, [
    ...trained.map(({ name }) => parameterParts.get(name)!),
    ...Object.values(gradientsOf),
  ]);
  graph.output("loss", reshape(graph, loss, []));
  for (const [name, value] of Object.entries(parts)) {
    graph.output(`part/${name}`, reshape(graph, value, []));
  }
  const bare = withoutReshapes(graph);
  trained.forEach(({ name }, index) => graph.output(gradientOutput(name), bare(grads[index]!)));
  Object.keys(gradientsOf).forEach((name, index) =>
    graph.output(`gradient of/${name}`, grads[trained.length + index]!)
  );
  if (bufferCount > 0) {
    const next = spec.buffers.map(({ name }) =>
      flat(context.bufferUpdates.get(name) ?? bufferParts.get(name)!)
    );
    graph.output("next/buffers", concat(graph, next, 0));
  }
  for (const [name, value] of [...Object.entries(nextState), ...context.momentumUpdates]) {
    graph.output(`next/state/${name}`, value);
  }
  for (const [name, value] of Object.entries(outputs)) graph.output(name, value);
  return {
    graph: simplify(graph),
    spec,
    parameters,
    parts: Object.keys(parts),
    algorithms: graph.algorithms,
  };
}
