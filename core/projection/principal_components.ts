/**
 * Principal components: where maps of points start from.
 *
 * @module
 */

import { RandomStream } from "../random.ts";
import type { Points } from "./points.ts";

/** Turns of the iteration; more change nothing that a map's start depends on. */
const turns = 100;

/** Brings the columns of a matrix [dimension, 2] to unit length and at right angles. */
function orthonormalize(basis: Float64Array, dimension: number): void {
  for (let own = 0; own < 2; own++) {
    for (let other = 0; other < own; other++) {
      let dot = 0;
      for (let row = 0; row < dimension; row++) {
        dot += basis[2 * row + own]! * basis[2 * row + other]!;
      }
      for (let row = 0; row < dimension; row++) {
        basis[2 * row + own]! -= dot * basis[2 * row + other]!;
      }
    }
    let squares = 0;
    for (let row = 0; row < dimension; row++) squares += basis[2 * row + own]! ** 2;
    const length = Math.max(Math.sqrt(squares), 1e-300);
    for (let row = 0; row < dimension; row++) basis[2 * row + own]! /= length;
  }
}

/** centred [count, dimension] · basis [dimension, 2]. */
function project(centred: Float64Array, basis: Float64Array, { count, dimension }: Points) {
  const result = new Float64Array(2 * count);
  for (let point = 0; point < count; point++) {
    for (let column = 0; column < dimension; column++) {
      const value = centred[point * dimension + column]!;
      result[2 * point]! += value * basis[2 * column]!;
      result[2 * point + 1]! += value * basis[2 * column + 1]!;
    }
  }
  return result;
}

/**
 * Coordinates of points on their first two principal components, by orthogonal iteration from a start that
 * is always the same. The largest coordinate of each component is positive.
 *
 * @returns [count, 2].
 */
export function principalComponents(points: Points): Float64Array {
  const { rows, count, dimension } = points;
  const mean = new Float64Array(dimension);
  rows.forEach((value, index) => mean[index % dimension]! += value / count);
  const centred = Float64Array.from(rows, (value, index) => value - mean[index % dimension]!);
  const random = new RandomStream(0, "principal components");
  let basis = Float64Array.from({ length: 2 * dimension }, () => random.normal());
  orthonormalize(basis, dimension);
  for (let turn = 0; turn < turns; turn++) {
    const coordinates = project(centred, basis, points);
    const next = new Float64Array(2 * dimension);
    for (let point = 0; point < count; point++) {
      for (let column = 0; column < dimension; column++) {
        const value = centred[point * dimension + column]!;
        next[2 * column]! += value * coordinates[2 * point]!;
        next[2 * column + 1]! += value * coordinates[2 * point + 1]!;
      }
    }
    orthonormalize(next, dimension);
    basis = next;
  }
  const coordinates = project(centred, basis, points);
  for (let axis = 0; axis < 2; axis++) {
    let largest = 0;
    for (let point = 0; point < count; point++) {
      const value = coordinates[2 * point + axis]!;
      if (Math.abs(value) > Math.abs(largest)) largest = value;
    }
    if (largest >= 0) continue;
    for (let point = 0; point < count; point++) coordinates[2 * point + axis]! *= -1;
  }
  return coordinates;
}

/** Coordinates [count, 2] by one factor, so that the first axis has a standard deviation of `std`. */
export function scaleToDeviation(coordinates: Float64Array, std: number): Float64Array {
  const count = coordinates.length / 2;
  let mean = 0, squares = 0;
  for (let point = 0; point < count; point++) mean += coordinates[2 * point]! / count;
  for (let point = 0; point < count; point++) {
    squares += (coordinates[2 * point]! - mean) ** 2 / count;
  }
  const factor = std / Math.max(Math.sqrt(squares), 1e-300);
  return coordinates.map((value) => factor * value);
}
