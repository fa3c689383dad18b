/**
 * Evidence: what a task found on each sample of a split. Metrics are computed from it, with each
 * sample counted as often as it is drawn; so intervals and paired differences need nothing else.
 *
 * @module
 */

import { TaskError } from "../errors.ts";

/** Rows of numbers, each about one sample; a sample may have any number of rows. */
export interface EvidenceTable {
  /** Sample of each row: an index into {@linkcode Evidence.sampleIds}. */
  readonly sample: Uint32Array;
  /** Finite numbers by name, one per row. */
  readonly columns: Readonly<Record<string, Float32Array>>;
}

/** What a task found on one split. */
export interface Evidence {
  /** The sampling units (icons, images, scenes), each once. */
  readonly sampleIds: readonly string[];
  /**
   * Tables by name. Classification has one row per sample; segmentation one per image and class;
   * detection one per detection, beside counts of the true boxes.
   */
  readonly tables: Readonly<Record<string, EvidenceTable>>;
}

/** What is wrong with evidence, as one clause; undefined where it is right. */
export function findEvidenceProblem(evidence: Evidence): string | undefined {
  const { sampleIds, tables } = evidence;
  if (sampleIds.length === 0) return "it has no samples";
  const seen = new Map<string, number>();
  for (const [index, id] of sampleIds.entries()) {
    const first = seen.get(id);
    if (first !== undefined) {
      return `sample ${JSON.stringify(id)} occurs twice, at ${first} and at ${index}`;
    }
    seen.set(id, index);
  }
  if (Object.keys(tables).length === 0) return "it has no tables";
  for (const [name, { sample, columns }] of Object.entries(tables)) {
    if (Object.keys(columns).length === 0) return `table "${name}" has no columns`;
    const outside = sample.findIndex((index) => index >= sampleIds.length);
    if (outside >= 0) {
      return `table "${name}", row ${outside}: expected a sample from 0 to ${
        sampleIds.length - 1
      }, got ${sample[outside]}`;
    }
    for (const [column, values] of Object.entries(columns)) {
      if (values.length !== sample.length) {
        return `table "${name}", column "${column}": expected ${sample.length} values, one per row, ` +
          `got ${values.length}`;
      }
      const wrong = values.findIndex((value) => !Number.isFinite(value));
      if (wrong >= 0) {
        return `table "${name}", column "${column}", row ${wrong}: expected a finite number, got ${
          values[wrong]
        }`;
      }
    }
  }
  return undefined;
}

/**
 * Checks what a task handed back.
 *
 * @param owner What made it, for the message: `task "count" on val`.
 * @throws {TaskError} where a sample occurs twice, lengths differ, a row names a sample that does
 * not exist, or a number is not finite.
 */
export function validateEvidence(evidence: Evidence, owner: string): void {
  const problem = findEvidenceProblem(evidence);
  if (problem !== undefined) throw new TaskError(`Cannot use the evidence of ${owner}: ${problem}`);
}

/**
 * A column of a table.
 *
 * @throws {TaskError} that names what is missing and what there is.
 */
export function evidenceColumn(
  evidence: Evidence,
  table: string,
  column: string,
): { readonly sample: Uint32Array; readonly values: Float32Array } {
  const found = evidence.tables[table];
  if (found === undefined) {
    throw new TaskError(
      `Cannot read evidence: expected a table "${table}", got ${
        Object.keys(evidence.tables).join(", ") || "none"
      }`,
    );
  }
  const values = found.columns[column];
  if (values === undefined) {
    throw new TaskError(
      `Cannot read evidence: expected a column "${column}" in table "${table}", got ${
        Object.keys(found.columns).join(", ")
      }`,
    );
  }
  return { sample: found.sample, values };
}
