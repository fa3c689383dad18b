/**
 * Runs a method on given embeddings: the student's embeddings themselves are the parameters, so the
 * gradient that comes out is d loss / d z_S.
 *
 * @module
 */

import assert from "node:assert/strict";
import { floatTensor, type HostTensor, Session } from "../../engine/session.ts";
import type { RandomStream } from "../../random.ts";
import { sgd } from "../../optim/optimizer.ts";
import type { Value } from "../../onnx/graph.ts";
import type { PreparedMethod } from "../method.ts";
import { gradientOutput, parameterInput } from "../../train/parameter_tensors.ts";
import { buildTrainingStep } from "../../train/training_step.ts";

/** What one step of a method gives. */
export interface MethodStepResult {
  readonly loss: number;
  readonly parts: Readonly<Record<string, number>>;
  /** d loss / d z_S, [B · D]. */
  readonly gradient: Float32Array;
}

/** A method with its state, run on embeddings that the test chooses. */
export class MethodRunner {
  readonly #session: Session;
  readonly #shape: readonly [number, number];
  readonly #parts: readonly string[];
  /** State tensors by name. */
  readonly state: Record<string, HostTensor>;

  private constructor(
    session: Session,
    shape: readonly [number, number],
    parts: readonly string[],
    state: Record<string, HostTensor>,
  ) {
    this.#session = session;
    this.#shape = shape;
    this.#parts = parts;
    this.state = state;
  }

  /** Builds and loads the step of a method. */
  static async create(method: PreparedMethod, batchSize: number): Promise<MethodRunner> {
    const shape = [batchSize, method.head.dimension] as const;
    const step = buildTrainingStep({
      name: "method on given embeddings",
      layout: "nchw",
      optimizer: sgd(),
      initialState: method.initialState(),
      forward(context, state) {
        const { graph } = context;
        const student = context.parameter("student", shape, () => {});
        let teacher: Value | undefined;
        const readTeacher = () => teacher ??= graph.input("teacher", "float32", shape);
        return method.step({
          graph,
          context,
          state,
          encode: () => student,
          teacher: readTeacher,
          teacherBatch: readTeacher,
          labels: () => graph.input("labels", "int64", [batchSize]),
        });
      },
    });
    const state = Object.entries(step.initialState)
      .map(([name, { shape, data }]) => [name, floatTensor(data, shape)] as const);
    return new MethodRunner(
      await Session.create(step.graph),
      shape,
      step.parts,
      Object.fromEntries(state),
    );
  }

  /** Does a step: the state moves on. */
  async step(student: Float32Array, batch: Record<string, HostTensor>): Promise<MethodStepResult> {
    const states = Object.entries(this.state).map(([name, tensor]) => [`state/${name}`, tensor]);
    const outputs = await this.#session.run({
      ...batch,
      ...Object.fromEntries(states),
      [parameterInput("student")]: floatTensor(student, this.#shape),
    });
    for (const name of Object.keys(this.state)) {
      this.state[name] = outputs[`next/state/${name}`] ?? this.state[name]!;
    }
    const number = (name: string) => outputs[name]!.data[0] as number;
    return {
      loss: number("loss"),
      parts: Object.fromEntries(this.#parts.map((name) => [name, number(`part/${name}`)])),
      gradient: outputs[gradientOutput("student")]!.data as Float32Array,
    };
  }

  /** Frees the session. */
  async release(): Promise<void> {
    await this.#session.release();
  }
}

/** Random unit vectors, [rows, columns], each drawn towards one of the anchors. */
export function unitRows(
  random: RandomStream,
  rows: number,
  columns: number,
  { anchors, pull = 0 }: { anchors?: Float32Array; pull?: number } = {},
): Float32Array {
  const output = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const anchor = anchors ? random.integer(anchors.length / columns) * columns : 0;
    const values = Array.from(
      { length: columns },
      (_, column) => random.normal() + pull * (anchors?.[anchor + column] ?? 0),
    );
    const length = Math.hypot(...values);
    values.forEach((value, column) => output[row * columns + column] = value / length);
  }
  return output;
}

/** Fails where two vectors are farther apart than a share of the length of the second. */
export function assertNear(
  actual: ArrayLike<number>,
  wanted: readonly number[],
  share: number,
  what: string,
): void {
  assert.equal(actual.length, wanted.length, what);
  const error = Math.hypot(...wanted.map((value, index) => actual[index]! - value));
  const relative = error / Math.hypot(...wanted);
  assert(relative <= share, `${what}: relative error ${relative.toExponential(2)}`);
}
