import assert from "node:assert/strict";
import { GraphError } from "../../errors.ts";
import {
  type Matrix,
  squareKronecker,
  transposeMatrix,
  turnFilter,
  type WinogradMatrices,
  winogradMatrices,
} from "./winograd_matrices.ts";

const times = (matrix: Matrix, vector: readonly number[]) =>
  matrix.map((row) => row.reduce((sum, value, index) => sum + value * vector[index]!, 0));

/** Aᵀ·[(G·g) ⊙ (Bᵀ·d)]. */
function filterBy({ output, filter, input }: WinogradMatrices, g: number[], d: number[]): number[] {
  const transformed = times(input, d);
  return times(output, times(filter, g).map((value, index) => value * transformed[index]!));
}

function assertClose(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, index) => assert(Math.abs(value - expected[index]!) < 1e-12));
}

Deno.test("winogradMatrices() of 0, 1, −1 are those of Winograd's F(2, 3)", () => {
  const { output, filter, input } = winogradMatrices([0, 1, -1], 3);
  assert.deepEqual(output, [[1, 1, 1, 0], [0, 1, -1, 1]]);
  // Lavin and Gray have the other sign at the first position, in G and in Bᵀ.
  assertClose(filter.flat(), [-1, 0, 0, 0.5, 0.5, 0.5, 0.5, -0.5, 0.5, 0, 0, 1]);
  assertClose(input.flat(), [-1, 0, 1, 0, 0, 1, 1, 0, 0, -1, 1, 0, 0, -1, 0, 1]);
});

Deno.test("winogradMatrices() filter", () => {
  const matrices = winogradMatrices([0, 2, -1, 3], 2);
  // y[i] = g[0]·d[i] + g[1]·d[i + 1]
  assertClose(filterBy(matrices, [3, -2], [1, 4, 2, 5, 7]), [-5, 8, -4, 1]);
});

Deno.test("turnFilter() filters with the filter turned round", () => {
  const matrices = winogradMatrices([0, 2 / 3, 3 / 2, -2 / 3, -3 / 2], 3);
  const d = [1, -2, 4, 0.5, 3, 7];
  assertClose(filterBy(turnFilter(matrices), [3, 5, -2], d), filterBy(matrices, [-2, 5, 3], d));
});

Deno.test("turnFilter() refuses points without their reciprocals", () => {
  assert.throws(() => turnFilter(winogradMatrices([0, 1, -1, 2, -2], 3)), GraphError);
});

Deno.test("squareKronecker() and transposeMatrix() are those of linear algebra", () => {
  assert.deepEqual([...squareKronecker([[1, 2], [3, 4]])], [
    ...[1, 2, 2, 4],
    ...[3, 4, 6, 8],
    ...[3, 6, 4, 8],
    ...[9, 12, 12, 16],
  ]);
  assert.deepEqual(transposeMatrix([[1, 2, 3], [4, 5, 6]]), [[1, 4], [2, 5], [3, 6]]);
});
