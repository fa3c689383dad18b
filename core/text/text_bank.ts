/**
 * Banks of texts: one embedding per class name, from many prompts. The classifier of zero-shot
 * classification, and the Textual Semantics Bank (TSB) of LGD.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import { ConfigError } from "../errors.ts";
import { fillTemplate } from "./templates.ts";

/** Embeds strings; rows of the result are L2-normalised, [n, D]. */
export type TextEncoder = (texts: readonly string[]) => Promise<Float32Array>;

/** A bank of class embeddings. */
export interface TextBank {
  /** L, [K, D], rows of unit length. */
  readonly data: Float32Array;
  readonly classes: number;
  readonly dimension: number;
}

/** Most texts that are embedded at once: memory does not grow with the number of names. */
const textsAtOnce = 10_240;

function normalizeRow(row: Float32Array): void {
  let squares = 0;
  for (const value of row) squares += value * value;
  const length = Math.max(Math.sqrt(squares), 1e-12);
  for (let index = 0; index < row.length; index++) row[index]! /= length;
}

/**
 * l_k = norm( mean over prompts p of norm( E(p(c_k)) ) ), as `zeroshot_classifier` of CLIP and the
 * official LGD code.
 *
 * @param classNames The K names, in the order of the bank.
 * @param templates Prompts with `{}` for the name.
 * @throws {ConfigError} when there are no names or no templates, or the encoder gives rows of no one
 * length.
 */
export async function buildTextBank(
  encode: TextEncoder,
  classNames: readonly string[],
  templates: readonly string[],
): Promise<TextBank> {
  if (classNames.length === 0) throw new ConfigError("Cannot build a text bank: no class names");
  if (templates.length === 0) throw new ConfigError("Cannot build a text bank: no templates");
  const namesAtOnce = Math.max(1, Math.floor(textsAtOnce / templates.length));
  let dimension = 0, data = new Float32Array(0);
  for (let first = 0; first < classNames.length; first += namesAtOnce) {
    const names = classNames.slice(first, first + namesAtOnce);
    const texts = names.flatMap((name) =>
      templates.map((template) => fillTemplate(template, name))
    );
    const embeddings = await encode(texts);
    const length = embeddings.length / texts.length;
    if (!Number.isInteger(length) || length < 1 || (first > 0 && length !== dimension)) {
      throw new ConfigError(
        `Cannot build a text bank: the text encoder gave ${embeddings.length} numbers for ` +
          `${texts.length} texts, expected ${
            first > 0 ? dimension : "the same whole number"
          } for each`,
      );
    }
    if (first === 0) {
      dimension = length;
      data = new Float32Array(classNames.length * dimension);
    }
    for (let row = 0; row < texts.length; row++) {
      const embedding = embeddings.slice(row * dimension, (row + 1) * dimension);
      normalizeRow(embedding);
      const offset = (first + Math.floor(row / templates.length)) * dimension;
      for (let column = 0; column < dimension; column++) {
        data[offset + column]! += embedding[column]! / templates.length;
      }
    }
  }
  for (let row = 0; row < classNames.length; row++) {
    normalizeRow(data.subarray(row * dimension, (row + 1) * dimension));
  }
  return { data, classes: classNames.length, dimension };
}

/**
 * Two rows that are equal to the last bit; undefined where all differ. A class of the second row can
 * never be told from that of the first.
 */
export function findEqualRows(
  { data, classes, dimension }: TextBank,
): [number, number] | undefined {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const rows = new Map<number, number[]>();
  for (let row = 0; row < classes; row++) {
    const own = bytes.subarray(row * dimension * 4, (row + 1) * dimension * 4);
    const sum = crc32(own);
    const others = rows.get(sum) ?? [];
    for (const other of others) {
      const start = other * dimension * 4;
      if (own.every((byte, at) => byte === bytes[start + at])) return [other, row];
    }
    others.push(row);
    rows.set(sum, others);
  }
  return undefined;
}

/**
 * Tells of each embedding which text is the nearest, argmax_k z · l_k; of equally near ones the first.
 *
 * @param embeddings [n, D], rows of unit length in the space of the bank.
 */
export function nearestTextOf(
  embeddings: Float32Array,
  { data, classes, dimension }: TextBank,
): (row: number) => number {
  return (row) => {
    let best = 0, largest = -Infinity;
    for (let label = 0; label < classes; label++) {
      let dot = 0;
      for (let column = 0; column < dimension; column++) {
        dot += embeddings[row * dimension + column]! * data[label * dimension + column]!;
      }
      // Logits are single precision numbers.
      const logit = Math.fround(dot);
      if (logit > largest) [best, largest] = [label, logit];
    }
    return best;
  };
}
