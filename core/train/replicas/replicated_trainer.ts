/**
 * Data-parallel training on several processor cores: the batch is split over replicas of the model,
 * each with a Worker and one thread, and the gradients are added in shared memory.
 *
 * Most kernels of ONNX Runtime that are not matrix products use one thread, whatever they are given;
 * with replicas everything runs side by side. As in the official runs on several GPUs, every replica has
 * BatchNorm statistics of its own part, so the numbers are those of a training with that many replicas;
 * the running statistics are the mean over the replicas.
 *
 * @module
 */

import { EngineError, NonFiniteLossError } from "../../errors.ts";
import { encodeGraph, type HostTensor } from "../../engine/session.ts";
import { clipFactor } from "../gradient_clipping.ts";
import { parameterInput } from "../parameter_tensors.ts";
import { initialTrainingState, type TrainingState } from "../training_state.ts";
import type { TrainingStep } from "../training_step.ts";
import { dropoutMasks, type StepReport } from "../trainer.ts";
import type { ReplicaAnswer, ReplicaRequest, StartMessage } from "./messages.ts";
import { ReplicaThread } from "./replica_thread.ts";
import { type SharedTensor, shareTensor, writeTensor } from "./shared_tensor.ts";

/** The training step of one replica, loaded in as many Workers as there are replicas. */
export class ReplicatedTrainer {
  readonly #threads: readonly ReplicaThread[];
  readonly #step: TrainingStep;
  readonly #seed: number;
  readonly #clipNorm: number | undefined;
  readonly #state: Readonly<Record<string, SharedTensor>>;
  /** Images, embeddings, masks: one record of tensors per replica. */
  readonly #feeds: readonly Readonly<Record<string, SharedTensor>>[];
  #stepsDone: number;

  private constructor(
    step: TrainingStep,
    options: { replicas: number; seed: number; state: TrainingState; clipNorm: number | undefined },
  ) {
    const { replicas, seed, state } = options;
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
      { length: replicas },
      () => Object.fromEntries(batch.map((input) => [input.name, shareTensor(input)])),
    );
    this.#threads = Array.from({ length: replicas }, (_, replica) => new ReplicaThread(replica));
  }

  /**
   * Starts the Workers.
   *
   * @param step A step of one replica.
   * @param options.replicas Number of replicas, 2 or more.
   * @param options.seed Seeds the parameters and the dropout masks.
   * @param options.state State to go on from; a fresh one where absent.
   * @param options.threads Threads of each replica. @default {1}
   * @param options.clipNorm Largest global norm of the gradients; not clipped where absent.
   * @throws {EngineError} when ONNX Runtime refuses the graph.
   */
  static async create(
    step: TrainingStep,
    options: {
      replicas: number;
      seed: number;
      state?: TrainingState;
      threads?: number;
      clipNorm?: number | undefined;
    },
  ): Promise<ReplicatedTrainer> {
    const { replicas, seed, threads = 1, clipNorm } = options;
    const state = options.state ?? initialTrainingState(step, seed);
    const trainer = new ReplicatedTrainer(step, { replicas, seed, state, clipNorm });
    const { optimizer, spec, graph, parts, parameters } = step;
    const { shape } = trainer.#state["parameters"]!;
    const each = (type: HostTensor["shape"]) =>
      Array.from({ length: replicas }, () => shareTensor({ dtype: "float32", shape: type }));
    const common: Omit<StartMessage, "replica" | "feeds"> = {
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
      await trainer.#askAll((replica) => ({ ...common, replica, feeds: trainer.#feeds[replica]! }));
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

  async #askAll(request: (replica: number) => ReplicaRequest): Promise<ReplicaAnswer[]> {
    // All answers are waited for, also where one fails: none may be taken for that of the next.
    const answers = await Promise.allSettled(
      this.#threads.map((thread, replica) => thread.ask(request(replica))),
    );
    return answers.map((answer) => {
      if (answer.status === "rejected") throw answer.reason;
      return answer.value;
    });
  }

  /** Factor on the mean gradient that keeps its norm within `clipNorm`. */
  async #gradientScale(clipNorm: number): Promise<number> {
    const answers = await this.#askAll(() => ({ type: "average" }));
    const squares = (answers as Extract<ReplicaAnswer, { type: "averaged" }>[])
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
   * @param replicas One record of feeds per replica: its images, its and the whole batch's embeddings.
   * @returns The means over the replicas.
   * @throws {NonFiniteLossError} when the loss, or the norm of gradients to be clipped, is NaN or
   * infinite; the state stays as before.
   * @throws {EngineError} when a replica fails.
   */
  async step(
    replicas: readonly Readonly<Record<string, HostTensor>>[],
    learningRate: number,
  ): Promise<StepReport> {
    const step = this.#stepsDone;
    this.#feeds.forEach((feeds, replica) => {
      const given = {
        ...replicas[replica],
        ...dropoutMasks(this.#step, this.#seed, step, replica),
      };
      for (const [name, shared] of Object.entries(feeds)) {
        const feed = given[name];
        if (!feed || feed.dtype !== shared.dtype || feed.shape.join() !== shared.shape.join()) {
          throw new EngineError(
            `Cannot run ${this.#step.graph.name}: replica ${replica} has ` +
              (feed ? `${feed.dtype} [${feed.shape.join(", ")}]` : "nothing") +
              ` for "${name}", expected ${shared.dtype} [${shared.shape.join(", ")}]`,
          );
        }
        writeTensor(shared, feed.data);
      }
    });
    const answers = await this.#askAll(() => ({ type: "gradient" }));
    const reports = answers as Extract<ReplicaAnswer, { type: "gradient" }>[];
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
