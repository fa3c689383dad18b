/**
 * Runs training steps: holds parameters, optimizer state and method state on the host and feeds
 * each step's outputs to the next.
 *
 * @module
 */

import { NonFiniteLossError } from "../errors.ts";
import { floatTensor, type HostTensor, Session, type SessionOptions } from "../engine/session.ts";
import { eachGradient, parameterFeeds } from "./parameter_tensors.ts";
import type { TrainingStep } from "./training_step.ts";
import { initializeFlat } from "../nn/parameters.ts";
import { sizeOf } from "../onnx/graph.ts";
import { RandomStream } from "../random.ts";

/** Everything that a step changes: what a checkpoint holds. */
export interface TrainingState {
  /** Number of steps done. */
  step: number;
  /** Tensors by the name of the graph's input: `parameters`, `buffers`, slots, `state/<name>`. */
  tensors: Record<string, HostTensor>;
}

/** What one step reports. */
export interface StepReport {
  readonly loss: number;
  readonly parts: Readonly<Record<string, number>>;
}

/** The state before the first step: fresh parameters, zero slots, the method's own start. */
export function initialTrainingState(step: TrainingStep, seed: number): TrainingState {
  const { spec, optimizer, initialState } = step;
  const parameters = initializeFlat(spec.parameters, seed);
  const buffers = initializeFlat(spec.buffers, seed);
  const tensors: Record<string, HostTensor> = {
    parameters: floatTensor(parameters, [parameters.length]),
  };
  if (buffers.length > 0) tensors["buffers"] = floatTensor(buffers, [buffers.length]);
  for (const slot of optimizer.slots) {
    tensors[slot] = floatTensor(new Float32Array(parameters.length), [parameters.length]);
  }
  for (const [name, { shape, data }] of Object.entries(initialState)) {
    tensors[`state/${name}`] = floatTensor(data, shape);
  }
  return { step: 0, tensors };
}

/**
 * Dropout masks of a step (from 0) by the name of the graph's input, from a stream of their own so
 * that a resumed run repeats them; each replica of a batch has its own.
 */
export function dropoutMasks(
  { spec }: Pick<TrainingStep, "spec">,
  seed: number,
  step: number,
  replica = 0,
): Record<string, HostTensor> {
  const masks: Record<string, HostTensor> = {};
  for (const { name, shape, probability } of spec.dropouts) {
    const random = new RandomStream(seed, "dropout", name, step, ...(replica > 0 ? [replica] : []));
    const mask = new Float32Array(sizeOf(shape));
    for (let index = 0; index < mask.length; index++) {
      mask[index] = random.uniform() < probability ? 0 : 1 / (1 - probability);
    }
    masks[`dropout/${name}`] = floatTensor(mask, shape);
  }
  return masks;
}

/** A loaded training step with its state. */
export class Trainer {
  readonly #session: Session;
  readonly #step: TrainingStep;
  readonly #seed: number;
  /** Whether the graph leaves the update of the parameters to this class. */
  readonly #updates: boolean;
  /** Views of the parameters that are updated in place. */
  readonly #parameterFeeds: Readonly<Record<string, HostTensor>>;
  /** The state; replaced by every step, or changed in place. */
  state: TrainingState;

  private constructor(session: Session, step: TrainingStep, seed: number, state: TrainingState) {
    this.#session = session;
    this.#step = step;
    this.#seed = seed;
    this.#updates = !step.graph.outputs.some(({ name }) => name === "next/parameters");
    this.state = this.#updates ? this.#ownState(state) : state;
    this.#parameterFeeds = this.#updates
      ? parameterFeeds(step.spec.parameters, this.state.tensors["parameters"]!.data as Float32Array)
      : {};
  }

  /**
   * Loads a training step.
   *
   * @param seed Seeds the parameters and the dropout masks.
   * @param state State to go on from; a fresh one where absent.
   */
  static async create(
    step: TrainingStep,
    { seed, state, session }: { seed: number; state?: TrainingState; session?: SessionOptions },
  ): Promise<Trainer> {
    return new Trainer(
      await Session.create(step.graph, session),
      step,
      seed,
      state ?? initialTrainingState(step, seed),
    );
  }

  /** The state with copies of what is updated in place. */
  #ownState({ step, tensors }: TrainingState): TrainingState {
    const own = { ...tensors };
    for (const name of ["parameters", ...this.#step.optimizer.slots]) {
      const { shape, data } = tensors[name]!;
      own[name] = floatTensor(Float32Array.from(data as Float32Array), shape);
    }
    return { step, tensors: own };
  }

  /** Updates parameters and slots in place. */
  #update(outputs: Readonly<Record<string, HostTensor>>, learningRate: number) {
    const { optimizer, spec } = this.#step;
    const { tensors, step } = this.state;
    const floats = (name: string) => tensors[name]!.data as Float32Array;
    const parameters = floats("parameters"), slots = optimizer.slots.map(floats);
    eachGradient(spec.parameters, outputs, (gradient, begin, end) =>
      optimizer.updateOnHost({
        parameters: parameters.subarray(begin, end),
        gradient,
        state: slots.map((slot) => slot.subarray(begin, end)),
        learningRate,
        step: step + 1,
      }));
  }

  /** Number of steps done. */
  get stepsDone(): number {
    return this.state.step;
  }

  /**
   * Does one step.
   *
   * @param feeds The batch: images and teacher embeddings or labels.
   * @throws {NonFiniteLossError} when the loss is NaN or infinite; the state stays as before.
   */
  async step(
    feeds: Readonly<Record<string, HostTensor>>,
    learningRate: number,
  ): Promise<StepReport> {
    const { tensors, step } = this.state;
    const outputs = await this.#session.run({
      ...feeds,
      ...tensors,
      ...this.#parameterFeeds,
      ...dropoutMasks(this.#step, this.#seed, step),
      learning_rate: floatTensor(Float32Array.of(learningRate), []),
      step: floatTensor(Float32Array.of(step + 1), []),
    });
    const loss = outputs["loss"]!.data[0] as number;
    if (!Number.isFinite(loss)) throw new NonFiniteLossError(step, loss);
    if (this.#updates) this.#update(outputs, learningRate);
    const next: Record<string, HostTensor> = {};
    for (const [name, tensor] of Object.entries(tensors)) {
      next[name] = outputs[`next/${name}`] ?? tensor;
    }
    this.state = { step: step + 1, tensors: next };
    const parts = Object.fromEntries(
      this.#step.parts.map((name) => [name, outputs[`part/${name}`]!.data[0] as number]),
    );
    return { loss, parts };
  }

  /** Frees the session. */
  async release(): Promise<void> {
    await this.#session.release();
  }
}
