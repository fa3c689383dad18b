/**
 * Sessions of ONNX Runtime: the only place that imports it.
 *
 * @module
 */

import * as ort from "onnxruntime-node";
import { EngineError } from "../errors.ts";
import { encodeModel } from "../onnx/proto.ts";
import type { DataType } from "../onnx/op.ts";
import { type Graph, sizeOf } from "../onnx/graph.ts";
import { fileOrder } from "./execution_order.ts";
import { takeTensorsDirectly, trimMemory } from "./trim_memory.ts";

/** How a session runs. Misspelt options of ONNX Runtime pass in silence, so these are typed. */
export interface SessionOptions {
  /** Threads inside one operator. @default {1} */
  readonly threads?: number;
  /**
   * Graph optimisation of ONNX Runtime. The level changes the last bits of results, so it is
   * pinned and recorded. @default {"extended"}
   */
  readonly optimization?: "disabled" | "basic" | "extended" | "all";
  /** Idle threads spin instead of sleeping: faster alone, harmful beside others. @default {false} */
  readonly spinning?: boolean;
  /**
   * Keeps the memory of a run for the next one. Without it a run takes its memory from the system and gives
   * it back: for sessions that take turns with other large ones. @default {true}
   */
  readonly keepsMemory?: boolean;
  /**
   * File prefix for a kernel profile, which each session writes to a file of its own when it is released;
   * none is taken where absent.
   */
  readonly profile?: string;
}

/** Data of a tensor at the boundary of a session, by data type. */
export type HostData = Float32Array | BigInt64Array | Int32Array | Uint8Array;

/** A tensor outside a graph. */
export interface HostTensor {
  readonly dtype: DataType;
  readonly shape: readonly number[];
  readonly data: HostData;
}

/** A float32 tensor outside a graph. */
export function floatTensor(data: Float32Array, shape: readonly number[]): HostTensor {
  return { dtype: "float32", shape, data };
}

/** ONNX Runtime's version, for the record of the environment. */
export const runtimeVersion: string = ort.env.versions.node ?? ort.env.versions.common;

/** A graph as bytes, which other threads can be sent. */
export interface EncodedGraph {
  readonly name: string;
  /** The ONNX file. */
  readonly model: Uint8Array;
  readonly inputs: readonly {
    readonly name: string;
    readonly dtype: DataType;
    readonly shape: readonly number[];
  }[];
}

/** Encodes a graph for {@linkcode Session.load}. */
export function encodeGraph(graph: Graph): EncodedGraph {
  const inputs = graph.inputs.map(({ name, dtype, shape }) => ({ name, dtype, shape }));
  return { name: graph.name, model: encodeModel(graph, { order: fileOrder }), inputs };
}

/** Sessions that write a profile: the runtime names files by the second, in which there may be several. */
let profiled = 0;

/** A graph made ready to run. Release it when it is no longer needed. */
export class Session {
  readonly #session: ort.InferenceSession;
  readonly #graph: Pick<EncodedGraph, "name" | "inputs">;
  readonly #keepsMemory: boolean;

  private constructor(
    session: ort.InferenceSession,
    { name, inputs }: EncodedGraph,
    { keepsMemory = true }: SessionOptions,
  ) {
    this.#session = session;
    this.#graph = { name, inputs };
    this.#keepsMemory = keepsMemory;
  }

  /**
   * Loads a graph into ONNX Runtime.
   *
   * @throws {EngineError} when ONNX Runtime refuses the graph, with its name and the reason.
   */
  static async create(graph: Graph, options: SessionOptions = {}): Promise<Session> {
    return await Session.load(encodeGraph(graph), options);
  }

  /**
   * Loads an encoded graph into ONNX Runtime.
   *
   * @throws {EngineError} when ONNX Runtime refuses it, with its name and the reason.
   */
  static async load(graph: EncodedGraph, options: SessionOptions = {}): Promise<Session> {
    if (options.keepsMemory === false) takeTensorsDirectly();
    try {
      const session = await ort.InferenceSession.create(graph.model, {
        executionProviders: ["cpu"],
        intraOpNumThreads: options.threads ?? 1,
        interOpNumThreads: 1,
        executionMode: "sequential",
        graphOptimizationLevel: options.optimization ?? "extended",
        logSeverityLevel: 4,
        // A planned block for all activations would be taken at the second run beside the memory
        // of the first, which is never given back: half as much again, and no time saved.
        enableMemPattern: false,
        enableCpuMemArena: options.keepsMemory ?? true,
        extra: {
          session: { intra_op: { allow_spinning: options.spinning ? "1" : "0" } },
        },
        ...(options.profile
          ? { enableProfiling: true, profileFilePrefix: `${options.profile}-${++profiled}` }
          : {}),
      });
      return new Session(session, graph, options);
    } catch (error) {
      throw new EngineError(`Cannot load graph ${graph.name}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  /**
   * Runs the graph once. Feeds are read in place and must not change meanwhile.
   *
   * @param feeds A tensor for each input of the graph.
   * @param fetches Names of the outputs to compute; all where absent.
   * @throws {EngineError} when a feed is missing or of a wrong shape, or when an operator fails.
   */
  async run(
    feeds: Readonly<Record<string, HostTensor>>,
    fetches?: readonly string[],
  ): Promise<Record<string, HostTensor>> {
    const tensors: Record<string, ort.Tensor> = {};
    for (const input of this.#graph.inputs) {
      const feed = feeds[input.name];
      if (!feed) throw new EngineError(`Cannot run ${this.#graph.name}: no feed "${input.name}"`);
      if (feed.dtype !== input.dtype || feed.shape.join() !== input.shape.join()) {
        throw new EngineError(
          `Cannot run ${this.#graph.name}: feed "${input.name}" is ${feed.dtype} ` +
            `[${feed.shape.join(", ")}], expected ${input.dtype} [${input.shape.join(", ")}]`,
        );
      }
      if (feed.data.length !== sizeOf(feed.shape)) {
        throw new EngineError(
          `Cannot run ${this.#graph.name}: feed "${input.name}" has ${feed.data.length} elements`,
        );
      }
      tensors[input.name] = new ort.Tensor(feed.dtype, feed.data as never, [...feed.shape]);
    }
    let results: ort.InferenceSession.OnnxValueMapType;
    try {
      results =
        await (fetches ? this.#session.run(tensors, [...fetches]) : this.#session.run(tensors));
    } catch (error) {
      throw new EngineError(`Cannot run ${this.#graph.name}: ${(error as Error).message}`, {
        cause: error,
      });
    }
    const outputs: Record<string, HostTensor> = {};
    for (const [name, value] of Object.entries(results)) {
      const tensor = value as ort.Tensor;
      outputs[name] = {
        dtype: tensor.type as DataType,
        shape: tensor.dims,
        data: tensor.data as HostData,
      };
    }
    if (!this.#keepsMemory) trimMemory();
    return outputs;
  }

  /** Writes the kernel profile that was asked for at creation. */
  endProfiling(): void {
    this.#session.endProfiling();
  }

  /** Frees the session's memory. */
  async release(): Promise<void> {
    await this.#session.release();
  }
}
