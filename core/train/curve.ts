/**
 * The loss curve of a training.
 *
 * @module
 */

import type { StepReport } from "./trainer.ts";

/** Loss over the steps. */
export interface TrainingCurve {
  /** Number of steps done at each point. */
  readonly steps: number[];
  /** Mean loss since the point before. */
  readonly loss: number[];
  /** The same of the parts of the loss, by name. */
  readonly parts: Record<string, number[]>;
}

/** One point of a curve. */
export interface CurvePoint {
  readonly step: number;
  readonly loss: number;
  readonly parts: Record<string, number>;
}

/** Steps between two points of a curve. */
export const curveInterval = 10;

/** Makes points of step reports: each is the mean since the one before. */
export class CurveRecorder {
  /** The points so far. */
  readonly curve: TrainingCurve;
  readonly #steps: number;
  readonly #sums = new Map<string, number>();
  /** Steps since the last point. */
  #covered = 0;

  /**
   * @param steps Steps of the whole training: the last gives a point in any case.
   * @param curve Points to go on from.
   */
  constructor(steps: number, curve: TrainingCurve = { steps: [], loss: [], parts: {} }) {
    this.#steps = steps;
    this.curve = curve;
  }

  /**
   * Adds a step.
   *
   * @param done Number of steps done, this one included.
   * @returns The point where one is due.
   */
  add(done: number, { loss, parts }: StepReport): CurvePoint | undefined {
    const sums = this.#sums, { curve } = this;
    for (const [name, value] of [["loss", loss] as const, ...Object.entries(parts)]) {
      sums.set(name, (sums.get(name) ?? 0) + value);
    }
    const covered = ++this.#covered;
    if (done % curveInterval !== 0 && done !== this.#steps) return undefined;
    const point = {
      step: done,
      loss: sums.get("loss")! / covered,
      parts: Object.fromEntries(
        Object.keys(parts).map((name) => [name, sums.get(name)! / covered]),
      ),
    };
    sums.clear();
    this.#covered = 0;
    curve.steps.push(point.step);
    curve.loss.push(point.loss);
    for (const [name, value] of Object.entries(point.parts)) (curve.parts[name] ??= []).push(value);
    return point;
  }
}
