/**
 * A ragged number of boxes in runs of fixed sizes.
 *
 * @module
 */

import { boxSide, type DetectorSpec, maskPoolSide } from "./spec.ts";

/** A run over some of the boxes. */
export interface Chunk {
  readonly begin: number;
  readonly end: number;
  /** Rows of the graph that runs; those beyond the boxes are padding. */
  readonly rows: number;
}

/** How many times smaller than the largest run the smallest one is. */
const leastShare = 8;

/**
 * Parts boxes into runs of `most` rows and one run for the rest: of as many, or of a half, a quarter or
 * an eighth, so that a handful of graphs serve every number.
 */
export function chunksOf(count: number, most: number): Chunk[] {
  const chunks: Chunk[] = [];
  for (let begin = 0; begin < count;) {
    const left = count - begin;
    let rows = most;
    while (rows % 2 === 0 && rows / 2 >= left && rows * leastShare > most) rows /= 2;
    const end = Math.min(count, begin + rows);
    chunks.push({ begin, end, rows });
    begin = end;
  }
  return chunks;
}

/** Most boxes of a run of the box head, and of the mask head. */
const mostRows = { box: 1024, mask: 64 };
/** Bytes of the pooled features of a run, and of a map of the mask head. */
const mostBytes = { box: 2 ** 25, mask: 2 ** 23 };

/** Rows of a run of each head, such that it takes little memory: fewer where features are wide. */
export function usualChunks(
  { channels, maskHead }: Pick<DetectorSpec, "channels" | "maskHead">,
): { box: number; mask: number } {
  const rowsOf = (head: "box" | "mask", numbers: number) => {
    let rows = mostRows[head];
    while (rows > 1 && 4 * numbers * rows > mostBytes[head]) rows /= 2;
    return rows;
  };
  return {
    box: rowsOf("box", channels * boxSide ** 2),
    mask: rowsOf("mask", Math.max(channels, maskHead.channels) * maskPoolSide ** 2),
  };
}
