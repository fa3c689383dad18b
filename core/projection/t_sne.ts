/**
 * t-SNE, exact: van der Maaten and Hinton, "Visualizing Data using t-SNE", JMLR 9 (2008), with
 * scikit-learn's schedule: a start from principal components, and a learning rate by the number of points
 * (Belkina et al., Nature Communications 10, 2019).
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { RandomStream } from "../random.ts";
import { assertPoints, type Points, squaredDistances } from "./points.ts";
import { principalComponents, scaleToDeviation } from "./principal_components.ts";

/** Least probability, so that logarithms are finite: the precision of double numbers. */
const leastProbability = 2 ** -52;
/** Halvings of the search for a width. */
const searchSteps = 100;
/** How near the entropy must come to that of the perplexity. */
const entropyTolerance = 1e-5;

/** Settings of {@linkcode tSne}. */
export interface TSneOptions {
  /** Effective number of neighbours of each point. @default {30} */
  readonly perplexity?: number;
  /** Steps, at least those of the exaggeration. @default {1000} */
  readonly iterations?: number;
  /** Seed of the noise on the start. @default {0} */
  readonly seed?: number;
  /** Told how many steps are done. */
  readonly onProgress?: (done: number, steps: number) => void;
}

/** Steps in which near points are drawn together, and by what factor. */
const exaggeration = { steps: 250, factor: 12 } as const;

/** The probabilities of one point's neighbours by a precision, unnormalised, with their sum and entropy. */
function rowProbabilities(
  distances: Float64Array,
  point: number,
  count: number,
  precision: number,
  output: Float64Array,
): { sum: number; entropy: number } {
  const start = point * count;
  // The nearest one's distance is taken off: nothing else changes, and no exponential is zero for all.
  let nearest = Infinity;
  for (let other = 0; other < count; other++) {
    if (other !== point) nearest = Math.min(nearest, distances[start + other]!);
  }
  let sum = 0, weighted = 0;
  for (let other = 0; other < count; other++) {
    const distance = distances[start + other]! - nearest;
    const value = other === point ? 0 : Math.exp(-precision * distance);
    output[start + other] = value;
    sum += value;
    weighted += value * distance;
  }
  return { sum, entropy: Math.log(sum) + precision * weighted / sum };
}

/**
 * P of t-SNE: how near each two points are, so that every point has neighbours of the same entropy.
 *
 * @returns [count, count], symmetric, of sum 1.
 * @throws {ConfigError} where there are no more points than the perplexity. {DataError} where points are not
 * finite, or all the same.
 */
export function tSneAffinities(points: Points, perplexity: number): Float64Array {
  const { count } = points;
  assertPoints(points);
  if (!(perplexity >= 1) || perplexity >= count) {
    throw new ConfigError(
      `Cannot make a t-SNE of ${count} points with perplexity ${perplexity}: expected a perplexity from 1 ` +
        "to below the number of points. Lower it, or take more points",
    );
  }
  const distances = squaredDistances(points);
  const conditional = new Float64Array(count * count);
  const wanted = Math.log(perplexity);
  for (let point = 0; point < count; point++) {
    let low = 0, high = Infinity, precision = 1;
    let row = rowProbabilities(distances, point, count, precision, conditional);
    for (let step = 0; step < searchSteps; step++) {
      const difference = row.entropy - wanted;
      if (Math.abs(difference) <= entropyTolerance) break;
      if (difference > 0) {
        low = precision;
        precision = high === Infinity ? 2 * precision : (precision + high) / 2;
      } else {
        high = precision;
        precision = (precision + low) / 2;
      }
      row = rowProbabilities(distances, point, count, precision, conditional);
    }
    for (let other = 0; other < count; other++) conditional[point * count + other]! /= row.sum;
  }
  const joint = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) {
      const value = (conditional[i * count + j]! + conditional[j * count + i]!) / (2 * count);
      joint[i * count + j] = joint[j * count + i] = Math.max(value, leastProbability);
    }
  }
  return joint;
}

/** 1 / (1 + squared distance) of each two positions, and the sum over all ordered pairs. */
function kernel(positions: Float64Array, count: number, output: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const x = positions[2 * i]!, y = positions[2 * i + 1]!;
    for (let j = i + 1; j < count; j++) {
      const value = 1 /
        (1 + (x - positions[2 * j]!) ** 2 + (y - positions[2 * j + 1]!) ** 2);
      output[i * count + j] = value;
      sum += 2 * value;
    }
  }
  return sum;
}

/**
 * What t-SNE minimises: the Kullback–Leibler divergence of the map's nearness from that of the points, with
 * its gradient by the positions.
 *
 * @param affinities P, as {@linkcode tSneAffinities} makes it.
 * @param positions [count, 2].
 * @returns The divergence in nats, and the gradient, [count, 2].
 */
export function tSneDivergence(
  affinities: Float64Array,
  positions: Float64Array,
): { divergence: number; gradient: Float64Array } {
  const count = positions.length / 2;
  const nearness = new Float64Array(count * count);
  const sum = kernel(positions, count, nearness);
  let divergence = 0;
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) {
      const p = affinities[i * count + j]!;
      const q = Math.max(nearness[i * count + j]! / sum, leastProbability);
      divergence += 2 * p * Math.log(Math.max(p, leastProbability) / q);
    }
  }
  const gradient = new Float64Array(2 * count);
  addForces(affinities, 1, positions, nearness, sum, gradient);
  return { divergence, gradient };
}

/** Adds the gradient of the divergence: 4 Σ_j (f·p_ij − q_ij) (y_i − y_j) / (1 + ‖y_i − y_j‖²). */
function addForces(
  affinities: Float64Array,
  factor: number,
  positions: Float64Array,
  nearness: Float64Array,
  sum: number,
  gradient: Float64Array,
): void {
  const count = positions.length / 2;
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) {
      const own = nearness[i * count + j]!;
      const q = Math.max(own / sum, leastProbability);
      const force = 4 * (factor * affinities[i * count + j]! - q) * own;
      const x = force * (positions[2 * i]! - positions[2 * j]!);
      const y = force * (positions[2 * i + 1]! - positions[2 * j + 1]!);
      gradient[2 * i]! += x;
      gradient[2 * i + 1]! += y;
      gradient[2 * j]! -= x;
      gradient[2 * j + 1]! -= y;
    }
  }
}

/**
 * A map of points by t-SNE: the same positions for the same points and seed.
 *
 * @returns [count, 2].
 * @throws {ConfigError} where there are no more points than the perplexity. {DataError} where points are not
 * finite, or all the same.
 */
export function tSne(points: Points, options: TSneOptions = {}): Float64Array {
  const { perplexity = 30, iterations = 1000, seed = 0, onProgress } = options;
  const { count } = points;
  const affinities = tSneAffinities(points, perplexity);
  // Points that are equal stay together but for a little noise.
  const random = new RandomStream(seed, "t-SNE");
  const positions = scaleToDeviation(principalComponents(points), 1e-4)
    .map((value) => value + 1e-6 * random.normal());
  const velocity = new Float64Array(2 * count), gains = new Float64Array(2 * count).fill(1);
  const nearness = new Float64Array(count * count);
  const learningRate = Math.max(count / exaggeration.factor / 4, 50);
  for (let step = 0; step < iterations; step++) {
    const isEarly = step < exaggeration.steps;
    const sum = kernel(positions, count, nearness);
    const gradient = new Float64Array(2 * count);
    addForces(affinities, isEarly ? exaggeration.factor : 1, positions, nearness, sum, gradient);
    const momentum = isEarly ? 0.5 : 0.8;
    for (let index = 0; index < gradient.length; index++) {
      const isDownhill = velocity[index]! * gradient[index]! < 0;
      gains[index] = Math.max(0.01, isDownhill ? gains[index]! + 0.2 : gains[index]! * 0.8);
      velocity[index] = momentum * velocity[index]! -
        learningRate * gains[index]! * gradient[index]!;
      positions[index]! += velocity[index]!;
    }
    onProgress?.(step + 1, iterations);
  }
  return positions;
}
