/**
 * Gradients by finite differences, to check those of the gradient rules.
 *
 * @module
 */

import type { HostTensor, Session } from "../session.ts";

/** What is differentiated numerically. */
export interface FiniteDifferenceOptions {
  /** Weight of each element of each output that is looked at, by output name: the cotangents. */
  readonly cotangents: Readonly<Record<string, Float32Array>>;
  /** Name of the input that is moved. */
  readonly input: string;
  /** Elements of the input to look at; all where absent. */
  readonly elements?: readonly number[];
  /** How far an element is moved to either side. @default {2 ** -6} */
  readonly step?: number;
}

/** Σ cotangent · output over all outputs, in float64. */
function weightedSum(
  outputs: Readonly<Record<string, HostTensor>>,
  cotangents: Readonly<Record<string, Float32Array>>,
): number {
  let sum = 0;
  for (const [name, weights] of Object.entries(cotangents)) {
    const data = outputs[name]!.data as Float32Array;
    for (let index = 0; index < weights.length; index++) sum += weights[index]! * data[index]!;
  }
  return sum;
}

/**
 * Central differences (f(x + h) − f(x − h)) / 2h of f = Σ cotangent · output, summed in float64.
 *
 * Exact up to rounding where f is linear or quadratic in the element; the error is otherwise
 * h²/6 · f‴. Numbers that are whole multiples of a power of two keep x ± h exact.
 *
 * @returns A derivative per element that was asked for.
 */
export async function finiteDifferences(
  session: Session,
  feeds: Readonly<Record<string, HostTensor>>,
  options: FiniteDifferenceOptions,
): Promise<number[]> {
  const { cotangents, input, step = 2 ** -6 } = options;
  const feed = feeds[input]!;
  const data = Float32Array.from(feed.data as Float32Array);
  const moved = { ...feeds, [input]: { ...feed, data } };
  const fetches = Object.keys(cotangents);
  const derivatives: number[] = [];
  for (const element of options.elements ?? data.keys()) {
    const kept = data[element]!;
    data[element] = kept + step;
    const above = weightedSum(await session.run(moved, fetches), cotangents);
    data[element] = kept - step;
    const below = weightedSum(await session.run(moved, fetches), cotangents);
    data[element] = kept;
    derivatives.push((above - below) / (2 * step));
  }
  return derivatives;
}
