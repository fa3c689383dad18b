/**
 * What a model is built in: it declares its parameters by name and gets them as graph values.
 *
 * A model is a function of a context. It is traced once to collect what it declares, and again
 * with every parameter bound: to an input of its own for training, to constants for inference.
 *
 * @module
 */

import { stopGradient } from "../autodiff/stop_gradient.ts";
import { GraphError } from "../errors.ts";
import { add, scale } from "../onnx/build.ts";
import { Graph, type Value } from "../onnx/graph.ts";
import type { Layout } from "./layout.ts";
import type {
  DropoutSpec,
  Initializer,
  ModelSpec,
  MomentumSpec,
  ParameterSpec,
} from "./model_spec.ts";

export type {
  DropoutSpec,
  Initializer,
  ModelSpec,
  MomentumSpec,
  ParameterSpec,
} from "./model_spec.ts";
export { totalSize, unflatten } from "./model_spec.ts";

/** Gives a declared tensor its value in the graph. */
type Binder = (
  kind: "parameter" | "buffer" | "momentum",
  spec: Pick<ParameterSpec, "name" | "shape" | "initializer">,
) => Value;

/** Where the statistics of BatchNorm come from in training. */
export type BatchNormStatistics = "batch" | "frozen";

/** How a part of a model is built; what is absent is as in the context around it. */
export interface ScopeOptions {
  /** Whether the parameters get gradients. A scope inside one that is not trained is not either. */
  readonly trainable?: boolean;
  /**
   * "batch": BatchNorm normalises by its batch and moves its running statistics. "frozen": it
   * normalises by the running statistics, which stay; gradients flow to its input, and to γ and β
   * where they are trained. A scope inside a frozen one is frozen too.
   */
  readonly statistics?: BatchNormStatistics;
}

/** Where in a model a context stands. */
interface Place {
  readonly prefix: string;
  readonly trainable: boolean;
  readonly statistics: BatchNormStatistics;
  /** Which application of the same network this is, from 0. */
  readonly application: number;
  /** Momentum of the network, where it is a momentum copy. */
  readonly momentum?: number;
}

/** What all scopes of a model share. */
interface SharedState {
  readonly spec: {
    readonly parameters: ParameterSpec[];
    readonly buffers: ParameterSpec[];
    readonly dropouts: DropoutSpec[];
    readonly momentum: MomentumSpec[];
  };
  readonly values: Map<string, Value>;
  readonly bufferUpdates: Map<string, Value>;
  readonly momentumUpdates: Map<string, Value>;
  readonly bind: Binder;
}

/** The graph, layout and mode that layers are added in, and the names they declare. */
export class ModuleContext {
  readonly graph: Graph;
  readonly layout: Layout;
  /** In "train", BatchNorm uses the batch's statistics and dropout drops. */
  readonly mode: "train" | "eval";
  readonly #shared: SharedState;
  readonly #place: Place;

  /** @param bind Gives a declared parameter its value. */
  constructor(
    graph: Graph,
    { layout, mode, bind }: { layout: Layout; mode: "train" | "eval"; bind: Binder },
    inherited?: { readonly shared: SharedState; readonly place: Place },
  ) {
    this.graph = graph;
    this.layout = layout;
    this.mode = mode;
    this.#shared = inherited?.shared ?? {
      spec: { parameters: [], buffers: [], dropouts: [], momentum: [] },
      values: new Map(),
      bufferUpdates: new Map(),
      momentumUpdates: new Map(),
      bind,
    };
    this.#place = inherited?.place ??
      { prefix: "", trainable: true, statistics: "batch", application: 0 };
  }

  #at(place: Partial<Place>): ModuleContext {
    const { layout, mode } = this, shared = this.#shared;
    return new ModuleContext(this.graph, { layout, mode, bind: shared.bind }, {
      shared,
      place: { ...this.#place, ...place },
    });
  }

  /** What has been declared so far, in all scopes. */
  get spec(): ModelSpec {
    return this.#shared.spec;
  }

  /** New values of buffers after this batch (running statistics), by name. */
  get bufferUpdates(): Map<string, Value> {
    return this.#shared.bufferUpdates;
  }

  /** New values of the tensors of momentum networks after this batch, by name. */
  get momentumUpdates(): ReadonlyMap<string, Value> {
    return this.#shared.momentumUpdates;
  }

  /** Whether BatchNorm takes its statistics from the batch here. */
  get usesBatchStatistics(): boolean {
    return this.mode === "train" && this.#place.statistics === "batch";
  }

  /**
   * A part of the model: names begin with a prefix, and parameters or statistics may be frozen.
   *
   * @param prefix Put before every name as it is, e.g. `backbone.`; may be empty.
   */
  scope(prefix: string, { trainable = true, statistics }: ScopeOptions = {}): ModuleContext {
    const place = this.#place;
    return this.#at({
      prefix: place.prefix + prefix,
      trainable: place.trainable && trainable,
      statistics: place.statistics === "frozen" ? "frozen" : statistics ?? "batch",
    });
  }

  /**
   * The same network applied again, e.g. to a second view: it reads the parameters declared by
   * application 0, its running statistics go on from those of the applications before, and its
   * dropout masks are its own.
   *
   * @param application From 0.
   */
  again(application: number): ModuleContext {
    return this.#at({ application });
  }

  /**
   * A momentum copy of the network that this context has declared, as MoCo's key encoder: its
   * parameters are state that begins as the student's, and at the start of every step
   *
   *     θ_k ← m·θ_k + (1 − m)·θ_q
   *
   * with the student's parameters θ_q as they are before the update of this step (`forward` of
   * MoCo's `builder.py`); the copy that sees the batch is the new one. No gradient flows into it. Its
   * BatchNorm normalises by its batch and keeps running statistics of its own.
   *
   * @param momentum m, 0 to 1.
   */
  momentumCopy(momentum: number): ModuleContext {
    return this.#at({ momentum, trainable: false });
  }

  #value(kind: "parameter" | "buffer", spec: ParameterSpec): Value {
    const { spec: declared, values, bind } = this.#shared;
    const { name } = spec;
    if (this.#place.application > 0) {
      const value = values.get(name);
      if (!value) {
        throw new GraphError(`Cannot apply a network again: "${name}" was not declared before`);
      }
      return value;
    }
    if (values.has(name)) throw new GraphError(`Parameter "${name}" is declared twice`);
    declared[kind === "parameter" ? "parameters" : "buffers"].push(spec);
    const value = bind(kind, spec);
    values.set(name, value);
    return value;
  }

  #momentumValue(kind: "parameter" | "buffer", spec: ParameterSpec, momentum: number): Value {
    const { spec: declared, values, momentumUpdates, bind } = this.#shared;
    const student = values.get(spec.name);
    if (!student) {
      throw new GraphError(
        `Cannot make a momentum copy of "${spec.name}": the student has not declared it yet`,
      );
    }
    const name = `momentum/${spec.name}`;
    const known = values.get(name);
    if (known) return known;
    const { shape, initializer } = spec;
    declared.momentum.push({ name, shape, source: spec.name });
    const old = bind("momentum", { name, shape, initializer });
    const { graph } = this;
    const value = kind === "buffer" ? old : stopGradient(
      graph,
      () => add(graph, scale(graph, old, momentum), scale(graph, student, 1 - momentum)),
    );
    values.set(name, value);
    if (kind === "parameter") momentumUpdates.set(name, value);
    return value;
  }

  #declare(
    kind: "parameter" | "buffer",
    name: string,
    shape: readonly number[],
    initializer: Initializer,
  ): Value {
    const { prefix, trainable, momentum } = this.#place;
    const frozen = kind === "parameter" && !trainable ? { trainable: false } : {};
    const spec = { name: prefix + name, shape, initializer, ...frozen };
    return momentum === undefined
      ? this.#value(kind, spec)
      : this.#momentumValue(kind, spec, momentum);
  }

  /** Declares a trained parameter. */
  parameter(name: string, shape: readonly number[], initializer: Initializer): Value {
    return this.#declare("parameter", name, shape, initializer);
  }

  /** Declares a buffer: state that is kept with the model but not trained. */
  buffer(name: string, shape: readonly number[], initializer: Initializer): Value {
    return this.#declare("buffer", name, shape, initializer);
  }

  /** Notes the value of a buffer after this batch; the next application goes on from it. */
  updateBuffer(name: string, value: Value): void {
    const { values, bufferUpdates, momentumUpdates } = this.#shared;
    const { prefix, momentum } = this.#place;
    const full = (momentum === undefined ? "" : "momentum/") + prefix + name;
    values.set(full, value);
    (momentum === undefined ? bufferUpdates : momentumUpdates).set(full, value);
  }

  /** Declares a dropout mask, fed again for each batch. */
  dropoutMask(name: string, shape: readonly number[], probability: number): Value {
    const { prefix, application, momentum } = this.#place;
    const full = (momentum === undefined ? "" : "momentum/") + prefix + name +
      (application === 0 ? "" : `/${application}`);
    this.#shared.spec.dropouts.push({ name: full, shape, probability });
    return this.graph.input(`dropout/${full}`, "float32", shape);
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
