/**
 * What a model is built in: it declares its parameters by name and gets them as graph values.
 *
 * A model is a function of a context. It is traced once to collect what it declares, and again
 * with every parameter bound: to a part of one flat vector for training, to constants for
 * inference.
 *
 * @module
 */

import { GraphError } from "../errors.ts";
import { reshape } from "../onnx/build.ts";
import { Graph, sizeOf, type Value } from "../onnx/graph.ts";
import type { RandomStream } from "../random.ts";
import type { Layout } from "./layout.ts";

/** Fills a new parameter. */
export type Initializer = (random: RandomStream, output: Float32Array) => void;

/** A parameter (trained) or a buffer (kept, not trained) of a model. */
export interface ParameterSpec {
  /** Its name in torchvision, e.g. `layer1.0.conv1.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
}

/**
 * A host-made random mask that a layer multiplies with: one number per element in dropout, one per
 * image in stochastic depth.
 */
export interface DropoutSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** Probability of a zero; the others are 1 / (1 − probability). */
  readonly probability: number;
}

/** All that a model declares, in the order of declaration. */
export interface ModelSpec {
  readonly parameters: readonly ParameterSpec[];
  readonly buffers: readonly ParameterSpec[];
  readonly dropouts: readonly DropoutSpec[];
}

/** Gives a declared parameter its value in the graph. */
type Binder = (kind: "parameter" | "buffer", spec: ParameterSpec) => Value;

/** The graph, layout and mode that layers are added in, and the names they declare. */
export class ModuleContext {
  readonly graph: Graph;
  readonly layout: Layout;
  /** In "train", BatchNorm uses the batch's statistics and dropout drops. */
  readonly mode: "train" | "eval";
  /** New values of buffers after this batch (running statistics), by name. */
  readonly bufferUpdates: Map<string, Value> = new Map();
  readonly #spec = {
    parameters: [] as ParameterSpec[],
    buffers: [] as ParameterSpec[],
    dropouts: [] as DropoutSpec[],
  };
  readonly #names = new Set<string>();
  readonly #bind: Binder;

  /** @param bind Gives a declared parameter its value. */
  constructor(
    graph: Graph,
    { layout, mode, bind }: { layout: Layout; mode: "train" | "eval"; bind: Binder },
  ) {
    this.graph = graph;
    this.layout = layout;
    this.mode = mode;
    this.#bind = bind;
  }

  /** What has been declared so far. */
  get spec(): ModelSpec {
    return this.#spec;
  }

  #declare(name: string): void {
    if (this.#names.has(name)) throw new GraphError(`Parameter "${name}" is declared twice`);
    this.#names.add(name);
  }

  /** Declares a trained parameter. */
  parameter(name: string, shape: readonly number[], initializer: Initializer): Value {
    this.#declare(name);
    const spec = { name, shape, initializer };
    this.#spec.parameters.push(spec);
    return this.#bind("parameter", spec);
  }

  /** Declares a buffer: state that is kept with the model but not trained. */
  buffer(name: string, shape: readonly number[], initializer: Initializer): Value {
    this.#declare(name);
    const spec = { name, shape, initializer };
    this.#spec.buffers.push(spec);
    return this.#bind("buffer", spec);
  }

  /** Declares a dropout mask, fed again for each batch. */
  dropoutMask(name: string, shape: readonly number[], probability: number): Value {
    this.#spec.dropouts.push({ name, shape, probability });
    return this.graph.input(`dropout/${name}`, "float32", shape);
  }
}

/** What a model declares, found by building it once into a graph that is thrown away. */
export function traceModel(
  options: { layout: Layout; mode: "train" | "eval" },
  build: (context: ModuleContext) => void,
): ModelSpec {
  const graph = new Graph("trace");
  const context = new ModuleContext(graph, {
    ...options,
    bind: (_, { name, shape }) => graph.input(name, "float32", shape),
  });
  build(context);
  return context.spec;
}

/** Number of floats of all specs together. */
export function totalSize(specs: readonly ParameterSpec[]): number {
  return specs.reduce((total, { shape }) => total + sizeOf(shape), 0);
}

/** The parts of one flat vector, by name, in the shapes of the specs: one Split for all. */
export function unflatten(
  graph: Graph,
  flat: Value,
  specs: readonly ParameterSpec[],
): Map<string, Value> {
  if (specs.length === 0) return new Map();
  const split = specs.map(({ shape }) => sizeOf(shape));
  const parts = specs.length === 1
    ? [flat]
    : graph.nodeOutputs("Split", [flat], { axis: 0, split });
  return new Map(specs.map(({ name, shape }, index) => [
    name,
    reshape(graph, parts[index]!, shape),
  ]));
}
