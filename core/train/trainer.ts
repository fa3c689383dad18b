/**
 * Runs training steps: holds parameters, optimizer state and method state on the host, updates the
 * parameters and feeds each step's outputs to the next.
 *
 * @module
 */

import { NonFiniteLossError } from "../errors.ts";
import { floatTensor, type HostTensor, Session, type SessionOptions } from "../engine/session.ts";
import { releaseTensors } from "../engine/release_tensors.ts";
import { clipFactor, sumOfSquares } from "./gradient_clipping.ts";
import { eachGradient, gradientOutput, parameterFeeds } from "./parameter_tensors.ts";
import { initialTrainingState, type TrainingState } from "./training_state.ts";
import { type AnyTrainingStep, isStaged, type StepRunner } from "./staged_step.ts";
import { sizeOf } from "../onnx/graph.ts";
import { RandomStream } from "../random.ts";

/** What one step reports. */
export interface StepReport {
  readonly loss: number;
  readonly parts: Readonly<Record<string, number>>;
}

/**
 * Dropout masks of a step (from 0) by the name of the graph's input, from a stream of their own so
 * that a resumed run repeats them; each replica of a batch has its own.
 */
export function dropoutMasks(
  { spec }: Pick<AnyTrainingStep, "spec">,
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

/** How a training runs. */
export interface TrainerOptions {
  /** Seeds the parameters and the dropout masks. */
  readonly seed: number;
  /** State to go on from; a fresh one where absent. */
  readonly state?: TrainingState;
  /** Largest global norm of the gradients; not clipped where absent. */
  readonly clipNorm?: number | undefined;
  readonly session?: SessionOptions;
}

/** Loads a step of one graph or of several. */
async function openStep(step: AnyTrainingStep, options: SessionOptions = {}): Promise<StepRunner> {
  if (isStaged(step)) return await step.open(options);
  const session = await Session.create(step.graph, options);
  return { run: (feeds) => session.run(feeds), release: () => session.release() };
}

/** A loaded training step with its state. */
export class Trainer {
  readonly #runner: StepRunner;
  readonly #step: AnyTrainingStep;
  readonly #options: TrainerOptions;
  /** Views of the parameters, which are updated in place. */
  readonly #parameterFeeds: Readonly<Record<string, HostTensor>>;
  #state: TrainingState;

  private constructor(runner: StepRunner, step: AnyTrainingStep, options: TrainerOptions) {
    this.#runner = runner;
    this.#step = step;
    this.#options = options;
    this.#state = this.#copyOf(options.state ?? initialTrainingState(step, options.seed));
    const { data } = this.#state.tensors["parameters"]!;
    this.#parameterFeeds = parameterFeeds(step.parameters, data as Float32Array);
  }

  /**
   * Loads a training step.
   *
   * @throws {EngineError} when ONNX Runtime refuses the graph.
   */
  static async create(step: AnyTrainingStep, options: TrainerOptions): Promise<Trainer> {
    return new Trainer(await openStep(step, options.session), step, options);
  }

  /** The state with copies of what is updated in place. */
  #copyOf({ step, tensors }: TrainingState): TrainingState {
    const own = { ...tensors };
    for (const name of ["parameters", ...this.#step.optimizer.slots]) {
      const { shape, data } = tensors[name]!;
      own[name] = floatTensor(Float32Array.from(data as Float32Array), shape);
    }
    return { step, tensors: own };
  }

  /** The state; parameters and optimizer slots are changed in place by the next step. */
  get state(): TrainingState {
    return this.#state;
  }

  /** Number of steps done. */
  get stepsDone(): number {
    return this.#state.step;
  }

  /** Factor on the gradients that keeps their global norm within `clipNorm`. */
  #gradientScale(outputs: Readonly<Record<string, HostTensor>>): number {
    const { clipNorm } = this.#options;
    if (clipNorm === undefined) return 1;
    let squares = 0;
    eachGradient(this.#step.parameters, outputs, (gradient) => squares += sumOfSquares(gradient));
    const norm = Math.sqrt(squares);
    if (!Number.isFinite(norm)) {
      throw new NonFiniteLossError(this.#state.step, norm, "the gradients' norm");
    }
    return clipFactor(norm, clipNorm);
  }

  /** Updates parameters and slots in place. */
  #update(outputs: Readonly<Record<string, HostTensor>>, learningRate: number): void {
    const { optimizer, parameters: specs } = this.#step;
    const { tensors, step } = this.#state;
    const floats = (name: string) => tensors[name]!.data as Float32Array;
    const parameters = floats("parameters"), slots = optimizer.slots.map(floats);
    const gradientScale = this.#gradientScale(outputs);
    eachGradient(
      specs,
      outputs,
      (gradient, begin, end, { learningRateFactor = 1, weightDecay }) =>
        optimizer.update({
          parameters: parameters.subarray(begin, end),
          gradient,
          gradientScale,
          state: slots.map((slot) => slot.subarray(begin, end)),
          learningRate: learningRate * learningRateFactor,
          weightDecay,
          step: step + 1,
        }),
    );
  }

  /**
   * Does one step.
   *
   * @param feeds The batch: images and teacher embeddings or labels.
   * @throws {NonFiniteLossError} when the loss, or the norm of gradients to be clipped, is NaN or
   * infinite; the state stays as before.
   */
  async step(
    feeds: Readonly<Record<string, HostTensor>>,
    learningRate: number,
  ): Promise<StepReport> {
    const { tensors, step } = this.#state;
    const { seed } = this.#options;
    const outputs = await this.#runner.run({
      ...feeds,
      ...tensors,
      ...this.#parameterFeeds,
      ...dropoutMasks(this.#step, seed, step),
    }, { seed, step });
    const loss = outputs["loss"]!.data[0] as number;
    if (!Number.isFinite(loss)) throw new NonFiniteLossError(step, loss);
    this.#update(outputs, learningRate);
    const { parameters } = this.#step;
    releaseTensors(parameters.flatMap(({ name }) => outputs[gradientOutput(name)] ?? []));
    const next: Record<string, HostTensor> = {};
    for (const [name, tensor] of Object.entries(tensors)) {
      next[name] = outputs[`next/${name}`] ?? tensor;
    }
    this.#state = { step: step + 1, tensors: next };
    const parts = Object.fromEntries(
      this.#step.parts.map((name) => [name, outputs[`part/${name}`]!.data[0] as number]),
    );
    return { loss, parts };
  }

  /** Frees the sessions. */
  async release(): Promise<void> {
    await this.#runner.release();
  }
}
