import assert from "node:assert/strict";
import { DataError, TaskError } from "../errors.ts";
import { type Evidence, evidenceColumn, validateEvidence } from "./evidence.ts";
import {
  decodeEvidence,
  decodeSplitEvidence,
  encodeEvidence,
  encodeSplitEvidence,
} from "./evidence_file.ts";
import { accuracy, accuracyEvidence } from "./metric.ts";

const evidence: Evidence = {
  sampleIds: ["noto/ü 🦊", "b", "c"],
  tables: {
    images: {
      sample: Uint32Array.of(0, 1, 2),
      columns: { right: Float32Array.of(1, 0, 2.5), views: Float32Array.of(4, 4, 4) },
    },
    detections: { sample: Uint32Array.of(2, 2), columns: { score: Float32Array.of(0.1, -1e-30) } },
    none: { sample: new Uint32Array(0), columns: { area: new Float32Array(0) } },
  },
};

/** Evidence with one table changed. */
function withTable(table: Partial<Evidence["tables"][string]>): Evidence {
  const images = { ...evidence.tables["images"]!, ...table };
  return { ...evidence, tables: { ...evidence.tables, images } };
}

Deno.test("validateEvidence names the owner and what is wrong", () => {
  validateEvidence(evidence, "task");
  const cases: [Evidence, RegExp][] = [
    [{ ...evidence, sampleIds: [] }, /it has no samples/],
    [{ ...evidence, sampleIds: ["a", "b", "a"] }, /sample "a" occurs twice, at 0 and at 2/],
    [{ ...evidence, tables: {} }, /no tables/],
    [withTable({ columns: {} }), /table "images" has no columns/],
    [
      withTable({ sample: Uint32Array.of(0, 3, 1) }),
      /row 1: expected a sample from 0 to 2, got 3/,
    ],
    [
      withTable({ columns: { right: new Float32Array(2) } }),
      /column "right": expected 3 values, one per row, got 2/,
    ],
    [
      withTable({ columns: { right: Float32Array.of(0, NaN, 0) } }),
      /column "right", row 1: expected a finite number, got NaN/,
    ],
  ];
  for (const [wrong, pattern] of cases) {
    assert.throws(
      () => validateEvidence(wrong, 'task "mine" on val'),
      (error) =>
        error instanceof TaskError && pattern.test(error.message) &&
        error.message.includes('task "mine" on val'),
    );
  }
});

Deno.test("evidenceColumn names the tables and columns that there are", () => {
  assert.equal(evidenceColumn(evidence, "images", "views").values[0], 4);
  assert.throws(() => evidenceColumn(evidence, "boxes", "x"), /got images, detections, none/);
  assert.throws(() => evidenceColumn(evidence, "images", "x"), /"x" in table "images", got right/);
});

Deno.test("accuracy wants exactly one row per sample", () => {
  const ones = new Float64Array(3).fill(1);
  const columns = { right: Float32Array.of(1, 0, 2), views: Float32Array.of(4, 4, 4) };
  assert.equal(accuracy.value(withTable({ columns }), ones), 25);
  assert.equal(accuracy.value(withTable({ columns }), Float64Array.of(0, 0, 2)), 50);
  assert.throws(
    () => accuracy.value(withTable({ columns, sample: Uint32Array.of(0, 0, 2) }), ones),
    /expected one row per sample in table "images", got several for noto/,
  );
  const short = { right: Float32Array.of(1), views: Float32Array.of(1) };
  assert.throws(
    () => accuracy.value(withTable({ columns: short, sample: Uint32Array.of(1) }), ones),
    /got none for noto/,
  );
  const { columns: made } = accuracyEvidence(["a", "b"], [1, 2], 4).tables["images"]!;
  assert.deepEqual(made, { right: Float32Array.of(1, 2), views: Float32Array.of(4, 4) });
});

Deno.test("evidence survives writing and reading", () => {
  const bytes = encodeEvidence(evidence);
  assert.deepEqual(decodeEvidence(bytes, "x.bin"), evidence);
  assert.deepEqual(encodeEvidence(evidence), bytes);
  // At an address that is no multiple of four, as inside a larger buffer.
  const shifted = new Uint8Array(bytes.length + 1);
  shifted.set(bytes, 1);
  assert.deepEqual(decodeEvidence(shifted.subarray(1), "x.bin"), evidence);
  const splits = { val: evidence, ood: accuracyEvidence(["q"], [1], 1) };
  assert.deepEqual(decodeSplitEvidence(encodeSplitEvidence(splits), "x.bin"), splits);
  assert.throws(() => decodeEvidence(encodeSplitEvidence(splits), "x.bin"), /several splits/);
});

Deno.test("damaged evidence is refused, whichever byte is changed or missing", () => {
  const bytes = encodeEvidence(evidence);
  const refused = (changed: Uint8Array) =>
    assert.throws(
      () => decodeEvidence(changed, "x/evidence.bin"),
      (error) => error instanceof DataError && error.message.includes("x/evidence.bin"),
    );
  for (let index = 0; index < bytes.length; index++) {
    const changed = bytes.slice();
    changed[index]! ^= 1 << (index % 8);
    refused(changed);
  }
  for (let length = 0; length < bytes.length; length += 7) refused(bytes.slice(0, length));
  const longer = new Uint8Array(bytes.length + 4);
  longer.set(bytes);
  refused(longer);
});
