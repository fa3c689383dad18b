/**
 * A ragged number of boxes in runs of fixed sizes.
 *
 * @module
 */

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
