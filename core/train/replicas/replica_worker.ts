/**
 * The Worker of one replica: a session of its own, and a share of the update.
 *
 * @module
 */

import { type HostData, type HostTensor, Session } from "../../engine/session.ts";
import { toJobError } from "../../job_error.ts";
import { sumOfSquares } from "../gradient_clipping.ts";
import { updateRange } from "../parameter_groups.ts";
import { eachGradient, parameterFeeds } from "../parameter_tensors.ts";
import type { DataType } from "../../onnx/op.ts";
import { sizeOf } from "../../onnx/graph.ts";
import { createOptimizer, type Optimizer } from "../../optim/optimizer.ts";
import { shareOf, sumInto } from "./gradient_sum.ts";
import type { ReplicaAnswer, ReplicaRequest, StartMessage, UpdateMessage } from "./messages.ts";
import { sharedFloats, type SharedTensor } from "./shared_tensor.ts";

interface WorkerScope {
  onmessage: ((event: MessageEvent<ReplicaRequest>) => void) | null;
  postMessage(message: ReplicaAnswer): void;
}

const views = {
  float32: Float32Array,
  int64: BigInt64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} satisfies Record<DataType, unknown>;

/** The runtime does not take shared memory: a tensor beside it that is filled before each run. */
interface LocalCopy {
  readonly tensor: HostTensor;
  refresh(): void;
}

function localCopy({ dtype, shape, memory }: SharedTensor): LocalCopy {
  const data = new views[dtype](sizeOf(shape)) as HostData;
  const bytes = new Uint8Array(data.buffer), shared = new Uint8Array(memory);
  return { tensor: { dtype, shape, data }, refresh: () => bytes.set(shared) };
}

class Replica {
  readonly #start: StartMessage;
  readonly #session: Session;
  readonly #optimizer: Optimizer;
  readonly #copies: LocalCopy[];
  readonly #feeds: Readonly<Record<string, HostTensor>>;
  /** What the last run made of the method's state; the first replica hands it on. */
  #nextState: Record<string, HostTensor> = {};

  private constructor(start: StartMessage, session: Session) {
    this.#start = start;
    this.#session = session;
    this.#optimizer = createOptimizer(start.optimizer);
    const shared = { ...start.state, ...start.feeds };
    const parameters = localCopy(shared["parameters"]!);
    this.#copies = [parameters];
    const feeds = parameterFeeds(start.parameters, parameters.tensor.data as Float32Array);
    for (const { name } of start.graph.inputs) {
      if (Object.hasOwn(feeds, name)) continue;
      const copy = localCopy(shared[name]!);
      this.#copies.push(copy);
      feeds[name] = copy.tensor;
    }
    this.#feeds = feeds;
  }

  static async create(start: StartMessage): Promise<Replica> {
    return new Replica(start, await Session.load(start.graph, { threads: start.threads }));
  }

  /** Runs the graph, and leaves gradient and buffers in this replica's shared memory. */
  async gradient(): Promise<ReplicaAnswer> {
    const { replica, parameters, gradients, buffers, parts } = this.#start;
    for (const copy of this.#copies) copy.refresh();
    const outputs = await this.#session.run(this.#feeds);
    const floats = (name: string) => outputs[name]!.data as Float32Array;
    const flat = sharedFloats(gradients[replica]!);
    eachGradient(parameters, outputs, (gradient, begin) => flat.set(gradient, begin));
    if (buffers.length > 0) sharedFloats(buffers[replica]!).set(floats("next/buffers"));
    this.#nextState = {};
    for (const [name, tensor] of Object.entries(outputs)) {
      if (name.startsWith("next/state/")) this.#nextState[name.slice("next/".length)] = tensor;
    }
    return {
      type: "gradient",
      loss: floats("loss")[0]!,
      parts: Object.fromEntries(parts.map((name) => [name, floats(`part/${name}`)[0]!])),
    };
  }

  /** The part of a flat vector that this replica works on. */
  #share(tensor: SharedTensor): Float32Array<SharedArrayBuffer> {
    const { replica, gradients } = this.#start;
    const { begin, end } = shareOf(sizeOf(tensor.shape), replica, gradients.length);
    return sharedFloats(tensor).subarray(begin, end);
  }

  /** Writes the mean of all gradients into this replica's share. */
  average(): Float32Array {
    const { replica, gradients } = this.#start;
    const gradient = this.#share(gradients[replica]!);
    const shares = gradients.map((tensor) => this.#share(tensor));
    sumInto(gradient, shares, 1 / gradients.length);
    return gradient;
  }

  /**
   * Updates this replica's share of the parameters with the mean of all gradients. The first replica
   * also writes the mean of the running statistics and the method's next state: it is the same in
   * all replicas.
   */
  update({ averaged, ...rates }: Omit<UpdateMessage, "type">): ReplicaAnswer {
    const { replica, gradients, buffers, state, slots, parameters } = this.#start;
    const gradient = averaged ? this.#share(gradients[replica]!) : this.average();
    const flat = state["parameters"]!;
    const { begin } = shareOf(sizeOf(flat.shape), replica, gradients.length);
    updateRange(this.#optimizer, parameters, begin, {
      parameters: this.#share(flat),
      gradient,
      state: slots.map((slot) => this.#share(state[slot]!)),
      ...rates,
    });
    if (replica === 0) {
      if (buffers.length > 0) {
        sumInto(sharedFloats(state["buffers"]!), buffers.map(sharedFloats), 1 / buffers.length);
      }
      for (const [name, { data }] of Object.entries(this.#nextState)) {
        sharedFloats(state[name]!).set(data as Float32Array);
      }
    }
    return { type: "updated" };
  }
}

const scope = globalThis as unknown as WorkerScope;
let replica: Replica | undefined;

async function answer(request: ReplicaRequest): Promise<ReplicaAnswer> {
  switch (request.type) {
    case "start":
      replica = await Replica.create(request);
      return { type: "started" };
    case "gradient":
      return await replica!.gradient();
    case "average":
      return { type: "averaged", squares: sumOfSquares(replica!.average()) };
    case "update": {
      const { averaged, learningRate, gradientScale, step } = request;
      return replica!.update({ averaged, learningRate, gradientScale, step });
    }
  }
}

scope.onmessage = async ({ data }) => {
  try {
    scope.postMessage(await answer(data));
  } catch (error) {
    scope.postMessage({ type: "failed", error: toJobError(error) });
  }
};
