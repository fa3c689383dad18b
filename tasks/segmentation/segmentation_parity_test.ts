import assert from "node:assert/strict";
import { summarize, type TensorSummary } from "../../students/testdata/formula.ts";
import { paritySpecs, segmenterResult } from "./testdata/segmentation_parity.ts";

/** A line of segmentation_parity.jsonl. */
type ParityRecord =
  & { readonly model: string }
  & (
    | { readonly kind: "names"; readonly names: readonly (readonly [string, readonly number[]])[] }
    | { readonly kind: "loss"; readonly loss: number; readonly out: number; readonly aux?: number }
    | ({ readonly kind: "logits" } & TensorSummary)
    | ({ readonly kind: "gradient"; readonly name: string } & TensorSummary)
  );

const records = (await Deno.readTextFile(
  new URL("testdata/segmentation_parity.jsonl", import.meta.url),
)).trim().split("\n").map((line) => JSON.parse(line) as ParityRecord);

/** Estimate of ‖actual − expected‖. */
function distance(actual: TensorSummary, expected: TensorSummary): number {
  const squares = actual.projections.map((value, j) => (value - expected.projections[j]!) ** 2);
  const estimate = Math.sqrt(squares.reduce((sum, square) => sum + square) / squares.length);
  return Math.max(estimate, Math.abs(actual.norm - expected.norm));
}

/**
 * Sine of the angle that cosine 0.9999 is: two vectors nearer than this share of their norm have at least
 * this cosine.
 */
const greatestError = Math.sqrt(1 - 0.9999 ** 2);

for (const model of Object.keys(paritySpecs)) {
  for (const layout of ["nchw", "chwn"] as const) {
    Deno.test(`${model} in ${layout} has PyTorch's names, logits, loss and gradients`, async () => {
      const own = await segmenterResult(model, layout);
      const gradients = new Map<string, TensorSummary>();
      for (const record of records.filter((record) => record.model === model)) {
        if (record.kind === "gradient") gradients.set(record.name, record);
        if (record.kind === "names") {
          // A part of the backbone behind the head's map has no gradient, but it has its names.
          const theirs = record.names.map(([name, shape]) => `${name} ${shape.join()}`).sort();
          const ours = own.names.map(([name, shape]) => `${name} ${shape.join()}`).sort();
          assert.deepEqual(ours, theirs);
        }
        if (record.kind === "logits") {
          const error = distance(own.logits, record) / record.norm;
          assert(error < 1e-4, `logits differ by ${error} of their norm`);
          record.elements.forEach((value, index) =>
            assert(
              Math.abs(own.logits.elements[index]! - value) < 1e-4 * Math.max(1, Math.abs(value)),
              `logit ${index}: ${own.logits.elements[index]}, not ${value}`,
            )
          );
        }
        if (record.kind === "loss") {
          const { loss, out, aux } = record;
          const pairs = [[own.loss, loss], [own.parts["segmentation"]!, out]];
          if (aux !== undefined) pairs.push([own.parts["auxiliary"]!, aux]);
          for (const [actual, expected] of pairs) {
            assert(Math.abs(actual! / expected! - 1) < 1e-5, `loss ${actual}, not ${expected}`);
          }
        }
      }
      const largest = Math.max(...[...gradients.values()].map(({ norm }) => norm));
      const wrong: string[] = [];
      for (const [name, expected] of gradients) {
        const { data } = own.gradients.get(name)!;
        // A bias behind a BatchNorm has a true gradient of 0: what rounding leaves has no direction.
        const error = distance(summarize(name, data), expected) /
          Math.max(expected.norm, 1e-4 * largest);
        if (!(error < greatestError)) wrong.push(`${name} by ${error.toFixed(4)}`);
      }
      assert.deepEqual(wrong, [], "gradients differ from PyTorch's by shares of their norms");
    });
  }
}
