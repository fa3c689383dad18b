/**
 * A graph of ONNX operators under construction: values in single-assignment form, nodes in
 * topological order, shapes inferred as nodes are added.
 *
 * @module
 */

import { GraphError } from "../errors.ts";
import { AnnotationTable } from "./annotation.ts";
import type { AlgorithmQuestion, ChooseAlgorithm } from "./algorithm.ts";
import type { DataType, OpAttributes, OpName } from "./op.ts";
import { inferShapes } from "./shape.ts";
import {
  type Constant,
  type Node,
  sizeOf,
  type TensorData,
  type TensorType,
  type Value,
} from "./value.ts";

export { type Constant, type Node, sizeOf, type TensorData, type TensorType, type Value };

/**
 * Gradient of a region: from the gradients of its outputs (null where none flows) to those of its
 * inputs (null where none is owed). `needs` says for each input whether its gradient is read.
 */
export type RegionBackward = (
  graph: Graph,
  outputGradients: readonly (Value | null)[],
  needs: readonly boolean[],
) => (Value | null)[];

/**
 * Nodes that are differentiated as one, by a rule of their own, because the closed form is cheaper
 * or more exact than the chain rule through the parts (BatchNorm, convolution in another layout).
 */
export interface Region {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly nodes: ReadonlySet<Node>;
  readonly backward: RegionBackward;
}

/** A question that a rule asks of a graph, with what is needed to measure the answers. */
export interface AlgorithmRequest extends AlgorithmQuestion {
  /** The operation by itself, so that the algorithms can be measured. */
  readonly probe: {
    /** Shapes of its float32 inputs. */
    readonly inputs: readonly (readonly number[])[];
    /** Builds it, asking its graph for the algorithm again. */
    readonly build: (graph: Graph, inputs: readonly Value[]) => Value;
    /** Whether the algorithm also decides what the gradients cost. */
    readonly differentiate: boolean;
  };
}

/** The answer to a question. */
export interface ChosenAlgorithm {
  readonly request: AlgorithmRequest;
  readonly chosen: string;
}

/** A graph: append-only. */
export class Graph {
  /** Name for messages and for the model file. */
  readonly name: string;
  readonly inputs: Value[] = [];
  readonly outputs: { name: string; value: Value }[] = [];
  readonly nodes: Node[] = [];
  readonly constants: Map<string, Constant> = new Map();
  readonly regions: Region[] = [];
  /** What gradient rules know of values. Passes that rebuild a graph drop it, as they drop regions. */
  readonly annotations: AnnotationTable = new AnnotationTable();
  /** The algorithms chosen, by key. */
  readonly algorithms: Map<string, ChosenAlgorithm> = new Map();
  /** Channels in a block of the runtime's blocked layout; undefined where it is not to be used. */
  readonly channelBlock: number | undefined;
  readonly #chooseAlgorithm: ChooseAlgorithm | undefined;
  #nextId = 0;
  #regionNodes: Set<Node> | undefined;
  readonly #constantsByContent = new Map<string, Value>();
  readonly #constantsByArray = new Map<TensorData, Value[]>();

  /**
   * @param name Name for messages and for the model file.
   * @param options.chooseAlgorithm Chooses where several algorithms fit; the rules where absent.
   * @param options.channelBlock Channels in a block of the runtime's blocked layout on the machine that
   * will run the graph; the layout is not used where absent.
   */
  constructor(
    name: string,
    { chooseAlgorithm, channelBlock }: {
      chooseAlgorithm?: ChooseAlgorithm | undefined;
      channelBlock?: number | undefined;
    } = {},
  ) {
    this.name = name;
    this.channelBlock = channelBlock;
    this.#chooseAlgorithm = chooseAlgorithm;
  }

  #value(name: string, type: TensorType): Value {
    const id = this.#nextId++;
    return { name: name || `v${id}`, id, dtype: type.dtype, shape: [...type.shape] };
  }

  /**
   * The algorithm that an operation is to be computed by.
   *
   * @throws {GraphError} when an algorithm is chosen that does not fit.
   */
  algorithm(request: AlgorithmRequest): string {
    const known = this.algorithms.get(request.key);
    if (known) return known.chosen;
    const chosen = this.#chooseAlgorithm?.(request) ?? request.candidates[0];
    if (!request.candidates.includes(chosen)) {
      throw new GraphError(
        `Cannot compute "${request.key}" by "${chosen}": expected ${
          request.candidates.join(" or ")
        }`,
      );
    }
    this.algorithms.set(request.key, { request, chosen });
    return chosen;
  }

  /** Declares an input tensor. */
  input(name: string, dtype: DataType, shape: readonly number[]): Value {
    if (this.inputs.some((input) => input.name === name)) {
      throw new GraphError(`Cannot add input "${name}" to graph ${this.name}: the name is taken`);
    }
    const value = this.#value(name, { dtype, shape });
    this.inputs.push(value);
    return value;
  }

  /** Adds a constant tensor; those of the same array, and small ones of equal content, are shared. */
  constant(dtype: DataType, shape: readonly number[], data: TensorData, name = ""): Value {
    if (data.length !== sizeOf(shape)) {
      throw new GraphError(
        `Cannot add constant ${name} to graph ${this.name}: ${data.length} elements, ` +
          `expected ${sizeOf(shape)} for shape [${shape.join(", ")}]`,
      );
    }
    // By bytes: 0 and −0 are different numbers.
    const key = name === "" && data.length <= 64
      ? `${dtype}[${shape}]${new Uint8Array(data.buffer, data.byteOffset, data.byteLength)}`
      : undefined;
    const shared = key === undefined
      ? name === "" &&
        this.#constantsByArray.get(data)?.find((value) => value.shape.join() === shape.join())
      : this.#constantsByContent.get(key);
    if (shared) return shared;
    const value = this.#value(name, { dtype, shape });
    if (this.constants.has(value.name)) {
      throw new GraphError(`Cannot add constant "${value.name}": the name is taken`);
    }
    this.constants.set(value.name, { value, data });
    if (key !== undefined) this.#constantsByContent.set(key, value);
    else if (name === "") {
      this.#constantsByArray.set(data, [...this.#constantsByArray.get(data) ?? [], value]);
    }
    return value;
  }

  /** A float32 number as a constant of shape [] or of the given shape. */
  scalar(number: number, shape: readonly number[] = []): Value {
    return this.constant("float32", shape, new Float32Array(sizeOf(shape)).fill(number));
  }

  /**
   * Appends a node and returns all its outputs.
   *
   * @throws {GraphError} when the inputs do not fit the operator, with their shapes.
   */
  nodeOutputs<K extends OpName>(
    op: K,
    inputs: readonly Value[],
    attributes: OpAttributes[K],
  ): Value[] {
    let types: TensorType[];
    try {
      types = inferShapes(op, inputs, attributes);
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      const shapes = inputs.map((input) => `[${input.shape.join(", ")}]`).join(", ");
      throw new GraphError(
        `Cannot add ${op} to graph ${this.name}: ${error.message}; inputs: ${shapes}`,
      );
    }
    const node: Node<K> = {
      op,
      inputs: [...inputs],
      outputs: types.map((type) => this.#value("", type)),
      attributes,
    };
    this.nodes.push(node);
    this.#regionNodes?.add(node);
    return [...node.outputs];
  }

  /** Appends a node and returns its first output. */
  node<K extends OpName>(op: K, inputs: readonly Value[], attributes: OpAttributes[K]): Value {
    return this.nodeOutputs(op, inputs, attributes)[0]!;
  }

  /** Names a value as an output of the graph. */
  output(name: string, value: Value): void {
    if (this.outputs.some((output) => output.name === name)) {
      throw new GraphError(`Cannot add output "${name}" to graph ${this.name}: the name is taken`);
    }
    this.outputs.push({ name, value });
  }

  /**
   * Builds nodes that are differentiated together by `backward` instead of one by one.
   *
   * `forward` may only read `inputs` and constants; its results are the region's outputs.
   */
  region(
    name: string,
    inputs: readonly Value[],
    forward: () => Value[],
    backward: RegionBackward,
  ): Value[] {
    if (this.#regionNodes) {
      const outputs = forward(); // The outer region's rule covers what is nested in it.
      return outputs;
    }
    const nodes = new Set<Node>();
    this.#regionNodes = nodes;
    try {
      const outputs = forward();
      this.regions.push({ name, inputs: [...inputs], outputs, nodes, backward });
      return outputs;
    } finally {
      this.#regionNodes = undefined;
    }
  }
}
