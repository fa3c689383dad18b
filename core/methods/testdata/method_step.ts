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
import { viewInput } from "../../train/batch_source.ts";
import { gradientOutput, parameterInput } from "../../train/parameter_tensors.ts";
import { buildTrainingStep } from "../../train/training_step.ts";

/** What one step of a method gives. */
export interface MethodStepResult {
  readonly loss: number;
  readonly parts: Readonly<Record<string, number>>;
  /** d loss / d z_S of view 0, [B · D]. */
  readonly gradient: Float32Array;
  /** The same of every view that the student encodes, by its number. */
  readonly gradients: ReadonlyMap<number, Float32Array>;
}

/** Place of the mixed images among the student's embeddings. */
const mixedView = 4;

/** Name of the parameter that stands for the student's embedding of a view. */
function studentName(view: number): string {
  return view === 0 ? "student" : `student_${view}`;
}

/** Name of the input that stands for the momentum network's embedding of a view. */
export function momentumInput(view: number): string {
  return `momentum_${view}`;
}

/** A method with its state, run on embeddings that the test chooses. */
export class MethodRunner {
  readonly #session: Session;
  readonly #shape: readonly [number, number];
  readonly #parts: readonly string[];
  readonly #views: readonly number[];
  /** State tensors by name. */
  readonly state: Record<string, HostTensor>;

  private constructor(
    session: Session,
    shape: readonly [number, number],
    parts: readonly string[],
    views: readonly number[],
    state: Record<string, HostTensor>,
  ) {
    this.#session = session;
    this.#views = views;
    this.#shape = shape;
    this.#parts = parts;
    this.state = state;
  }

  /** Builds and loads the step of a method. */
  static async create(method: PreparedMethod, batchSize: number): Promise<MethodRunner> {
    const shape = [batchSize, method.head.dimension] as const;
    const views = new Set<number>();
    const step = buildTrainingStep({
      name: "method on given embeddings",
      layout: "nchw",
      optimizer: sgd(),
      initialState: method.initialState(),
      forward(context, state) {
        const { graph } = context;
        const inputs = new Map<string, Value>(), students = new Map<number, Value>();
        const input = (name: string) => {
          const known = inputs.get(name) ?? graph.input(name, "float32", shape);
          inputs.set(name, known);
          return known;
        };
        const teacher = (view: number) => input(viewInput("teacher", view));
        const student = (view: number) => {
          const known = students.get(view) ??
            context.parameter(studentName(view), shape, () => {});
          students.set(view, known);
          views.add(view);
          return known;
        };
        student(0);
        return method.step({
          graph,
          context,
          state,
          encode: (view, network = "student") =>
            network === "student" ? student(view) : input(momentumInput(view)),
          encodeMixed: () => ({
            output: student(mixedView),
            share: graph.input("share", "float32", []),
          }),
          teacher,
          teacherBatch: teacher,
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
      [...views],
      Object.fromEntries(state),
    );
  }

  /**
   * Does a step: the state moves on.
   *
   * @param student Embeddings of view 0, or of every view.
   */
  async step(
    student: Float32Array | readonly Float32Array[],
    batch: Record<string, HostTensor>,
  ): Promise<MethodStepResult> {
    const students = student instanceof Float32Array ? [student] : student;
    const states = Object.entries(this.state).map(([name, tensor]) => [`state/${name}`, tensor]);
    const outputs = await this.#session.run({
      ...batch,
      ...Object.fromEntries(states),
      ...Object.fromEntries(this.#views.map((view) => [
        parameterInput(studentName(view)),
        floatTensor(students[view]!, this.#shape),
      ])),
    });
    for (const name of Object.keys(this.state)) {
      this.state[name] = outputs[`next/state/${name}`] ?? this.state[name]!;
    }
    const number = (name: string) => outputs[name]!.data[0] as number;
    const gradients = new Map(
      this.#views.map((view) =>
        [view, outputs[gradientOutput(studentName(view))]!.data as Float32Array] as const
      ),
    );
    return {
      loss: number("loss"),
      parts: Object.fromEntries(this.#parts.map((name) => [name, number(`part/${name}`)])),
      gradient: gradients.get(0)!,
      gradients,
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
