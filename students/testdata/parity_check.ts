/**
 * Compares a step of ours with what `make_pytorch_parity.py` wrote of PyTorch's.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import type { NamedTensors } from "../../core/nn/parameters.ts";
import { summarize, type TensorSummary } from "./formula.ts";
import type { ParityResult } from "./parity_step.ts";

interface NamedSummary extends TensorSummary {
  readonly name: string;
}

/** What PyTorch computes for one model, in float64. */
export interface ParityReference {
  /** Names and shapes of torchvision's `state_dict`. */
  readonly names: readonly (readonly [string, readonly number[]])[];
  readonly loss: { readonly loss: number; readonly visual: number; readonly textual: number };
  /** Embeddings in evaluation form, with the running statistics after the step, [B · D]. */
  readonly embedding: readonly number[];
  readonly gradients: readonly NamedSummary[];
  /** Running statistics after the step. */
  readonly buffers: readonly NamedSummary[];
}

async function readRecords(file: string, model: string) {
  const text = await Deno.readTextFile(join(import.meta.dirname!, file));
  return text.trim().split("\n").map((line) => JSON.parse(line))
    .filter((record) => record.model === model);
}

/** Reads names and shapes of one model's `state_dict` from a fixture beside this file. */
export async function readNames(file: string, model: string): Promise<ParityReference["names"]> {
  return (await readRecords(file, model)).find(({ kind }) => kind === "names").names;
}

/** Reads the reference of one model from a fixture beside this file. */
export async function readParityReference(file: string, model: string): Promise<ParityReference> {
  const records = await readRecords(file, model);
  const of = (kind: string) => records.filter((record) => record.kind === kind);
  return {
    names: of("names")[0].names,
    loss: of("loss")[0],
    embedding: of("evaluation")[0].embedding,
    gradients: of("gradient"),
    buffers: of("buffer"),
  };
}

/** Fails where two numbers are farther apart than a share of the second. */
export function assertRelative(
  actual: number,
  expected: number,
  share: number,
  what: string,
): void {
  const error = Math.abs(actual - expected) / Math.abs(expected);
  assert(
    error <= share,
    `${what}: ${actual}, expected ${expected} (error ${error.toExponential(1)})`,
  );
}

/** Estimate of ‖actual − expected‖ / max(‖expected‖, floor). */
function tensorError(actual: TensorSummary, expected: TensorSummary, floor: number): number {
  const squares = actual.projections.map((value, j) => (value - expected.projections[j]!) ** 2);
  const estimate = Math.sqrt(squares.reduce((sum, square) => sum + square) / squares.length);
  const single = actual.elements.map((value, j) => Math.abs(value - expected.elements[j]!));
  const norm = Math.abs(actual.norm - expected.norm);
  return Math.max(estimate, norm, ...single) / Math.max(expected.norm, floor);
}

function tensorErrors(
  actual: NamedTensors,
  expected: readonly NamedSummary[],
  floor: number,
): { name: string; error: number }[] {
  assert.deepEqual([...actual.keys()], expected.map(({ name }) => name));
  return expected.map((summary) => ({
    name: summary.name,
    error: tensorError(summarize(summary.name, actual.get(summary.name)!.data), summary, floor),
  }));
}

/**
 * Fails where loss (10⁻⁵ relative), a gradient (10⁻³ of its norm) or a running statistic (10⁻⁵ of
 * its norm) is not PyTorch's.
 *
 * A bias that BatchNorm takes away behind a 1×1 convolution has a true gradient of 0: norms below a
 * thousandth of the largest count as that. Of the gradients two may be off by up to 5 %: on another
 * processor a number may round to the other side of a kink of ReLU6.
 */
export function assertParity(result: ParityResult, reference: ParityReference): void {
  assertRelative(result.loss, reference.loss.loss, 1e-5, "loss");
  assertRelative(result.parts.visual, reference.loss.visual, 1e-5, "visual loss");
  assertRelative(result.parts.textual, reference.loss.textual, 1e-5, "textual loss");
  const floor = 1e-3 * Math.max(...reference.gradients.map(({ norm }) => norm));
  const errors = tensorErrors(result.gradients, reference.gradients, floor);
  const wrong = errors.filter(({ error }) => !(error <= 1e-3));
  assert(
    wrong.length <= 2 && wrong.every(({ error }) => error <= 0.05),
    `gradients differ: ${JSON.stringify(wrong)}`,
  );
  for (const { name, error } of tensorErrors(result.buffers, reference.buffers, 0)) {
    assert(error <= 1e-5, `${name} differs by ${error.toExponential(1)} of its norm`);
  }
}
