/**
 * Training steps on several processor cores: the batch is split into shards, each with a Worker and
 * one thread, and the gradients are added in shared memory.
 *
 * Most kernels of ONNX Runtime that are no matrix products use one thread, whatever they are given;
 * in shards everything runs side by side. As in the official runs on several GPUs, every shard has
 * BatchNorm statistics of its own part, so the numbers are those of a training with that many shards;
 * the running statistics are the mean over the shards.
 *
 * @module
 */

import { EngineError, NonFiniteLossError } from "../../errors.ts";
import { encodeGraph, type HostData, type HostTensor } from "../../engine/session.ts";
import { clipFactor } from "../gradient_clipping.ts";
import { parameterInput } from "../parameter_tensors.ts";
import { initialTrainingState, type TrainingState } from "../training_state.ts";
import type { TrainingStep } from "../training_step.ts";
import type { DataType } from "../../onnx/op.ts";
import { sizeOf } from "../../onnx/graph.ts";
import { dropoutMasks, type StepReport } from "../trainer.ts";
import type { ShardAnswer, ShardRequest, SharedTensor, StartMessage } from "./messages.ts";

const bytesOf: Record<DataType, number> = { float32: 4, int64: 8, int32: 4, uint8: 1, bool: 1 };

function shareTensor(
  { dtype, shape }: Pick<HostTensor, "dtype" | "shape">,
  data?: HostData,
): SharedTensor {
  const memory = new SharedArrayBuffer(sizeOf(shape) * bytesOf[dtype]);
  const shared = { dtype, shape, memory };
  if (data) writeTensor(shared, data);
  return shared;
}

function writeTensor({ memory }: SharedTensor, data: HostData): void {
  new Uint8Array(memory).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

/** The Worker of a shard; one request at a time. */
class ShardThread {
  readonly #worker: Worker;
  #pending: PromiseWithResolvers<ShardAnswer> | undefined;
  /** Why the Worker answers no more. */
  #death: EngineError | undefined;

  constructor(shard: number) {
    this.#worker = new Worker(new URL("./shard_worker.ts", import.meta.url), {
      type: "module",
      name: `shard ${shard}`,
    });
    this.#worker.onmessage = ({ data }: MessageEvent<ShardAnswer>) => {
      if (data.type !== "failed") return this.#pending?.resolve(data);
      this.#pending?.reject(new EngineError(`Shard ${shard}: ${data.message}`));
    };
    const die = (reason: string) => {
      this.#death = new EngineError(`Shard ${shard} has died: ${reason}`);
      this.#pending?.reject(this.#death);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      die(event.message);
    };
    this.#worker.onmessageerror = () => die("its answer could not be read");
  }

  ask(request: ShardRequest): Promise<ShardAnswer> {
    if (this.#death) return Promise.reject(this.#death);
    this.#pending = Promise.withResolvers<ShardAnswer>();
    this.#worker.postMessage(request);
    return this.#pending.promise;
  }

  end(): void {
    this.#worker.terminate();
  }
}

/** A training step of one shard of the batch, loaded in as many Workers as there are shards. */
export class ShardedTrainer {
  readonly #threads: readonly ShardThread[];
  readonly #step: TrainingStep;
  readonly #seed: number;
  readonly #clipNorm: number | undefined;
  readonly #state: Readonly<Record<string, SharedTensor>>;
  /** Images, embeddings, masks: one record of tensors per shard. */
  readonly #feeds: readonly Readonly<Record<string, SharedTensor>>[];
  #stepsDone: number;

  private constructor(
    step: TrainingStep,
    options: { shards: number; seed: number; state: TrainingState; clipNorm: number | undefined },
  ) {
    const { shards, seed, state } = options;
    this.#clipNorm = options.clipNorm;
    this.#step = step;
    this.#seed = seed;
    this.#stepsDone = state.step;
    this.#state = Object.fromEntries(
      Object.entries(state.tensors).map(([name, tensor]) => [
        name,
        shareTensor(tensor, tensor.data),
      ]),
    );
    const known = new Set([
      ...Object.keys(this.#state),
      ...step.spec.parameters.map(({ name }) => parameterInput(name)),
    ]);
    const batch = step.graph.inputs.filter(({ name }) => !known.has(name));
    this.#feeds = Array.from(
      { length: shards },
      () => Object.fromEntries(batch.map((input) => [input.name, shareTensor(input)])),
    );
    this.#threads = Array.from({ length: shards }, (_, shard) => new ShardThread(shard));
  }

  /**
   * Starts the Workers.
   *
   * @param step A step of one shard.
   * @param options.shards Number of shards, 2 or more.
   * @param options.seed Seeds the parameters and the dropout masks.
   * @param options.state State to go on from; a fresh one where absent.
   * @param options.threads Threads of each shard. @default {1}
   * @param options.clipNorm Largest global norm of the gradients; not clipped where absent.
   * @throws {EngineError} when ONNX Runtime refuses the graph.
   */
  static async create(
    step: TrainingStep,
    options: {
      shards: number;
      seed: number;
      state?: TrainingState;
      threads?: number;
      clipNorm?: number | undefined;
    },
  ): Promise<ShardedTrainer> {
    const { shards, seed, threads = 1, clipNorm } = options;
    const state = options.state ?? initialTrainingState(step, seed);
    const trainer = new ShardedTrainer(step, { shards, seed, state, clipNorm });
    const { optimizer, spec, graph, parts, parameters } = step;
    const { shape } = trainer.#state["parameters"]!;
    const each = (type: HostTensor["shape"]) =>
      Array.from({ length: shards }, () => shareTensor({ dtype: "float32", shape: type }));
    const common: Omit<StartMessage, "shard" | "feeds"> = {
      type: "start",
      graph: encodeGraph(graph),
      threads,
      optimizer: optimizer.settings,
      slots: optimizer.slots,
      parts,
      state: trainer.#state,
      parameters,
      gradients: each(shape),
      buffers: spec.buffers.length > 0 ? each(trainer.#state["buffers"]!.shape) : [],
    };
    try {
      await trainer.#askAll((shard) => ({ ...common, shard, feeds: trainer.#feeds[shard]! }));
    } catch (error) {
      trainer.release();
      throw error;
    }
    return trainer;
  }

  /** Number of steps done. */
  get stepsDone(): number {
    return this.#stepsDone;
  }

  /** A copy of the state. */
  get state(): TrainingState {
    const tensors = Object.entries(this.#state).map(([name, { dtype, shape, memory }]) => {
      const data = new Float32Array(new Float32Array(memory));
      return [name, { dtype, shape, data }] as const;
    });
    return { step: this.#stepsDone, tensors: Object.fromEntries(tensors) };
  }

  async #askAll(request: (shard: number) => ShardRequest): Promise<ShardAnswer[]> {
    // All answers are waited for, also where one fails: none may be taken for that of the next.
    const answers = await Promise.allSettled(
      this.#threads.map((thread, shard) => thread.ask(request(shard))),
    );
    return answers.map((answer) => {
      if (answer.status === "rejected") throw answer.reason;
      return answer.value;
    });
  }

  /** Factor on the mean gradient that keeps its norm within `clipNorm`. */
  async #gradientScale(clipNorm: number): Promise<number> {
    const answers = await this.#askAll(() => ({ type: "average" }));
    const squares = (answers as Extract<ShardAnswer, { type: "averaged" }>[])
      .reduce((total, answer) => total + answer.squares, 0);
    const norm = Math.sqrt(squares);
    if (!Number.isFinite(norm)) {
      throw new NonFiniteLossError(this.#stepsDone, norm, "the gradients' norm");
    }
    return clipFactor(norm, clipNorm);
  }

  /**
   * Does one step.
   *
   * @param shards One record of feeds per shard: its images, its and the whole batch's embeddings.
   * @returns The means over the shards.
   * @throws {NonFiniteLossError} when the loss, or the norm of gradients to be clipped, is NaN or
   * infinite; the state stays as before.
   * @throws {EngineError} when a shard fails.
   */
  async step(
    shards: readonly Readonly<Record<string, HostTensor>>[],
    learningRate: number,
  ): Promise<StepReport> {
    const step = this.#stepsDone;
    this.#feeds.forEach((feeds, shard) => {
      const given = {
        ...shards[shard],
        ...dropoutMasks(this.#step, this.#seed, step, shard),
      };
      for (const [name, shared] of Object.entries(feeds)) {
        const feed = given[name];
        if (!feed || feed.dtype !== shared.dtype || feed.shape.join() !== shared.shape.join()) {
          throw new EngineError(
            `Cannot run ${this.#step.graph.name}: shard ${shard} has ` +
              (feed ? `${feed.dtype} [${feed.shape.join(", ")}]` : "nothing") +
              ` for "${name}", wanted ${shared.dtype} [${shared.shape.join(", ")}]`,
          );
        }
        writeTensor(shared, feed.data);
      }
    });
    const answers = await this.#askAll(() => ({ type: "gradient" }));
    const reports = answers as Extract<ShardAnswer, { type: "gradient" }>[];
    const mean = (read: (report: typeof reports[number]) => number) =>
      reports.reduce((total, report) => total + read(report), 0) / reports.length;
    const loss = mean((report) => report.loss);
    if (!Number.isFinite(loss)) throw new NonFiniteLossError(step, loss);
    const averaged = this.#clipNorm !== undefined;
    const gradientScale = this.#clipNorm === undefined
      ? 1
      : await this.#gradientScale(this.#clipNorm);
    await this.#askAll(() => ({
      type: "update",
      averaged,
      learningRate,
      gradientScale,
      step: step + 1,
    }));
    this.#stepsDone = step + 1;
    const parts = this.#step.parts.map((name) => [
      name,
      mean((report) => report.parts[name]!),
    ]);
    return { loss, parts: Object.fromEntries(parts) };
  }

  /** Ends the Workers. */
  release(): void {
    for (const thread of this.#threads) thread.end();
  }
}
