/**
 * A table of evidence that grows row by row.
 *
 * @module
 */

import type { EvidenceTable } from "../../results/evidence.ts";

/** Collects rows in arrays that double, so that millions of rows take little more than themselves. */
export class GrowingTable {
  readonly #names: readonly string[];
  #sample = new Uint32Array(256);
  #columns: Float32Array<ArrayBuffer>[];
  #rows = 0;

  /** @param names Columns, in the order of the values of {@linkcode push}. */
  constructor(names: readonly string[]) {
    this.#names = names;
    this.#columns = names.map(() => new Float32Array(256));
  }

  /** Rows so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Adds a row. @returns its index. */
  push(sample: number, values: readonly number[]): number {
    const row = this.#rows++;
    if (row === this.#sample.length) this.#grow();
    this.#sample[row] = sample;
    for (let column = 0; column < values.length; column++) {
      this.#columns[column]![row] = values[column]!;
    }
    return row;
  }

  /** Sets one value. @param column Index into the names. */
  set(row: number, column: number, value: number): void {
    this.#columns[column]![row] = value;
  }

  #grow(): void {
    const sample = new Uint32Array(2 * this.#sample.length);
    sample.set(this.#sample);
    this.#sample = sample;
    this.#columns = this.#columns.map((column) => {
      const grown = new Float32Array(2 * column.length);
      grown.set(column);
      return grown;
    });
  }

  /** The rows so far, copied. */
  build(): EvidenceTable {
    return {
      sample: this.#sample.slice(0, this.#rows),
      columns: Object.fromEntries(
        this.#names.map((name, column) => [name, this.#columns[column]!.slice(0, this.#rows)]),
      ),
    };
  }
}
